"""Readers: in whose name one labels, second readings, agreement, and taking in a copy."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFileDialog, QLineEdit, QPushButton, QVBoxLayout, QWidget

from engine.errors import GraftError
from gui.data.labelling import Labelling
from gui.errors import ErrorCard
from gui.session import Session
from gui.theme import THEME
from gui.widgets.card import Card, clear, column, row, scrolling
from gui.widgets.controls import button, label
from gui.widgets.table import Column, Table
from gui.widgets.words import count, listing

if TYPE_CHECKING:
    from engine.evaluation.readers import Pair, Readings
    from engine.store.merging import MergeReport

FEW = 10  # rows that need no scrolling
PEOPLE = (
    Column("Reader", lambda one: one.name, 220),
    Column("Items", lambda one: f"{one.items:,}", 90, True),
    Column("Read blind", lambda one: f"{one.blind:,}", 110, True),
)
PAIRS = (
    Column("Readers", lambda pair: f"{pair.first} and {pair.second}", 220),
    Column("Agreement", lambda pair: pair.agreement.words, 430),
    Column("Read blind", lambda pair: blindness(pair)),
)
CONFLICTS = (
    Column("Here", lambda one: one.here, 220),
    Column("In the copy", lambda one: one.there, 220),
    Column("Stands now", lambda one: one.stands or "no label"),
)


def blindness(pair: Pair) -> str:
    """'all of them', '40 of 100; the rest may have been swayed'."""
    if pair.blind == pair.agreement.items:
        return "all of them"
    return f"{pair.blind:,} of {pair.agreement.items:,}; the rest may have been swayed"


class ReadersSheet(QWidget):
    closed = Signal()
    second_wanted = Signal(bool)  # begin a second reading, or end it
    disagreements_wanted = Signal()
    item_wanted = Signal(int)
    reader_changed = Signal()

    def __init__(self, session: Session, labelling: Labelling) -> None:
        super().__init__()
        self._session, self._labelling = session, labelling
        self._folder: Path | None = None
        top = row(
            label("Readers", "section"), 1, button("Back to the items", done=self.closed.emit)
        )
        self.notices = QVBoxLayout()
        content = QWidget()
        self.agreement = QVBoxLayout()
        self.agreement.setSpacing(THEME.px(8))
        self.copy = QVBoxLayout()
        self.copy.setSpacing(THEME.px(8))
        content.setLayout(
            column(self._person(), self._second(), self.agreement, self._copies(), self.copy, 1,
                   spacing=16)
        )  # fmt: skip
        card = Card()
        card.box.addLayout(top)
        card.box.addLayout(self.notices)
        card.box.addWidget(scrolling(content, "Readers"), 1)
        self.setLayout(column(card))

    def _person(self) -> QWidget:
        self.name = QLineEdit(self._labelling.reader)
        self.name.setAccessibleName("Your name")
        self.name.setMaximumWidth(THEME.px(260))
        self.name.editingFinished.connect(self._rename)
        words = "Every label carries the name of its reader. Yours on this computer:"
        holder = QWidget()
        holder.setLayout(column(label(words, "muted", wrap=True), self.name))
        return holder

    def _second(self) -> QWidget:
        self.second = button("Begin a second reading")
        self.second.clicked.connect(lambda: self.second_wanted.emit(not self._labelling.blind))
        words = (
            "In a second reading you see neither what others said nor what the model suggests. "
            "What you say then is compared, and changes no label until somebody decides."
        )
        return _part("Second reading", words, self.second)

    def _copies(self) -> QWidget:
        self.choose = button("Take in a copy…", done=self._choose)
        words = (
            "A copy of this project, labelled elsewhere and brought back on a stick: every label "
            "of it comes here with its reader and its time. Where both sides said something, the "
            "later one stands, and the conflict is listed."
        )
        return _part("Copies of this project", words, self.choose)

    # What is shown

    def begin(self) -> None:
        """Reads who read what."""
        clear(self.notices)
        clear(self.copy)
        self.name.setText(self._labelling.reader)
        blind = self._labelling.blind
        self.second.setText("End the second reading" if blind else "Begin a second reading")
        project = self._session.project
        facts = self._session.facts
        if project is None or facts is None:
            return
        for part in (self.second, self.choose):
            part.setEnabled(not facts.readonly)
        self.second.setEnabled(not facts.readonly and bool(facts.counts["labelled"]))

        def read(emit: Any, cancel: Any) -> Readings:
            from engine.evaluation.readers import readings

            return readings(project)

        self._session.jobs.run(read, done=self._show, failed=self._refused)

    def _show(self, found: Readings) -> None:
        clear(self.agreement)
        self.agreement.addWidget(label("Who read what", "section"))
        if self._labelling.blind:
            self.agreement.addWidget(
                label("Hidden until you end the second reading.", "muted", wrap=True)
            )
            return
        if not found.readers:
            self.agreement.addWidget(label("Nobody has labelled anything yet.", "muted"))
            return
        self.people = _table(PEOPLE, "Readers", found.readers)
        self.agreement.addWidget(self.people)
        if found.pairs:
            self.pairs = _table(PAIRS, "Agreement of two readers", found.pairs)
            self.agreement.addWidget(self.pairs)
        if found.together is not None:
            words = f"All {len(found.readers)} readers together: {found.together.words}."
            self.agreement.addWidget(label(words, wrap=True))
        self._show_decisions(found)

    def _show_decisions(self, found: Readings) -> None:
        if found.decided:
            said = f"{count(found.decided, 'item was', 'items were')} decided between readers."
            self.agreement.addWidget(label(said, "muted"))
        if found.disagreeing:
            words = f"{count(found.disagreeing, 'item')} on which readers disagree"
            self.decide = button("Decide them", "primary", done=self.disagreements_wanted.emit)
            self.agreement.addLayout(row(label(words), self.decide, 1))

    # What the person does

    def _rename(self) -> None:
        name = self.name.text().strip()
        if name and name != self._labelling.reader:
            self._labelling.read_as(name)
            self.reader_changed.emit()
        self.name.setText(self._labelling.reader)

    def _choose(self) -> None:
        folder = QFileDialog.getExistingDirectory(self, "A copy of this project")
        if folder:
            self.look_at(Path(folder))

    def look_at(self, folder: Path) -> None:
        """Says what a copy would bring, before anything is stored."""
        clear(self.notices)
        self._folder = folder
        self._merge(True, self._looked)

    def _merge(self, look_only: bool, done: Any) -> None:
        project, folder = self._session.project, self._folder
        if project is None or folder is None:
            return

        def work(emit: Any, cancel: Any) -> MergeReport:
            from engine.store.merging import merge_copy

            return merge_copy(project, folder, look_only=look_only)

        self._session.jobs.run(
            work, done=done, failed=self._refused, text="Looking at the copy" if look_only
            else "Taking in the copy", lane="read" if look_only else "write",
        )  # fmt: skip

    def _looked(self, report: MergeReport) -> None:
        clear(self.copy)
        if not report.labels and not report.marks and not report.notes:
            self.copy.addWidget(label("The copy says nothing that is not known here.", wrap=True))
            self._show_absent(report)
            return
        self.copy.addWidget(label(f"It would bring {came(report)}.", wrap=True))
        self._show_conflicts(report)
        self._show_absent(report)
        self.take = button("Take it in", "primary", done=lambda: self._merge(False, self._merged))
        self.copy.addLayout(row(self.take, button("Leave it", done=lambda: clear(self.copy)), 1))
        self.take.setFocus()

    def _merged(self, report: MergeReport) -> None:
        clear(self.copy)
        words = f"{came(report)} came. The project as it was before lies beside it: {report.kept}."
        self.copy.addWidget(label(words[0].upper() + words[1:], wrap=True))
        self._show_conflicts(report)
        self._show_absent(report)
        self._session.refresh(items=True)

    def _show_conflicts(self, report: MergeReport) -> None:
        if not report.conflict_count:
            return
        words = (
            f"{count(report.conflict_count, 'conflict')}: both sides said something since they "
            "parted. Enter or a double click shows the item."
        )
        self.copy.addWidget(label(words, wrap=True))
        self.conflicts = _table(CONFLICTS, "Conflicts", report.conflicts)
        self.conflicts.opened.connect(lambda one: self.item_wanted.emit(one.item_id))
        self.copy.addWidget(self.conflicts)

    def _show_absent(self, report: MergeReport) -> None:
        if report.absent_count:
            words = (
                f"{count(report.absent_count, 'item')} of the copy is not here, so what was said "
                f"of them stays there: {listing(report.absent, 5)}. Import those files here and "
                "take the copy in again."
            )
            self.copy.addWidget(label(words, "muted", wrap=True))

    def _refused(self, error: GraftError) -> None:
        clear(self.notices)
        self.notices.addWidget(ErrorCard(error))


def came(report: MergeReport) -> str:
    """'12 labels and 3 marks of Bob, 1 new class (eel)'."""
    parts = [
        count(number, word)
        for number, word in (
            (report.labels, "label"), (report.marks, "mark"), (report.notes, "note"),
        )
        if number
    ]  # fmt: skip
    words = " and ".join(parts) + f" of {listing(report.readers, 4)}"
    if report.classes:
        new = count(len(report.classes), "new class", "new classes")
        words += f", {new} ({listing(report.classes, 4)})"
    return words


def _table(columns: tuple[Column, ...], name: str, rows: Any) -> Table:
    made = Table(columns, name, scrolls=len(rows) > FEW)
    made.set_rows(rows)
    if len(rows) > FEW:
        made.setMinimumHeight(THEME.px(300))
    made.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAsNeeded)
    return made


def _part(title: str, words: str, act: QPushButton) -> QWidget:
    """A heading, what it is about, and the button that begins it."""
    holder = QWidget()
    heading = label(title, "section")
    holder.setLayout(column(heading, label(words, "muted", wrap=True), row(act, 1)))
    return holder
