"""Painting marks over the picture: solid what a person made, dashed what is not stored yet."""

from __future__ import annotations

from collections import OrderedDict
from typing import Any

import numpy as np
from PySide6.QtCore import QPoint, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPen, QPolygonF, QRegion

from engine.labels.marks import Mark
from engine.labels.shapes import Box, Mask, Polygon, bounds
from gui.data.marking.desk import Desk
from gui.data.viewing.canvas import Canvas
from gui.theme import SMALL, THEME

KEPT = 200  # masks held as pictures
NAMED = 60  # marks in sight that carry their name; of more only the selected one does


class MarksLayer:
    """Paints the desk's marks, but the one that a tool has in hand."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self.held: str | None = None  # uid
        self._masks: OrderedDict[tuple[str, Mask, int], QImage] = OrderedDict()
        self._edges = np.empty((0, 4))  # of each mark that is shown, px of the picture
        self._revision = -1

    def paint(self, painter: QPainter, canvas: Canvas) -> None:
        marks = self._desk.shown
        named = len(marks) <= NAMED
        for place in self._within(painter.clipRegion(), canvas):
            mark = marks[place]
            if mark.uid != self.held:
                chosen = mark.uid == self._desk.selected
                self.paint_mark(painter, canvas, mark, chosen, named or chosen)

    def _within(self, region: QRegion, canvas: Canvas) -> list[int]:
        """Places of the marks that touch a part of the widget, their names included."""
        if self._revision != self._desk.revision:
            self._revision = self._desk.revision
            boxes = [bounds(mark.shape) or Box(0, 0, 0, 0) for mark in self._desk.shown]
            rows = [(box.left, box.top, box.right, box.bottom) for box in boxes]
            self._edges = np.asarray(rows, float).reshape(-1, 4)
        left, top, right, bottom = self._edges.T
        touched = np.zeros(len(left), np.bool_)
        parts: Any = region if not region.isEmpty() else [canvas.rect()]
        for part in parts:
            # Grips reach a little beyond a mark, its name to the right and above.
            near = canvas.to_picture(QPointF(part.topLeft() - QPoint(THEME.px(120), THEME.px(14))))
            far = canvas.to_picture(
                QPointF(part.bottomRight() + QPoint(THEME.px(14), THEME.px(24)))
            )
            across = (left <= far.x()) & (right >= near.x())
            touched |= across & (top <= far.y()) & (bottom >= near.y())
        return [int(place) for place in np.flatnonzero(touched)]

    def paint_mark(
        self, painter: QPainter, canvas: Canvas, mark: Mark, chosen: bool, named: bool
    ) -> None:
        color = THEME.class_color(self._desk.color(mark.class_id))
        stored = mark.uid not in self._desk.pending
        pen = QPen(color, THEME.px(3 if chosen else 2))
        pen.setStyle(Qt.PenStyle.SolidLine if stored else Qt.PenStyle.DashLine)
        pen.setJoinStyle(Qt.PenJoinStyle.MiterJoin)
        painter.setPen(pen)
        painter.setBrush(_faint(color) if chosen else Qt.BrushStyle.NoBrush)
        match mark.shape:
            case Box():
                painter.drawRect(_place(mark, canvas))
            case Polygon(points):
                outline = QPolygonF([canvas.to_widget(QPointF(x, y)) for x, y in points])
                painter.drawPolygon(outline)
            case Mask() as mask:
                painter.drawImage(_place(mark, canvas), self._mask(mark.uid, mask, color))
                if chosen:
                    painter.setBrush(Qt.BrushStyle.NoBrush)
                    painter.setPen(QPen(color, 1, Qt.PenStyle.DashLine))
                    painter.drawRect(_place(mark, canvas))
        if chosen:
            self._paint_grips(painter, canvas, mark, color)
        if named:
            paint_name(painter, _place(mark, canvas), self._desk.name(mark.class_id), color, canvas)

    def _paint_grips(self, painter: QPainter, canvas: Canvas, mark: Mark, color: QColor) -> None:
        painter.setPen(QPen(THEME.color("reading"), 1))
        painter.setBrush(color)
        side = THEME.px(7)
        for x, y in _corners(mark):
            at = canvas.to_widget(QPointF(x, y))
            painter.drawRect(QRectF(at.x() - side / 2, at.y() - side / 2, side, side))

    def _mask(self, uid: str, mask: Mask, color: QColor) -> QImage:
        """The mask in its colour, see-through elsewhere; made once."""
        key = (uid, mask, color.rgb())
        if key in self._masks:
            self._masks.move_to_end(key)
            return self._masks[key]
        image = tinted(mask.bits(), color)
        self._masks[key] = image
        while len(self._masks) > KEPT:
            self._masks.popitem(last=False)
        return image


def tinted(bits: np.ndarray, color: QColor, alpha: int = 110) -> QImage:
    """Bool [height, width] as a picture of one see-through colour."""
    high, wide = bits.shape
    values = np.zeros((high, wide, 4), np.uint8)
    share = alpha / 255
    for place, channel in enumerate((color.blue(), color.green(), color.red())):
        values[..., place] = np.where(bits, round(channel * share), 0)
    values[..., 3] = np.where(bits, alpha, 0)
    data = np.ascontiguousarray(values)
    made = QImage(data.data, wide, high, 4 * wide, QImage.Format.Format_ARGB32_Premultiplied)
    return made.copy()  # the bytes go with this function


def paint_name(painter: QPainter, place: QRectF, name: str, color: QColor, canvas: Canvas) -> None:
    """A class on a plate at the upper left of a place, kept within the widget."""
    painter.setFont(THEME.font(SMALL))
    metrics, pad = painter.fontMetrics(), THEME.px(6)
    room = max(THEME.px(60), int(place.width()))
    shown = metrics.elidedText(name, Qt.TextElideMode.ElideMiddle, max(THEME.px(90), room))
    plate = QRectF(0, 0, metrics.horizontalAdvance(shown) + 2 * pad, metrics.height() + 2)
    plate.moveBottomLeft(place.topLeft() + QPointF(-1, -1))
    plate.moveTop(max(plate.top(), 0.0))
    plate.moveLeft(min(max(plate.left(), 0.0), canvas.width() - plate.width()))
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(color)
    painter.drawRoundedRect(plate, THEME.px(3), THEME.px(3))
    painter.setPen(THEME.ink_on(color))
    painter.drawText(plate, int(Qt.AlignmentFlag.AlignCenter), shown)


def _place(mark: Mark, canvas: Canvas) -> QRectF:
    box = bounds(mark.shape)
    if box is None:
        return QRectF()
    corner, far = QPointF(box.left, box.top), QPointF(box.right, box.bottom)
    return QRectF(canvas.to_widget(corner), canvas.to_widget(far))


def _corners(mark: Mark) -> list[tuple[float, float]]:
    match mark.shape:
        case Polygon(points):
            return list(points)
        case Box(left, top, right, bottom):
            return [(left, top), (right, top), (right, bottom), (left, bottom)]
    return []


def _faint(color: QColor) -> QColor:
    made = QColor(color)
    made.setAlpha(36)
    return made
