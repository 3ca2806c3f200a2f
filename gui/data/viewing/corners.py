"""The figures in the corners of a picture, on plates that keep them readable over a bright one."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPen

from gui.data.viewing.words import tone_words, value_words, view_words
from gui.theme import THEME

if TYPE_CHECKING:
    from gui.data.viewing.canvas import Canvas

_BAR = 90  # px, about how long the scale bar may be
_EDGE, _PAD, _GAP = 12, 4, 8  # px


def paint_corners(painter: QPainter, canvas: Canvas) -> None:
    """Above: window, frame and size. Below: scale bar, what is under the pointer."""
    painter.setFont(THEME.font(12))
    edge, gap = THEME.px(_EDGE), THEME.px(_GAP)
    high = painter.fontMetrics().height()
    inside = QRectF(canvas.rect()).adjusted(edge, edge, -edge, -edge)
    view, tone, value = view_words(canvas), tone_words(canvas), value_words(canvas)
    right = _plate(painter, view, inside.right(), inside.top(), inside.width())
    left = inside.width() - right.width() - gap
    # Where two do not fit beside each other, one goes a line nearer to the middle.
    top, wide = inside.top(), painter.fontMetrics().horizontalAdvance
    if wide(tone) > left:
        top += high + gap
    _plate(painter, tone, inside.left(), top, inside.width(), at_left=True)
    bottom = inside.bottom() - high
    bar = _scale_bar(painter, canvas, inside.left(), bottom)
    if bar + gap + wide(value) > inside.width():
        bottom -= high + gap
    _plate(painter, value, inside.right(), bottom, inside.width())


def plate(painter: QPainter, place: QRectF) -> None:
    """The ground of words over a picture."""
    pad = THEME.px(_PAD)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(THEME.color("reading", 0.85))
    painter.drawRoundedRect(place.adjusted(-pad, -pad / 2, pad, pad / 2), pad, pad)
    painter.setPen(THEME.color("on_reading"))
    painter.setBrush(Qt.BrushStyle.NoBrush)


def _plate(
    painter: QPainter, words: str, x: float, y: float, most: float, at_left: bool = False
) -> QRectF:
    """Words that end at `x`, or begin there; elided to `most` px."""
    metrics = painter.fontMetrics()
    words = metrics.elidedText(words, Qt.TextElideMode.ElideMiddle, max(0, int(most)))
    wide = metrics.horizontalAdvance(words)
    place = QRectF(x if at_left else x - wide, y, wide, metrics.height())
    if words:
        plate(painter, place)
        painter.drawText(place, int(Qt.AlignmentFlag.AlignCenter), words)
    return place


def _scale_bar(painter: QPainter, canvas: Canvas, x: float, y: float) -> float:
    """'20 mm', a line that long, and what the figure means. Returns its width in px."""
    spacing = canvas.reading.spacing if canvas.reading is not None else None
    if spacing is None:
        return 0.0
    one = canvas.view.scale / spacing.across  # px of the widget for a mm
    mm = _round_below(THEME.px(_BAR) / one)
    words = f"{mm:g} mm" if mm >= 0.1 else f"{mm * 1000:g} µm"
    metrics, gap = painter.fontMetrics(), THEME.px(_GAP)
    begin = x + metrics.horizontalAdvance(words) + gap
    end = begin + mm * one
    note = metrics.horizontalAdvance(spacing.note)
    whole = QRectF(x, y, end - x + (gap + note if note else 0), metrics.height())
    plate(painter, whole)
    painter.drawText(whole, int(Qt.AlignmentFlag.AlignLeft), words)
    painter.drawText(whole, int(Qt.AlignmentFlag.AlignRight), spacing.note)
    pen = QPen(THEME.color("on_reading"), THEME.px(2))
    pen.setCapStyle(Qt.PenCapStyle.FlatCap)
    painter.setPen(pen)
    painter.drawLine(QPointF(begin, whole.center().y()), QPointF(end, whole.center().y()))
    return whole.width()


def _round_below(value: float) -> float:
    """1, 2 or 5 with noughts, at most `value`."""
    power: float = 10.0 ** math.floor(math.log10(value))
    return power * max(step for step in (1, 2, 5) if step * power <= value * 1.0001)
