"""A loop drawn around points, and what it does to what is selected."""

from __future__ import annotations

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QPainter, QPen, QPolygonF
from PySide6.QtWidgets import QApplication

from gui.data.mapping.points import Bools
from gui.theme import THEME

Modifier = Qt.KeyboardModifier


class Lasso:
    """From a press to its release; a click until it has gone further than a hand trembles."""

    def __init__(self, at: QPointF) -> None:
        self.outline = QPolygonF([at])
        self.drawn = False

    def move(self, at: QPointF) -> None:
        last = self.outline.last()
        self.drawn |= (at - self.outline.first()).manhattanLength() >= (
            QApplication.startDragDistance()
        )
        if (at - last).manhattanLength() >= 2:  # px; more corners would not be seen
            self.outline.append(at)

    def paint(self, painter: QPainter) -> None:
        painter.setPen(QPen(THEME.color("accent"), THEME.px(1.5) or 1, Qt.PenStyle.DashLine))
        painter.setBrush(THEME.color("accent", 0.12))
        painter.drawPolygon(self.outline, Qt.FillRule.WindingFill)


def combined(before: Bools, found: Bools, modifiers: Modifier) -> Bools:
    """What is selected after some were found: Shift adds them, Ctrl or Alt takes them away."""
    if modifiers & Modifier.ShiftModifier:
        return before | found
    if modifiers & (Modifier.ControlModifier | Modifier.AltModifier):
        return before & ~found
    return found.copy()
