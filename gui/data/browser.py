"""The items: search, filter, order, and the grid of those that pass."""

from __future__ import annotations

import dataclasses
from array import array
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QLineEdit, QWidget

from engine.errors import GraftError
from engine.store.finding import Query
from gui.data.suggesting import Suggestions
from gui.jobs import Job
from gui.keys import action
from gui.session import Session
from gui.theme import THEME
from gui.widgets.card import column, row
from gui.widgets.controls import Choice, label
from gui.widgets.grid import Grid
from gui.widgets.items_model import ItemsModel
from gui.widgets.states import Empty
from gui.widgets.tiles import Look
from gui.widgets.words import count

if TYPE_CHECKING:
    from engine.store.items import Item

STATES = (
    ("All items", "all"), ("Labelled", "labelled"), ("Not labelled", "unlabelled"),
    ("Skipped", "skipped"), ("Flagged", "flagged"), ("With a note", "noted"),
    ("With marks", "marked"), ("Readers disagree", "disagreeing"), ("Cannot be read", "broken"),
    ("Training", "train"), ("Validation", "validation"), ("Test", "test"),
)  # fmt: skip
NEXT = (  # what to label next, by what the model says
    ("Uncertain first", "by_uncertainty"), ("Diverse first", "by_diversity"),
    ("Uncertain and diverse", "by_mix"), ("Most like this one", "similar"),
)  # fmt: skip
ORDERS = (
    ("As imported", "added"), ("Name", "name"), ("Newest file", "newest"),
    ("Oldest file", "oldest"), ("Labelled last", "labelled-last"),
    ("Labelled first", "labelled-first"), ("Largest", "largest"), ("Longest text", "longest"),
)  # fmt: skip
OF_KIND = {"largest": "image", "longest": "text"}  # orders that mean something for one kind only
SECOND = (("Not read by you", "unread"), ("All items", "all"))  # in a second reading
HELP = (
    "Words that stand in the name or the text. Narrower: reader:Ann, class:cat, group:7f3a, "
    'split:test, is:flagged. Words with spaces stand in quotation marks: class:"big cat".'
)


