"""A child process for everything that needs torch, and its supervision.

The child is spawned (never forked), not daemonic (or DataLoader workers fail),
and ends when its parent dies. Events come up the pipe as wire forms; commands
go down it. Nothing here knows Qt: a QThread blocks in `events` and emits.
"""

from __future__ import annotations

import multiprocessing
import os
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from engine.errors import CrashedRun
from engine.events import Done, Event, Failed, from_wire
from engine.training.watchdog import SILENCE, Watchdog

OPERATIONS = (
    "train", "evaluate", "predict", "export", "describe", "measure",
    "find-lr", "advise", "controls", "shift", "forgetting", "rank", "search", "inside",
    "suggest", "map-items", "labels-worth",
)  # fmt: skip
COMMANDS = ("pause", "resume", "stop-after-epoch", "stop")  # stop: now, saving first


@dataclass(frozen=True)
class Request:
    """What a child shall do. `arguments` are JSON-ready (see the operations in `worker`)."""

    operation: str
    project: str | None = None
    arguments: dict[str, Any] = field(default_factory=dict)


class Child:
    """One spawned process that does one request and ends.

    It may be made ahead of need: it then waits with the libraries loaded.
    """

    def __init__(self) -> None:
        from engine.training import child  # light: the libraries load in the child

        context = multiprocessing.get_context("spawn")
        self._pipe, theirs = context.Pipe()
        handle, name = tempfile.mkstemp(prefix="graft-", suffix=".log")
        self._log = Path(name)
        os.close(handle)  # the child opens it by name: a handle does not survive a spawn
        self._process = context.Process(
            target=child.main, args=(theirs, name), name="graft-worker", daemon=False
        )
        self._process.start()
        theirs.close()
        self._ended = False
        self._broken = False

    @property
    def pid(self) -> int | None:
        return self._process.pid

    def start(self, request: Request) -> None:
        _send(self._pipe, (request.operation, request.project, request.arguments))

    def command(self, name: str) -> None:
        """Sends one of COMMANDS; a child that has ended ignores it."""
        assert name in COMMANDS, name
        _send(self._pipe, name)

    def events(self, poll: float = 0.5, silence: float = SILENCE) -> Iterator[Event]:
        """Blocks; yields every event, the last a Done or a Failed.

        A child that ends without a word gives a Failed with a CrashedRun. One
        that gives no sign for `silence` seconds gives a Stuck, and so on again.
        """
        watchdog = Watchdog(silence)
        while True:
            event = self._receive(poll)
            if event is None:
                if self._silent_for_good():
                    yield Failed(self._crash().to_wire())
                    break
                stuck = watchdog.check()
                if stuck is not None:
                    yield stuck
                continue
            watchdog.sign(event)
            yield event
            if isinstance(event, Done | Failed):
                break
        self.close()

    def kill(self) -> None:
        """The last resort; `events` then ends with a CrashedRun."""
        self._process.kill()

    def close(self) -> None:
        """Lets the child end and takes its traces away. Kills what does not end."""
        if self._ended:
            return
        self._ended = True
        self._pipe.close()
        self._process.join(10)
        if self._process.is_alive():
            self._process.kill()
            self._process.join()
        self._log.unlink(missing_ok=True)

    def _receive(self, poll: float) -> Event | None:
        try:
            if self._pipe.poll(poll):
                return from_wire(self._pipe.recv())
        except (EOFError, OSError):
            self._broken = True
        return None

    def _silent_for_good(self) -> bool:
        """Whether the child has ended (or closed its end) and all it said has been read."""
        if self._broken:
            self._process.join(5.0)  # the pipe breaks a moment before the process ends
            return True
        return not self._process.is_alive() and not self._pipe.poll(0)

    def _crash(self) -> CrashedRun:
        code = self._process.exitcode
        try:
            lines = self._log.read_text(encoding="utf-8", errors="replace").splitlines()
        except OSError:
            lines = []
        return CrashedRun(
            "The training process ended unexpectedly",
            f"It ended with {_exit_words(code)} and left no message.",
            "The last checkpoint is safe: resume the run. If it was out of memory, choose a "
            "smaller batch or freeze more.",
            details="\n".join(lines[-30:]),
        )


def _exit_words(code: int | None) -> str:
    if code == -9:
        return "signal 9 (killed by a person or by the system, which does so when memory runs out)"
    if code is not None and code < 0:
        return f"signal {-code}"
    return f"exit code {code}"


def _send(pipe: Connection, message: Any) -> None:
    try:
        pipe.send(message)
    except (OSError, ValueError):  # it has ended; `events` says so
        pass
