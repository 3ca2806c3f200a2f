"""The figures in the corners of a picture: window, frame, size, and what is under the pointer."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPen

from engine.media.tone import Table, as_window
from gui.theme import THEME

if TYPE_CHECKING:
    from gui.data.viewing.canvas import Canvas

_BAR = 90  # px, about how long the scale bar may be


def paint_corners(painter: QPainter, canvas: Canvas) -> None:
    painter.setFont(THEME.font(12))
    left, right = Qt.AlignmentFlag.AlignLeft, Qt.AlignmentFlag.AlignRight
    top, bottom = Qt.AlignmentFlag.AlignTop, Qt.AlignmentFlag.AlignBottom
    _text(painter, canvas, left | top, tone_words(canvas))
    _text(painter, canvas, right | top, view_words(canvas))
    _text(painter, canvas, right | bottom, value_words(canvas))
    _scale_bar(painter, canvas)


def tone_words(canvas: Canvas) -> str:
    """'WL 480  WW 1600'."""
    reading = canvas.reading
    words = [canvas.caption] if canvas.caption else []
    if reading is not None and not canvas.caption:
        if isinstance(canvas.tone, Table):
            words.append("table of the file")
        elif not reading.colour or canvas.tone != reading.tone:
            window = as_window(canvas.tone)
            words.append(f"WL {figure(window.centre)}  WW {figure(window.width)}")
        if canvas.inverted:
            words.append("inverted")
    return "   ".join(words)


def view_words(canvas: Canvas) -> str:
    """'frame 3 / 120   142%'."""
    words = []
    if canvas.reading is not None and canvas.reading.frames > 1:
        words.append(f"frame {canvas.index + 1:,} / {canvas.reading.frames:,}")
    words.append(f"{canvas.view.scale * canvas.devicePixelRatioF():.0%}")
    return "   ".join(words)


def value_words(canvas: Canvas) -> str:
    """'x 120  y 88   −1003 HU'."""
    at, raster = canvas.pointer, canvas.raster
    if at is None or raster is None or canvas.reading is None:
        return ""
    x, y = min(int(at.x()), raster.width - 1), min(int(at.y()), raster.height - 1)
    value = raster.frame.value(x, y)
    said = " ".join(map(str, value)) if isinstance(value, tuple) else figure(value)
    return f"x {x:,}  y {y:,}   {said} {canvas.reading.unit}".rstrip()


def figure(value: float) -> str:
    """As many digits as a reader needs."""
    if not math.isfinite(value):
        return "no number"
    if value == round(value) and abs(value) < 1e7:
        return f"{round(value)}".replace("-", "−")
    digits = f"{value:.0f}" if 100 <= abs(value) < 1e7 else f"{value:.3g}"
    return digits.replace("-", "−")


def length(down: float, across: float, canvas: Canvas) -> str:
    """The length of a step in px of the picture, in mm where that is known."""
    spacing = canvas.reading.spacing if canvas.reading is not None else None
    if spacing is None:
        return f"{math.hypot(down, across):.1f} px"
    mm = math.hypot(down * spacing.down, across * spacing.across)
    return f"{mm:.1f} mm {spacing.note}".rstrip()


def _scale_bar(painter: QPainter, canvas: Canvas) -> None:
    spacing = canvas.reading.spacing if canvas.reading is not None else None
    if spacing is None:
        return
    one = canvas.view.scale / spacing.across  # px of the widget for a mm
    mm = _round_below(THEME.px(_BAR) / one)
    words = f"{mm:g} mm" if mm >= 0.001 else f"{mm * 1000:g} µm"
    long, edge = mm * one, THEME.px(12)
    metrics = painter.fontMetrics()
    y = canvas.height() - edge - metrics.height() / 2
    begin = edge + metrics.horizontalAdvance(words) + THEME.px(8)
    _text(painter, canvas, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignBottom, words,
          f"  {spacing.note}" if spacing.note else "", begin + long - edge)  # fmt: skip
    for color, wide in (("reading", 4), ("on_reading", 2)):
        pen = QPen(THEME.color(color), THEME.px(wide))
        pen.setCapStyle(Qt.PenCapStyle.FlatCap)
        painter.setPen(pen)
        more = THEME.px(1) if color == "reading" else 0
        painter.drawLine(QPointF(begin - more, y), QPointF(begin + long + more, y))


def _round_below(value: float) -> float:
    """1, 2 or 5 with noughts, at most `value`."""
    power: float = 10.0 ** math.floor(math.log10(value))
    return power * max(step for step in (1, 2, 5) if step * power <= value * 1.0001)


def _text(
    painter: QPainter, canvas: Canvas, where: Qt.AlignmentFlag, words: str, after: str = "",
    gap: float = 0,
) -> None:  # fmt: skip
    """On a plate that keeps it readable over a bright picture. `after` stands behind a gap."""
    if not words:
        return
    edge, pad, metrics = THEME.px(12), THEME.px(4), painter.fontMetrics()
    room = round(0.7 * canvas.width()) - 2 * edge
    words = metrics.elidedText(words, Qt.TextElideMode.ElideMiddle, room)
    inside = QRectF(canvas.rect()).adjusted(edge, edge, -edge, -edge)
    wide = gap + metrics.horizontalAdvance(after) if gap else metrics.horizontalAdvance(words)
    plate = QRectF(0, 0, wide + 2 * pad, metrics.height() + pad)
    plate.moveTop(inside.top() - pad / 2)
    if where & Qt.AlignmentFlag.AlignBottom:
        plate.moveBottom(inside.bottom() + pad / 2)
    plate.moveLeft(inside.left() - pad)
    if where & Qt.AlignmentFlag.AlignRight:
        plate.moveRight(inside.right() + pad)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(THEME.color("reading", 0.85))
    painter.drawRoundedRect(plate, pad, pad)
    painter.setPen(THEME.color("on_reading"))
    inner = plate.adjusted(pad, 0, -pad, 0)
    middle = Qt.AlignmentFlag.AlignVCenter
    painter.drawText(inner, int(Qt.AlignmentFlag.AlignLeft | middle), words)
    if after:
        painter.drawText(inner, int(Qt.AlignmentFlag.AlignRight | middle), after)
