"""A line drawn over the picture, and how long it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPen

from gui.data.viewing.corners import plate
from gui.data.viewing.tool import Pointing
from gui.data.viewing.words import length
from gui.theme import THEME

if TYPE_CHECKING:
    from gui.data.viewing.canvas import Canvas


class Ruler(Pointing):
    """Tool and layer at once: drag a line; the next one takes its place, Escape takes it away."""

    cursor = Qt.CursorShape.CrossCursor

    def __init__(self) -> None:
        self.line: tuple[QPointF, QPointF] | None = None  # px of the picture
        self._drawing = False

    def clear(self) -> None:
        self.line, self._drawing = None, False

    def words(self, canvas: Canvas) -> str:
        """'12.4 mm at the detector', or ''."""
        if self.line is None:
            return ""
        step = self.line[1] - self.line[0]
        return length(step.y(), step.x(), canvas)

    def press(self, canvas: Canvas, at: QPointF, modifiers: Qt.KeyboardModifier) -> bool:
        self.line, self._drawing = (at, at), True
        canvas.update()
        return True

    def move(self, canvas: Canvas, at: QPointF, modifiers: Qt.KeyboardModifier) -> None:
        if self._drawing and self.line is not None:
            self.line = (self.line[0], at)
            canvas.update()

    def release(self, canvas: Canvas, at: QPointF, modifiers: Qt.KeyboardModifier) -> None:
        self._drawing = False
        if self.line is not None and self.line[0] == self.line[1]:
            self.line = None
        canvas.update()

    def key(self, canvas: Canvas, key: int, modifiers: Qt.KeyboardModifier) -> bool:
        if key != Qt.Key.Key_Escape or self.line is None:
            return False
        self.clear()
        canvas.update()
        return True

    def paint(self, painter: QPainter, canvas: Canvas) -> None:
        if self.line is None:
            return
        begin, end = (canvas.to_widget(at) for at in self.line)
        for color, wide in (("reading", 4), ("trainable", 2)):
            painter.setPen(QPen(THEME.color(color), THEME.px(wide)))
            painter.drawLine(begin, end)
            for at in (begin, end):
                painter.drawEllipse(at, THEME.px(3), THEME.px(3))
        self._paint_words(painter, canvas, begin, end)

    def _paint_words(self, painter: QPainter, canvas: Canvas, begin: QPointF, end: QPointF) -> None:
        words, edge = self.words(canvas), THEME.px(8)
        painter.setFont(THEME.font(12))
        metrics = painter.fontMetrics()
        place = QRectF(0, 0, metrics.horizontalAdvance(words), metrics.height())
        far = end if end.x() >= begin.x() else begin
        place.moveTopLeft(far + QPointF(edge, edge))
        place.moveRight(min(place.right(), canvas.width() - edge))
        place.moveBottom(min(place.bottom(), canvas.height() - edge))
        plate(painter, place)
        painter.drawText(place, int(Qt.AlignmentFlag.AlignCenter), words)
