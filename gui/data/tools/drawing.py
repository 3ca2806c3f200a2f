"""What a labelling tool declares, and what it works on."""

from __future__ import annotations

from typing import ClassVar

from PySide6.QtGui import QPainter

from gui.data.marking.desk import Desk
from gui.data.marking.layer import MarksLayer
from gui.data.viewing.canvas import Canvas
from gui.data.viewing.tool import Pointing


class Drawing(Pointing):
    """A tool and a layer at once: it paints what it has in hand.

    It asks the desk for changes; nothing else stores them.
    """

    title: ClassVar[str]  # 'Box'
    letter: ClassVar[str]  # the key that takes it up
    tip: ClassVar[str]  # how it is used
    kind: ClassVar[str] = ""  # of engine.labels.shapes; '': it makes none
    order: ClassVar[int]

    def __init__(self, desk: Desk, layer: MarksLayer) -> None:
        self.desk, self.layer = desk, layer

    def cancel(self, canvas: Canvas) -> bool:
        """Lets go of what is half done. Returns whether there was something."""
        return False

    def paint(self, painter: QPainter, canvas: Canvas) -> None:
        """What is in hand."""
