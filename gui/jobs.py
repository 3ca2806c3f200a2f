"""Short work beside the window: a function of (emit, cancel), run in a thread.

This is where exceptions become words: a `GraftError` goes to the page, anything
else is a bug and is reported with its traceback.
"""

from __future__ import annotations

import traceback
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from typing import Any

from PySide6.QtCore import QObject, Qt, Signal

from engine.errors import Cancelled, GraftError
from engine.events import Event
from engine.progress import Cancel

Work = Callable[[Callable[[Event], None], Cancel], Any]


class Bug(GraftError):
    """A mistake in Graft itself. `details` is the traceback."""

    kind = "bug"


def as_bug(error: BaseException) -> Bug:
    return Bug(
        "Graft made a mistake",
        f"{type(error).__name__}: {error}",
        "Nothing that was stored is lost. Please report it with the text below.",
        details="".join(traceback.format_exception(error)),
    )


class Job(QObject):
    """One piece of work. All signals come in the window's thread; `ended` is always the last."""

    progress = Signal(object)  # Activity or LogLine
    done = Signal(object)
    failed = Signal(object)  # GraftError
    cancelled = Signal()
    ended = Signal()

    _said = Signal(str, object)

    def __init__(self, work: Work, text: str, parent: QObject) -> None:
        super().__init__(parent)
        self.text = text
        self._work = work
        self._cancel = Cancel()
        # Queued to this object, so that every public signal leaves the window's thread.
        self._said.connect(self._deliver, Qt.ConnectionType.QueuedConnection)

    def cancel(self) -> None:
        """At once for the person: whatever the work still brings is dropped."""
        self._cancel.set()

    def dropped(self) -> None:
        """Said instead of `perform` when the work never began."""
        self._deliver("cancelled", None)

    def perform(self) -> None:
        """Runs in a worker thread."""
        try:
            self._cancel.check()
            outcome = ("done", self._work(self._emit, self._cancel))
        except Cancelled:
            outcome = ("cancelled", None)
        except GraftError as error:
            outcome = ("failed", error)
        except Exception as error:  # the job runner is one of the three places that may
            outcome = ("failed", as_bug(error))
        self._said.emit(*outcome)

    def _emit(self, event: Event) -> None:
        self._said.emit("progress", event)

    def _deliver(self, what: str, value: object) -> None:
        if what == "progress":
            if not self._cancel.is_set():
                self.progress.emit(value)
            return
        if what == "cancelled" or self._cancel.is_set():
            self.cancelled.emit()
        elif what == "done":
            self.done.emit(value)
        else:
            self.failed.emit(value)
        self.ended.emit()


class Jobs(QObject):
    """Starts jobs and knows those under way.

    Threads are Python's and stay alive: a thread of QThreadPool would lose its
    database connection with every job. What the window writes goes through one
    lane, so that it is stored in the order in which it was done.
    """

    began = Signal(object)  # a Job that has a text to show
    bug = Signal(object)  # Bug

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._lanes = {
            "read": ThreadPoolExecutor(3, "graft-read"),
            "write": ThreadPoolExecutor(1, "graft-write"),
            "long": ThreadPoolExecutor(1, "graft-long"),
        }
        self._live: dict[Job, Any] = {}
        self._closed = False

    def run(
        self,
        work: Work,
        *,
        done: Callable[[Any], None] | None = None,
        failed: Callable[[Any], None] | None = None,
        text: str = "",
        lane: str = "read",
    ) -> Job:
        """Starts `work`. With a `text` it is shown in the strip, with how far and a cancel.

        After `close` nothing starts any more, and nothing is said of it.
        """
        job = Job(work, text, self)
        if self._closed:
            return job
        job.ended.connect(self._forget)
        job.failed.connect(self._look_for_bug)
        if done is not None:
            job.done.connect(done)
        if failed is not None:
            job.failed.connect(failed)
        self._live[job] = self._lanes[lane].submit(job.perform)
        if text:
            self.began.emit(job)
        return job

    @property
    def busy(self) -> bool:
        return bool(self._live)

    def cancel_all(self) -> None:
        for job in list(self._live):
            job.cancel()

    def settle(self, seconds: float = 10.0) -> None:
        """Cancels all and waits until no thread works any more."""
        self.cancel_all()
        for job, future in list(self._live.items()):
            if future.cancel():  # it never began, so nothing else tells that it ended
                job.dropped()
        wait(self._live.values(), seconds)

    def close(self) -> None:
        self._closed = True
        self.settle()
        for lane in self._lanes.values():
            lane.shutdown(wait=True, cancel_futures=True)

    def _forget(self) -> None:
        job = self.sender()
        if isinstance(job, Job):
            self._live.pop(job, None)
            job.deleteLater()

    def _look_for_bug(self, error: GraftError) -> None:
        if isinstance(error, Bug):
            self.bug.emit(error)
