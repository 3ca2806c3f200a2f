"""Up to four models side by side: every fact and every answer in a line of its own."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QGridLayout, QStackedWidget, QVBoxLayout, QWidget

from gui.facts import Facts
from gui.models.answers import answers
from gui.models.card import known_facts
from gui.models.rows import ModelRow, Shelf
from gui.theme import THEME
from gui.widgets.card import Card, clear, line, scrolling
from gui.widgets.controls import button, label
from gui.widgets.states import Empty

MOST = 4


class CompareView(QWidget):
    left_out = Signal(object)  # ModelRow

    def __init__(self) -> None:
        super().__init__()
        self.empty = Empty(
            "Nothing to compare yet",
            f"Select a model in the list and press C, or 'Compare' beside it; two to {MOST} models "
            "then stand here side by side.",
        )  # fmt: skip
        card = Card()
        self.grid = QGridLayout()
        self.grid.setHorizontalSpacing(THEME.px(20))
        self.grid.setVerticalSpacing(THEME.px(6))
        card.box.addLayout(self.grid)
        card.box.addStretch(1)
        self.full = scrolling(card, "Models side by side")
        self.stack = QStackedWidget()
        self.stack.addWidget(self.empty)
        self.stack.addWidget(self.full)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(self.stack)

    def show_models(self, rows: Sequence[ModelRow], facts: Facts, shelf: Shelf) -> None:
        clear(self.grid)
        self.stack.setCurrentWidget(self.full if rows else self.empty)
        labelled = facts.counts.get("labelled", 0)
        said = [
            {
                **dict(known_facts(row)), "Here": "yes" if row.path else "no",
                **{one.question: one.words for one in
                   answers(row, facts.task, labelled, len(facts.classes), shelf.room)},
            }
            for row in rows
        ]  # fmt: skip
        for place in range(MOST + 1):
            self.grid.setColumnStretch(place, 0 if place == 0 or place > len(rows) else 1)
        for place, row in enumerate(rows, start=1):
            title = label(row.title, "section", wrap=True)
            self.grid.addWidget(title, 0, place, Qt.AlignmentFlag.AlignTop)
            out = button("Leave out", "link", f"Take {row.title} out of the comparison")
            out.clicked.connect(lambda checked=False, row=row: self.left_out.emit(row))
            self.grid.addWidget(out, 1, place, Qt.AlignmentFlag.AlignLeft)
        names = list(dict.fromkeys(name for one in said for name in one if name != "Name"))
        for number, name in enumerate(names):
            self._add(2 + 2 * number, name, [one.get(name, "–") for one in said])

    def _add(self, at: int, name: str, values: Sequence[str]) -> None:
        """A line of the table; where all say the same it stands back."""
        top = Qt.AlignmentFlag.AlignTop
        self.grid.addWidget(line(), at, 0, 1, MOST + 1)
        heading = label(name, "small", wrap=True)
        heading.setFixedWidth(THEME.px(120))
        self.grid.addWidget(heading, at + 1, 0, top)
        same = len(values) > 1 and len(set(values)) == 1
        for place, value in enumerate(values, start=1):
            said = label(value, "small" if same else "", wrap=True)
            said.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            self.grid.addWidget(said, at + 1, place, top)
