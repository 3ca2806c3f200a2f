"""The import, in the page: what to import, how it is read, and what came of it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent, QDropEvent
from PySide6.QtWidgets import QFileDialog, QFrame, QStackedWidget, QVBoxLayout, QWidget

from engine.errors import GraftError
from gui.data.inspecting import Look, inspector
from gui.data.reading import ReadingForm
from gui.data.report import Report
from gui.errors import ErrorCard
from gui.jobs import Job
from gui.session import Session
from gui.widgets.card import Card, clear, column, row, scrolling
from gui.widgets.controls import Elided, Paragraph, button, label, set_flag
from gui.widgets.states import Skeleton
from gui.widgets.words import count

if TYPE_CHECKING:
    from engine.exchange.inspection import Inspection
    from engine.exchange.report import ImportReport


class ImportSheet(QWidget):
    closed = Signal()
    item_wanted = Signal(int)

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self._job: Job | None = None
        self._looking: Job | None = None
        self._inspecting: Job | None = None
        self.pictures: Path | None = None  # where they lie, if not beside the annotations
        self.report: Report | None = None
        self.source: Path | None = None
        self.title = label("Import", "section")
        self.where = Elided("", "muted")
        self.cancel = button("Back to the items", done=self.close_sheet)
        self.again = button("Choose something else", done=self.begin)
        top = row(column(self.title, self.where, spacing=2), self.again, self.cancel)
        top.setStretch(0, 1)
        self.notices = QVBoxLayout()
        self.steps = QStackedWidget()
        self.drop = Drop(self)
        self.form = ReadingForm()
        self.form.columns_changed.connect(self._look_again)
        self.form.pictures_wanted.connect(self._choose_pictures)
        self.form.accepted.connect(self._import)
        self.busy = QWidget()
        self.busy_words = label("", "muted", wrap=True)
        busy = column(self.busy_words, Skeleton(), spacing=12)
        busy.setStretch(1, 1)
        self.busy.setLayout(busy)
        self.result = QWidget()
        self.result.setLayout(column())
        for step in (self.drop, scrolling(self.form, "How it is read"), self.busy, self.result):
            self.steps.addWidget(step)
        card = Card()
        card.box.addLayout(top)
        card.box.addLayout(self.notices)
        card.box.addWidget(self.steps, 1)
        self.setLayout(column(card))

    def begin(self) -> None:
        """Asks what to import."""
        if self._job is not None:
            return
        self._clear_notices()
        self.source = None
        self.title.setText("Import")
        self.where.setText("")
        self.again.hide()
        self.steps.setCurrentIndex(0)

    def choose(self, source: Path) -> None:
        """Looks at a folder or a table."""
        self.source, self.pictures = source, None
        self.where.setText(str(source))
        self._look({})

    def close_sheet(self) -> None:
        self.closed.emit()

    def _look(self, columns: dict[str, str | None]) -> None:
        facts = self._session.facts
        if facts is None or self.source is None:
            return
        self._clear_notices()
        if not columns:
            self.busy_words.setText("Looking at it …")
            self.steps.setCurrentIndex(2)
        if self._looking is not None:  # jobs may end in another order than they began
            self._looking.cancel()
        self._stop_inspecting()
        self._looking = self._session.jobs.run(
            inspector(self.source, facts.kind, columns, self.pictures), done=self._looked,
            failed=self._refused,
        )  # fmt: skip

    def _look_again(self) -> None:
        self._look(self.form.columns())

    def _looked(self, look: Look) -> None:
        self._looking = None
        if look.source != self.source:
            return
        facts = self._session.facts
        self.form.show_look(look, facts.kind if facts else "image")
        self.again.show()
        self.steps.setCurrentIndex(1)
        self.form.button.setFocus()
        if look.problem is None:
            self._inspect(look)

    def _inspect(self, look: Look) -> None:
        """Counts what the import would bring. One need not wait for it."""
        facts, source, pictures = self._session.facts, look.source, self.pictures
        if facts is None:
            return
        columns, known = self.form.columns(), [cls.name for cls in facts.classes]
        self.form.forecast.begin()

        def work(emit: Any, cancel: Any) -> Inspection:
            from engine.exchange.format import Columns
            from engine.exchange.inspection import inspect_source

            return inspect_source(
                source, facts.kind, columns=Columns(**columns), pictures=pictures,
                known_classes=known, emit=emit, cancel=cancel,
            )  # fmt: skip

        self._inspecting = self._session.jobs.run(
            work, done=self._inspected, failed=self.form.forecast.fail
        )
        self._inspecting.progress.connect(self.form.forecast.hear)

    def _inspected(self, found: Inspection) -> None:
        self.form.forecast.show_inspection(found)
        self.form.button.setText(f"Import {count(found.items, 'item')}")

    def _stop_inspecting(self) -> None:
        if self._inspecting is not None:
            self._inspecting.cancel()
            self._inspecting = None

    def _choose_pictures(self) -> None:
        path = QFileDialog.getExistingDirectory(self, "Where the pictures lie")
        if path:
            self.look_in(Path(path))

    def look_in(self, pictures: Path) -> None:
        """Looks again, for pictures in this folder."""
        self.pictures = pictures
        self.form.where.setText(str(pictures))
        self._look_again()

    def _refused(self, error: GraftError) -> None:
        self._job = self._looking = None
        self._notice(error)
        self.again.hide()
        self.steps.setCurrentIndex(0)

    def _import(self) -> None:
        """Imports in the background; the strip says how far it is."""
        project, source = self._session.project, self.source
        if project is None or source is None or self._job is not None:
            return
        columns, pattern, pictures = self.form.columns(), self.form.pattern(), self.pictures
        self._stop_inspecting()

        def work(emit: Any, cancel: Any) -> ImportReport:
            from engine.exchange.format import Columns
            from engine.exchange.importing import import_source

            return import_source(
                project, source, columns=Columns(**columns), pictures=pictures,
                group_pattern=pattern,
                emit=emit, cancel=cancel,
            )  # fmt: skip

        self._clear_notices()
        self.title.setText("Importing")
        self.again.hide()
        self.busy_words.setText(
            "The strip below says how far it is. You can go on meanwhile. All of it is stored at "
            "once in the end; what was read before a cancel is not read again."
        )
        self.steps.setCurrentIndex(2)
        self._job = self._session.jobs.run(
            work, done=self._imported, failed=self._refused, text="Import", lane="long"
        )
        self._job.cancelled.connect(self._cancelled)
        self._job.ended.connect(self._ended)

    def _imported(self, report: ImportReport) -> None:
        layout = self.result.layout()
        assert layout is not None
        if self.report is not None:
            layout.removeWidget(self.report)
            self.report.deleteLater()
        self.report = Report(self._session, report)
        self.report.item_wanted.connect(self.item_wanted)
        self.report.closed.connect(self.close_sheet)
        layout.addWidget(self.report)
        self.title.setText("Imported")
        self.report.show_items.setFocus()
        self.again.setText("Import more")
        self.again.show()
        self.steps.setCurrentIndex(3)

    def _cancelled(self) -> None:
        self._job = None
        self.begin()
        self.where.setText("Cancelled. Importing the same data again goes on where it ended.")

    def _ended(self) -> None:
        self._job = None
        self._session.refresh(items=True)

    def _notice(self, error: GraftError) -> None:
        self._clear_notices()
        self.notices.addWidget(ErrorCard(error))

    def _clear_notices(self) -> None:
        clear(self.notices)


class Drop(QFrame):
    """Where a folder or a table is dropped, or chosen."""

    def __init__(self, sheet: ImportSheet) -> None:
        super().__init__()
        self._sheet = sheet
        self.setObjectName("drop")
        self.setAcceptDrops(True)
        words = Paragraph(
            "One folder for each class, also inside train, validation and test; a folder of "
            "pictures without labels; a CSV with a column of files or texts and one of labels; "
            "or annotations of COCO, Pascal VOC, YOLO, Label Studio, CVAT or labelme.",
            "muted", 460,
        )  # fmt: skip
        heading = label("Drop a folder or a file here", "section")
        self.folder = button("Choose a folder…", "primary", done=self._choose_folder)
        self.file = button("Choose a file…", done=self._choose_file)
        box = column(1, heading, words, spacing=12)
        box.setAlignment(heading, Qt.AlignmentFlag.AlignHCenter)
        box.setAlignment(words, Qt.AlignmentFlag.AlignHCenter)
        box.addLayout(row(1, self.folder, self.file, 1))
        box.addStretch(2)
        self.setLayout(box)

    def _choose_folder(self) -> None:
        path = QFileDialog.getExistingDirectory(self, "A folder of data")
        if path:
            self._sheet.choose(Path(path))

    def _choose_file(self) -> None:
        path, _ = QFileDialog.getOpenFileName(
            self, "A table or annotations", "",
            "Tables and annotations (*.csv *.tsv *.tab *.json *.xml *.yaml *.yml)",
        )  # fmt: skip
        if path:
            self._sheet.choose(Path(path))

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if event.mimeData().hasUrls():
            set_flag(self, "over", True)
            event.acceptProposedAction()

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        set_flag(self, "over", False)

    def dropEvent(self, event: QDropEvent) -> None:
        set_flag(self, "over", False)
        self._sheet.choose(Path(event.mimeData().urls()[0].toLocalFile()))
