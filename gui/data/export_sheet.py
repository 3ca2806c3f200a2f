"""Taking labels and marks out, in a format that other programs read."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFileDialog, QLineEdit, QVBoxLayout, QWidget

from engine.errors import GraftError
from gui.errors import ErrorCard
from gui.jobs import Job
from gui.session import Session
from gui.theme import THEME
from gui.widgets.card import Card, clear, column, row
from gui.widgets.controls import Choice, Tick, button, label
from gui.widgets.table import Column, Table
from gui.widgets.words import count

if TYPE_CHECKING:
    from engine.exchange.record import ExportReport

FORMATS = (
    ("COCO JSON", "coco"), ("Pascal VOC", "pascal-voc"), ("YOLO", "yolo"),
    ("Label Studio JSON", "label-studio"), ("CVAT XML", "cvat"), ("labelme JSON", "labelme"),
    ("A table (CSV)", "csv"), ("Class folders", "class-folders"),
)  # fmt: skip
STATES = (
    ("Items with a class or marks", "said"), ("Labelled items", "labelled"), ("All items", "all"),
    ("Training", "train"), ("Validation", "validation"), ("Test", "test"),
)  # fmt: skip
NOTES = (
    Column("What did not map", lambda note: note.says),
    Column("What became of it", lambda note: note.does, 250),
    Column("Times", lambda note: f"{note.count:,}", 60, True),
    Column("For example", lambda note: ", ".join(note.examples[:3])),
)


class ExportSheet(QWidget):
    closed = Signal()

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self._job: Job | None = None
        self.format = Choice(FORMATS, "Format")
        self.format.currentIndexChanged.connect(self._show_format)
        self.state = Choice(STATES, "Which items")
        self.copy = Tick("Copy the pictures too")
        self.copy.setToolTip("DICOM files go as PNG, without a word about the patient")
        self.where = QLineEdit(placeholderText="A new folder")
        self.where.setAccessibleName("Folder to make")
        browse = button("Choose…", done=self._choose)
        self.go = button("Export", "primary", done=self.export)
        self.notices = QVBoxLayout()
        self.result = QVBoxLayout()
        self.result.setSpacing(THEME.px(8))
        for part in (self.format, self.state, self.where):
            part.setMaximumWidth(THEME.px(420))
        self.where.setMinimumWidth(THEME.px(340))
        top = row(label("Export labels", "section"), 1,
                  button("Back to the items", done=self.closed.emit))  # fmt: skip
        words = (
            "Writes what stands: classes, boxes, polygons, masks, spans. Files are named by their "
            "path within the data, and nothing else of them is told."
        )
        card = Card()
        card.box.addLayout(top)
        card.box.addLayout(self.notices)
        form = column(
            label(words, "muted", wrap=True), label("Format", "small"), self.format,
            label("Items", "small"), self.state, self.copy, label("Folder", "small"),
            row(self.where, browse, 1), row(self.go, 1), self.result, 1,
        )  # fmt: skip
        card.box.addLayout(form, 1)
        self.setLayout(column(card))

    def begin(self) -> None:
        clear(self.notices)
        clear(self.result)
        project = self._session.project
        if project is not None and not self.where.text():
            self.where.setText(str(project.folder.with_name(f"{project.folder.stem}-export")))
        self._show_format()

    def _show_format(self) -> None:
        always = self.format.currentData() == "class-folders"
        self.copy.setEnabled(not always)
        if always:
            self.copy.setChecked(True)

    def _choose(self) -> None:
        path = QFileDialog.getExistingDirectory(self, "An empty folder")
        if path:
            self.where.setText(path)

    def export(self) -> None:
        """Writes in the background; the strip says how far it is."""
        project, target = self._session.project, self.where.text().strip()
        if project is None or self._job is not None or not target:
            return
        chosen = (str(self.format.currentData()), str(self.state.currentData()))
        copy = self.copy.isChecked()

        def work(emit: Any, cancel: Any) -> ExportReport:
            from engine.exchange.outgoing import Wanted, export_project

            return export_project(project, Path(target), Wanted(*chosen, copy), emit, cancel)

        clear(self.notices)
        clear(self.result)
        self.go.setEnabled(False)
        self._job = self._session.jobs.run(
            work, done=self._exported, failed=self._refused, text="Export", lane="long"
        )
        self._job.ended.connect(self._ended)

    def _exported(self, report: ExportReport) -> None:
        pictures = f", {count(report.pictures, 'picture')} copied" if report.pictures else ""
        words = (
            f"{count(report.items, 'item')} and {count(report.marks, 'mark')} written to "
            f"{report.folder} in {count(report.files, 'file')}{pictures}."
        )
        self.result.addWidget(label(words, wrap=True))
        if report.notes:
            self.table = Table(NOTES, "What did not map", scrolls=False)
            self.table.set_rows(sorted(report.notes.values(), key=lambda note: -note.count))
            self.result.addWidget(self.table)
        else:
            self.result.addWidget(label("Everything has a place in this format.", "good"))

    def _refused(self, error: GraftError) -> None:
        clear(self.notices)
        self.notices.addWidget(ErrorCard(error))

    def _ended(self) -> None:
        self._job = None
        self.go.setEnabled(True)
