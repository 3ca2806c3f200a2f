"""Data: import, see every item, label."""

from __future__ import annotations

from array import array
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QModelIndex, Qt, QTimer
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QLineEdit, QSplitter, QWidget

from gui.data.classes import KEYS, Classes
from gui.data.detail import Detail
from gui.data.importing import ImportSheet
from gui.data.labelling import Labelling
from gui.data.viewer import Viewer
from gui.keys import action
from gui.session import Session
from gui.theme import THEME
from gui.widgets.card import column, row
from gui.widgets.controls import Choice, button
from gui.widgets.dropped import dropped
from gui.widgets.grid import Grid
from gui.widgets.items_model import ItemsModel
from gui.widgets.page import Page
from gui.widgets.states import Empty, Skeleton
from gui.widgets.tiles import Look
from gui.widgets.words import count, splits

if TYPE_CHECKING:
    from engine.store.project import Project

FILTERS = (
    ("All items", "all"), ("Labelled", "labelled"), ("Not labelled", "unlabelled"),
    ("Cannot be read", "broken"), ("Training", "train"), ("Validation", "validation"),
    ("Test", "test"),
)  # fmt: skip


class DataPage(Page):
    def __init__(self, session: Session) -> None:
        super().__init__("Data", "data")
        self.session = session
        self.setAcceptDrops(True)
        self._wanted: int | None = None  # an item to show as soon as the list is there
        self._asking: Any = None
        self.labelling = Labelling(session, self)
        self.import_button = button("Import", tip="Bring in a folder or a CSV file (Ctrl+I)")
        self.import_button.clicked.connect(self.begin_import)
        self.buttons.addWidget(self.import_button)
        self._build_states()
        self._add_keys()
        self.follow(session)
        session.items_changed.connect(self.refresh)
        session.item_wanted.connect(self.show_item)
        self._show_facts()
        self.refresh()
        self.first = self.grid

    def _build_states(self) -> None:
        start = button("Import…", "primary", done=self.begin_import)
        self.empty = Empty(
            "No items yet",
            "Import a folder with one folder for each class, or a CSV with a column of files or "
            "texts and one of labels. You can drop it here, too. Files stay where they are.",
            start,
        )
        self.loading = Skeleton("tiles")
        self.sheet = ImportSheet(self.session)
        self.sheet.closed.connect(self._sheet_closed)
        self.sheet.item_wanted.connect(self.show_item)
        self.full = QWidget()
        full = column(self._tools(), self._views(), spacing=12)
        full.setStretch(1, 1)
        self.full.setLayout(full)
        for state in (self.loading, self.empty, self.full, self.sheet):
            self.stack.addWidget(state)
        self.plain += [self.empty, self.loading, self.sheet]
        self.detail = Detail(self.session)
        self.classes = Classes()
        self.classes.chosen.connect(self.give)
        self.classes.added.connect(self._add_class)
        self.details.addWidget(self.classes)
        self.details.addWidget(self.detail)
        self.details.addStretch(1)

    def _tools(self) -> QWidget:
        holder = QWidget()
        self.search = QLineEdit(placeholderText="Search names and texts")
        self.search.setAccessibleName("Search")
        self.search.setClearButtonEnabled(True)
        self._later = QTimer(self, singleShot=True, interval=200)
        self._later.timeout.connect(self.refresh)
        self.search.textChanged.connect(lambda: self._later.start())
        self.filter = Choice(FILTERS, "Filter")
        self.by_class = Choice([("Any class", None)], "Class")
        self.by_class.setMaximumWidth(THEME.px(220))
        for choice in (self.filter, self.by_class):
            choice.setMinimumContentsLength(13)
            choice.currentIndexChanged.connect(lambda: self.refresh())
        tools = row(self.search, self.filter, self.by_class)
        tools.setStretch(0, 1)
        holder.setLayout(tools)
        return holder

    def _views(self) -> QSplitter:
        self.look = Look(self.session, self)
        self.model = ItemsModel(self.session)
        self.grid = Grid(self.model, self.look)
        self.viewer = Viewer(self.session)
        hint = "Clear the search or choose all items."
        self.nothing = Empty("Nothing passes the filter", hint, width=220)
        self.nothing.hide()
        left = QWidget()
        left.setLayout(column(self.grid, self.nothing))
        views = QSplitter(Qt.Orientation.Horizontal)
        views.setChildrenCollapsible(False)
        views.setHandleWidth(THEME.px(12))
        views.addWidget(left)
        views.addWidget(self.viewer)
        views.setStretchFactor(0, 1)
        views.setStretchFactor(1, 1)
        self.grid.selectionModel().selectionChanged.connect(self._show_current)
        self.grid.selectionModel().currentChanged.connect(self._show_current)
        self.model.arrived.connect(self._show_current)
        self.views = views
        return views

    def _add_keys(self) -> None:
        children = Qt.ShortcutContext.WidgetWithChildrenShortcut
        action(self, "Import", "Ctrl+I", "Data", children).triggered.connect(self.begin_import)
        find = action(self, "Search", "Ctrl+F", "Data", children)
        find.triggered.connect(self.search.setFocus)
        for digit in range(1, KEYS + 1):
            words = f"Give the class of that digit, up to {KEYS}, to the selected items"
            # One line in the sheet of keys stands for all nine.
            one = action(self.grid, words, str(digit), "Data" if digit == 1 else "", children)
            one.triggered.connect(lambda checked=False, digit=digit: self._give_place(digit - 1))
        none = action(self.grid, "Take the label back", "0", "Data", children)
        none.triggered.connect(lambda: self.give(None))
        undo = action(self, "Undo the last label", "Ctrl+Z", "Data", children)
        undo.triggered.connect(self.labelling.stack.undo)
        redo = action(self, "Do it again", ["Ctrl+Y", "Ctrl+Shift+Z"], "Data", children)
        redo.triggered.connect(self.labelling.stack.redo)

    # What is shown

    def _show_facts(self) -> None:
        facts = self.session.facts
        if facts is None:
            return
        counts = facts.counts
        self.classes.show_facts(facts)
        any_class: list[tuple[str, object]] = [("Any class", None)]
        self.by_class.set_choices(any_class + [(cls.name, cls.id) for cls in facts.classes])
        words = f"{counts['labelled']:,} of {count(counts['items'], 'item')} labelled"
        words += f" · {count(len(facts.classes), 'class', 'classes')}"
        if counts["train"]:
            words += f" · {splits(counts)}"
        if counts["broken"]:
            words += f" · {counts['broken']:,} cannot be read"
        if facts.readonly:
            words += " · open for reading only"
        self.sentence.setText(words if counts["items"] else "Nothing has been imported yet")
        importing = self.stack.currentWidget() is self.sheet
        offered = bool(counts["items"]) and not facts.readonly and not importing
        self.import_button.setVisible(offered)
        self.grid.viewport().update()
        if self.stack.currentWidget() is not self.sheet:
            self.show_state(self.full if counts["items"] else self.empty)

    def refresh(self) -> None:
        """Reads which items pass the filter now."""
        project = self.session.project
        if project is None:
            return
        filter, search = str(self.filter.currentData()), self.search.text().strip()
        class_id = self.by_class.currentData()
        if self._asking is not None:
            self._asking.cancel()

        def read(emit: Any, cancel: Any) -> array[int]:
            from engine.store import finding
            from engine.store.finding import Query

            return finding.find(project, Query(filter, search, class_id=class_id))

        self._asking = self.session.jobs.run(read, done=self._take_ids, failed=self.show_error)

    def _take_ids(self, ids: array[int]) -> None:
        self._asking = None
        self.model.set_ids(ids)
        self.grid.setVisible(bool(ids))
        self.nothing.setVisible(not ids)
        if self._wanted is not None:
            self._select(self._wanted)
        elif ids and not self.grid.currentIndex().isValid():
            self.grid.select_row(0)

    def show_item(self, item: int) -> None:
        """Shows this item, whatever the filter was."""
        self._wanted = item
        if self.stack.currentWidget() is self.sheet:
            self._sheet_closed()
        if not self._select(item):
            self.search.clear()
            self.filter.choose("all")
            self.by_class.choose(None)
            self.refresh()

    def _select(self, item: int) -> bool:
        row = self.model.row_of(item)
        if row is None:
            return False
        self._wanted = None
        self.grid.select_row(row)
        self.grid.setFocus()
        return True

    def _show_current(self, *_: object) -> None:
        index: QModelIndex = self.grid.currentIndex()
        item = self.model.item(index.row()) if index.isValid() else None
        if index.isValid() and item is None:
            return  # it comes
        self.viewer.show_item(item)
        self.detail.show_item(item, self.grid.chosen)
        self.classes.mark(item.class_id if item is not None else None)

    # What the person does

    def give(self, class_id: int | None) -> None:
        """Labels the selected items."""
        facts = self.session.facts
        ids = self.grid.selected_ids()
        if ids and facts is not None and not facts.readonly:
            self.labelling.give(ids, class_id)

    def _give_place(self, place: int) -> None:
        facts = self.session.facts
        if facts is not None and place < len(facts.classes):
            self.give(facts.classes[place].id)

    def _add_class(self, name: str) -> None:
        def work(project: Project) -> Any:
            from engine.store import classes

            return classes.ensure(project, [name])

        self.session.change(work)

    def begin_import(self) -> None:
        self.sheet.begin()
        self.show_state(self.sheet)
        self.import_button.hide()

    def _sheet_closed(self) -> None:
        facts = self.session.facts
        self.show_state(self.full if facts and facts.counts["items"] else self.empty)
        self._show_facts()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if dropped(event) is not None:
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        path = dropped(event)
        if path is not None:
            self.begin_import()
            self.sheet.choose(path)
