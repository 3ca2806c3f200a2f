"""Signs of life from the work, and a person's Ctrl+C to it."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable

from engine.cli.speaker import Speaker
from engine.events import Event
from engine.progress import Cancel
from engine.training.control import Control
from engine.training.watchdog import Watchdog, describe


class Watched:
    """Passes events on, and tells when none has come for a minute."""

    def __init__(self, emit: Callable[[Event], None]) -> None:
        self._emit = emit
        self._dog = Watchdog()
        self._over = threading.Event()

    def __enter__(self) -> Callable[[Event], None]:
        threading.Thread(target=self._watch, daemon=True).start()
        return self._hear

    def __exit__(self, *_: object) -> None:
        self._over.set()

    def _hear(self, event: Event) -> None:
        if describe(event) is not None:
            self._dog.sign(event)
        self._emit(event)

    def _watch(self) -> None:
        while not self._over.wait(1.0):
            stuck = self._dog.check()
            if stuck is not None:
                self._emit(stuck)


def stop_on_interrupt(control: Control, speaker: Speaker) -> None:
    """The first Ctrl+C saves and ends; the second ends at once."""

    def stop(*_: object) -> None:
        if control.stop is not None:
            raise KeyboardInterrupt
        speaker.log("Stopping after this step; Ctrl+C again ends at once.")
        control.command("stop")

    signal.signal(signal.SIGINT, stop)


def cancel_on_interrupt() -> Cancel:
    cancel = Cancel()
    signal.signal(signal.SIGINT, lambda *_: cancel.set())
    return cancel
