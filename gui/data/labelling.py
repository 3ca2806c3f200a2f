"""Everything a person says of items goes through here: stored first, then shown, and undoable.

The journal in the project is what can be undone; Qt's stack holds the part of it around the
present, and fetches what lies before when it is reached, so undo has no end, not even at a
restart.
"""

from __future__ import annotations

import getpass
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, QSettings, Signal
from PySide6.QtGui import QUndoCommand, QUndoStack

from engine.errors import GraftError
from engine.labels.edits import Edit, Redraw, Relabel
from engine.labels.marks import Mark, new_uid
from engine.labels.shapes import Whole
from gui.session import Session
from gui.widgets.words import count

if TYPE_CHECKING:
    from engine.store.journal import Action, Suggested
    from engine.store.project import Project

FETCHED = 200  # actions of the journal that the stack holds at first, and fetches more of


class Labelling(QObject):
    stored = Signal(object)  # Edit: it is in the project now
    turned = Signal(object)  # Edit: and it came by an undo or a redo

    def __init__(self, session: Session, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self.stack = QUndoStack(self)
        self.blind = False  # a second reading: said beside what stands, which stays unseen
        self._under_way = 0
        self._deferred: list[Callable[[], None]] = []
        session.opened.connect(self.load)
        session.closed.connect(self.stack.clear)
        self.load()

    @property
    def reader(self) -> str:
        """In whose name things are said."""
        return str(QSettings().value("reader", "") or "") or getpass.getuser()

    def read_as(self, name: str) -> None:
        QSettings().setValue("reader", name.strip())

    # What is said

    def give(
        self, ids: Sequence[int], class_id: int | None, how: str = "hand",
        suggested: Suggested | None = None,
    ) -> None:  # fmt: skip
        """Labels these items; None takes their label back."""
        self.relabel([(id, class_id) for id in ids], how, suggested)

    def relabel(
        self, pairs: Sequence[tuple[int, int | None]], how: str = "hand",
        suggested: Suggested | None = None,
    ) -> None:  # fmt: skip
        """Labels each item (id, class id or None). Items that have that label already are left."""
        reader, blind = self.reader, self.blind
        wanted = dict(pairs)

        def work(project: Project) -> tuple[int, str, Edit] | None:
            from engine.store import journal, labels

            stands = (
                labels.read_blind(project, wanted, reader)
                if blind
                else labels.standing(project, wanted)
            )
            said = how == "adjudication"  # also when it is what stands: somebody decided
            changed = [id for id, cls in wanted.items() if said or stands.get(id) != cls]
            if not changed:
                return None
            edit = Relabel(
                tuple((id, stands.get(id)) for id in changed),
                tuple((id, wanted[id]) for id in changed), blind,
            )  # fmt: skip
            title = f"label {count(len(changed), 'item')}"
            return journal.do(project, edit, reader, title, how, suggested), title, edit

        self._store(work)

    def toggle(self, ids: Sequence[int], class_id: int) -> None:
        """Gives each item this class beside others; takes it back where all have it."""
        blind = self.reader if self.blind else None

        def work(project: Project) -> tuple[Edit, str] | None:
            from engine.store import marks

            found = {id: _given(marks.of_item(project, id, blind), class_id) for id in ids}
            lacking = [id for id, mark in found.items() if mark is None]
            title = f"label {count(len(lacking) or len(ids), 'item')}"
            if lacking:
                new = [Mark(new_uid(), id, class_id, Whole()) for id in lacking]
                return Redraw(
                    tuple(replace(m, gone=True) for m in new), tuple(new), bool(blind)
                ), title
            old = [mark for mark in found.values() if mark is not None]
            return Redraw(tuple(old), tuple(replace(m, gone=True) for m in old), bool(blind)), title

        self.make(work)

    def do(self, edit: Edit, title: str, how: str = "hand") -> None:
        """Does any other edit."""
        reader = self.reader

        def work(project: Project) -> tuple[int, str, Edit]:
            from engine.store import journal

            return journal.do(project, edit, reader, title, how), title, edit

        self._store(work)

    def make(self, work: Callable[[Project], tuple[Edit, str] | None]) -> None:
        """Does an edit that is found out in the project first; None: there is nothing to do."""
        reader = self.reader

        def whole(project: Project) -> tuple[int, str, Edit] | None:
            from engine.store import journal

            found = work(project)
            if found is None:
                return None
            edit, title = found
            return journal.do(project, edit, reader, title), title, edit

        self._store(whole)

    # Undo and redo

    def undo(self) -> None:
        self._when_stored(self.stack.undo)

    def redo(self) -> None:
        self._when_stored(self.stack.redo)

    def load(self) -> None:
        """Reads what can be undone and redone from the journal."""
        self._fill(FETCHED)

    def turn(self, action: int, again: bool) -> None:
        """Undoes or redoes one action of the journal."""
        reader = self.reader

        def work(project: Project) -> Edit:
            from engine.store import journal

            return (journal.redo if again else journal.undo)(project, action, reader)

        def told(edit: Edit) -> None:
            self.stored.emit(edit)
            self.turned.emit(edit)

        self._begin(work, told)
        if not again and self.stack.index() <= 1:
            self._when_stored(lambda: self._fill(self.stack.count() + FETCHED))

    def _fill(self, number: int) -> None:
        project = self._session.project
        if project is None or project.readonly:
            return

        def read(emit: Any, cancel: Any) -> tuple[list[Action], list[Action]]:
            from engine.store import journal

            return journal.last(project, number), journal.undone(project)

        # In the lane of writers, so that it is what the journal holds after all before it.
        self._session.jobs.run(read, done=self._take, lane="write")

    def _take(self, found: tuple[list[Action], list[Action]]) -> None:
        if self._under_way:  # it is told with what comes now
            self._deferred.append(lambda: self._fill(max(FETCHED, self.stack.count())))
            return
        done, undone = found
        self.stack.clear()
        for one in (*done, *undone):
            self.stack.push(_Turn(self, one.id, one.title))
        for _ in undone:
            command = self.stack.command(self.stack.index() - 1)
            assert isinstance(command, _Turn)
            command.known = True
            self.stack.undo()

    def _store(self, work: Callable[[Project], tuple[int, str, Edit] | None]) -> None:
        def stored(made: tuple[int, str, Edit] | None) -> None:
            if made is not None:
                action, title, edit = made
                self.stack.push(_Turn(self, action, title))
                self.stored.emit(edit)

        self._begin(work, stored)

    def _begin(self, work: Callable[[Project], Any], done: Callable[[Any], None]) -> None:
        if self._session.project is None:
            return
        self._under_way += 1

        def ended(result: Any) -> None:
            self._under_way -= 1
            done(result)
            self._go_on()

        def failed(error: GraftError) -> None:
            self._under_way -= 1
            self._go_on()
            self.load()  # the stack may be ahead of the journal

        self._session.change(work, ended, soon=True, failed=failed)

    def _when_stored(self, then: Callable[[], None]) -> None:
        """An undo pressed while a label is on its way means that label."""
        if self._under_way:
            self._deferred.append(then)
        else:
            then()

    def _go_on(self) -> None:
        while self._deferred and not self._under_way:
            self._deferred.pop(0)()


def _given(marks: Sequence[Mark], class_id: int) -> Mark | None:
    """The mark that says that the item has this class among others."""
    return next((m for m in marks if m.shape == Whole() and m.class_id == class_id), None)


class _Turn(QUndoCommand):
    """An action of the journal on Qt's stack."""

    def __init__(self, labelling: Labelling, action: int, title: str) -> None:
        super().__init__(title)
        self._labelling, self._action = labelling, action
        self.known = True  # what the stack asks for next is in the journal already

    def redo(self) -> None:
        if not self.known:
            self._labelling.turn(self._action, True)
        self.known = False

    def undo(self) -> None:
        if not self.known:
            self._labelling.turn(self._action, False)
        self.known = False
