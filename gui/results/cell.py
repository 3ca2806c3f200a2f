"""The items of one cell of the confusion matrix; each opens on the Data page."""

from __future__ import annotations

from array import array

from PySide6.QtCore import QModelIndex

from gui.session import Session
from gui.theme import THEME
from gui.widgets.card import Card
from gui.widgets.controls import Elided, button, label
from gui.widgets.grid import Grid
from gui.widgets.items_model import ItemsModel
from gui.widgets.tiles import Look
from gui.widgets.words import count


class CellItems(Card):
    def __init__(self, session: Session) -> None:
        super().__init__("Items", tight=True)
        self._session = session
        self.words = Elided("")
        self.hint = label("", "small", wrap=True)
        self.model = ItemsModel(session)
        self.grid = Grid(self.model, Look(session, self))
        self.grid.setMinimumHeight(THEME.px(280))
        self.grid.activated_row.connect(self._open)
        self.grid.doubleClicked.connect(self._open_index)
        self.open = button("Open the item", tip="Enter, or a double click", done=self.open_current)
        self.box.addWidget(self.words)
        self.box.addWidget(self.hint)
        self.box.addWidget(self.grid, 1)
        self.box.addWidget(self.open)
        self.box.addStretch(0)
        self.show_cell("", array("q"))

    def show_cell(self, words: str, items: array[int]) -> None:
        self.model.set_ids(items)
        self.heading.setText(count(len(items), "item") if words else "Items")
        self.words.setText(words or "No cell is chosen")
        self.grid.setVisible(bool(items))
        self.open.setVisible(bool(items))
        self.box.setStretch(self.box.count() - 1, 0 if items else 1)
        hint = "The surest first. They show the label they have now."
        if not words:
            hint = "Click a cell of the confusion matrix, or use the arrow keys and Enter there."
        elif not items:
            hint = "No item is in this cell."
        self.hint.setText(hint)
        if items:
            self.grid.select_row(0)

    def open_current(self) -> None:
        if self.grid.currentIndex().isValid():
            self._open(self.grid.currentIndex().row())

    def _open_index(self, index: QModelIndex) -> None:
        self._open(index.row())

    def _open(self, row: int) -> None:
        self._session.item_wanted.emit(self.model.id_at(row))
