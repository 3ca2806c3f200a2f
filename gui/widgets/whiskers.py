"""Figures with their intervals on one scale: a bar, and a whisker over it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QFontMetrics, QHelpEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from gui.theme import ROW, SMALL, TEXT, THEME

MIDDLE = Qt.AlignmentFlag.AlignVCenter
TICKS = 20  # px below, for what is written at the scale


@dataclass(frozen=True)
class Bar:
    name: str
    value: float
    low: float
    high: float
    words: str  # the figure and its interval, for people
    look: str  # a colour of the theme
    strong: bool = False  # what the others are held against


@dataclass(frozen=True)
class Scale:
    """From `low` to `high`. Bars begin at `origin`; `ticks` are written below."""

    low: float
    high: float
    origin: float
    ticks: tuple[tuple[float, str], ...] = ()

    def share(self, value: float) -> float:
        return min(1.0, max(0.0, (value - self.low) / max(1e-9, self.high - self.low)))


class Whiskers(QWidget):
    def __init__(self, name: str) -> None:
        super().__init__()
        self._name = name
        self.bars: list[Bar] = []
        self.scale = Scale(0.0, 1.0, 0.0)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setMinimumWidth(THEME.px(220))
        THEME.changed.connect(self.update)

    def show_bars(self, bars: Sequence[Bar], scale: Scale) -> None:
        self.bars, self.scale = list(bars), scale
        said = "; ".join(f"{bar.name} {bar.words}".strip() for bar in bars)
        self.setAccessibleName(f"{self._name}: {said}")
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        below = THEME.px(TICKS) if self.scale.ticks else 0
        return QSize(THEME.px(320), THEME.px(ROW) * len(self.bars) + below)

    def minimumSizeHint(self) -> QSize:
        return QSize(THEME.px(220), self.sizeHint().height())

    def _columns(self) -> tuple[int, QRectF]:
        """How wide names are, and where the scale lies."""
        px = THEME.px
        metrics, bold = self.fontMetrics(), QFontMetrics(THEME.font(TEXT, bold=True))
        names = max(
            ((bold if bar.strong else metrics).horizontalAdvance(bar.name) for bar in self.bars),
            default=0,
        )
        names = min(names + px(6), round(0.42 * self.width())) if names else 0
        figures = max((metrics.horizontalAdvance(bar.words) for bar in self.bars), default=0)
        left = names + px(10 if names else 4)
        wide = self.width() - left - figures - px(16)
        return names, QRectF(left, 0, max(px(24), wide), px(ROW) * len(self.bars))

    def paintEvent(self, event: QPaintEvent) -> None:
        if not self.bars:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        names, area = self._columns()
        self._paint_ticks(painter, area)
        for number, bar in enumerate(self.bars):
            self._paint_bar(painter, bar, names, area, number * THEME.px(ROW))

    def _paint_ticks(self, painter: QPainter, area: QRectF) -> None:
        painter.setFont(THEME.font(SMALL))
        metrics, px = painter.fontMetrics(), THEME.px
        for value, words in self.scale.ticks:
            x = round(area.left() + self.scale.share(value) * area.width())
            strong = value == self.scale.origin and self.scale.low < value
            painter.fillRect(
                QRectF(x, 0, 1, area.height()), THEME.color("muted" if strong else "line")
            )
            painter.setPen(THEME.color("muted"))
            wide = metrics.horizontalAdvance(words)
            left = min(max(0, x - wide / 2), self.width() - wide)
            painter.drawText(QRectF(left, area.height(), wide + 1, px(TICKS)), MIDDLE, words)

    def _paint_bar(self, painter: QPainter, bar: Bar, names: int, area: QRectF, top: int) -> None:
        px, high = THEME.px, THEME.px(ROW)
        painter.setFont(THEME.font(TEXT, bold=bar.strong))
        painter.setPen(THEME.color("text" if bar.strong else "muted"))
        shown = painter.fontMetrics().elidedText(bar.name, Qt.TextElideMode.ElideMiddle, names)
        painter.drawText(QRectF(0, top, names, high), MIDDLE, shown)
        start, at, low, high_end = (
            area.left() + self.scale.share(value) * area.width()
            for value in (self.scale.origin, bar.value, bar.low, bar.high)
        )
        middle = top + high / 2
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(THEME.color(bar.look))
        body = QRectF(min(start, at), middle - px(5), max(1.0, abs(at - start)), px(10))
        painter.drawRect(body)
        painter.setPen(QPen(THEME.color("text"), max(1, px(1.5))))
        painter.drawLine(QPointF(low, middle), QPointF(high_end, middle))
        for end in (low, high_end):
            painter.drawLine(QPointF(end, middle - px(4)), QPointF(end, middle + px(4)))
        painter.setFont(THEME.font(TEXT))
        painter.setPen(THEME.color("text"))
        right = QRectF(area.right() + px(12), top, self.width() - area.right() - px(12), high)
        painter.drawText(right, MIDDLE | Qt.AlignmentFlag.AlignRight, bar.words)

    def event(self, event: object) -> bool:
        if isinstance(event, QHelpEvent):
            place = event.pos().y() // THEME.px(ROW)
            bar = self.bars[place] if 0 <= place < len(self.bars) else None
            QToolTip.showText(event.globalPos(), f"{bar.name}  {bar.words}" if bar else "", self)
            return True
        return super().event(event)  # type: ignore[arg-type]
