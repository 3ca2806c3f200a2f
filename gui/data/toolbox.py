"""The tools in the bar above the picture, and their keys, from what each declares."""

from __future__ import annotations

from PySide6.QtCore import QObject, Qt
from PySide6.QtWidgets import QPushButton

from gui.data.marking.desk import Desk
from gui.data.marking.layer import MarksLayer
from gui.data.tools import all_tools
from gui.data.tools.drawing import Drawing
from gui.data.viewing.room import Room
from gui.keys import action
from gui.widgets.controls import button


class Toolbox(QObject):
    """Puts the tools into a room and lets the person take them up."""

    def __init__(self, desk: Desk, room: Room) -> None:
        super().__init__(room)
        self._room, self._desk = room, desk
        self.layer = MarksLayer(desk)
        self.tools: list[Drawing] = [make(desk, self.layer) for make in all_tools()]
        self.buttons: dict[Drawing, QPushButton] = {}
        room.canvas.layers[:0] = [self.layer, *self.tools]
        desk.changed.connect(room.canvas.update)
        room.canvas.frame_shown.connect(desk.show_frame)
        for place, tool in enumerate(self.tools):
            made = button(f"{tool.title}  {tool.letter}", "segment", tool.tip)
            made.setCheckable(True)
            made.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            made.setProperty("close", True)
            made.ensurePolished()  # or its style would not be in the hint
            made.setMinimumWidth(made.sizeHint().width())
            made.clicked.connect(lambda checked=False, tool=tool: self.take(tool))
            room.bar.tools.insertWidget(place, made)
            self.buttons[tool] = made
            where = Qt.ShortcutContext.WidgetWithChildrenShortcut
            key = action(room, f"{tool.title}: {tool.tip[0].lower()}{tool.tip[1:]}", tool.letter,
                         "Marks", where)  # fmt: skip
            key.triggered.connect(lambda checked=False, tool=tool: self.take(tool))
        self.take(self.tools[0])

    @property
    def drawing(self) -> bool:
        """Whether a tool is up that makes marks: classes are then those of marks."""
        tool = self._room.tool
        return isinstance(tool, Drawing) and bool(tool.kind)

    def take(self, tool: Drawing) -> None:
        self._room.tool = tool
        for one, made in self.buttons.items():
            made.setChecked(one is tool)
        self._room.canvas.update()
