"""What a canvas asks of those who draw on it and of those who work on it with the mouse."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QPainter

if TYPE_CHECKING:
    from gui.data.viewing.canvas import Canvas


class Layer(Protocol):
    """Something drawn over the picture, in px of the widget (see `Canvas.to_widget`)."""

    def paint(self, painter: QPainter, canvas: Canvas) -> None: ...


class Tool(Protocol):
    """Work with the left button. Positions are px of the upright picture, also outside it.

    `press`, `double_click` and `key` say whether they took it; what is not taken goes on.
    After a press that was taken all moves and the release come, wherever the mouse goes.
    """

    cursor: Qt.CursorShape

    def press(self, canvas: Canvas, at: QPointF, modifiers: Qt.KeyboardModifier) -> bool: ...

    def move(self, canvas: Canvas, at: QPointF, modifiers: Qt.KeyboardModifier) -> None: ...

    def release(self, canvas: Canvas, at: QPointF, modifiers: Qt.KeyboardModifier) -> None: ...

    def double_click(self, canvas: Canvas, at: QPointF, modifiers: Qt.KeyboardModifier) -> bool: ...

    def key(self, canvas: Canvas, key: int, modifiers: Qt.KeyboardModifier) -> bool: ...

    def leave(self, canvas: Canvas) -> None: ...


class Pointing:
    """A tool that does nothing, to take what one needs not from."""

    cursor = Qt.CursorShape.ArrowCursor

    def press(self, canvas: Canvas, at: QPointF, modifiers: Qt.KeyboardModifier) -> bool:
        return False

    def move(self, canvas: Canvas, at: QPointF, modifiers: Qt.KeyboardModifier) -> None:
        return

    def release(self, canvas: Canvas, at: QPointF, modifiers: Qt.KeyboardModifier) -> None:
        return

    def double_click(self, canvas: Canvas, at: QPointF, modifiers: Qt.KeyboardModifier) -> bool:
        return False

    def key(self, canvas: Canvas, key: int, modifiers: Qt.KeyboardModifier) -> bool:
        return False

    def leave(self, canvas: Canvas) -> None:
        return
