"""What the mouse does to the view: pan, window and level."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, Qt

from engine.media.tone import EXACT, LINEAR, SIGMOID, Window, as_window
from gui.data.viewing.tool import Pointing

if TYPE_CHECKING:
    from gui.data.viewing.canvas import Canvas

_DOUBLE = 120.0  # px to the right that make a window twice as wide
_LEVEL = 250.0  # px up or down that move the centre by one width


class PanHand(Pointing):
    """Drags the picture along."""

    cursor = Qt.CursorShape.ClosedHandCursor

    def __init__(self) -> None:
        self._held = QPointF()

    def press(self, canvas: Canvas, at: QPointF, modifiers: Qt.KeyboardModifier) -> bool:
        self._held = at
        return True

    def move(self, canvas: Canvas, at: QPointF, modifiers: Qt.KeyboardModifier) -> None:
        canvas.pan(canvas.to_widget(at) - canvas.to_widget(self._held))


class ToneHand(Pointing):
    """Window and level: to the right is wider, so softer; up is brighter."""

    cursor = Qt.CursorShape.SizeAllCursor

    def __init__(self) -> None:
        self._from: QPointF | None = None  # in the widget
        self._window = Window.between(0, 1)

    def press(self, canvas: Canvas, at: QPointF, modifiers: Qt.KeyboardModifier) -> bool:
        self._from = canvas.to_widget(at)
        self._window = as_window(canvas.tone)
        return True

    def move(self, canvas: Canvas, at: QPointF, modifiers: Qt.KeyboardModifier) -> None:
        if self._from is None:
            return
        by = canvas.to_widget(at) - self._from
        canvas.set_tone(moved_tone(canvas, self._window, by.x(), by.y()))

    def release(self, canvas: Canvas, at: QPointF, modifiers: Qt.KeyboardModifier) -> None:
        self._from = None


def moved_tone(canvas: Canvas, window: Window, right: float, down: float) -> Window:
    """`dragged` for what is on a canvas."""
    return dragged(window, right, down, canvas.turned, _least(canvas))


def dragged(window: Window, right: float, down: float, turned: bool, least: float) -> Window:
    """A window after a drag of so many px.

    Args:
        turned: small values are bright.
        least: the smallest width.
    """
    width = max(least, max(window.width, least) * 2 ** (right / _DOUBLE))
    centre = window.centre + (-down if turned else down) * max(window.width, least) / _LEVEL
    function = window.function if window.function in (LINEAR, SIGMOID) else EXACT
    return Window(centre, width, function)


def _least(canvas: Canvas) -> float:
    """Whole numbers need no window narrower than one step."""
    frame = canvas.raster.frame if canvas.raster is not None else None
    if frame is not None and frame.stored.dtype.kind == "f":
        return 1e-6 * max(1e-6, abs(as_window(frame.tone).width))
    return 2.0
