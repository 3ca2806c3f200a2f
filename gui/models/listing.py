"""The list of models, with the columns that there is room for; or that none fits."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from gui.models.columns import COMPARED, FAMILY, NARROW, columns
from gui.models.rows import ModelRow
from gui.theme import THEME
from gui.widgets.card import Card
from gui.widgets.controls import button
from gui.widgets.states import Empty
from gui.widgets.table import Table


class Listing(Card):
    def __init__(self, compared: list[str], show_all: Callable[[], object]) -> None:
        """`compared`: names of the models that are in the comparison now."""
        super().__init__(tight=True)
        self._compared = compared
        self.table = Table(columns(compared), "Models")
        self.nothing = Empty(
            "No model fits", "Search for something else, or show all models.",
            button("Show all models", done=show_all),
        )  # fmt: skip
        self.box.addWidget(self.table)
        self.box.addWidget(self.nothing)
        self.nothing.hide()

    def show_rows(self, rows: Sequence[ModelRow]) -> None:
        """One stays selected; nobody is told of those that were so for a moment."""
        blocked = self.table.blockSignals(True)
        self.table.set_rows(rows, keep=lambda row: row.name)
        if rows and self.table.current is None:
            self.table.choose(lambda row: True)
        self.table.blockSignals(blocked)
        self.table.setVisible(bool(rows))
        self.nothing.setVisible(not rows)

    def give_way(self, wide: int) -> None:
        """Columns leave their room to the names, where there is little of it."""
        self.table.setColumnHidden(FAMILY, wide < THEME.px(NARROW))
        self.table.setColumnHidden(COMPARED, not self._compared)
