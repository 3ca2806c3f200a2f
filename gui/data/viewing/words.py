"""What is said of a picture in figures: window, frame, size, values, lengths."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from engine.media.tone import Table, as_window

if TYPE_CHECKING:
    from gui.data.viewing.canvas import Canvas


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
