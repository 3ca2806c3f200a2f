"""The place where one labels: items, the one in hand, its cards, and what the keys mean."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction, QHideEvent, QKeyEvent, QShowEvent
from PySide6.QtWidgets import QSplitter, QWidget

from engine.labels.edits import Annotate, Edit, Redraw, Relabel
from gui.data.browser import Browser
from gui.data.class_editor import ClassEditor
from gui.data.classes import KEYS, Classes
from gui.data.detail import Detail
from gui.data.labelling import Labelling
from gui.data.marking.desk import Desk
from gui.data.noting import Noting
from gui.data.suggesting import Suggestions
from gui.data.suggestion_card import SuggestionCard
from gui.data.toolbox import Toolbox
from gui.data.viewer import Viewer
from gui.data.worth_card import WorthCard
from gui.keys import action
from gui.session import Session
from gui.theme import THEME
from gui.widgets.card import Card, column, row
from gui.widgets.controls import button, label

if TYPE_CHECKING:
    from engine.store.project import Project

AT_ONCE = 1000  # items up to which it is noted what the model suggested


class Labeller(QWidget):
    """`cards` stand beside it, in the page's details."""

    failed = Signal(object)  # GraftError

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.session = session
        self.labelling = Labelling(session, self)
        self.suggestions = Suggestions(session, self)
        self.browser = Browser(session, self.suggestions)
        self.viewer = Viewer(session)
        self.desk = Desk(session, self.labelling)
        self.toolbox = Toolbox(self.desk, self.viewer.room)
        self.viewer.text.follow(self.desk)
        self.blind_line = self._blind_line()
        views = QSplitter(Qt.Orientation.Horizontal)
        views.setChildrenCollapsible(False)
        views.setHandleWidth(THEME.px(12))
        views.addWidget(self.browser)
        views.addWidget(self.viewer)
        views.setStretchFactor(1, 1)
        views.setSizes([THEME.px(310), THEME.px(600)])
        self.views = views
        box = column(self.blind_line, views)
        box.setStretch(1, 1)
        self.setLayout(box)
        self.cards = self._make_cards()
        self.actions_of_page: list[QAction] = []  # that mean something only while it is seen
        self._connect()

    def _blind_line(self) -> QWidget:
        """Says that a second reading goes on."""
        holder = QWidget()
        self.blind_words = label("", "notice", wrap=True)
        end = button("End it", done=lambda: self.read_blind(False))
        holder.setLayout(row(self.blind_words, 1, end))
        holder.hide()
        return holder

    def _make_cards(self) -> tuple[Card, ...]:
        self.classes = Classes()
        self.class_editor = ClassEditor(self.labelling)
        self.class_editor.hide()
        self.suggestion = SuggestionCard(self.session, self.suggestions)
        self.worth = WorthCard(self.session)
        self.noting = Noting(self.session, self.labelling)
        self.detail = Detail(self.session)
        return (self.classes, self.class_editor, self.suggestion, self.noting, self.worth,
                self.detail)  # fmt: skip

    def _connect(self) -> None:
        self.session.items_changed.connect(self.browser.refresh)
        self.labelling.stored.connect(self._take_edit)
        self.labelling.turned.connect(self._show_edited)
        self.browser.moved.connect(self._show_current)
        self.browser.failed.connect(self.failed)
        self.desk.changed.connect(self._show_class)
        self.classes.chosen.connect(self.give)
        self.classes.added.connect(self._add_class)
        self.classes.edited.connect(self._edit_classes)
        self.classes.left.connect(self.browser.grid.setFocus)
        self.class_editor.closed.connect(self._classes_edited)
        self.class_editor.several_wanted.connect(lambda on: self.session.set(several=on))
        self.suggestion.accepted.connect(lambda cls: self.give(cls, "suggestion"))
        self.suggestion.all_accepted.connect(self._accept_all)
        self.noting.skipped.connect(lambda: self.browser.go(1))

    def add_keys(self, page: QWidget) -> None:
        """Keys that hold on the whole page."""
        here = Qt.ShortcutContext.WidgetWithChildrenShortcut
        for digit in range(1, KEYS + 1):
            words = f"Give the class of that digit, up to {KEYS}, or press its letter"
            # One line in the sheet of keys stands for all nine.
            one = action(page, words, str(digit), "Data" if digit == 1 else "", here)
            one.triggered.connect(lambda checked=False, digit=digit: self._give_place(digit - 1))
            self.actions_of_page.append(one)
        for words, keys, work in (
            ("Search", "Ctrl+F", self.browser.filters.search.setFocus),
            ("Find a class by its name", "/", self.classes.search.setFocus),
            ("Take the label back", "0", lambda: self.give(None)),
            ("Skip the item", "S", self.noting.put_off),
            ("Flag the item, or take the flag away", "X", self.noting.turn_flag),
            ("Write a note", "N", self.noting.words.setFocus),
            ("Next item without a label", "Ctrl+Return", self.browser.go_unlabelled),
            ("Undo", "Ctrl+Z", self.labelling.undo),
            ("Do it again", ["Ctrl+Y", "Ctrl+Shift+Z"], self.labelling.redo),
        ):  # fmt: skip
            made = action(page, words, keys, "Data", here)
            made.triggered.connect(lambda checked=False, work=work: work())
            if work not in (self.labelling.undo, self.labelling.redo):  # sheets have edits, too
                self.actions_of_page.append(made)
        for one in self.viewer.room.actions():  # they hold while the items have the focus, too
            if not any(key.toString().startswith("Ctrl+") for key in one.shortcuts()):
                page.addAction(one)
        shown = action(page, "Accept the suggestion and go on", "Space", "Data", here)
        shown.setEnabled(False)  # a line in the sheet of keys; `key` hears it, after the tools

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        for one in self.actions_of_page:
            one.setEnabled(True)

    def hideEvent(self, event: QHideEvent) -> None:
        """Behind a sheet no key labels what is not seen."""
        super().hideEvent(event)
        for one in self.actions_of_page:
            one.setEnabled(False)

    def key(self, event: QKeyEvent) -> bool:
        """Keys that nothing on the page had a use for. Returns whether there is one."""
        letter = event.text().lower()
        chosen = self.classes.of_letter(letter) if not event.modifiers() and letter else None
        steps = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}
        if chosen is not None:
            self.give(chosen)
        elif event.key() == Qt.Key.Key_Space:
            self.accept()
        elif event.key() == Qt.Key.Key_Escape:  # and nothing had to be let go of
            self.browser.grid.setFocus()
        elif event.key() in steps and not event.modifiers():  # the picture has no use for it
            self.browser.go(steps[Qt.Key(event.key())])
        else:
            return False
        return True

    # What is shown

    def show_facts(self) -> None:
        facts = self.session.facts
        if facts is None:
            return
        self.classes.show_facts(facts)
        self.class_editor.show_facts(facts)
        if not facts.classes:
            self._classes_edited()
        self.browser.show_facts()
        self.suggestion.refresh()

    def _show_current(self) -> None:
        if self.browser.reading:
            return  # it comes
        item = self.browser.current
        self.viewer.show_item(item)
        self.detail.show_item(item, self.browser.grid.chosen, self.browser.model.blind)
        self.noting.show_item(item)
        self.desk.show_item(item)
        self.suggestion.show_item(item)
        self._show_class()

    def _show_class(self) -> None:
        """Frames the class of the item, or of the mark in hand, or of what is drawn next."""
        item, mark = self.browser.current, self.desk.current
        if mark is not None:
            self.classes.mark(mark.class_id)
        elif self.toolbox.drawing:
            self.classes.mark(self.desk.class_id)
        elif item is not None:
            self.classes.mark(item.class_id, *item.classes)
        else:
            self.classes.mark()

    def _take_edit(self, edit: Edit) -> None:
        """Shows what was stored, without reading everything anew."""
        model = self.browser.model
        match edit:
            case Relabel(_, after, blind) if blind == self.labelling.blind:
                model.change({id: {"class_id": cls} for id, cls in after})
                self.browser.map.change(dict(after))
            case Annotate(_, after):
                model.change({note.item_id: {"flagged": note.flagged} for note in after})
                self.noting.take(edit)
            case Redraw(_, after) if any(mark.shape.kind == "class" for mark in after):
                model.reread()
                self.browser.map.begin()
            case Redraw() | Relabel():
                pass  # the desk shows it; what others read is not seen
            case _:
                self.session.refresh(items=True)

    def _show_edited(self, edit: Edit) -> None:
        """After an undo or a redo: the item that it changed, where it is only one."""
        if isinstance(edit, Relabel) and len(edit.after) == 1:
            place = self.browser.model.row_of(edit.after[0][0])
            if place is not None:
                self.browser.grid.select_row(place)

    def read_blind(self, on: bool) -> None:
        """Begins a second reading, or ends it."""
        self.labelling.blind = self.suggestions.blind = on
        self.suggestion.refresh()
        reader = self.labelling.reader
        self.blind_words.setText(
            f"Second reading by {reader}: what others said and what the model suggests stay hidden."
        )
        self.blind_line.setVisible(on)
        self.browser.read_blind(reader if on else "")
        self.desk.reload()

    def decide(self) -> None:
        """Lists what readers disagree on; a label given there is a decision."""
        self.browser.show_state("disagreeing")

    # What the person does

    def give(self, class_id: int | None, how: str = "hand") -> None:
        """Gives the class to what is in hand: the mark, words of a text, or the selected items."""
        facts = self.session.facts
        ids = self.browser.selected_ids()
        if not ids or facts is None or facts.readonly:
            return
        if class_id is not None and self._give_mark(class_id):
            return
        if self.desk.current is not None or self.toolbox.drawing:
            return  # a mark has a class, or is erased
        if facts.several and class_id is not None:
            self.labelling.toggle(ids, class_id)
            return
        if self.browser.filters.query.state == "disagreeing":
            how = "adjudication"
        self.labelling.give(ids, class_id, how, self._suggested(ids))
        onward = self.classes.onward.isChecked() or how == "suggestion"
        if len(ids) == 1 and class_id is not None and onward and not self.browser.on_map:
            self.browser.go(1)

    def _give_mark(self, class_id: int) -> bool:
        """The class of the mark in hand, of words that are selected, or of what is drawn next."""
        words = self.viewer.words
        if words is not None:
            self.desk.class_id = class_id
            self.desk.draw(words)
            self.viewer.text.forget()
            return True
        if self.desk.current is None and not self.toolbox.drawing:
            return False
        self.desk.reclass(class_id)
        self._show_class()
        return True

    def _suggested(self, ids: Sequence[int]) -> dict[int, tuple[int, bool]]:
        """What the model says of these items now, and whether the reader saw it."""
        if len(ids) > AT_ONCE:
            return {}
        seen = not self.labelling.blind
        found = {id: self.suggestions.at_id(id) for id in ids}
        return {id: (one.class_id, seen and not one.hidden) for id, one in found.items() if one}

    def _accept_all(self, chosen: dict[int, int]) -> None:
        """Labels what was suggested above a threshold; nobody looked at them one by one."""
        said = {id: (cls, False) for id, cls in chosen.items()}
        self.labelling.relabel(list(chosen.items()), "suggestion", said)

    def accept(self) -> None:
        """Accepts the suggestion and goes on; without one, only goes on."""
        if not self.suggestion.take():
            self.browser.go(1)

    def _give_place(self, place: int) -> None:
        facts = self.session.facts
        if facts is not None and place < len(facts.classes):
            self.give(facts.classes[place].id)

    def _add_class(self, name: str) -> None:
        def work(project: Project) -> Any:
            from engine.store import classes

            return classes.ensure(project, [name])

        self.session.change(work)

    def _edit_classes(self) -> None:
        self.classes.hide()
        self.class_editor.show()
        self.class_editor.which.setFocus()

    def _classes_edited(self) -> None:
        if not self.class_editor.isHidden():
            self.class_editor.hide()
            self.classes.show()
            self.browser.grid.setFocus()
