"""Changing classes: name, meaning, colour, order; merging two, removing one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QEvent, QObject, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QButtonGroup, QLineEdit, QPlainTextEdit

from engine.labels.edits import Edit, Reclass
from engine.store.classes import PALETTE_SIZE, Class
from gui.data.labelling import Labelling
from gui.facts import Facts
from gui.theme import THEME
from gui.widgets.card import Card, row
from gui.widgets.controls import Choice, Tick, button, label

if TYPE_CHECKING:
    from engine.store.project import Project

Work = Callable[["Project"], "tuple[Edit, str] | None"]
COLOURS = (
    "orange", "sky blue", "green", "yellow", "blue", "vermilion", "purple", "grey",
)  # fmt: skip


class Swatch(QAbstractButton):
    """One colour of the palette."""

    def __init__(self, color: int) -> None:
        super().__init__()
        self.color = color
        self.setCheckable(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        name = COLOURS[color] if color < len(COLOURS) else f"colour {color + 1}"
        self.setAccessibleName(name)
        self.setToolTip(name.capitalize())

    def sizeHint(self) -> QSize:
        return QSize(THEME.px(28), THEME.px(28))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        box = QRectF(self.rect()).adjusted(2, 2, -2, -2)
        if self.isChecked() or self.hasFocus():
            painter.setPen(QPen(THEME.color("text" if self.isChecked() else "accent"), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawEllipse(box)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(THEME.class_color(self.color))
        inner = THEME.px(5)
        painter.drawEllipse(box.adjusted(inner, inner, -inner, -inner))


class ClassEditor(Card):
    """Stands in the place of the class list until it is closed. Every change can be undone."""

    closed = Signal()
    several_wanted = Signal(bool)

    def __init__(self, labelling: Labelling) -> None:
        super().__init__("Edit classes")
        self._labelling = labelling
        self._facts: Facts | None = None
        self.which = Choice([], "Class to change")
        self.which.currentIndexChanged.connect(self._show)
        self.title = QLineEdit()
        self.title.setAccessibleName("Name of the class")
        self.title.editingFinished.connect(self._rename)
        self.meaning = QPlainTextEdit()
        self.meaning.setAccessibleName("What the class means")
        self.meaning.setPlaceholderText("What counts as this class? Shown while labelling.")
        self.meaning.setTabChangesFocus(True)
        self.meaning.setFixedHeight(THEME.px(76))
        self.meaning.installEventFilter(self)
        self.swatches = QButtonGroup(self)
        swatches = row(spacing=2)
        for color in range(PALETTE_SIZE):
            one = Swatch(color)
            self.swatches.addButton(one, color)
            swatches.addWidget(one)
        swatches.addStretch(1)
        self.swatches.idClicked.connect(lambda color: self._change("colour", color=color))
        self.up = button("Up", tip="Earlier in the list, with an earlier digit")
        self.up.clicked.connect(lambda: self._move(-1))
        self.down = button("Down", tip="Later in the list")
        self.down.clicked.connect(lambda: self._move(1))
        self.into = Choice([], "Class to merge into")
        self.merge = button("Merge", tip="Every label of this class becomes one of the other")
        self.merge.clicked.connect(self._merge)
        self.remove = button("Remove", "danger", "Take the class away, with its labels and marks")
        self.remove.clicked.connect(lambda: self._labelling.make(_removal(self._id)))
        self.several = Tick("An item can have several classes")
        self.several.setToolTip(
            "A class is then given beside others and taken back by the same key. Training takes "
            "items with one class."
        )
        self.several.clicked.connect(self.several_wanted)
        done = button("Done", "primary", done=self._close)
        self.box.addWidget(self.which)
        for words, part in (("Name", self.title), ("Meaning", self.meaning)):
            self.box.addWidget(label(words, "small"))
            self.box.addWidget(part)
        self.box.addWidget(label("Colour", "small"))
        self.box.addLayout(swatches)
        self.box.addLayout(row(label("Place", "small"), self.up, self.down, 1))
        self.box.addWidget(label("Merge into", "small"))
        self.box.addLayout(row(self.into, self.merge))
        self.box.addLayout(row(self.remove, 1, done))
        self.box.insertWidget(self.box.count() - 1, self.several)

    @property
    def _id(self) -> int:
        return int(self.which.currentData() or 0)

    def show_facts(self, facts: Facts) -> None:
        self._facts = facts
        self.several.setChecked(facts.several)
        self.which.set_choices([(cls.name, cls.id) for cls in facts.classes])
        self._show()

    def _show(self) -> None:
        state = self._state()
        if state is None or self._facts is None:
            return
        if not self.title.hasFocus():
            self.title.setText(state.name)
        if not self.meaning.hasFocus():
            self.meaning.setPlainText(state.definition)
        chosen = self.swatches.button(state.color % PALETTE_SIZE)
        chosen.setChecked(True)
        others = [(cls.name, cls.id) for cls in self._facts.classes if cls.id != state.id]
        self.into.set_choices(others)
        place = [cls.id for cls in self._facts.classes].index(state.id)
        self.up.setEnabled(place > 0)
        self.down.setEnabled(place < len(self._facts.classes) - 1)
        self.merge.setEnabled(bool(others))

    def _state(self) -> Class | None:
        known = self._facts.classes if self._facts else []
        return next((cls for cls in known if cls.id == self._id), None)

    def _change(self, what: str, **values: Any) -> None:
        self._labelling.make(_changing(self._id, what, values))

    def _rename(self) -> None:
        state = self._state()
        name = self.title.text().strip()
        if state is None or not name or name == state.name:
            self.title.setText(state.name if state else "")
            return
        self._change("name", name=name)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self.meaning and event.type() == QEvent.Type.FocusOut:
            self.keep()
        return super().eventFilter(watched, event)

    def keep(self) -> None:
        """Stores a meaning that was typed."""
        self._change("meaning", definition=self.meaning.toPlainText().strip())

    def _move(self, step: int) -> None:
        self._labelling.make(_moving(self._id, step))

    def _merge(self) -> None:
        other = self.into.currentData()
        if other is not None:
            self._labelling.make(_merging(self._id, int(other)))

    def _close(self) -> None:
        self.keep()
        self.closed.emit()


def _changing(id: int, what: str, values: dict[str, Any]) -> Work:
    """From what is stored when it is done, not from what was shown."""

    def work(project: Project) -> tuple[Edit, str] | None:
        from engine.store import classes

        before = classes.states(project).get(id)
        if before is None:
            return None
        after = replace(before, **values)
        if after == before:
            return None
        return Reclass((before,), (after,)), f"change the {what} of {before.name}"

    return work


def _moving(id: int, step: int) -> Work:
    def work(project: Project) -> tuple[Edit, str] | None:
        from engine.store import classes

        states = [state for state in classes.states(project).values() if not state.removed]
        place = next((n for n, state in enumerate(states) if state.id == id), None)
        if place is None or not 0 <= place + step < len(states):
            return None
        order = states[:]
        order.insert(place + step, order.pop(place))
        after = {state.id: replace(state, position=n) for n, state in enumerate(order)}
        edit = Reclass(tuple(states), tuple(after[state.id] for state in states))
        return edit, f"move {states[place].name}"

    return work


def _merging(source: int, target: int) -> Work:
    def work(project: Project) -> tuple[Edit, str] | None:
        from engine.store import regrouping

        return regrouping.merge(project, source, target)

    return work


def _removal(source: int) -> Work:
    def work(project: Project) -> tuple[Edit, str] | None:
        from engine.store import regrouping

        return regrouping.remove(project, source)

    return work
