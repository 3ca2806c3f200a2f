"""One finding: what and why, its items, and what would put it right."""

from __future__ import annotations

from array import array
from functools import partial
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QItemSelection, QItemSelectionModel, QTimer, Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from engine.labels.edits import Edit
from gui.data.labelling import Labelling
from gui.data.quality import sentences
from gui.session import Session
from gui.widgets.card import Card, clear, column, row
from gui.widgets.controls import Choice, Elided, button, label
from gui.widgets.grid import Grid
from gui.widgets.items_model import ItemsModel
from gui.widgets.tiles import Look
from gui.widgets.words import count

if TYPE_CHECKING:
    from engine.quality.finding import Finding, Fix
    from engine.store.project import Project

SURE = (0.95, 0.9, 0.8)  # to choose from, where a finding says how sure it is
SELECTED = "selected"


class FindingDetail(Card):
    item_wanted = Signal(int)
    items_wanted = Signal(object, str)  # item ids, and what they are
    failed = Signal(object)  # GraftError
    done = Signal(object, object, object)  # Finding, Edit, ids: it is stored now
    dismissed = Signal(object, bool)  # Finding: it is no problem, or it is one after all

    def __init__(self, session: Session, labelling: Labelling) -> None:
        super().__init__()
        self._session, self._labelling = session, labelling
        self.finding: Finding | None = None
        self._notes: dict[int, tuple[int, int]] = {}  # first and last row of an item's set
        self._made: Edit | None = None  # the edit of ours that is being stored
        self._touched: list[int] = []  # by it
        self._shown = 0  # answers to previews of an earlier one are dropped
        self.title = label("", "section", wrap=True)
        self.words = label("", wrap=True)
        self.advice = label("", "muted", wrap=True)
        self.model = ItemsModel(session)
        self.look = Look(session, self)
        self.grid = Grid(self.model, self.look)
        self.grid.setAccessibleName("Items of the finding")
        self.grid.activated_row.connect(lambda place: self._open())
        self.grid.doubleClicked.connect(lambda at: self._open())
        self.grid.selectionModel().currentChanged.connect(lambda *_: self._item_changed())
        self.model.arrived.connect(self._show_note)
        self.note = Elided("", "muted")
        self.open = button("Show in the grid", tip="Opens the item among all others (Enter)")
        self.open.clicked.connect(self._open)
        self.line = QWidget()
        self.all = button("Show all of them", tip="All items of the finding, in the grid")
        self.all.clicked.connect(self._open_all)
        self.line.setLayout(column(self.note, row(self.open, self.all, 1)))
        self.scope = Choice((), "What it is done to")
        self.scope.setMinimumContentsLength(14)
        self.scope.currentIndexChanged.connect(self._drop_preview)
        self.fine = button("No problem", tip="Counts it no more; press it again to count it")
        self.fine.setCheckable(True)
        self.fine.clicked.connect(self._dismiss)
        self.fixes = row()
        self.preview: QVBoxLayout = column()
        labelling.stored.connect(self._stored)
        for part in (self.title, self.words, self.advice):
            self.box.addWidget(part)
        self.box.addWidget(self.grid, 1)
        self.box.addWidget(self.line)
        self.rest = QWidget()  # takes the room where there are no items
        self.box.addWidget(self.rest, 1)
        self.box.addLayout(row(self.scope, 1, self.fine))
        self.box.addLayout(self.fixes)
        self.box.addLayout(self.preview)

    def show_finding(self, finding: Finding | None, dismissed: bool = False) -> None:
        self.finding = finding
        self.setVisible(finding is not None)
        if finding is None:
            return
        self.setAccessibleName(finding.title)
        self.title.setText(finding.title)
        self.words.setText(finding.words)
        self.advice.setText(finding.advice)
        self.advice.setVisible(bool(finding.advice))
        ids = finding.items
        self._notes = {}
        for members in finding.sets:
            first = len(self._notes)
            self._notes |= dict.fromkeys(members, (first, first + len(members) - 1))
        self.model.set_ids(array("q", ids))
        for part in (self.grid, self.line):
            part.setVisible(bool(ids))
        self.rest.setVisible(not ids)
        if ids:
            self.grid.select_row(0)
            self.grid.scrollToTop()
        self._show_note()
        self.fine.setChecked(dismissed)
        self._show_fixes(finding)

    def _show_fixes(self, finding: Finding) -> None:
        self.scope.hide()
        clear(self.fixes)
        self._drop_preview()
        facts = self._session.facts
        if facts is None or facts.readonly:
            return
        if any(fix.make for fix in finding.fixes):
            self.scope.set_choices(_scopes(finding))
            self.scope.setCurrentIndex(0)
            self.scope.show()
        for fix in finding.fixes:
            if fix.recipe is not None:
                self._offer_recipe(fix)
            else:
                self.fixes.addWidget(button(f"{fix.words}…", done=partial(self._ask, fix)))
        self.fixes.addStretch(1)

    # What is fixed

    def chosen(self) -> list[int]:
        """Ids that a fix is to touch; of a set that has one of them all."""
        finding, scope = self.finding, self.scope.currentData()
        if finding is None:
            return []
        if scope == SELECTED:
            selected = set(self.grid.selected_ids())
            whole = [id for one in finding.sets if not selected.isdisjoint(one) for id in one]
            return whole or [id for id in finding.items if id in selected]
        if isinstance(scope, float):
            return [one.item for one in finding.noted if (one.sure or 0.0) >= scope]
        return finding.items

    def _ask(self, fix: Fix) -> None:
        """Says what a fix would change, before anything is stored."""
        project, ids, make = self._session.project, self.chosen(), fix.make
        if project is None or make is None:
            return
        self._shown += 1
        number = self._shown

        def read(emit: Any, cancel: Any) -> Edit | None:
            return make(project, ids)

        def told(edit: Edit | None) -> None:
            if number == self._shown:
                self._show_preview(fix, ids, edit)

        self._session.jobs.run(read, done=told, failed=self.failed.emit)

    def _show_preview(self, fix: Fix, ids: list[int], edit: Edit | None) -> None:
        clear(self.preview)
        if edit is None:
            self.preview.addWidget(label("There is nothing left to change.", "muted"))
            return
        words = f"{sentences.changes(edit, self._session.facts)} Ctrl+Z takes it back."
        self.preview.addWidget(label(words, wrap=True))
        do = button(fix.words, "primary", done=lambda: self._do(fix, ids))
        leave = button("Leave it", done=lambda: clear(self.preview))
        self.preview.addLayout(row(do, leave, 1))
        do.setFocus()

    def _do(self, fix: Fix, ids: list[int]) -> None:
        make = fix.make
        assert make is not None

        def work(project: Project) -> tuple[Edit, str] | None:
            self._made, self._touched = make(project, ids), ids
            return (self._made, fix.title) if self._made is not None else None

        clear(self.preview)
        self._labelling.make(work)

    def _stored(self, edit: Edit) -> None:
        if edit is not self._made or self.finding is None:
            return
        self._made = None
        words = f"Done: {sentences.changes(edit, self._session.facts)}"
        undo = button("Undo", tip="Ctrl+Z", done=self._undo)
        told = row(label(words, wrap=True), undo)
        told.setStretch(0, 1)
        self.preview.addLayout(told)
        undo.setFocus()
        self.done.emit(self.finding, edit, self._touched)

    def _drop_preview(self) -> None:
        self._shown += 1
        clear(self.preview)

    def _dismiss(self, on: bool) -> None:
        if self.finding is not None:
            self.dismissed.emit(self.finding, on)

    def _undo(self) -> None:
        clear(self.preview)
        self._labelling.undo()

    def _offer_recipe(self, fix: Fix) -> None:
        """A setting of the recipe: the same button takes it back."""
        one = button(fix.words)
        one.setCheckable(True)
        recipe = dict(fix.recipe or {})
        facts = self._session.facts
        one.setChecked(facts is not None and recipe.items() <= facts.recipe.items())

        def turn(on: bool) -> None:
            self._session.set_recipe(recipe if on else dict.fromkeys(recipe))

        one.clicked.connect(turn)
        one.setToolTip("Press it again to take it back")
        self.fixes.addWidget(one)

    # The items

    def _item_changed(self) -> None:
        self._show_note()
        if self.finding is not None and self.finding.sets:
            QTimer.singleShot(0, self.grid, self._select_set)

    def _select_set(self) -> None:
        """A set is chosen whole: what belongs together is framed together."""
        place = self.grid.currentIndex().row()
        if not 0 <= place < self.model.rowCount() or self.grid.chosen > 1:
            return
        first, last = self._notes.get(self.model.id_at(place), (place, place))
        part = QItemSelection(self.model.index(first), self.model.index(last))
        self.grid.selectionModel().select(part, QItemSelectionModel.SelectionFlag.Select)

    def _show_note(self) -> None:
        place = self.grid.currentIndex().row()
        item = self.model.item(place) if 0 <= place < self.model.rowCount() else None
        finding = self.finding
        known = item is not None and finding is not None
        self.note.setText(
            sentences.note(finding, item, self._session.facts)
            if finding is not None and item is not None else ""
        )  # fmt: skip
        self.open.setEnabled(known)

    def _open_all(self) -> None:
        ids = [self.model.id_at(place) for place in range(self.model.rowCount())]
        if self.finding is not None:
            self.items_wanted.emit(list(dict.fromkeys(ids)), self.finding.title)

    def _open(self) -> None:
        place = self.grid.currentIndex().row()
        if 0 <= place < self.model.rowCount():
            self.item_wanted.emit(self.model.id_at(place))


def _scopes(finding: Finding) -> list[tuple[str, object]]:
    number = len(finding.sets) or len(finding.noted)
    what = f"All: {count(number, 'set' if finding.sets else 'item')}"
    found: list[tuple[str, object]] = [(what, None)]
    for least in SURE:
        number = sum((one.sure or 0.0) >= least for one in finding.noted)
        if 0 < number < len(finding.noted):
            found.append((f"{least:.0%} sure or more: {number:,}", least))
    found.append(("The selected", SELECTED))
    return found
