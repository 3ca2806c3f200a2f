"""Reading files in a process of their own, which a file may hang, fill or end without harm.

A picture is data from anywhere, and its decoders are written in C: some files keep
one busy for hours, some ask for all memory there is, some end the process. So the
process has a limit of time and memory for each file; what goes past it is ended, the
file is refused in words, and the next call starts a new process.
"""

from __future__ import annotations

import contextlib
import faulthandler
import importlib
import multiprocessing
import os
import signal
import sys
import threading
import time
import traceback
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

import psutil

from engine.errors import Cancelled, DataError, GraftError, ResourceError
from engine.media import answers, refusals
from engine.progress import Cancel

SECONDS = 30.0  # for one file
MEMORY = 3 << 30  # bytes beyond what the process begins with; the largest picture takes half
_START = 120.0  # seconds for a new process on a busy machine
_LOOK = 0.1  # seconds between two looks at the cancel flag and the memory
_GRACE = 2.0  # seconds more for an answer that nobody waits for any longer


class Apart:
    """One such process, made when it is first needed. Usable from any thread; calls wait in turn.

    Args:
        seconds: for one call.
        memory: bytes for one process, beyond what it begins with.
    """

    def __init__(self, seconds: float = SECONDS, memory: int = MEMORY) -> None:
        self._seconds = seconds
        self._memory = memory
        self._turn = threading.Lock()
        self._process: BaseProcess | None = None
        self._pipe: Connection | None = None
        self._began_with: int | None = None  # bytes; None: it is not yet there
        self._patience = 0.0  # until when it may take to be there
        self._owed: float | None = None  # until when an answer that nobody waits for may take
        self._closed = False

    def call(
        self, function: str, *arguments: Any, subject: Path, cancel: Cancel | None = None
    ) -> Any:
        """What a function returns.

        Args:
            function: 'module:name', of a module that is free of torch and Qt.
            arguments: and the result must be picklable; arrays come without a copy.
            subject: the file that is read.

        Raises:
            DataError: that the function raises; or the file took too long, needed too much
                memory, or ended the process.
            Cancelled: the person asked for the end, and the process stays for the next call;
                or it is closed.
            ResourceError: there is no process to be had.
        """
        while not self._turn.acquire(timeout=_LOOK):
            if cancel is not None:
                cancel.check()
        try:
            kind, value = self._answer(function, arguments, subject, cancel)
        finally:
            self._turn.release()
        if kind == "done":
            return value
        if kind == "memory":
            raise refusals.too_hungry(subject, self._memory)
        if kind == "bug":
            raise RuntimeError(f"{function} failed in its own process:\n{value}")
        raise GraftError.from_wire(value)

    def close(self) -> None:
        """Ends the process for good, also one that is at work; who waits for it is cancelled."""
        self._closed = True  # who waits looks at it
        with self._turn:
            self._drop()

    def _answer(
        self, function: str, arguments: tuple[Any, ...], subject: Path, cancel: Cancel | None
    ) -> tuple[str, Any]:
        pipe = self._ready(subject, cancel)
        try:
            pipe.send((function, arguments))
        except OSError:  # it ended between two files, which neither is to blame for
            self._drop()
            pipe = self._ready(subject, cancel)
            pipe.send((function, arguments))
        until = time.monotonic() + self._seconds
        try:
            said = self._wait(pipe, until, subject, cancel)
        except Cancelled:
            self._owed = until
            raise
        if said[0] == "memory":  # what is left of it is no good start for the next file
            self._drop()
        return said

    def _ready(self, subject: Path, cancel: Cancel | None) -> Connection:
        """A process that waits for its next file."""
        if self._closed:  # nobody would end a new one
            raise Cancelled
        if self._pipe is not None and self._owed is not None:
            until = min(self._owed, time.monotonic() + _GRACE)
            with contextlib.suppress(DataError):  # of a file that nobody asks for any more
                self._wait(self._pipe, until, subject, cancel)
            self._owed = None
        if self._pipe is None:
            self._start()
        assert self._pipe is not None
        if self._began_with is None:
            _, self._began_with = self._wait(self._pipe, self._patience, subject, cancel)
        return self._pipe

    def _start(self) -> None:
        context = multiprocessing.get_context("spawn")
        ours, theirs = context.Pipe()
        # The watchdog inside is for the day when this process is gone and cannot end it.
        arguments = (theirs, self._memory, 2 * self._seconds + 10)
        process = context.Process(target=_serve, args=arguments, daemon=True)
        try:
            process.start()
        except OSError as error:
            ours.close()
            raise _no_start() from error
        finally:
            theirs.close()
        self._process, self._pipe = process, ours
        self._patience = time.monotonic() + _START

    def _wait(
        self, pipe: Connection, until: float, subject: Path, cancel: Cancel | None
    ) -> tuple[str, Any]:
        """What it says next; past a limit it is ended."""
        while True:
            if self._closed:
                raise Cancelled
            try:
                if pipe.poll(min(_LOOK, max(0.0, until - time.monotonic()))):
                    return _received(pipe)
            except (EOFError, OSError):
                raise self._ended(subject) from None
            if cancel is not None:
                cancel.check()
            if time.monotonic() >= until:
                raise self._given_up(refusals.too_slow(subject, self._seconds))
            if self._grown() > self._memory:
                raise self._given_up(refusals.too_hungry(subject, self._memory))

    def _given_up(self, refusal: DataError) -> GraftError:
        started = self._began_with is not None
        self._drop()
        return refusal if started else _no_start()

    def _grown(self) -> int:
        """Bytes beyond what it began with; loading its modules is not counted."""
        if self._process is None or self._began_with is None:
            return 0
        try:
            return int(psutil.Process(self._process.pid).memory_info().rss) - self._began_with
        except psutil.Error:
            return 0  # it just ended; the pipe tells

    def _ended(self, subject: Path) -> GraftError:
        if self._process is not None:
            self._process.join(1.0)  # it tells how it ended
        started = self._began_with is not None
        code = self._drop()
        return refusals.ended_reader(subject, code) if started else _no_start()

    def _drop(self) -> int | None:
        process, pipe = self._process, self._pipe
        self._process = self._pipe = self._owed = self._began_with = None
        if pipe is not None:
            pipe.close()
        if process is None:
            return None
        process.kill()
        process.join()
        return process.exitcode


