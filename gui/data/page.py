"""Data: import, see every item, label."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QKeyEvent
from PySide6.QtWidgets import QSplitter, QWidget

from engine.labels.edits import Annotate, Edit, Redraw, Relabel
from gui.data.browser import Browser
from gui.data.class_editor import ClassEditor
from gui.data.classes import KEYS, Classes
from gui.data.detail import Detail
from gui.data.export_sheet import ExportSheet
from gui.data.importing import ImportSheet
from gui.data.labelling import Labelling
from gui.data.marking.desk import Desk
from gui.data.noting import Noting
from gui.data.readers_sheet import ReadersSheet
from gui.data.toolbox import Toolbox
from gui.data.viewer import Viewer
from gui.keys import action
from gui.session import Session
from gui.theme import THEME
from gui.widgets.card import column, row
from gui.widgets.controls import button, label
from gui.widgets.dropped import dropped
from gui.widgets.page import Page
from gui.widgets.states import Empty, Skeleton
from gui.widgets.words import count, splits

if TYPE_CHECKING:
    from engine.store.project import Project


class DataPage(Page):
    def __init__(self, session: Session) -> None:
        super().__init__("Data", "data")
        self.session = session
        self.setAcceptDrops(True)
        self.labelling = Labelling(session, self)
        self.readers_button = button("Readers", tip="Second readings, agreement, copies")
        self.readers_button.clicked.connect(self.show_readers)
        self.buttons.addWidget(self.readers_button)
        self.export_button = button("Export", tip="Labels and marks for other programs")
        self.export_button.clicked.connect(self.begin_export)
        self.import_button = button("Import", tip="Bring in a folder or a CSV file (Ctrl+I)")
        self.import_button.clicked.connect(self.begin_import)
        self.buttons.addWidget(self.import_button)
        self.buttons.addWidget(self.export_button)
        self._build_states()
        self._build_details()
        self._add_keys()
        self.follow(session)
        session.items_changed.connect(self.browser.refresh)
        session.item_wanted.connect(self.show_item)
        self.labelling.stored.connect(self._take_edit)
        self.labelling.turned.connect(self._show_edited)
        self._show_facts()
        self.browser.refresh()
        self.first = self.browser.grid

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
        self.readers = ReadersSheet(self.session, self.labelling)
        self.readers.closed.connect(self._sheet_closed)
        self.readers.second_wanted.connect(self.read_blind)
        self.readers.disagreements_wanted.connect(self._decide)
        self.readers.item_wanted.connect(self.show_item)
        self.browser = Browser(self.session)
        self.browser.moved.connect(self._show_current)
        self.browser.failed.connect(self.show_error)
        self.viewer = Viewer(self.session)
        self.desk = Desk(self.session, self.labelling)
        self.toolbox = Toolbox(self.desk, self.viewer.room)
        self.desk.changed.connect(self._show_class)
        views = QSplitter(Qt.Orientation.Horizontal)
        views.setChildrenCollapsible(False)
        views.setHandleWidth(THEME.px(12))
        views.addWidget(self.browser)
        views.addWidget(self.viewer)
        views.setStretchFactor(1, 1)
        views.setSizes([THEME.px(310), THEME.px(600)])
        self.views = views
        self.full = QWidget()
        self.blind_line = self._blind_line()
        self.full.setLayout(column(self.blind_line, views))
        self.export = ExportSheet(self.session)
        self.export.closed.connect(self._sheet_closed)
        self.sheets = (self.sheet, self.export, self.readers)
        for state in (self.loading, self.empty, self.full, *self.sheets):
            self.stack.addWidget(state)
        self.plain += [self.empty, self.loading, *self.sheets]

    def _blind_line(self) -> QWidget:
        """Says that a second reading goes on."""
        holder = QWidget()
        self.blind_words = label("", "notice", wrap=True)
        holder.setLayout(
            row(self.blind_words, 1, button("End it", done=lambda: self.read_blind(False)))
        )
        holder.hide()
        return holder

    def _build_details(self) -> None:
        self.detail = Detail(self.session)
        self.classes = Classes()
        self.classes.chosen.connect(self.give)
        self.classes.added.connect(self._add_class)
        self.classes.edited.connect(self._edit_classes)
        self.class_editor = ClassEditor(self.labelling)
        self.class_editor.closed.connect(self._classes_edited)
        self.class_editor.several_wanted.connect(lambda on: self.session.set(several=on))
        self.class_editor.hide()
        self.noting = Noting(self.session, self.labelling)
        self.noting.skipped.connect(lambda: self.browser.go(1))
        for card in (self.classes, self.class_editor, self.noting, self.detail):
            self.details.addWidget(card)
        self.details.addStretch(1)

    def _add_keys(self) -> None:
        children = Qt.ShortcutContext.WidgetWithChildrenShortcut
        action(self, "Import", "Ctrl+I", "Data", children).triggered.connect(self.begin_import)
        find = action(self, "Search", "Ctrl+F", "Data", children)
        find.triggered.connect(self.browser.search.setFocus)
        for digit in range(1, KEYS + 1):
            words = f"Give the class of that digit, up to {KEYS}, or press its letter"
            # One line in the sheet of keys stands for all nine.
            one = action(self, words, str(digit), "Data" if digit == 1 else "", children)
            one.triggered.connect(lambda checked=False, digit=digit: self._give_place(digit - 1))
        for words, keys, work in (
            ("Take the label back", "0", lambda: self.give(None)),
            ("Skip the item", "S", self.noting.put_off),
            ("Flag the item, or take the flag away", "F", self.noting.turn_flag),
            ("Write a note", "N", self.noting.words.setFocus),
            ("Next item without a label", "Ctrl+Right", self.browser.go_unlabelled),
            ("Undo", "Ctrl+Z", self.labelling.undo),
            ("Do it again", ["Ctrl+Y", "Ctrl+Shift+Z"], self.labelling.redo),
        ):  # fmt: skip
            made = action(self, words, keys, "Data", children)
            made.triggered.connect(lambda checked=False, work=work: work())

    # What is shown

    def _show_facts(self) -> None:
        facts = self.session.facts
        if facts is None:
            return
        counts = facts.counts
        self.classes.show_facts(facts)
        self.class_editor.show_facts(facts)
        if not facts.classes:
            self._classes_edited()
        self.browser.show_facts()
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
        offered = bool(counts["items"]) and not away
        self.import_button.setVisible(offered and not facts.readonly)
        self.readers_button.setVisible(offered)
        self.export_button.setVisible(offered)
        if not away:
            self.show_state(self.full if counts["items"] else self.empty)

    def show_item(self, item: int) -> None:
        """Shows this item, whatever the filter was."""
        if self.stack.currentWidget() in self.sheets:
            self._sheet_closed()
        self.browser.show_item(item)

    def _show_current(self) -> None:
        if self.browser.reading:
            return  # it comes
        item = self.browser.current
        self.viewer.show_item(item)
        self.detail.show_item(item, self.browser.grid.chosen, self.browser.model.blind)
        self.noting.show_item(item)
        self.desk.show_item(item)
        self._show_class()

    def _show_class(self) -> None:
        """Frames the class of the item, or of the mark in hand, or of what is drawn next."""
        item, mark = self.browser.current, self.desk.current
        if mark is not None:
            self.classes.mark(mark.class_id)
        elif self.toolbox.drawing:
            self.classes.mark(self.desk.class_id)
        elif item is not None:
            self.classes.mark(item.class_id, *item.classes)
        else:
            self.classes.mark()

    def _take_edit(self, edit: Edit) -> None:
        """Shows what was stored, without reading everything anew."""
        match edit:
            case Relabel(_, after):
                self.browser.model.change({id: {"class_id": cls} for id, cls in after})
            case Annotate(_, after):
                self.browser.model.change(
                    {note.item_id: {"flagged": note.flagged} for note in after}
                )
                self.noting.take(edit)
            case Redraw(_, after) if any(mark.shape.kind == "class" for mark in after):
                self.browser.model.reread()
            case Redraw():
                pass  # the desk shows it
            case _:
                self.session.refresh(items=True)

    def _show_edited(self, edit: Edit) -> None:
        """After an undo or a redo: the item that it changed, where it is only one."""
        if isinstance(edit, Relabel) and len(edit.after) == 1:
            row = self.browser.model.row_of(edit.after[0][0])
            if row is not None:
                self.browser.grid.select_row(row)

    # What the person does

    def give(self, class_id: int | None) -> None:
        """Labels the selected items, and goes on where that is wanted; or the mark in hand."""
        facts = self.session.facts
        ids = self.browser.grid.selected_ids()
        if not ids or facts is None or facts.readonly:
            return
        if self.desk.current is not None or self.toolbox.drawing:
            if class_id is not None and not self.desk.reclass(class_id):
                self._show_class()
            return
        if facts.several and class_id is not None:
            self.labelling.toggle(ids, class_id)
            return
        deciding = self.browser.filter.currentData() == "disagreeing"
        self.labelling.give(ids, class_id, "adjudication" if deciding else "hand")
        if len(ids) == 1 and class_id is not None and self.classes.onward.isChecked():
            self.browser.go(1)

    def _give_place(self, place: int) -> None:
        facts = self.session.facts
        if facts is not None and place < len(facts.classes):
            self.give(facts.classes[place].id)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Letters that no action has are those of classes."""
        letter = event.text().lower()
        chosen = self.classes.of_letter(letter) if not event.modifiers() and letter else None
        if chosen is not None and self.stack.currentWidget() is self.full:
            self.give(chosen)
            return
        if event.key() == Qt.Key.Key_Escape:  # and nothing had to be let go of
            self.browser.grid.setFocus()
            return
        steps = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}
        if event.key() in steps and not event.modifiers():  # the picture has no use for it
            self.browser.go(steps[Qt.Key(event.key())])
            return
        super().keyPressEvent(event)

    def _add_class(self, name: str) -> None:
        def work(project: Project) -> Any:
            from engine.store import classes

            return classes.ensure(project, [name])

        self.session.change(work)

    def _edit_classes(self) -> None:
        self.classes.hide()
        self.class_editor.show()
        self.class_editor.which.setFocus()

    def _classes_edited(self) -> None:
        if not self.class_editor.isHidden():
            self.class_editor.hide()
            self.classes.show()
            self.browser.grid.setFocus()

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

    def read_blind(self, on: bool) -> None:
        """Begins a second reading, or ends it."""
        self.labelling.blind = on
        reader = self.labelling.reader
        self.blind_words.setText(
            f"Second reading by {reader}: what others said and what the model suggests stay hidden."
        )
        self.blind_line.setVisible(on)
        self.browser.read_blind(reader if on else "")
        self.desk.reload()
        if self.stack.currentWidget() is self.readers:
            self._sheet_closed()

    def _decide(self) -> None:
        """Lists what readers disagree on; a label given there is a decision."""
        self._sheet_closed()
        self.browser.search.clear()
        self.browser.by_class.choose(None)
        self.browser.filter.choose("disagreeing")

    def _show_sheet(self, sheet: QWidget) -> None:
        self.show_state(sheet)
        self.import_button.hide()
        self.readers_button.hide()
        self.export_button.hide()

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
