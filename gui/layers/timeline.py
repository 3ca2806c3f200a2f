"""The phases as bars in proportion to their epochs, warm as far as the network learns in each."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QHelpEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
)
from PySide6.QtWidgets import QSizePolicy, QToolTip

from engine.freezing.presets import Phase
from gui.keys import action
from gui.theme import SMALL, THEME
from gui.widgets.painted import Painted
from gui.widgets.words import count

LEAST = 44  # px of a bar, so that it can be hit


class Timeline(Painted):
    chosen = Signal(int)

    def __init__(self) -> None:
        super().__init__()
        self._phases: list[Phase] = []
        self._shares: list[float] = []  # of the parameters, that learn in each
        self._at = 0
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        for text, key, by in (("Phase before", "Left", -1), ("Phase after", "Right", 1)):
            made = action(self, text, key, "Layers", Qt.ShortcutContext.WidgetShortcut)
            made.triggered.connect(lambda checked=False, by=by: self._step(by))
        THEME.changed.connect(self.update)

    def show_phases(self, phases: list[Phase], shares: list[float], at: int) -> None:
        self._phases, self._shares, self._at = phases, shares, at
        if phases:
            name = f"Phase {at + 1} of {len(phases)}: {phases[at].title}"
            self.setAccessibleName(name)
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(THEME.px(300), THEME.px(34))

    def bars(self) -> list[QRectF]:
        """Where each phase stands."""
        if not self._phases:
            return []
        px, gap = THEME.px, THEME.px(6)
        room = self.width() - 2 - gap * (len(self._phases) - 1)
        least = min(px(LEAST), room / len(self._phases))
        total = sum(phase.epochs for phase in self._phases)
        spare = max(0.0, room - least * len(self._phases))
        found, left = [], 1.0
        for phase in self._phases:
            wide = least + spare * phase.epochs / total
            found.append(QRectF(left, 2, wide, self.height() - 4))
            left += wide + gap
        return found

    def mousePressEvent(self, event: QMouseEvent) -> None:
        for number, bar in enumerate(self.bars()):
            if bar.left() <= event.position().x() <= bar.right() + THEME.px(6):
                self.chosen.emit(number)
                return

    def _step(self, by: int) -> None:
        if 0 <= self._at + by < len(self._phases):
            self.chosen.emit(self._at + by)

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent):
            for number, bar in enumerate(self.bars()):
                if bar.contains(event.pos()):
                    QToolTip.showText(event.globalPos(), self._words(number), self)
                    return True
            QToolTip.hideText()
            return True
        return super().event(event)

    def _words(self, number: int) -> str:
        phase = self._phases[number]
        return (
            f"{number + 1}  {phase.title}\n{count(phase.epochs, 'epoch')} at {phase.lr:g}, "
            f"{phase.schedule}\n{self._shares[number]:.1%} of the parameters learn"
        )

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        px = THEME.px
        for number, bar in enumerate(self.bars()):
            on = number == self._at
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(THEME.color("frozen_soft"))
            painter.drawRoundedRect(bar, px(4), px(4))
            share = self._shares[number]
            if share > 0:
                high = max(px(3), bar.height() * share)
                warm = QRectF(bar.left(), bar.bottom() - high, bar.width(), high)
                painter.setBrush(THEME.color("trainable_soft"))
                painter.drawRoundedRect(warm, min(px(4), high / 2), min(px(4), high / 2))
                painter.setBrush(THEME.color("trainable"))
                painter.drawRect(QRectF(bar.left(), bar.bottom() - px(3), bar.width(), px(3)))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            look = ("accent" if self.hasFocus() else "text") if on else "line"
            painter.setPen(QPen(THEME.color(look), 1.5 if on else 1))
            painter.drawRoundedRect(bar, px(4), px(4))
            self._paint_words(painter, bar.adjusted(px(8), 0, -px(6), 0), number, on)

    def _paint_words(self, painter: QPainter, room: QRectF, number: int, on: bool) -> None:
        phase = self._phases[number]
        painter.setFont(THEME.font(SMALL, bold=on))
        painter.setPen(THEME.color("text"))
        metrics, wide = painter.fontMetrics(), int(room.width())
        epochs = f"{phase.epochs}"
        words = f"{number + 1}  {phase.title}"
        both = metrics.horizontalAdvance(f"{words}   {epochs} epochs")
        middle = Qt.AlignmentFlag.AlignVCenter
        if both <= wide:
            right = middle | Qt.AlignmentFlag.AlignRight
            painter.drawText(room, middle, words)
            painter.setPen(THEME.color("muted"))
            painter.setFont(THEME.font(SMALL))
            painter.drawText(room, right, count(phase.epochs, "epoch"))
            return
        painter.drawText(room, middle, metrics.elidedText(words, Qt.TextElideMode.ElideRight, wide))