class Browser(QWidget):
    """What passes search and filter. `arrived` when the list was read, `moved` when another
    item is the current one or it was read anew."""

    arrived = Signal()
    moved = Signal()
    failed = Signal(object)  # GraftError

    def __init__(self, session: Session, suggestions: Suggestions) -> None:
        super().__init__()
        self._session, self._suggestions = session, suggestions
        self._wanted: int | None = None  # an item to show as soon as the list is there
        self._asking: Job | None = None
        self.look = Look(session, self, suggestions.of)
        self.model = ItemsModel(session)
        self.grid = Grid(self.model, self.look)
        hint = "Clear the search or choose all items."
        self.nothing = Empty("Nothing passes the filter", hint, width=220)
        self.nothing.hide()
        self.tally = label("", "small")
        self.setMinimumWidth(THEME.px(296))  # two tiles beside each other, and the bar
        self.setLayout(column(self._tools(), self.grid, self.nothing, self.tally))
        self.grid.selectionModel().selectionChanged.connect(lambda *_: self.moved.emit())
        self.grid.selectionModel().currentChanged.connect(lambda *_: self.moved.emit())
        self.grid.zoomed.connect(self._zoom)
        suggestions.changed.connect(self.grid.viewport().update)
        self.model.arrived.connect(self.moved)
        children = Qt.ShortcutContext.WidgetWithChildrenShortcut
        for words, keys, step in (("Larger tiles", ["Ctrl++", "Ctrl+="], 1),
                                  ("Smaller tiles", ["Ctrl+-"], -1)):  # fmt: skip
            one = action(self, words, keys, "Data", children)
            one.triggered.connect(lambda checked=False, step=step: self._zoom(step))

    def _tools(self) -> QWidget:
        holder = QWidget()
        self.search = QLineEdit(placeholderText="Search names and texts")
        self.search.setAccessibleName("Search")
        self.search.setToolTip(HELP)
        self.search.setClearButtonEnabled(True)
        self._later = QTimer(self, singleShot=True, interval=150)
        self._later.timeout.connect(self.refresh)
        self.search.textChanged.connect(lambda: self._later.start())
        self.filter = Choice(STATES, "Filter")
        self.by_class = Choice([("Any class", None)], "Class")
        self.order = Choice(ORDERS, "Order")
        choices = (self.filter, self.by_class, self.order)
        for choice in choices:
            choice.setMinimumContentsLength(8)
            choice.currentIndexChanged.connect(lambda: self.refresh())
        box = column(self.search, row(self.filter, self.by_class), self.order, spacing=8)
        holder.setLayout(box)
        return holder

    # What is shown

    def show_facts(self) -> None:
        facts = self._session.facts
        if facts is None:
            return
        any_class: list[tuple[str, object]] = [("Any class", None)]
        self.by_class.set_choices(any_class + [(cls.name, cls.id) for cls in facts.classes])
        plain = [
            (words, key) for words, key in ORDERS if OF_KIND.get(key, facts.kind) == facts.kind
        ]
        self.order.set_choices([*plain[:1], *NEXT, *plain[1:]])
        self.grid.viewport().update()

    @property
    def query(self) -> Query:
        search, order = self.search.text().strip(), str(self.order.currentData())
        if self.model.blind:  # what others said is no way to look for items then
            unread = self.filter.currentData() == "unread"
            order = "added" if any(order == key for _, key in NEXT) else order
            return Query("all", search, order=order, unread_by=self.model.blind if unread else "")
        state, cls = str(self.filter.currentData()), self.by_class.currentData()
        plain = "added" if any(order == key for _, key in NEXT) else order
        return Query(state, search, class_id=cls, order=plain)

    def read_blind(self, reader: str) -> None:
        """Shows what this reader says, and nothing that others said; '': all of it again."""
        self.model.blind = reader
        self.filter.set_choices(SECOND if reader else STATES)
        self.filter.choose("unread" if reader else "all")
        self.by_class.setVisible(not reader)
        self.refresh()
        self.model.reread()

    def refresh(self) -> None:
        """Reads which items pass now."""
        project, query = self._session.project, self.query
        if project is None:
            return
        self._later.stop()
        if self._asking is not None:
            self._asking.cancel()

        order, rows = str(self.order.currentData()), self._suggestions.rows
        like = self.current_id

        def read(emit: Any, cancel: Any) -> array[int]:
            from engine.store import finding
            from engine.suggesting import ordering

            ids = finding.find(project, query)
            if order == "similar" and like is not None:
                return ordering.by_likeness(project, ids, like)
            return ordering.by_rank(ids, rows, order) if order.startswith("by_") else ids

        self._asking = self._session.jobs.run(read, done=self._take, failed=self._refused)

    def _take(self, ids: array[int]) -> None:
        self._asking = None
        before = self.current_id
        self.model.set_ids(ids)
        self.grid.setVisible(bool(ids))
        self.nothing.setVisible(not ids)
        narrowed = dataclasses.replace(self.query, order="added") != Query()
        self.tally.setText(count(len(ids), "item"))
        self.tally.setVisible(bool(ids) and narrowed)
        if self._wanted is not None:
            self._select(self._wanted)
        elif ids and not self.grid.currentIndex().isValid():
            stays = self.model.row_of(before) if before is not None else None
            self.grid.select_row(stays or 0)
        self.arrived.emit()

    def _refused(self, error: GraftError) -> None:
        self._asking = None
        self.failed.emit(error)

    def show_item(self, item: int) -> None:
        """Shows this item, whatever the filter was."""
        self._wanted = item
        if not self._select(item):
            self.search.clear()
            self.filter.choose("all")
            self.by_class.choose(None)
            self.refresh()

    def _select(self, item: int) -> bool:
        place = self.model.row_of(item)
        if place is None:
            return False
        self._wanted = None
        self.grid.select_row(place)
        self.grid.setFocus()
        return True

    # The current item

    @property
    def current(self) -> Item | None:
        """The current item, None: there is none, or it is still being read."""
        index = self.grid.currentIndex()
        return self.model.item(index.row()) if index.isValid() else None

    @property
    def current_id(self) -> int | None:
        row = self.grid.currentIndex().row()
        return self.model.id_at(row) if 0 <= row < self.model.rowCount() else None

    @property
    def reading(self) -> bool:
        """Whether the current item is still being read."""
        return self.grid.currentIndex().isValid() and self.current is None

    def ahead(self, count: int) -> list[Item]:
        """Up to `count` items after the current one, as far as they have been read."""
        row = self.grid.currentIndex().row() + 1
        rows = range(row, min(row + count, self.model.rowCount()))
        return [item for item in map(self.model.item, rows) if item is not None]

    def go(self, step: int) -> bool:
        """Makes the item so many places on the current one. Returns whether there is one."""
        row = self.grid.currentIndex().row() + step
        if not 0 <= row < self.model.rowCount():
            return False
        self.grid.select_row(row)
        return True

    def go_unlabelled(self) -> bool:
        """Goes to the next item that has no label yet, as far as items have been read."""
        start = self.grid.currentIndex().row() + 1
        for place in range(start, self.model.rowCount()):
            item = self.model.item(place)
            if item is None or (item.class_id is None and item.state != "broken"):
                self.grid.select_row(place)
                return True
        return False

    def _zoom(self, step: int) -> None:
        self.look.zoom(step)
        index = self.grid.currentIndex()
        if index.isValid():
            self.grid.scrollTo(index)
