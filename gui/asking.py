"""A question to a child process: its progress, its answer, and giving it up."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QObject, Signal

from engine.errors import CrashedRun, GraftError
from engine.events import Activity, Event
from engine.training.process import Request
from gui.children import ChildThread
from gui.session import Session


class Asked(QObject):
    """One question to a child. It can be given up at once."""

    activity = Signal(object)  # Activity
    heard = Signal(object)  # every other event
    done = Signal(object)
    failed = Signal(object)  # GraftError
    ended = Signal()

    def __init__(self, session: Session, operation: str, parent: QObject) -> None:
        super().__init__(parent)
        self._session = session
        self.operation = operation
        self._thread: ChildThread | None = None
        self._number = 0  # answers to an earlier question are dropped

    @property
    def busy(self) -> bool:
        return self._thread is not None

    def ask(self, arguments: dict[str, Any]) -> None:
        """Asks, in place of a question that is still open."""
        self.give_up()
        project = self._session.project
        if project is None:
            return
        self._number += 1
        number = self._number

        def mine(then: Callable[[Any], None]) -> Callable[[Any], None]:
            return lambda value: then(value) if number == self._number else None

        self._thread = self._session.processes.ask(
            Request(self.operation, str(project.folder), arguments),
            done=mine(self._done), failed=mine(self._failed), heard=mine(self._hear),
        )  # fmt: skip

    def give_up(self) -> None:
        """Ends the child; nothing more is heard of it."""
        thread, self._thread = self._thread, None
        self._number += 1
        if thread is not None:
            thread.kill()
            self.ended.emit()

    def _hear(self, event: Event) -> None:
        (self.activity if isinstance(event, Activity) else self.heard).emit(event)

    def _done(self, result: object) -> None:
        self._thread = None
        self.done.emit(result)
        self.ended.emit()

    def _failed(self, error: GraftError) -> None:
        self._thread = None
        if isinstance(error, CrashedRun) and self.operation != "describe":
            error = CrashedRun(
                "The child process ended unexpectedly", error.cause,
                "Nothing was lost. Try again; with a smaller batch if memory is short.",
                details=error.details,
            )  # fmt: skip
        self.failed.emit(error)
        self.ended.emit()
