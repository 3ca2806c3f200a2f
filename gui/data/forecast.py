"""What an import would bring, before anything is stored: counted, and each trouble with what
becomes of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QProgressBar, QVBoxLayout, QWidget

from engine.errors import GraftError
from engine.events import Activity
from gui.theme import THEME
from gui.widgets.card import clear, column
from gui.widgets.controls import label
from gui.widgets.table import Column, Table
from gui.widgets.words import count, done_of, listing, time_left

if TYPE_CHECKING:
    from engine.exchange.findings import Counted
    from engine.exchange.inspection import Inspection

COLUMNS = (
    Column("Found", lambda one: one.says),
    Column("What becomes of it", lambda one: one.does, 250),
    Column("Times", lambda one: f"{one.count:,}", 60, True),
    Column("For example", lambda one: examples(one, 1)),
)
KINDS = {"box": "box", "polygon": "polygon", "mask": "mask", "span": "span", "class": "class"}
PLURALS = {"box": "boxes", "class": "classes"}


def examples(one: Counted, most: int) -> str:
    """'films/12.png: 640 x 480 px said'."""
    words = [f"{path}: {what}" if what else path for path, what in one.examples[:most]]
    return "; ".join(words)


def marks_words(inspection: Inspection) -> list[str]:
    """'273 boxes: person 91, car 40 and 12 more'."""
    lines = []
    for kind, by_class in inspection.marks.items():
        total = sum(by_class.values())
        most = sorted(by_class, key=lambda name: -by_class[name])
        parts = listing([f"{name} {by_class[name]:,}" for name in most], 6)
        lines.append(f"{count(total, KINDS[kind], PLURALS.get(kind, ''))}: {parts}.")
    return lines


class Forecast(QWidget):
    def __init__(self) -> None:
        super().__init__()
        self.said = label("", "muted", wrap=True)
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.setFixedHeight(THEME.px(6))
        self.bar.setAccessibleName("How far the data was looked at")
        self.lines = QVBoxLayout()
        self.lines.setSpacing(THEME.px(4))
        self.table: Table | None = None
        self._tables = QVBoxLayout()
        self.more = label("", "small", wrap=True)
        self.setLayout(
            column(label("What it would bring", "section"), self.said, self.bar, self.lines,
                   self._tables, self.more)
        )  # fmt: skip

    def begin(self) -> None:
        self._clear()
        self.said.setText("Looking at every item. Nothing is stored.")
        self.said.show()
        self.bar.setRange(0, 0)
        self.bar.show()

    def hear(self, event: object) -> None:
        if isinstance(event, Activity):
            far = done_of(event.done, event.total, "") if event.total else ""
            left = time_left(event.seconds_left, " · ")
            self.said.setText(f"Looking at every item: {far}{left}. Nothing is stored.")
            self.bar.setRange(0, event.total)
            self.bar.setValue(event.done)

    def fail(self, error: GraftError) -> None:
        self._clear()
        self.said.setText(f"{error.title}. {error.cause} {error.remedy}")
        self.said.show()

    def show_inspection(self, found: Inspection) -> None:
        self._clear()
        items = count(found.items, "item")
        if found.with_marks:
            items += f", {found.with_marks:,} with marks"
        for words in (f"{items}.", *marks_words(found), *_class_words(found)):
            self.lines.addWidget(label(words, wrap=True))
        troubles = sorted(found.findings.values(), key=lambda one: -one.count)
        if not troubles:
            self.lines.addWidget(label("Nothing is wrong with it.", "good"))
            return
        self.table = Table(COLUMNS, "What is not as it should be", scrolls=False)
        self.table.set_rows(troubles)
        self.table.chosen.connect(self._show_examples)
        self._tables.addWidget(self.table)

    def _show_examples(self, one: Counted | None) -> None:
        self.more.setText(examples(one, 20) if one is not None else "")

    def _clear(self) -> None:
        clear(self.lines)
        clear(self._tables)
        self.table = None
        self.more.setText("")
        self.said.hide()
        self.bar.hide()


def _class_words(found: Inspection) -> list[str]:
    lines = []
    if found.new_classes:
        number = count(len(found.new_classes), "class is", "classes are")
        lines.append(f"{number} new here: {listing(found.new_classes, 8)}.")
    if found.known_classes:
        lines.append(f"Known already: {listing(found.known_classes, 8)}.")
    return lines
