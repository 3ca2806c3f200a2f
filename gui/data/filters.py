"""Which items are listed: search, filter, class and order."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QLineEdit, QWidget

from engine.store.finding import Query
from gui.facts import Facts
from gui.widgets.card import column, row
from gui.widgets.controls import Choice

STATES = (
    ("All items", "all"), ("Labelled", "labelled"), ("Not labelled", "unlabelled"),
    ("Skipped", "skipped"), ("Flagged", "flagged"), ("With a note", "noted"),
    ("With marks", "marked"), ("Model is unsure", "unsure"), ("Readers disagree", "disagreeing"),
    ("Cannot be read", "broken"),
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


class Filters(QWidget):
    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._blind = ""
        self._readers = 0
        self.search = QLineEdit(placeholderText="Search names and texts")
        self.search.setAccessibleName("Search")
        self.search.setToolTip(HELP)
        self.search.setClearButtonEnabled(True)
        self._later = QTimer(self, singleShot=True, interval=150)
        self._later.timeout.connect(self.changed)
        self.search.textChanged.connect(lambda: self._later.start())
        self.search.returnPressed.connect(self.changed)
        self.state = Choice(STATES, "Filter")
        self.by_class = Choice([("Any class", None)], "Class")
        self.by_reader = Choice([("Any reader", "")], "Reader")
        self.by_reader.hide()
        self.order = Choice(ORDERS, "Order")
        for choice in (self.state, self.by_class, self.by_reader, self.order):
            choice.setMinimumContentsLength(8)
            choice.currentIndexChanged.connect(lambda: self.changed.emit())
        last = row(self.order, self.by_reader)
        self.setLayout(column(self.search, row(self.state, self.by_class), last, spacing=8))

    def show_facts(self, facts: Facts) -> None:
        any_class: list[tuple[str, object]] = [("Any class", None)]
        self.by_class.set_choices(any_class + [(cls.name, cls.id) for cls in facts.classes])
        any_reader: list[tuple[str, object]] = [("Any reader", "")]
        self.by_reader.set_choices(any_reader + [(name, name) for name in facts.readers])
        self._readers = len(facts.readers)
        self._show_readers()
        plain = [
            (words, key) for words, key in ORDERS if OF_KIND.get(key, facts.kind) == facts.kind
        ]
        self.order.set_choices([*plain[:1], *NEXT, *plain[1:]])

    @property
    def query(self) -> Query:
        """What the store is asked; an order by a model, and `unsure`, are made of its answer."""
        order = self.next_order
        plain = "added" if order else str(self.order.currentData())
        search = self.search.text().strip()
        if self._blind:  # what others said is no way to look for items then
            unread = self.state.currentData() == "unread"
            return Query("all", search, order=plain, blind=self._blind, unread=unread)
        state = "unlabelled" if self.unsure else str(self.state.currentData())
        cls, reader = self.by_class.currentData(), str(self.by_reader.currentData())
        return Query(state, search, class_id=cls, order=plain, reader=reader)

    @property
    def unsure(self) -> bool:
        """Whether only items are asked for of which the model is unsure."""
        return str(self.state.currentData()) == "unsure"

    @property
    def next_order(self) -> str:
        """An order that rests on a model (see NEXT), '' for any other."""
        order = str(self.order.currentData())
        return order if any(order == key for _, key in NEXT) else ""

    @property
    def narrowed(self) -> bool:
        """Whether something other than all items is asked for."""
        query = self.query
        asked = (query.state, query.search, query.class_id, query.reader, query.unread)
        return asked != ("all", "", None, "", False)

    def read_blind(self, reader: str) -> None:
        """Offers a second reader nothing that others said; '': all of it again."""
        self._blind = reader
        self._quietly(lambda: self.state.set_choices(SECOND if reader else STATES))
        self._quietly(lambda: self.state.choose("unread" if reader else "all"))
        self.by_class.setVisible(not reader)
        self._quietly(lambda: self.by_reader.choose(""))
        self._show_readers()

    def _show_readers(self) -> None:
        """With one reader there is nothing to choose."""
        self.by_reader.setVisible(self._readers > 1 and not self._blind)

    def clear(self, state: str = "all") -> None:
        """Asks for all items, or those of a state, whatever was asked before. Says nothing."""
        self._quietly(self.search.clear)
        asked = ((self.by_class, None), (self.by_reader, ""), (self.state, state))
        for choice, value in asked:
            self._quietly(partial(choice.choose, value))

    def _quietly(self, done: Callable[[], object]) -> None:
        blocked = self.blockSignals(True)
        done()
        self.blockSignals(blocked)
        self._later.stop()
