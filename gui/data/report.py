"""What came of an import, in words; what could not be used opens its item."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QWidget

from engine.errors import GraftError
from gui.data.forecast import COLUMNS as FOUND
from gui.session import Session
from gui.theme import THEME
from gui.widgets.card import column, row
from gui.widgets.controls import button, label
from gui.widgets.table import Column, Table
from gui.widgets.words import count, listing, splits

if TYPE_CHECKING:
    from engine.exchange.report import ImportReport
    from engine.store.imports import TakenBack
    from engine.store.project import Project

FEW = 10  # problems that need no scrolling
COLUMNS = (
    Column("File", lambda error: Path(error.subject).name or error.subject, 220),
    Column("What", lambda error: error.title, 240),
    Column("Why, and what to do", lambda error: f"{error.cause} {error.remedy}"),
)


class Report(QWidget):
    item_wanted = Signal(int)
    closed = Signal()

    def __init__(self, session: Session, report: ImportReport) -> None:
        super().__init__()
        self._session, self._report = session, report
        lines = [label(words, wrap=True) for words in sentences(report, session)]
        self.show_items = button("Show the items", "primary", done=self.closed.emit)
        box = column(*lines, spacing=8)
        self.table: Table | None = None
        if report.findings:
            self.findings = Table(FOUND, "What was not as it should be", scrolls=False)
            self.findings.set_rows(sorted(report.findings.values(), key=lambda one: -one.count))
            box.addWidget(self.findings)
        if report.problems:
            more = report.problem_count - len(report.problems)
            words = count(report.problem_count, "problem") + (
                f", of which the first {len(report.problems)} are listed" if more > 0 else ""
            )
            box.addSpacing(THEME.px(8))
            box.addWidget(label(words, "section"))
            box.addWidget(label("Enter or a double click opens the item.", "small"))
            self.table = Table(COLUMNS, "Problems", scrolls=len(report.problems) > FEW)
            self.table.set_rows(report.problems)
            self.table.opened.connect(self._open)
            box.addWidget(self.table, 1 if len(report.problems) > FEW else 0)
        self.back = button("Take it back", "danger", "Everything that this import brought goes")
        self.back.clicked.connect(self._take_back)
        if not (report.new or report.labelled or report.marks):
            self.back.hide()
        box.addLayout(row(self.show_items, self.back, 1))
        if len(report.problems) <= FEW:
            box.addStretch(1)
        self.said = label("", "small")
        box.addWidget(self.said, 0, Qt.AlignmentFlag.AlignLeft)
        self.setLayout(box)

    def _take_back(self) -> None:
        """All that came goes, but what was said of it since."""
        id = self._report.import_id

        def work(project: Project) -> TakenBack:
            from engine.store import imports

            return imports.take_back(project, id)

        self.back.setEnabled(False)
        self._session.change(work, self._taken_back, items=True)

    def _taken_back(self, back: TakenBack) -> None:
        kept = f" {count(back.kept, 'item')} stays, as something was said of it since."
        self.said.setText(
            f"Taken back: {count(back.items, 'item')}, {count(back.labels, 'label')} and "
            f"{count(back.marks, 'mark')} are gone.{kept if back.kept else ''}"
        )

    def _open(self, error: GraftError) -> None:
        """Finds the item that a problem is about."""
        project, name = self._session.project, Path(error.subject).name
        if project is None:
            return

        def find(emit: Any, cancel: Any) -> int | None:
            from engine.store import finding, items
            from engine.store.finding import Query

            passing = finding.find(project, Query(path=name))
            found = items.load(project, list(passing)[:50])
            exact = [item.id for item in found if str(item.file) == error.subject]
            return next(iter(exact or [item.id for item in found if item.name == name]), None)

        self._session.jobs.run(find, done=self._found)

    def _found(self, item: int | None) -> None:
        if item is None:
            self.said.setText("It did not become an item.")
        else:
            self.item_wanted.emit(item)


def sentences(report: ImportReport, session: Session) -> list[str]:
    """The report as a person would say it."""
    lines = []
    new = count(report.new, "new item")
    known = f", {report.known:,} were there already" if report.known else ""
    marks = f", {count(report.marks, 'mark')} drawn" if report.marks else ""
    lines.append(f"{new}{known}. {count(report.labelled, 'label')} given{marks}.")
    if report.readings:
        lines.append(
            f"Of {count(report.readings, 'item')} other readers said something, too: second "
            "readings, which change no label. See Readers."
        )
    if report.classes:
        number = count(len(report.classes), "class", "classes")
        lines.append(f"{number}: {listing(report.classes, 10)}.")
    if sum(report.splits.values()):
        grouped = session.facts is not None and session.facts.counts["groups"]
        apart = "; no group in two of them" if grouped else ""
        lines.append(f"{splits(report.splits)}{apart}.")
    if report.broken:
        lines.append(f"{count(report.broken, 'item')} cannot be read and will be left out.")
    return lines + list(report.notes)