def _no_start() -> ResourceError:
    return ResourceError(
        "Files cannot be read now",
        "The process that reads pictures did not start; the system may be short of memory.",
        "Close other programs and try again.",
    )


def _received(pipe: Connection) -> tuple[str, Any]:
    count = int.from_bytes(pipe.recv_bytes(8), "little")
    content = pipe.recv_bytes()
    said: tuple[str, Any] = answers.unpack(content, [pipe.recv_bytes() for _ in range(count)])
    return said


def _send(pipe: Connection, said: tuple[str, Any]) -> None:
    """Arrays go beside the message, as they are."""
    content, buffers = answers.pack(said)
    pipe.send_bytes(len(buffers).to_bytes(8, "little"))
    pipe.send_bytes(content)
    for one in buffers:
        pipe.send_bytes(one)


def _serve(pipe: Connection, memory: int, longest: float) -> None:
    """The process: answers until the pipe is closed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C reaches both; the parent decides
    nowhere = os.open(os.devnull, os.O_RDWR)
    for stream in (1, 2):  # what decoders in C print is for nobody
        os.dup2(nowhere, stream)
    importlib.import_module("engine.media.looking")
    _limit(memory)
    _send(pipe, ("ready", int(psutil.Process().memory_info().rss)))
    while True:
        try:
            function, arguments = pipe.recv()
        except (EOFError, OSError):
            return
        faulthandler.dump_traceback_later(longest, exit=True, file=nowhere)
        said = _answered(function, arguments)
        try:
            _send(pipe, said)
        except MemoryError:
            _send(pipe, ("memory", None))
        except OSError:
            return
        faulthandler.cancel_dump_traceback_later()


def _answered(function: str, arguments: tuple[Any, ...]) -> tuple[str, Any]:
    module, _, name = function.partition(":")
    try:
        return "done", getattr(importlib.import_module(module), name)(*arguments)
    except GraftError as error:
        if isinstance(error.__cause__, MemoryError):
            return "memory", None
        return "error", error.to_wire()
    except MemoryError:
        return "memory", None
    except Exception:  # noqa: BLE001 - goes to the parent, which raises it as the bug it is
        return "bug", traceback.format_exc()


def _limit(memory: int) -> None:
    """Where the system can, a request for more fails at once; elsewhere the parent watches."""
    if not sys.platform.startswith("linux"):
        return
    import resource

    most = int(psutil.Process().memory_info().vms) + memory
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    if hard == resource.RLIM_INFINITY or most <= hard:
        resource.setrlimit(resource.RLIMIT_AS, (most, hard))
