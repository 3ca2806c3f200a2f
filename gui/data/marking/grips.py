"""What of the marks lies under the pointer, and what a shape becomes when it is dragged."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, QSizeF, Qt

from engine.labels.marks import Mark
from engine.labels.shapes import Box, Mask, Point, Polygon, Shape, bounds

REACH = 7.0  # px of the widget within which an edge or a corner is taken hold of
LEAST = 1.0  # px that a box is wide and high at least
# Corners and edges of a box: which of left, top, right, bottom move along.
SIDES = {
    "nw": (1, 1, 0, 0), "n": (0, 1, 0, 0), "ne": (0, 1, 1, 0), "e": (0, 0, 1, 0),
    "se": (0, 0, 1, 1), "s": (0, 0, 0, 1), "sw": (1, 0, 0, 1), "w": (1, 0, 0, 0),
}  # fmt: skip
CURSORS = {
    "nw": Qt.CursorShape.SizeFDiagCursor, "se": Qt.CursorShape.SizeFDiagCursor,
    "ne": Qt.CursorShape.SizeBDiagCursor, "sw": Qt.CursorShape.SizeBDiagCursor,
    "n": Qt.CursorShape.SizeVerCursor, "s": Qt.CursorShape.SizeVerCursor,
    "e": Qt.CursorShape.SizeHorCursor, "w": Qt.CursorShape.SizeHorCursor,
}  # fmt: skip


@dataclass(frozen=True)
class Grip:
    """A part of a mark: 'inside', a side of a box ('nw', 'e', ...), or a corner's number."""

    uid: str
    part: str

    @property
    def cursor(self) -> Qt.CursorShape:
        if self.part == "inside":
            return Qt.CursorShape.SizeAllCursor
        return CURSORS.get(self.part, Qt.CursorShape.CrossCursor)


def find(marks: Sequence[Mark], at: QPointF, scale: float, selected: str | None) -> Grip | None:
    """What lies at a position of the picture; the selected mark's grips come first, and of
    several marks the smallest, as it could not be reached otherwise.

    Args:
        scale: px of the widget for one of the picture.
    """
    reach = REACH / scale
    chosen = next((mark for mark in marks if mark.uid == selected), None)
    if chosen is not None:
        part = _part(chosen.shape, at, reach)
        if part is not None:
            return Grip(chosen.uid, part)
    hit = [mark for mark in marks if _touches(mark.shape, at, reach)]
    if not hit:
        return None
    smallest = min(hit, key=lambda mark: _size(mark.shape))
    return Grip(smallest.uid, "inside")


def dragged(shape: Shape, part: str, by: QPointF, picture: QSizeF) -> Shape:
    """A shape after a part of it was moved by px of the picture; it stays inside."""
    match shape:
        case Box() if part in SIDES:
            return _resized(shape, SIDES[part], by, picture)
        case Polygon(points) if part.isdigit():
            place = int(part)
            x, y = points[place]
            moved = _inside((x + by.x(), y + by.y()), picture)
            return Polygon((*points[:place], moved, *points[place + 1 :]))
        case _:
            return _moved(shape, by, picture)


def without_corner(shape: Polygon, place: int) -> Polygon | None:
    """None where too few would be left."""
    if len(shape.points) <= 3:
        return None
    return Polygon((*shape.points[:place], *shape.points[place + 1 :]))


def with_corner(shape: Polygon, at: QPointF, scale: float) -> Polygon | None:
    """A corner more on the side that is near; None where none is."""
    reach = REACH / scale
    points = shape.points
    for place, (one, two) in enumerate(zip(points, (*points[1:], points[0]), strict=True)):
        if _distance(at, one, two) <= reach:
            corner = (at.x(), at.y())
            return Polygon((*points[: place + 1], corner, *points[place + 1 :]))
    return None


def _part(shape: Shape, at: QPointF, reach: float) -> str | None:
    match shape:
        case Box(left, top, right, bottom):
            return _side(QRectF(left, top, right - left, bottom - top), at, reach)
        case Polygon(points):
            for place, (x, y) in enumerate(points):
                if abs(at.x() - x) <= reach and abs(at.y() - y) <= reach:
                    return str(place)
    return "inside" if _touches(shape, at, reach) else None


