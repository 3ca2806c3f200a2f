"""Quality: what a check of the data found, each finding with its items and its fix."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from engine.errors import GraftError
from engine.labels import edits
from engine.labels.edits import Edit
from gui.data.labelling import Labelling
from gui.data.quality import sentences
from gui.data.quality.detail import FindingDetail
from gui.errors import ErrorCard
from gui.jobs import Job
from gui.session import Session
from gui.theme import THEME
from gui.widgets.card import Card, clear, column, row
from gui.widgets.controls import button, label
from gui.widgets.states import Empty, Skeleton
from gui.widgets.table import Column, Table

if TYPE_CHECKING:
    from engine.quality.finding import Finding, Report

LEAST, WIDE = 300, 420  # px of the list


class QualitySheet(QWidget):
    closed = Signal()
    item_wanted = Signal(int)
    items_wanted = Signal(object, str)  # item ids, and what they are
    told = Signal(int)  # how many findings wait

    def __init__(self, session: Session, labelling: Labelling) -> None:
        super().__init__()
        self._session, self._labelling = session, labelling
        self.report: Report | None = None
        self._stale = False  # something has changed since the check
        self._job: Job | None = None
        self._did: list[tuple[Finding, Edit, set[int]]] = []  # fixes that were done, and to what
        self._undone: list[int] = []  # places in it of those taken back
        self._dismissed: list[Finding] = []  # a person says that they are no problem
        self.tally = label("", "muted")
        self.again = button("Check again", done=self.check)
        back = button("Back to the items", done=self.closed.emit)
        top = row(label("Quality", "section"), self.tally, 1, self.again, back, spacing=12)
        self.notices = QVBoxLayout()
        self.stack = QStackedWidget()
        self._build()
        card = Card()
        card.box.addLayout(top)
        card.box.addLayout(self.notices)
        card.box.addWidget(self.stack, 1)
        self.setLayout(column(card))
        session.items_changed.connect(self._changed)
        labelling.stored.connect(self._stored)
        labelling.turned.connect(self._turned)
        self._show()

    def _build(self) -> None:
        self.start = button("Check the data", "primary", done=self.check)
        self.idle = Empty(sentences.EMPTY, sentences.WHAT, self.start, width=460)
        self.loading = Skeleton()
        self.nothing = Empty("Nothing found", sentences.WHAT, width=460)
        self.hidden = Empty(
            "Hidden until you end the second reading",
            "Findings tell what others said of the items.", width=460,
        )  # fmt: skip
        self.table = Table(
            (
                Column("Finding", self._title),
                Column("Items", lambda one: f"{len(one.items):,}" if one.items else "", 54, True),
                Column("", lambda one: sentences.SEVERITY[one.severity], 108),
            ),
            "Findings",
        )
        self.table.setMinimumWidth(THEME.px(LEAST))
        self.table.setMaximumWidth(THEME.px(WIDE))
        self.table.chosen.connect(self._choose)
        self.table.opened.connect(self._enter)
        self.lacking = label("", "muted", wrap=True)
        self.lacking.setMaximumWidth(THEME.px(WIDE))
        self.looked = label("", "small", wrap=True)
        self.looked.setMaximumWidth(THEME.px(WIDE))
        self.detail = FindingDetail(self._session, self._labelling)
        self.detail.item_wanted.connect(self.item_wanted)
        self.detail.items_wanted.connect(self.items_wanted)
        self.detail.failed.connect(self._refused)
        self.detail.done.connect(self._done)
        self.detail.dismissed.connect(self._dismiss)
        self.full = QWidget()
        both: QHBoxLayout = row(
            column(self.table, self.lacking, self.looked), self.detail, spacing=16
        )
        both.setStretch(0, 2)
        both.setStretch(1, 3)
        self.full.setLayout(both)
        for state in (self.idle, self.loading, self.nothing, self.hidden, self.full):
            self.stack.addWidget(state)

    # What is shown

    def begin(self) -> None:
        """Shows what is known; checks where nothing is."""
        clear(self.notices)
        if self.report is None and self._job is None and not self._labelling.blind:
            self.check()
        self._show()

    def check(self) -> None:
        """Looks at all the data, beside the window."""
        project = self._session.project
        if project is None or self._job is not None:
            return
        clear(self.notices)

        def work(emit: Any, cancel: Any) -> Report:
            from engine.quality.checking import check

            return check(project, emit, cancel)

        self._job = self._session.jobs.run(
            work, done=self._take, failed=self._refused, text="Checking the data", lane="long"
        )
        self._job.ended.connect(self._ended)
        self._show()

    @property
    def waiting(self) -> list[Finding]:
        """Findings that are neither put right, in all of their items, nor dismissed."""
        return [] if self.report is None else [
            one for one in self.report.findings
            if not self._put_right(one) and not self._is_dismissed(one)
        ]  # fmt: skip

    def _put_right(self, finding: Finding) -> bool:
        touched: set[int] = set()
        for place, (fixed, _, ids) in enumerate(self._did):
            if fixed is finding and place not in self._undone:
                touched |= ids
        return bool(touched) and touched.issuperset(finding.items)

    def _is_dismissed(self, finding: Finding) -> bool:
        return any(one is finding for one in self._dismissed)

    def _title(self, finding: Finding) -> str:
        dealt_with = self._put_right(finding) or self._is_dismissed(finding)
        return f"✓ {finding.title}" if dealt_with else finding.title

    def _show(self) -> None:
        report, working = self.report, self._job is not None
        self.again.setVisible(report is not None)
        self.again.setEnabled(not working and not self._labelling.blind)
        if self._labelling.blind:
            state: QWidget = self.hidden
        elif working:
            state = self.loading
        elif report is None:
            state = self.idle
        else:
            state = self.full if report.findings else self.nothing
        self.tally.setVisible(state is self.full)
        self.stack.setCurrentWidget(state)

    def _take(self, report: Report) -> None:
        self.report, self._stale = report, False
        self._did, self._undone, self._dismissed = [], [], []
        lacking, looked = sentences.lacking(report), sentences.looked_at(report)
        self.nothing.say("Nothing found", f"{looked} {lacking}".strip())
        self.lacking.setText(lacking)
        self.lacking.setVisible(bool(lacking))
        self.looked.setText(looked)
        self.table.set_rows(report.findings)
        self._tell()
        if report.findings:
            self.table.choose(lambda _: True)
            self.table.setFocus()

    def _ended(self) -> None:
        self._job = None
        self._show()

    def _choose(self, finding: Finding | None) -> None:
        if finding is not self.detail.finding:
            dismissed = finding is not None and self._is_dismissed(finding)
            self.detail.show_finding(finding, dismissed)

    def _enter(self, finding: Finding) -> None:
        self.detail.grid.setFocus()

    def _tell(self) -> None:
        waiting = self.waiting
        words = sentences.tally(waiting) or "every finding is dealt with"
        self.tally.setText(f"{words} · the data has changed since" if self._stale else words)
        self.table.viewport().update()
        self.told.emit(len(waiting))

    # What changed since

    def _done(self, finding: Finding, edit: Edit, ids: list[int]) -> None:
        self._did.append((finding, edit, set(ids)))
        self._tell()

    def _dismiss(self, finding: Finding, on: bool) -> None:
        self._dismissed = [one for one in self._dismissed if one is not finding]
        if on:
            self._dismissed.append(finding)
        self._tell()

    def _stored(self, edit: Edit) -> None:
        self._changed()

    def _turned(self, edit: Edit) -> None:
        """A fix that is undone waits again; one that is done again does not."""
        for place, (_, did, _) in enumerate(self._did):
            if edit == edits.inverse(did) and place not in self._undone:
                self._undone.append(place)
                break
            if edit == did and place in self._undone:
                self._undone.remove(place)
                break
        self._tell()

    def _changed(self) -> None:
        """Items, labels or splits are others than those that were checked."""
        self.detail.model.reread()
        if self.report is not None and not self._stale:
            self._stale = True
            self._tell()

    def _refused(self, error: GraftError) -> None:
        clear(self.notices)
        self.notices.addWidget(ErrorCard(error))

    def event(self, event: QEvent) -> bool:
        """Digits and letters mean nothing here: they would label items that are not seen."""
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent):
            held = event.modifiers() & ~Qt.KeyboardModifier.ShiftModifier
            if event.text().isalnum() and not held:
                event.accept()
                return True
        return super().event(event)
