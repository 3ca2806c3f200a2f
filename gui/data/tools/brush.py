"""Brush: paints a mask; with Shift it rubs out."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QImage, QPainter, QPainterPath, QPen, QPolygonF

from engine.labels.shapes import Bits, Mask
from gui.data.marking.grips import find
from gui.data.tools.drawing import Drawing
from gui.data.viewing.canvas import Canvas
from gui.theme import THEME

SIZES = (1, 2, 3, 5, 8, 12, 18, 27, 40, 60, 90, 135, 200)  # px of the picture, across
GROWS, SHRINKS = Qt.Key.Key_BracketRight, Qt.Key.Key_BracketLeft


class Brush(Drawing):
    title: ClassVar[str] = "Brush"
    letter: ClassVar[str] = "R"
    tip: ClassVar[str] = (
        "Paint a mask; on the selected one it goes on. With Shift it rubs out; [ and ] change "
        "its size; Escape begins another mask"
    )
    kind: ClassVar[str] = "mask"
    order: ClassVar[int] = 4
    cursor = Qt.CursorShape.BlankCursor

    def __init__(self, *parts: object) -> None:
        super().__init__(*parts)  # type: ignore[arg-type]
        self._size = SIZES.index(18)
        self._stroke: list[QPointF] = []
        self._rubs = False
        self._over: QPointF | None = None

    @property
    def across(self) -> int:
        """Px of the picture."""
        return SIZES[self._size]

    def press(self, canvas: Canvas, at: QPointF, modifiers: Qt.KeyboardModifier) -> bool:
        if not self.desk.open:
            return False
        self._rubs = bool(modifiers & Qt.KeyboardModifier.ShiftModifier)
        if self._rubs and self._mask() is None:  # rubs out what lies under it
            masks = [mark for mark in self.desk.shown if isinstance(mark.shape, Mask)]
            found = find(masks, at, canvas.view.scale, None)
            self.desk.select(found.uid if found else None)
        self._stroke = [at]
        canvas.update()
        return True

    def move(self, canvas: Canvas, at: QPointF, modifiers: Qt.KeyboardModifier) -> None:
        self._over = at
        if self._stroke:
            self._stroke.append(at)
        canvas.update()

    def release(self, canvas: Canvas, at: QPointF, modifiers: Qt.KeyboardModifier) -> None:
        stroke, self._stroke = self._stroke, []
        if not stroke:
            return
        size = canvas.view.picture
        painted = _painted(stroke, self.across, round(size.width()), round(size.height()))
        mark = self.desk.current
        before = self._mask()
        after = _joined(before, painted, self._rubs) if painted is not None else before
        if mark is not None and before is not None and after is None:
            self.desk.erase()
        elif mark is not None and before is not None and after is not None:
            self.desk.reshape(mark, after)
        elif after is not None and not self._rubs:
            self.desk.draw(after)
        canvas.update()

    def key(self, canvas: Canvas, key: int, modifiers: Qt.KeyboardModifier) -> bool:
        if key in (GROWS, SHRINKS):
            step = 1 if key == GROWS else -1
            self._size = min(max(0, self._size + step), len(SIZES) - 1)
            canvas.update()
            return True
        if key == Qt.Key.Key_Escape and (self._stroke or self.desk.selected):
            self._stroke = []
            self.desk.select(None)
            canvas.update()
            return True
        if key in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            return self.desk.erase()
        return False

    def cancel(self, canvas: Canvas) -> bool:
        held, self._stroke = bool(self._stroke), []
        canvas.update()
        return held

    def leave(self, canvas: Canvas) -> None:
        self._stroke, self._over = [], None

    def paint(self, painter: QPainter, canvas: Canvas) -> None:
        color = THEME.class_color(self.desk.color(self.desk.class_id or 0))
        wide = self.across * canvas.view.scale
        if self._stroke:
            ink = THEME.color("reading", 0.6) if self._rubs else color
            if not self._rubs:
                ink.setAlpha(110)
            round_pen = QPen(
                ink, wide, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap,
                Qt.PenJoinStyle.RoundJoin,
            )  # fmt: skip
            path = QPainterPath()
            path.addPolygon(QPolygonF([canvas.to_widget(point) for point in self._stroke]))
            painter.strokePath(path, round_pen)
        if self._over is not None:
            painter.setPen(QPen(THEME.color("on_reading"), 1))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawEllipse(canvas.to_widget(self._over), wide / 2, wide / 2)

    def _mask(self) -> Mask | None:
        mark = self.desk.current
        return mark.shape if mark is not None and isinstance(mark.shape, Mask) else None


def _painted(stroke: list[QPointF], across: int, width: int, height: int) -> Mask | None:
    """The pixels that a round brush has touched, within the picture."""
    edge = across / 2 + 2
    box = QPolygonF(stroke).boundingRect().adjusted(-edge, -edge, edge, edge)
    area = box.toAlignedRect().intersected(QRectF(0, 0, width, height).toAlignedRect())
    if area.isEmpty():
        return None
    image = QImage(area.width(), area.height(), QImage.Format.Format_Grayscale8)
    image.fill(0)
    painter = QPainter(image)
    painter.translate(-area.x(), -area.y())
    if across == 1:
        painter.setPen(QPen(Qt.GlobalColor.white, 1))
        painter.drawPolyline(QPolygonF([QPointF(int(p.x()), int(p.y())) for p in stroke]))
        painter.drawPoint(QPointF(int(stroke[0].x()), int(stroke[0].y())))
    else:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        pen = QPen(Qt.GlobalColor.white, across, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap,
                   Qt.PenJoinStyle.RoundJoin)  # fmt: skip
        painter.setPen(pen)
        painter.drawPolyline(QPolygonF([*stroke, stroke[-1] + QPointF(0.01, 0)]))
    painter.end()
    line = image.bytesPerLine()
    values = np.frombuffer(image.constBits(), np.uint8).reshape(area.height(), line)
    return Mask.of(values[:, : area.width()] >= 128, area.x(), area.y())


def _joined(before: Mask | None, painted: Mask, rubs: bool) -> Mask | None:
    if before is None:
        return None if rubs else painted
    left, top = min(before.left, painted.left), min(before.top, painted.top)
    right = max(before.left + before.width, painted.left + painted.width)
    bottom = max(before.top + before.height, painted.top + painted.height)
    bits = np.zeros((bottom - top, right - left), np.bool_)
    _part(bits, before, left, top)[:] = before.bits()
    part = _part(bits, painted, left, top)
    part[:] = part & ~painted.bits() if rubs else part | painted.bits()
    return Mask.of(bits, left, top)


def _part(bits: Bits, mask: Mask, left: int, top: int) -> Bits:
    """The part of an array that a mask covers."""
    y, x = mask.top - top, mask.left - left
    found: Bits = bits[y : y + mask.height, x : x + mask.width]
    return found


TOOL = Brush
