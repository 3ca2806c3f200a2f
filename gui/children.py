"""Child processes for all that needs torch, each blocked on by a thread of its own."""

from __future__ import annotations

import queue
from collections.abc import Callable
from typing import Protocol

from PySide6.QtCore import QObject, Qt, QThread, QTimer, Signal

from engine.errors import GraftError
from engine.events import Done, Event, Failed
from engine.training.process import Child, Request
from gui.jobs import as_bug

PATIENCE = 10_000  # ms after a stop before a kill is offered


class ChildLike(Protocol):
    """What a thread needs of a child; `engine.training.process.Child` is the real one."""

    def start(self, request: Request) -> None: ...
    def command(self, name: str) -> None: ...
    def kill(self) -> None: ...
    def close(self) -> None: ...


class ChildThread(QThread):
    """Makes a child, waits for a request, and then gives one signal for each event.

    The thread that makes a child must outlive it, so all of it happens in `run`.
    """

    heard = Signal(object)  # Event
    done = Signal(object)  # the result
    failed = Signal(object)  # GraftError
    unresponsive = Signal()  # nothing has stopped ten seconds after the stop

    _event = Signal(object)

    def __init__(self, make: Callable[[], Child], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._make = make
        self._inbox: queue.SimpleQueue[Request | None] = queue.SimpleQueue()
        self._commands: list[str] = []
        self._child: Child | None = None
        self._begun = self._killed = False
        self._event.connect(self._deliver, Qt.ConnectionType.QueuedConnection)
        self._patience = QTimer(self, singleShot=True, interval=PATIENCE)
        self._patience.timeout.connect(self.unresponsive)
        self.finished.connect(self._patience.stop)

    def begin(self, request: Request) -> None:
        self._begun = True
        self._inbox.put(request)

    def command(self, name: str) -> None:
        """Sends a command (see engine.training.process.COMMANDS), as soon as there is a child."""
        if self._child is None:
            self._commands.append(name)
        else:
            self._child.command(name)
        if name == "stop":
            self._patience.start()

    def kill(self) -> None:
        """Ends the child at once. What it saved before stays."""
        self._killed = True
        self._inbox.put(None)
        if self._child is not None:
            self._child.kill()

    def run(self) -> None:
        try:
            child = self._child = self._make()
            request = self._inbox.get()
            if request is None or self._killed:
                child.kill()
                child.close()
                return
            child.start(request)
            for name in self._commands:
                child.command(name)
            for event in child.events():
                self._event.emit(event)
        except GraftError as error:
            self._event.emit(Failed(error.to_wire()))
        except Exception as error:  # this thread runs a job, too
            self._event.emit(as_bug(error))

    def _deliver(self, event: Event | GraftError) -> None:
        if isinstance(event, GraftError):
            self.failed.emit(event)
            return
        self.heard.emit(event)
        if isinstance(event, Done):
            self.done.emit(event.result)
        elif isinstance(event, Failed):
            self.failed.emit(event.to_error())


class Children(QObject):
    """All children of the window. One is kept warm: it has loaded the libraries already."""

    def __init__(
        self, make: Callable[[], Child] = Child, keep_warm: bool = True,
        parent: QObject | None = None,
    ) -> None:  # fmt: skip
        super().__init__(parent)
        self._make = make
        self.keep_warm = keep_warm
        self._warm: ChildThread | None = None
        self._threads: list[ChildThread] = []
        self._closing = False

    def warm(self) -> None:
        """Makes a child ahead of need, unless one waits or another is at work."""
        if self.keep_warm and not self._threads and not self._closing:
            self._warm = self._thread()

    def ask(
        self, request: Request, *, done: Callable[[object], None],
        failed: Callable[[GraftError], None], heard: Callable[[Event], None] | None = None,
    ) -> ChildThread:  # fmt: skip
        """Gives the request to a child, the warm one if there is one."""
        thread = self._warm or self._thread()
        self._warm = None
        if heard is not None:
            thread.heard.connect(heard)
        thread.done.connect(done)
        thread.failed.connect(failed)
        thread.begin(request)
        return thread

    def close(self) -> None:
        """Ends every child and waits for its thread."""
        self._closing = True
        for thread in list(self._threads):
            thread.blockSignals(True)  # nobody is left to tell
            thread.kill()
        for thread in list(self._threads):
            thread.wait()
        self._threads.clear()
        self._warm = None

    def _thread(self) -> ChildThread:
        thread = ChildThread(self._make, self)
        thread.finished.connect(self._ended)
        self._threads.append(thread)
        thread.start()
        return thread

    def _ended(self) -> None:
        thread = self.sender()
        if isinstance(thread, ChildThread) and thread in self._threads:
            self._threads.remove(thread)
            thread.deleteLater()
            self.warm()
