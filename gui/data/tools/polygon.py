"""Polygon: corner by corner, closed by a click on the first, a double click or Enter."""

from __future__ import annotations

from typing import ClassVar

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QPainter, QPen, QPolygonF

from engine.labels.shapes import Polygon
from gui.data.marking.grips import REACH
from gui.data.tools.drawing import Drawing
from gui.data.viewing.canvas import Canvas
from gui.theme import THEME


class PolygonTool(Drawing):
    title: ClassVar[str] = "Polygon"
    letter: ClassVar[str] = "P"
    tip: ClassVar[str] = (
        "Click corner by corner; Enter, a double click or a click on the first closes it; "
        "Backspace takes the last corner back"
    )
    kind: ClassVar[str] = "polygon"
    order: ClassVar[int] = 3
    cursor = Qt.CursorShape.CrossCursor

    def __init__(self, *parts: object) -> None:
        super().__init__(*parts)  # type: ignore[arg-type]
        self._points: list[QPointF] = []
        self._over: QPointF | None = None

    def press(self, canvas: Canvas, at: QPointF, modifiers: Qt.KeyboardModifier) -> bool:
        if not self.desk.open:
            return False
        self.desk.select(None)
        at = _inside(at, canvas)
        if len(self._points) >= 3 and _near(at, self._points[0], canvas):
            self._close(canvas)
            return True
        self._points.append(at)
        canvas.update()
        return True

    def move(self, canvas: Canvas, at: QPointF, modifiers: Qt.KeyboardModifier) -> None:
        self._over = at
        if self._points:
            canvas.update()

    def double_click(self, canvas: Canvas, at: QPointF, modifiers: Qt.KeyboardModifier) -> bool:
        # Its first click has made a corner already.
        self._close(canvas)
        return True

    def key(self, canvas: Canvas, key: int, modifiers: Qt.KeyboardModifier) -> bool:
        if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self._points:
            self._close(canvas)
            return True
        if key == Qt.Key.Key_Escape:
            return self.cancel(canvas)
        if key == Qt.Key.Key_Backspace and self._points:
            self._points.pop()
            canvas.update()
            return True
        if key in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            return self.desk.erase()
        return False

    def cancel(self, canvas: Canvas) -> bool:
        held = bool(self._points)
        self._points = []
        canvas.update()
        return held

    def leave(self, canvas: Canvas) -> None:
        self._points = []

    def paint(self, painter: QPainter, canvas: Canvas) -> None:
        if not self._points:
            return
        color = THEME.class_color(self.desk.color(self.desk.class_id or 0))
        places = [canvas.to_widget(point) for point in self._points]
        painter.setPen(QPen(color, THEME.px(2), Qt.PenStyle.DashLine))
        here = [canvas.to_widget(self._over)] if self._over is not None else []
        painter.drawPolyline(QPolygonF([*places, *here]))
        painter.setPen(QPen(THEME.color("reading"), 1))
        painter.setBrush(color)
        for place in places:
            painter.drawEllipse(place, THEME.px(4), THEME.px(4))

    def _close(self, canvas: Canvas) -> None:
        points: list[QPointF] = []
        for point in self._points:  # a double click has put two in one place
            if not points or (point - points[-1]).manhattanLength() > 0.5 / canvas.view.scale:
                points.append(point)
        self._points = []
        if len(points) >= 3:
            self.desk.draw(Polygon(tuple((point.x(), point.y()) for point in points)))
        canvas.update()


def _inside(at: QPointF, canvas: Canvas) -> QPointF:
    size = canvas.view.picture
    return QPointF(min(max(0.0, at.x()), size.width()), min(max(0.0, at.y()), size.height()))


def _near(one: QPointF, two: QPointF, canvas: Canvas) -> bool:
    return bool((one - two).manhattanLength() * canvas.view.scale <= REACH)


TOOL = PolygonTool
