"""The confusion matrix: a row for each true class; a cell opens what is in it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFontMetricsF,
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
)
from PySide6.QtWidgets import QSizePolicy, QToolTip

from gui.theme import SMALL, THEME
from gui.widgets.painted import Painted

READABLE = 15  # px of a cell, under which names and counts would not be legible


class Confusion(Painted):
    cell_chosen = Signal(int, int)  # true, predicted

    def __init__(self) -> None:
        super().__init__()
        self._counts: NDArray[np.int64] = np.zeros((0, 0), np.int64)
        self._names: tuple[str, ...] = ()
        self.cell: tuple[int, int] | None = None
        self._cursor = (0, 0)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(THEME.px(240), THEME.px(220))
        self.setMouseTracking(True)
        THEME.changed.connect(self.update)

    def show_counts(self, counts: NDArray[np.int64], names: tuple[str, ...]) -> None:
        self._counts, self._names = counts, names
        self.cell, self._cursor = None, (0, 0)
        self._name()
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(THEME.px(420), THEME.px(400))

    def choose(self, true: int, predicted: int) -> None:
        self.cell = self._cursor = (true, predicted)
        self._name()
        self.update()
        self.cell_chosen.emit(true, predicted)

    def cell_rect(self, true: int, predicted: int) -> QRectF:
        origin, side = self._frame()
        return QRectF(origin.x() + predicted * side, origin.y() + true * side, side, side)

    def _name(self) -> None:
        words = "Confusion matrix; arrow keys move, Enter shows the items of a cell"
        if self._names:
            words += f". {self._words(*self._cursor)}"
        self.setAccessibleName(words)

    def _words(self, true: int, predicted: int) -> str:
        number = int(self._counts[true, predicted])
        kind = "right" if true == predicted else f"taken for {self._names[predicted]}"
        return f"{number:,} {self._names[true]} {kind}"

    def _frame(self) -> tuple[QPointF, float]:
        """Where the first cell begins, and how large a cell is."""
        count = max(1, len(self._names))
        px, metrics = THEME.px, QFontMetricsF(THEME.font(SMALL))
        longest = max(metrics.horizontalAdvance(name) for name in ("true", *self._names))
        left, top = min(px(120), longest + px(16)), px(74)
        room = min(self.width() - left - px(34), self.height() - top - 2)
        side = min(room / count, px(64))
        if side < px(READABLE):
            left = top = px(24)
            side = min(self.width() - left - 2, self.height() - top - 2) / count
        return QPointF(left, top), side

    def _at(self, point: QPointF) -> tuple[int, int] | None:
        origin, side = self._frame()
        column, row = int((point.x() - origin.x()) // side), int((point.y() - origin.y()) // side)
        size = len(self._names)
        return (row, column) if 0 <= row < size and 0 <= column < size else None

    # Painting

    def paintEvent(self, event: QPaintEvent) -> None:
        if not self._names:
            return
        painter = QPainter(self)
        painter.setFont(THEME.font(SMALL))
        _, side = self._frame()
        totals = np.maximum(self._counts.sum(1, keepdims=True), 1)
        shares = self._counts / totals
        for true, predicted in np.ndindex(*self._counts.shape):
            self._paint_cell(painter, true, predicted, float(shares[true, predicted]), side)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._paint_names(painter, side)
        cursor = self._cursor if self.hasFocus() else None
        for cell, look in ((self.cell, "accent"), (cursor, "text")):
            if cell is not None:
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.setPen(QPen(THEME.color(look), 2))
                painter.drawRect(self.cell_rect(*cell).adjusted(1, 1, -1, -1))

    def _paint_cell(
        self, painter: QPainter, true: int, predicted: int, share: float, side: float
    ) -> None:
        """Right is ice, wrong is warm; the darker, the larger its share of the row."""
        rect = self.cell_rect(true, predicted)
        gap = 1 if side > 6 else 0
        inner = rect.adjusted(0, 0, -gap, -gap)
        ground = THEME.color("line", 0.45)
        painter.fillRect(inner, ground)
        number = int(self._counts[true, predicted])
        if not number:
            return
        look = "frozen" if true == predicted else "trainable"
        strength = 0.18 + 0.82 * share
        color = _mixed(THEME.color("surface"), THEME.color(look), strength)
        painter.fillRect(inner, color)
        if side >= THEME.px(READABLE):
            painter.setPen(THEME.ink_on(color))
            painter.drawText(inner, Qt.AlignmentFlag.AlignCenter, f"{number:,}")

    def _paint_names(self, painter: QPainter, side: float) -> None:
        origin, px = self._frame()[0], THEME.px
        painter.setPen(THEME.color("muted"))
        metrics = painter.fontMetrics()
        if side < px(READABLE):
            painter.drawText(QPointF(origin.x(), origin.y() - px(8)), "predicted →")
            painter.save()
            painter.rotate(-90)
            painter.drawText(QPointF(-origin.y() - px(40), origin.x() - px(8)), "← true")
            painter.restore()
            return
        middle = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight
        for place, name in enumerate(self._names):
            row = self.cell_rect(place, 0)
            room = QRectF(0, row.top(), origin.x() - px(8), side)
            shown = metrics.elidedText(name, Qt.TextElideMode.ElideMiddle, int(room.width()))
            painter.drawText(room, middle, shown)
            column = self.cell_rect(0, place)
            painter.save()
            painter.translate(column.center().x() + px(3), origin.y() - px(6))
            painter.rotate(-50)
            shown = metrics.elidedText(name, Qt.TextElideMode.ElideMiddle, px(84))
            painter.drawText(QPointF(0, 0), shown)
            painter.restore()
        painter.drawText(QRectF(0, origin.y() - px(24), origin.x() - px(8), px(18)), middle, "true")

    # Mouse and keys

    def mousePressEvent(self, event: QMouseEvent) -> None:
        cell = self._at(event.position())
        if cell is not None:
            self.choose(*cell)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        there = self._at(event.position()) is not None
        self.setCursor(Qt.CursorShape.PointingHandCursor if there else Qt.CursorShape.ArrowCursor)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        steps = {
            Qt.Key.Key_Up: (-1, 0), Qt.Key.Key_Down: (1, 0),
            Qt.Key.Key_Left: (0, -1), Qt.Key.Key_Right: (0, 1),
        }  # fmt: skip
        key = Qt.Key(event.key())
        if key in steps and self._names:
            last = len(self._names) - 1
            row, column = (a + b for a, b in zip(self._cursor, steps[key], strict=True))
            self._cursor = (min(max(0, row), last), min(max(0, column), last))
            self._name()
            self.update()
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space) and self._names:
            self.choose(*self._cursor)
        else:
            super().keyPressEvent(event)

    def event(self, event: object) -> bool:
        if isinstance(event, QHelpEvent):
            cell = self._at(QPointF(event.pos()))
            QToolTip.showText(event.globalPos(), self._words(*cell) if cell else "", self)
            return True
        return super().event(event)  # type: ignore[arg-type]


def _mixed(ground: QColor, color: QColor, share: float) -> QColor:
    parts = [
        round(a + (b - a) * share)
        for a, b in zip(ground.getRgb()[:3], color.getRgb()[:3], strict=True)  # type: ignore[index]
    ]
    return QColor(*parts)
