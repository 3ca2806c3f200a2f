"""The items that pass the filters, as a grid or as a map, and which of them are in hand."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QStackedWidget, QWidget

from engine.errors import GraftError
from gui.data.filters import Filters
from gui.data.mapping.map_view import MapView
from gui.data.suggesting import Suggestions
from gui.jobs import Job
from gui.keys import action
from gui.session import Session
from gui.theme import THEME
from gui.widgets.card import column, row
from gui.widgets.controls import Elided, Segments, button, label
from gui.widgets.grid import Grid
from gui.widgets.items_model import ItemsModel
from gui.widgets.states import Empty
from gui.widgets.tiles import Look
from gui.widgets.words import count

if TYPE_CHECKING:
    from engine.store.items import Item


class Browser(QWidget):
    """What passes search and filter. `arrived` when the list was read, `moved` when another
    item is the current one, others are selected, or they were read anew."""

    arrived = Signal()
    moved = Signal()
    failed = Signal(object)  # GraftError

    def __init__(self, session: Session, suggestions: Suggestions) -> None:
        super().__init__()
        self._session, self._suggestions = session, suggestions
        self._wanted: int | None = None  # an item to show as soon as the list is there
        self._asking: Job | None = None
        self._only: list[int] | None = None  # these items, whatever is asked for
        self._picked: list[int] = []  # on the map
        self.filters = Filters()
        self.filters.changed.connect(self._asked_anew)
        self.look = Look(session, self, suggestions.of)
        self.model = ItemsModel(session)
        self.grid = Grid(self.model, self.look)
        hint = "Clear the search or choose all items."
        self.nothing = Empty("Nothing passes the filter", hint, width=220)
        self.map = MapView(session)
        self.tally = label("", "small")
        self.setMinimumWidth(THEME.px(296))  # two tiles beside each other, and the bar
        self.view = Segments(
            [("Grid", self.grid, "The items in their order"),
             ("Map", self.map, "What lies close is alike: draw a loop around items")], "View",
        )  # fmt: skip
        self.view.choose(self.grid)
        self.view.chosen.connect(self._show_view)
        self.stack = QStackedWidget()
        for one in (self.grid, self.nothing, self.map):
            self.stack.addWidget(one)
        self.setLayout(column(self.filters, self.view, self._only_line(), self.stack, self.tally))
        self._connect(suggestions)
        children = Qt.ShortcutContext.WidgetWithChildrenShortcut
        for words, keys, step in (("Larger tiles", ["Ctrl++", "Ctrl+="], 1),
                                  ("Smaller tiles", ["Ctrl+-"], -1)):  # fmt: skip
            made = action(self, words, keys, "Data", children)
            made.triggered.connect(lambda checked=False, step=step: self._zoom(step))

    def _only_line(self) -> QWidget:
        """Says that certain items are shown, and gives all of them back."""
        self.only_words = Elided("", "muted")
        self.only_line = QWidget()
        line = row(self.only_words, button("Show all", "link", done=self.show_all))
        line.setStretch(0, 1)
        self.only_line.setLayout(line)
        self.only_line.hide()
        return self.only_line

    def _connect(self, suggestions: Suggestions) -> None:
        self.grid.selectionModel().selectionChanged.connect(lambda *_: self.moved.emit())
        self.grid.selectionModel().currentChanged.connect(lambda *_: self._show_tally())
        self.grid.selectionModel().currentChanged.connect(lambda *_: self.moved.emit())
        self.grid.zoomed.connect(self._zoom)
        self.model.arrived.connect(self.moved)
        self.moved.connect(lambda: self.map.mark(self.current_id))
        self.map.picked.connect(self._pick)
        self.map.item_wanted.connect(self._go_to)
        suggestions.changed.connect(self._show_suggestions)

    # What is shown

    def show_facts(self) -> None:
        facts = self._session.facts
        if facts is not None:
            self.filters.show_facts(facts)
            self.grid.viewport().update()

    def read_blind(self, reader: str) -> None:
        """Shows what this reader says, and nothing that others said; '': all of it again."""
        self.model.blind = reader
        self.filters.read_blind(reader)
        self.map.read_blind(reader)
        self.refresh()
        self.model.reread()

    def refresh(self) -> None:
        """Reads which items pass now."""
        project, query, only = self._session.project, self.filters.query, self._only
        order, rows, like = self.filters.next_order, self._suggestions.rows, self.current_id
        unsure = self.filters.unsure
        if project is None:
            return
        if self._asking is not None:
            self._asking.cancel()

        def read(emit: Any, cancel: Any) -> array[int]:
            from engine.store import finding
            from engine.suggesting import ordering

            ids = finding.find(project, query)
            if unsure:
                ids = ordering.unsure(ids, rows)
            if only is not None:
                known = set(ids)
                return array("q", (id for id in only if id in known))
            if order == "similar":
                return ordering.by_likeness(project, ids, like) if like is not None else ids
            return ordering.by_rank(ids, rows, order) if order else ids

        self._asking = self._session.jobs.run(read, done=self._take, failed=self._refused)

    def _asked_anew(self) -> None:
        self._forget_only()
        self.refresh()

    def _take(self, ids: array[int]) -> None:
        self._asking = None
        before = self.current_id
        self.model.set_ids(ids)
        self._show_view(self.view.value)
        self._show_tally()
        if self._wanted is not None:
            self._select(self._wanted)
        elif ids and not self.grid.currentIndex().isValid():
            stays = self.model.row_of(before) if before is not None else None
            self.grid.select_row(stays or 0)
        if not ids:
            self.moved.emit()  # nothing is in hand any more
        self.arrived.emit()

    def _show_tally(self) -> None:
        """How many pass, where it is not all of them."""
        some = self.model.rowCount()
        self.tally.setText(count(some, "item"))
        self.tally.setVisible(bool(some) and self.filters.narrowed and self._only is None)

    def _refused(self, error: GraftError) -> None:
        self._asking = None
        self.failed.emit(error)

    def _show_view(self, view: object) -> None:
        if view is self.map:
            self.stack.setCurrentWidget(self.map)
        else:
            self.stack.setCurrentWidget(self.grid if self.model.rowCount() else self.nothing)

    def _show_suggestions(self) -> None:
        self.grid.viewport().update()
        rows = self._suggestions.rows
        if rows is not None:
            seen = rows[(rows["class_id"] >= 0) & ~rows["hidden"]]
            self.map.show_suggestions(seen["item"], seen["class_id"])

    def show_item(self, item: int) -> None:
        """Shows this item, whatever the filter was."""
        self._wanted = item
        if not self._select(item):
            self._forget_only()
            self.filters.clear()
            self.refresh()

    def show_only(self, items: Sequence[int], words: str) -> None:
        """Shows these items and no others, in this order, until another thing is asked for."""
        self.filters.clear()
        self._only = list(items)
        self.only_words.setText(words)
        self.only_line.show()
        self.view.choose(self.grid)
        self.refresh()

    def show_state(self, state: str) -> None:
        """Shows the items of a state (see engine.store.finding.STATES)."""
        self._forget_only()
        self.filters.clear(state)
        self.refresh()

    def show_all(self) -> None:
        self.show_state("all")

    def _forget_only(self) -> None:
        self._only = None
        self.only_line.hide()

    def _select(self, item: int) -> bool:
        place = self.model.row_of(item)
        if place is None:
            return False
        self._wanted = None
        self.grid.select_row(place)
        self.grid.setFocus()
        return True

    # What is in hand

    @property
    def current(self) -> Item | None:
        """The current item, None: there is none, or it is still being read."""
        index = self.grid.currentIndex()
        return self.model.item(index.row()) if index.isValid() else None

    @property
    def current_id(self) -> int | None:
        place = self.grid.currentIndex().row()
        return self.model.id_at(place) if 0 <= place < self.model.rowCount() else None

    @property
    def reading(self) -> bool:
        """Whether the current item is still being read."""
        return self.grid.currentIndex().isValid() and self.current is None

    @property
    def on_map(self) -> bool:
        """Whether what was picked on the map is in hand."""
        return self.stack.currentWidget() is self.map and bool(self._picked)

    def selected_ids(self) -> list[int]:
        """What a class is given to: what was picked on the map, or selected in the grid."""
        return list(self._picked) if self.on_map else self.grid.selected_ids()

    def go(self, step: int) -> bool:
        """Makes the item so many places on the current one. Returns whether there is one."""
        place = self.grid.currentIndex().row() + step
        if not 0 <= place < self.model.rowCount():
            return False
        self.grid.select_row(place)
        return True

    def go_unlabelled(self) -> None:
        """Goes to the next item that waits for a label, from the first again after the last."""
        project, ids, blind = self._session.project, self.model.ids, self.model.blind
        place = self.grid.currentIndex().row()
        if project is None:
            return

        def look(emit: Any, cancel: Any) -> int | None:
            from engine.store import finding

            return finding.next_waiting(project, ids, place, blind)

        self._session.jobs.run(look, done=self._go_waiting, failed=self.failed.emit)

    def _go_waiting(self, item: int | None) -> None:
        if item is not None:
            self._select(item)
            return
        self.tally.setText("Nothing here waits for a label.")
        self.tally.show()

    def _pick(self, items: list[int]) -> None:
        self._picked = list(items)
        self.moved.emit()

    def _go_to(self, item: int) -> None:
        """Makes an item of the map the current one, and stays on the map."""
        place = self.model.row_of(item)
        if place is not None:
            self.grid.select_row(place)
        else:
            self.show_item(item)

    def _zoom(self, step: int) -> None:
        self.look.zoom(step)
        index = self.grid.currentIndex()
        if index.isValid():
            self.grid.scrollTo(index)
