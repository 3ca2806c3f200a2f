"""The sheet of keys, made from the window's actions."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QDialog, QGridLayout, QVBoxLayout, QWidget

from gui.theme import THEME
from gui.widgets.card import scrolling
from gui.widgets.controls import Segments, button, label

FIRST = (
    "Everywhere",
    "Pages",
    "Start",
    "Data",
    "Marks",
    "Reading",
    "Model",
    "Layers",
    "Train",
    "Results",
    "Use",
)


def action(
    owner: QWidget, text: str, keys: str | Sequence[str], where: str = "Everywhere",
    context: Qt.ShortcutContext = Qt.ShortcutContext.WindowShortcut,
) -> QAction:  # fmt: skip
    """An action of `owner` with its keys. `where` is its heading in the sheet."""
    made = QAction(text, owner)
    made.setShortcuts([QKeySequence(one) for one in ([keys] if isinstance(keys, str) else keys)])
    made.setShortcutContext(context)
    made.setData(where)
    owner.addAction(made)
    return made


def all_actions(window: QWidget) -> dict[str, list[QAction]]:
    """Every action with keys in the window, by heading."""
    found: dict[str, list[QAction]] = {}
    for one in window.findChildren(QAction):
        if one.shortcuts() and one.data():
            found.setdefault(str(one.data()), []).append(one)
    order = sorted(found, key=lambda heading: FIRST.index(heading) if heading in FIRST else 9)
    return {heading: found[heading] for heading in order}


class KeySheet(QDialog):
    """What every key does, and the look of the window."""

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self.setWindowTitle("Keys and help")
        self.resize(THEME.px(520), THEME.px(560))
        px = THEME.px
        content = QWidget()
        grid = QGridLayout(content)
        grid.setContentsMargins(px(24), px(16), px(24), px(16))
        grid.setHorizontalSpacing(px(24))
        grid.setVerticalSpacing(px(6))
        place = 0
        for heading, actions in all_actions(window).items():
            title = label(heading, "section")
            title.setContentsMargins(0, px(8 if place else 0), 0, 0)
            grid.addWidget(title, place, 0, 1, 2)
            for number, one in enumerate(actions, start=place + 1):
                native = QKeySequence.SequenceFormat.NativeText
                keys = " or ".join(key.toString(native) for key in one.shortcuts())
                grid.addWidget(label(keys, "muted"), number, 0)
                grid.addWidget(label(one.text(), wrap=True), number, 1)
            place += len(actions) + 1
        grid.setColumnStretch(1, 1)
        grid.setRowStretch(place, 1)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, px(8), 0, px(12))
        outer.addWidget(scrolling(content, "Keys"))
        look = Segments(
            [("As the system", "system", ""), ("Light", "light", ""), ("Dark", "dark", "")], "Look"
        )
        look.choose(THEME.choice)
        look.chosen.connect(THEME.choose)
        inner = QVBoxLayout()
        inner.setContentsMargins(px(24), 0, px(24), 0)
        inner.addWidget(label("Look", "section"))
        inner.addWidget(look)
        inner.addWidget(button("Close", done=self.accept), 0, Qt.AlignmentFlag.AlignRight)
        outer.addLayout(inner)
