"""A widget that paints itself, and where the keyboard is with it; what several paint alike."""

from __future__ import annotations

from PySide6.QtCore import QPointF
from PySide6.QtGui import QFocusEvent, QPainter, QPen, QPolygonF
from PySide6.QtWidgets import QWidget

from gui.theme import THEME


class Painted(QWidget):
    """Is painted anew when the keyboard comes or goes."""

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.update()


def paint_angle(painter: QPainter, middle: QPointF, opened: bool) -> None:
    """The small angle before a row of a tree that can be opened."""
    a = float(THEME.px(3.5))
    points = [(-a, -a / 2), (0.0, a / 2), (a, -a / 2)]
    if not opened:
        points = [(-a / 2, -a), (a / 2, 0.0), (-a / 2, a)]
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(THEME.color("muted"), THEME.px(1.5) or 1))
    painter.drawPolyline(QPolygonF([middle + QPointF(x, y) for x, y in points]))
    painter.restore()
