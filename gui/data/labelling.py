"""Giving labels to the selected items, and taking that back: by appending the earlier label."""

from __future__ import annotations

import getpass
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject
from PySide6.QtGui import QUndoCommand, QUndoStack

from gui.session import Session

if TYPE_CHECKING:
    from engine.store.project import Project

Pairs = Sequence[tuple[int, int | None]]  # item id, class id


class Labelling(QObject):
    """Labels are append-only, so to undo is to say again what was said before."""

    def __init__(self, session: Session, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self.stack = QUndoStack(self)
        self.reader = getpass.getuser()

    def give(self, ids: Sequence[int], class_id: int | None) -> None:
        """Labels these items; None takes their label back."""
        wanted = list(ids)

        def work(project: Project) -> Any:
            from engine.store import items, labels

            before = [(item.id, item.class_id) for item in items.load(project, wanted)]
            changed = [(id, old) for id, old in before if old != class_id]
            labels.give(project, [(id, class_id) for id, _ in changed], self.reader)
            return changed

        def stored(before: Pairs) -> None:
            if before:
                after = [(id, class_id) for id, _ in before]
                self.stack.push(_Labels(self, before, after))

        self._session.change(work, stored, items=True)

    def write(self, pairs: Pairs) -> None:
        def work(project: Project) -> int:
            from engine.store import labels

            return labels.give(project, pairs, self.reader)

        self._session.change(work, items=True)


class _Labels(QUndoCommand):
    def __init__(self, labelling: Labelling, before: Pairs, after: Pairs) -> None:
        super().__init__(f"label {len(after)} items")
        self._labelling, self._before, self._after = labelling, before, after
        self._stored = True  # the stack calls redo at once for what is done already

    def redo(self) -> None:
        if not self._stored:
            self._labelling.write(self._after)
        self._stored = False

    def undo(self) -> None:
        self._labelling.write(self._before)
