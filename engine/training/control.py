"""What a person asks of a run while it goes on: pause, resume, stop."""

from __future__ import annotations

import threading

AFTER_EPOCH = "stop-after-epoch"
NOW = "stop"


class StopNow(Exception):
    """The run shall save and end. Caught by the run itself, nowhere else."""


class Control:
    """Set from any thread; the loop looks at it between two steps."""

    def __init__(self) -> None:
        self._going = threading.Event()
        self._going.set()
        self._stop: str | None = None

    def command(self, name: str) -> None:
        """One of engine.training.process.COMMANDS."""
        if name == "pause":
            self._going.clear()
        elif name == "resume":
            self._going.set()
        else:
            self._stop = name
            self._going.set()

    @property
    def paused(self) -> bool:
        return not self._going.is_set()

    @property
    def stop(self) -> str | None:
        """None, AFTER_EPOCH or NOW."""
        return self._stop

    def check(self) -> None:
        """Waits while paused. Raises StopNow once that was asked."""
        self._going.wait()
        if self._stop == NOW:
            raise StopNow
