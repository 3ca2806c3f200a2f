"""The classes and their keys: a click or a key labels, and a name is found by typing."""

from __future__ import annotations

import re
from collections.abc import Sequence

from PySide6.QtCore import QEvent, QObject, QSettings, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QLineEdit, QVBoxLayout

from engine.store.classes import Class
from gui.data.class_row import ClassRow
from gui.data.letters import letters
from gui.facts import Facts
from gui.theme import THEME
from gui.widgets.card import Card, clear, row
from gui.widgets.controls import Tick, button, label

KEYS = 9  # classes that have a digit
SHOWN = 12  # classes listed, so that the suggestion stays in sight; the others are found by name


class Classes(Card):
    chosen = Signal(int)  # class id
    added = Signal(str)  # a new class
    edited = Signal()  # the person wants to change classes
    left = Signal()  # done with the field

    def __init__(self) -> None:
        super().__init__("Class")
        self._rows: dict[int, ClassRow] = {}
        self._facts: Facts | None = None
        self._state: object = None  # what of the facts is shown
        self._marked: tuple[int, ...] = ()
        self._at = 0  # the match that Enter gives
        self.edit = button("Edit", "link", "Names, colours, order, meanings; merge and remove")
        self.edit.clicked.connect(self.edited)
        self.top.addWidget(self.edit)
        self.search = QLineEdit(placeholderText="Find or add a class   /")
        self.search.setAccessibleName("Find a class by its name, or add one")
        self.search.setToolTip("Type a part of its name: Enter gives it, the arrows choose another")
        self.search.textChanged.connect(self._narrow)
        self.search.returnPressed.connect(self._enter)
        self.search.installEventFilter(self)
        self.add = button("Add", done=self._add)
        self.box.addLayout(row(self.search, self.add))
        self._list = QVBoxLayout()
        self._list.setSpacing(THEME.px(4))
        self.box.addLayout(self._list)
        self.onward = Tick("Go on after a label")
        self.onward.setToolTip("With one item selected, a label shows the next one")
        self.onward.setChecked(bool(QSettings().value("onward", True, bool)))
        self.onward.toggled.connect(lambda on: QSettings().setValue("onward", on))
        self.box.addWidget(self.onward)
        self.hint = label("", "small", wrap=True)
        self.box.addWidget(self.hint)

    def show_facts(self, facts: Facts) -> None:
        state = (facts.classes, facts.class_counts, facts.readonly)
        self._facts = facts
        if state == self._state:
            return
        self._state = state
        self.search.setEnabled(not facts.readonly)
        self.edit.setVisible(bool(facts.classes) and not facts.readonly)
        self.onward.setVisible(bool(facts.classes))
        self._show_rows()

    def _show_rows(self) -> None:
        """The first classes with their keys and what the item has, or those that are sought."""
        assert self._facts is not None
        clear(self._list)
        self._rows = {}
        classes, searched = self._facts.classes, self.search.text().strip()
        keyed = classes[:SHOWN]
        digits = {cls.id: place + 1 for place, cls in enumerate(keyed[:KEYS])}
        named = letters(cls.name for cls in keyed)
        by_letter = {cls.id: letter for cls, letter in zip(keyed, named, strict=True)}
        shown = matching(classes, searched)[:SHOWN] if searched else [
            *keyed, *(cls for cls in classes[SHOWN:] if cls.id in self._marked)
        ]  # fmt: skip
        for cls in shown:
            count = self._facts.class_counts.get(cls.id, 0)
            one = ClassRow(cls, digits.get(cls.id), by_letter.get(cls.id), count)
            one.clicked.connect(lambda checked=False, id=cls.id: self.chosen.emit(id))
            one.setEnabled(not self._facts.readonly)
            one.setChecked(cls.id in self._marked)
            self._rows[cls.id] = one
            self._list.addWidget(one)
        self.hint.setText(self._words(len(classes), searched))
        self._show_at()

    def _words(self, classes: int, searched: str) -> str:
        if searched and not self._rows:
            return "No class of that name: Enter adds it."
        if searched:
            return "Enter gives the framed class. Esc: all classes again."
        if not classes:
            return "No classes yet. Import labelled data, or add them here."
        hint = "Press a digit or letter to label, 0 to take a label back."
        more = classes - SHOWN
        return f"{hint} For the other {more}, press / and type." if more > 0 else hint

    def mark(self, *class_ids: int | None) -> None:
        """Frames the rows of these classes, and no others."""
        self._marked = tuple(id for id in class_ids if id is not None)
        if self._facts is not None and self._lacks_or_leaves():
            self._show_rows()
        for id, one in self._rows.items():
            one.setChecked(id in self._marked)

    def _lacks_or_leaves(self) -> bool:
        """Whether a marked class has no row, or one has a row only because it was marked."""
        if self.search.text().strip():
            return False
        beyond = {cls.id for cls in self._facts.classes[SHOWN:]} if self._facts else set()
        return {id for id in self._rows if id in beyond} != beyond.intersection(self._marked)

    def of_letter(self, letter: str) -> int | None:
        """The class that a letter gives."""
        return next((id for id, one in self._rows.items() if one.letter == letter), None)

    # Finding a class by its name

    def _narrow(self) -> None:
        self._at = 0
        if self._facts is not None:
            self._show_rows()

    def _show_at(self) -> None:
        """Frames what Enter gives, and offers to add what has no class yet."""
        typed = self.search.text().strip()
        for place, one in enumerate(self._rows.values()):
            one.ahead = bool(typed) and place == self._at
            one.update()
        known = {cls.name for cls in self._facts.classes} if self._facts else set()
        self.add.setEnabled(bool(typed) and typed not in known and self.search.isEnabled())

    def _enter(self) -> None:
        ids = list(self._rows)
        if not self.search.text().strip():
            self.left.emit()
        elif not ids:
            self._add()
        else:
            chosen = ids[min(self._at, len(ids) - 1)]
            self.search.clear()
            self.left.emit()
            self.chosen.emit(chosen)

    def _add(self) -> None:
        name = self.search.text().strip()
        if name:
            self.search.clear()
            self.added.emit(name)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """The arrows choose among the matches; Esc ends it."""
        if watched is not self.search or not isinstance(event, QKeyEvent):
            return super().eventFilter(watched, event)
        steps = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1}
        if event.type() != QEvent.Type.KeyPress:
            return False
        if event.key() == Qt.Key.Key_Escape:
            self.search.clear()
            self.left.emit()
        elif event.key() in steps and self._rows:
            self._at = (self._at + steps[Qt.Key(event.key())]) % len(self._rows)
            self._show_at()
        else:
            return False
        return True


def matching(classes: Sequence[Class], typed: str) -> list[Class]:
    """Those whose name holds what was typed: the name itself, then names and words that begin
    with it, then the rest, each in their order."""
    wanted = typed.casefold()

    def rank(cls: Class) -> int:
        name = cls.name.casefold()
        if name == wanted:
            return 0
        if name.startswith(wanted):
            return 1
        return 2 if any(word.startswith(wanted) for word in re.split(r"[\W_]+", name)) else 3

    return sorted((cls for cls in classes if wanted in cls.name.casefold()), key=rank)
