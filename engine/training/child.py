"""The entry of the child process. Light until it runs: the window imports it to spawn it."""

from __future__ import annotations

import importlib
import os
import sys
import threading
import traceback
from multiprocessing.connection import Connection
from typing import Any

# What most requests need and takes seconds to load.
_SLOW = (
    "engine.models.from_torchvision", "engine.models.from_transformers",
    "transformers.modeling_utils", "engine.training.worker",
)  # fmt: skip


def main(pipe: Connection, log: str) -> None:
    """Loads the libraries, does one request, says how it ended, and ends."""
    _speak_into(log)
    from engine import environment

    environment.prepare()
    from engine.errors import Cancelled, GraftError
    from engine.events import Done, Event, Failed, to_wire
    from engine.training import worker
    from engine.training.control import Control

    try:
        for name in _SLOW:
            if pipe.poll():  # who waits already waits for no more than is needed
                break
            importlib.import_module(name)
        operation, project, arguments = pipe.recv()
    except EOFError:  # it was made ahead of need, and the need did not come
        return
    control = Control()
    listener = threading.Thread(target=_listen, args=(pipe, control), daemon=True)
    listener.start()
    lock = threading.Lock()

    def emit(event: Event) -> None:
        _send(pipe, lock, to_wire(event))

    try:
        result: Any = worker.perform(operation, project, arguments, emit, control)
        emit(Done(result))
    except GraftError as error:
        emit(Failed(error.to_wire()))
    except Cancelled:
        emit(Done(None))
    except Exception:
        # A bug: its traceback goes to the log, which the parent quotes when it
        # sees an end without a word.
        traceback.print_exc()
        sys.exit(1)


def _listen(pipe: Connection, control: Any) -> None:
    """Takes commands; a parent that is gone means: save and end."""
    from engine.training.control import NOW

    while True:
        try:
            control.command(pipe.recv())
        except (EOFError, OSError):
            control.command(NOW)
            return


def _send(pipe: Connection, lock: threading.Lock, wire: dict[str, Any]) -> None:
    try:
        with lock:
            pipe.send(wire)
    except OSError:  # the parent is gone; `_listen` has seen it too
        pass


def _speak_into(log: str) -> None:
    """Everything printed, by native code too, goes to the log: stdout is no channel."""
    stream = open(log, "a", encoding="utf-8", buffering=1)  # noqa: SIM115 - for the process's life
    os.dup2(stream.fileno(), 1)
    os.dup2(stream.fileno(), 2)
    sys.stdout = sys.stderr = stream
