"""What a person asks of a run while it goes on: pause, resume, stop."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from engine.events import Activity, Emit
from engine.progress import Estimate

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
        # Seconds of the pauses that are over, and when the one that goes on began: in one
        # value, as another thread reads it.
        self._stood: tuple[float, float | None] = (0.0, None)

    def command(self, name: str) -> None:
        """One of engine.training.process.COMMANDS."""
        if name == "pause":
            self._stand()
            return
        if name != "resume":
            self._stop = name
        self._stood = (self.stood, None)
        self._going.set()

    def _stand(self) -> None:
        done, since = self._stood
        self._stood = (done, since or time.monotonic())
        self._going.clear()

    @property
    def paused(self) -> bool:
        return not self._going.is_set()

    @property
    def stood(self) -> float:
        """Seconds in which it was paused, up to now."""
        done, since = self._stood
        return done if since is None else done + time.monotonic() - since

    @property
    def stop(self) -> str | None:
        """None, AFTER_EPOCH or NOW."""
        return self._stop

    def check(self) -> None:
        """Waits while paused. Raises StopNow once that was asked."""
        self._going.wait()
        if self._stop == NOW:
            raise StopNow


def telling(control: Control, emit: Emit, text: str) -> Callable[[int, int], None]:
    """To be called with how many are done of how many: says it, and raises StopNow once asked."""
    estimate = Estimate()

    def tell(done: int, total: int) -> None:
        control.check()
        emit(Activity(text, done, total, estimate.left(done, total)))

    return tell
