"""One call in a spawned process, for work on weights that needs torch where there must be none."""

from __future__ import annotations

import importlib
import multiprocessing
import signal
from multiprocessing.connection import Connection
from typing import Any

from engine.errors import GraftError, ResourceError
from engine.progress import Cancel

_LOOK = 0.1  # seconds between two looks at the cancel flag


def call(function: str, arguments: list[Any], cancel: Cancel) -> Any:
    """What a function returns; the process is gone afterwards, and all its memory with it.

    Args:
        function: 'module:name'.
        arguments: and the result must be picklable.

    Raises:
        GraftError: that the function raises.
        ResourceError: the process was ended from outside, as systems do when memory runs out.
        Cancelled: the person asked for the end; the process is killed.
    """
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_answer, args=(theirs, function, arguments), daemon=True)
    process.start()
    theirs.close()
    try:
        said = _wait(ours, cancel)
    finally:
        ours.close()
        if cancel.is_set():
            process.kill()
        process.join()
    if said is None:
        raise _ended(function, process.exitcode or 0)
    kind, value = said
    if kind == "error":
        raise GraftError.from_wire(value)
    return value


def _wait(pipe: Connection, cancel: Cancel) -> tuple[str, Any] | None:
    while True:
        cancel.check()
        try:
            if pipe.poll(_LOOK):
                said: tuple[str, Any] = pipe.recv()
                return said
        except (EOFError, OSError):
            return None


def _answer(pipe: Connection, function: str, arguments: list[Any]) -> None:
    from engine import environment

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C reaches both; the parent decides
    environment.prepare()
    module, _, name = function.partition(":")
    try:
        pipe.send(("done", getattr(importlib.import_module(module), name)(*arguments)))
    except GraftError as error:
        pipe.send(("error", error.to_wire()))
    except MemoryError:
        pipe.send(("error", _memory().to_wire()))


def _ended(function: str, code: int) -> Exception:
    if code < 0:
        return _memory()
    return RuntimeError(f"{function} failed in its own process, exit status {code}")


def _memory() -> ResourceError:
    return ResourceError(
        "There is not enough memory",
        "The process that looked at the weights was ended, most probably because memory ran out.",
        "Close other programs and try again.",
    )