def _side(box: QRectF, at: QPointF, reach: float) -> str | None:
    if not box.adjusted(-reach, -reach, reach, reach).contains(at):
        return None
    # A small box must still be taken hold of in its middle.
    near = min(reach, box.width() / 4 + reach / 2, box.height() / 4 + reach / 2)
    up = (
        "n"
        if abs(at.y() - box.top()) <= near
        else "s"
        if abs(at.y() - box.bottom()) <= near
        else ""
    )
    along = (
        "w"
        if abs(at.x() - box.left()) <= near
        else "e"
        if abs(at.x() - box.right()) <= near
        else ""
    )
    return up + along or "inside"


def _touches(shape: Shape, at: QPointF, reach: float) -> bool:
    box = bounds(shape)
    if box is None:
        return False
    around = QRectF(box.left, box.top, box.width, box.height)
    if not around.adjusted(-reach, -reach, reach, reach).contains(at):
        return False
    match shape:
        case Polygon(points):
            sides = zip(points, (*points[1:], points[0]), strict=True)
            return _within(points, at) or any(_distance(at, a, b) <= reach for a, b in sides)
        case Mask(left, top, width, height):
            x, y = int(at.x()) - left, int(at.y()) - top
            return 0 <= x < width and 0 <= y < height and bool(shape.bits()[y, x])
    return True


def _size(shape: Shape) -> float:
    if isinstance(shape, Mask):
        return shape.area
    box = bounds(shape)
    return box.width * box.height if box is not None else 0.0


def _resized(box: Box, sides: tuple[int, ...], by: QPointF, picture: QSizeF) -> Box:
    left, top = box.left + sides[0] * by.x(), box.top + sides[1] * by.y()
    right, bottom = box.right + sides[2] * by.x(), box.bottom + sides[3] * by.y()
    left, right = sorted((left, right))
    top, bottom = sorted((top, bottom))
    return clipped(Box(left, top, right, bottom), picture) or box


def clipped(box: Box, picture: QSizeF) -> Box | None:
    """What of a box lies in the picture, None where that is next to nothing."""
    left, top = max(0.0, box.left), max(0.0, box.top)
    right, bottom = min(picture.width(), box.right), min(picture.height(), box.bottom)
    if right - left < LEAST or bottom - top < LEAST:
        return None
    return Box(left, top, right, bottom)


def _moved(shape: Shape, by: QPointF, picture: QSizeF) -> Shape:
    box = bounds(shape)
    if box is None:
        return shape
    x = min(max(by.x(), -box.left), picture.width() - box.right)
    y = min(max(by.y(), -box.top), picture.height() - box.bottom)
    match shape:
        case Box(left, top, right, bottom):
            return Box(left + x, top + y, right + x, bottom + y)
        case Polygon(points):
            return Polygon(tuple((px + x, py + y) for px, py in points))
        case Mask():
            return Mask(shape.left + round(x), shape.top + round(y), shape.width, shape.height,
                        shape.runs)  # fmt: skip
    return shape


def _inside(point: Point, picture: QSizeF) -> Point:
    return min(max(0.0, point[0]), picture.width()), min(max(0.0, point[1]), picture.height())


def _within(points: Sequence[Point], at: QPointF) -> bool:
    inside = False
    for (x, y), (u, v) in zip(points, (*points[1:], points[0]), strict=True):
        if (y > at.y()) != (v > at.y()) and at.x() < (u - x) * (at.y() - y) / (v - y) + x:
            inside = not inside
    return inside


def _distance(at: QPointF, one: Point, two: Point) -> float:
    """From a point to the line between two others."""
    dx, dy = two[0] - one[0], two[1] - one[1]
    length = dx * dx + dy * dy
    share = ((at.x() - one[0]) * dx + (at.y() - one[1]) * dy) / length if length else 0.0
    share = min(max(share, 0.0), 1.0)
    away = at - QPointF(one[0] + share * dx, one[1] + share * dy)
    return float((away.x() ** 2 + away.y() ** 2) ** 0.5)
