"""Data: import, see every item, label, and take it out again."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QKeyEvent
from PySide6.QtWidgets import QPushButton, QWidget

from gui.data.export_sheet import ExportSheet
from gui.data.importing import ImportSheet
from gui.data.labeller import Labeller
from gui.data.quality.sheet import QualitySheet
from gui.data.readers_sheet import ReadersSheet
from gui.keys import action
from gui.session import Session
from gui.widgets.controls import button
from gui.widgets.dropped import dropped
from gui.widgets.page import Page
from gui.widgets.states import Empty, Skeleton
from gui.widgets.words import count, splits


class DataPage(Page):
    """The labeller, and sheets that take its place for a while."""

    def __init__(self, session: Session) -> None:
        super().__init__("Data", "data")
        self.session = session
        self.setAcceptDrops(True)
        self.full = Labeller(session)
        self.full.failed.connect(self.show_error)
        self._build_states()
        self._add_buttons()
        for card in self.full.cards:
            self.details.addWidget(card)
        self.details.addStretch(1)
        self.full.add_keys(self)
        children = Qt.ShortcutContext.WidgetWithChildrenShortcut
        action(self, "Import", "Ctrl+I", "Data", children).triggered.connect(self.begin_import)
        self.follow(session)
        session.item_wanted.connect(self.show_item)
        self._show_facts()
        self.full.browser.refresh()
        self.first = self.full.browser.grid

    def _build_states(self) -> None:
        start = button("Import…", "primary", done=self.begin_import)
        self.empty = Empty(
            "No items yet",
            "Import a folder with one folder for each class, a CSV with a column of files or "
            "texts and one of labels, or annotations of another program. You can drop it here, "
            "too. Files stay where they are.",
            start,
        )
        self.loading = Skeleton("tiles")
        self.sheet = ImportSheet(self.session)
        self.sheet.item_wanted.connect(self.show_item)
        self.export = ExportSheet(self.session)
        self.readers = ReadersSheet(self.session, self.full.labelling)
        self.readers.second_wanted.connect(self._read_blind)
        self.readers.disagreements_wanted.connect(self._decide)
        self.readers.item_wanted.connect(self.show_item)
        self.quality = QualitySheet(self.session, self.full.labelling)
        self.quality.item_wanted.connect(self.show_item)
        self.quality.items_wanted.connect(self._show_only)
        self.quality.told.connect(self._tell_findings)
        self.sheets = (self.sheet, self.export, self.readers, self.quality)
        for sheet in self.sheets:
            sheet.closed.connect(self._sheet_closed)
        for state in (self.loading, self.empty, self.full, *self.sheets):
            self.stack.addWidget(state)
        self.plain += [self.empty, self.loading, *self.sheets]

    def _add_buttons(self) -> None:
        self.offers: list[QPushButton] = []
        for words, tip, done in (
            ("Quality", "Copies, label errors, shortcuts", self.show_quality),
            ("Readers", "Second readings, agreement, copies", self.show_readers),
            ("Import", "Bring in data or annotations (Ctrl+I)", self.begin_import),
            ("Export", "Labels and marks for other programs", self.begin_export),
        ):  # fmt: skip
            made = button(words, tip=tip, done=done)
            self.buttons.addWidget(made)
            self.offers.append(made)

    # What is shown

    def _show_facts(self) -> None:
        facts = self.session.facts
        if facts is None:
            return
        counts = facts.counts
        self.full.show_facts()
        words = f"{counts['labelled']:,} of {count(counts['items'], 'item')} labelled"
        words += f" · {count(len(facts.classes), 'class', 'classes')}"
        if counts["train"]:
            words += f" · {splits(counts)}"
        if counts["broken"]:
            words += f" · {counts['broken']:,} cannot be read"
        if facts.readonly:
            words += " · open for reading only"
        self.sentence.setText(words if counts["items"] else "Nothing has been imported yet")
        away = self.stack.currentWidget() in self.sheets
        for one in self.offers:
            writes = one.text() == "Import"
            one.setVisible(bool(counts["items"]) and not away and not (writes and facts.readonly))
        if not away:
            self.show_state(self.full if counts["items"] else self.empty)

    def show_item(self, item: int) -> None:
        """Shows this item, whatever the filter was."""
        if self.stack.currentWidget() in self.sheets:
            self._sheet_closed()
        self.full.browser.show_item(item)

    def _show_only(self, items: list[int], words: str) -> None:
        self._sheet_closed()
        self.full.browser.show_only(items, words)

    # What the person does

    def begin_import(self) -> None:
        self.sheet.begin()
        self._show_sheet(self.sheet)

    def begin_export(self) -> None:
        self.export.begin()
        self._show_sheet(self.export)
        self.export.format.setFocus()

    def show_readers(self) -> None:
        self.readers.begin()
        self._show_sheet(self.readers)
        self.readers.name.setFocus()

    def show_quality(self) -> None:
        self._show_sheet(self.quality)
        self.quality.begin()

    def _tell_findings(self, number: int) -> None:
        self.offers[0].setText(f"Quality {number:,}" if number else "Quality")

    def _read_blind(self, on: bool) -> None:
        self.full.read_blind(on)
        self._sheet_closed()

    def _decide(self) -> None:
        self._sheet_closed()
        self.full.decide()

    def _show_sheet(self, sheet: QWidget) -> None:
        self.show_state(sheet)
        for one in self.offers:
            one.hide()

    def _sheet_closed(self) -> None:
        facts = self.session.facts
        self.show_state(self.full if facts and facts.counts["items"] else self.empty)
        self._show_facts()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if self.stack.currentWidget() is self.full and self.full.key(event):
            return
        super().keyPressEvent(event)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if dropped(event) is not None:
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        path = dropped(event)
        if path is not None:
            self.begin_import()
            self.sheet.choose(path)
