"""Box: drag from corner to corner."""

from __future__ import annotations

from typing import ClassVar

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPen

from engine.labels.shapes import Box
from gui.data.marking import grips
from gui.data.tools.drawing import Drawing
from gui.data.viewing.canvas import Canvas
from gui.theme import THEME


class BoxTool(Drawing):
    title: ClassVar[str] = "Box"
    letter: ClassVar[str] = "B"
    tip: ClassVar[str] = "Drag from corner to corner; Escape lets go"
    kind: ClassVar[str] = "box"
    order: ClassVar[int] = 2
    cursor = Qt.CursorShape.CrossCursor

    _begun: QPointF | None = None
    _now: QPointF | None = None
    _over: QPointF | None = None  # where it would begin

    def press(self, canvas: Canvas, at: QPointF, modifiers: Qt.KeyboardModifier) -> bool:
        if not self.desk.open:
            return False
        self.desk.select(None)
        self._begun = self._now = at
        return True

    def move(self, canvas: Canvas, at: QPointF, modifiers: Qt.KeyboardModifier) -> None:
        self._over = at
        if self._begun is not None:
            self._now = at
        canvas.update()

    def release(self, canvas: Canvas, at: QPointF, modifiers: Qt.KeyboardModifier) -> None:
        shape = self._shape(canvas)
        self._begun = self._now = None
        if shape is not None:
            self.desk.draw(shape)
        canvas.update()

    def cancel(self, canvas: Canvas) -> bool:
        held, self._begun, self._now = self._begun is not None, None, None
        canvas.update()
        return held

    def key(self, canvas: Canvas, key: int, modifiers: Qt.KeyboardModifier) -> bool:
        if key == Qt.Key.Key_Escape:
            return self.cancel(canvas)
        if key in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            return self.desk.erase()
        return False

    def leave(self, canvas: Canvas) -> None:
        self._begun = self._now = self._over = None

    def paint(self, painter: QPainter, canvas: Canvas) -> None:
        color = THEME.class_color(self.desk.color(self.desk.class_id or 0))
        if self._begun is None or self._now is None:
            self._paint_cross(painter, canvas)
            return
        painter.setPen(QPen(color, THEME.px(2), Qt.PenStyle.DashLine))
        corner, far = canvas.to_widget(self._begun), canvas.to_widget(self._now)
        painter.drawRect(QRectF(corner, far).normalized())

    def _paint_cross(self, painter: QPainter, canvas: Canvas) -> None:
        """Lines through the pointer, so that the first corner is put right at once."""
        if self._over is None or not QRectF(QPointF(), canvas.view.picture).contains(self._over):
            return
        at = canvas.to_widget(self._over)
        painter.setPen(QPen(THEME.color("on_reading", 0.5), 1, Qt.PenStyle.DotLine))
        painter.drawLine(QPointF(at.x(), 0), QPointF(at.x(), canvas.height()))
        painter.drawLine(QPointF(0, at.y()), QPointF(canvas.width(), at.y()))

    def _shape(self, canvas: Canvas) -> Box | None:
        if self._begun is None or self._now is None:
            return None
        drawn = QRectF(self._begun, self._now).normalized()
        box = Box(drawn.left(), drawn.top(), drawn.right(), drawn.bottom())
        return grips.clipped(box, canvas.view.picture)


TOOL = BoxTool
