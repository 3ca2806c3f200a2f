"""Which items are listed: search, filter, class and order."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QLineEdit, QWidget

from engine.store.finding import Query
from gui.facts import Facts
from gui.widgets.card import column, row
from gui.widgets.controls import Choice

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


class Filters(QWidget):
    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._blind = ""
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
        self.order = Choice(ORDERS, "Order")
        for choice in (self.state, self.by_class, self.order):
            choice.setMinimumContentsLength(8)
            choice.currentIndexChanged.connect(lambda: self.changed.emit())
        self.setLayout(column(self.search, row(self.state, self.by_class), self.order, spacing=8))

    def show_facts(self, facts: Facts) -> None:
        any_class: list[tuple[str, object]] = [("Any class", None)]
        self.by_class.set_choices(any_class + [(cls.name, cls.id) for cls in facts.classes])
        plain = [
            (words, key) for words, key in ORDERS if OF_KIND.get(key, facts.kind) == facts.kind
        ]
        self.order.set_choices([*plain[:1], *NEXT, *plain[1:]])

    @property
    def query(self) -> Query:
        """What the store is asked; an order by a model is made of its answer."""
        order = self.next_order
        plain = "added" if order else str(self.order.currentData())
        search = self.search.text().strip()
        if self._blind:  # what others said is no way to look for items then
            unread = self.state.currentData() == "unread"
            return Query("all", search, order=plain, unread_by=self._blind if unread else "")
        state, cls = str(self.state.currentData()), self.by_class.currentData()
        return Query(state, search, class_id=cls, order=plain)

    @property
    def next_order(self) -> str:
        """An order that rests on a model (see NEXT), '' for any other."""
        order = str(self.order.currentData())
        return order if any(order == key for _, key in NEXT) else ""

    @property
    def narrowed(self) -> bool:
        """Whether something other than all items is asked for."""
        query = self.query
        return (query.state, query.search, query.class_id, query.unread_by) != ("all", "", None, "")

    def read_blind(self, reader: str) -> None:
        """Offers a second reader nothing that others said; '': all of it again."""
        self._blind = reader
        self._quietly(lambda: self.state.set_choices(SECOND if reader else STATES))
        self._quietly(lambda: self.state.choose("unread" if reader else "all"))
        self.by_class.setVisible(not reader)

    def clear(self, state: str = "all") -> None:
        """Asks for all items, or those of a state, whatever was asked before. Says nothing."""
        for done in (self.search.clear, lambda: self.by_class.choose(None),
                     lambda: self.state.choose(state)):  # fmt: skip
            self._quietly(done)

    def _quietly(self, done: Callable[[], object]) -> None:
        blocked = self.blockSignals(True)
        done()
        self.blockSignals(blocked)
        self._later.stop()
