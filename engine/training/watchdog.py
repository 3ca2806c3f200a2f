"""Notices work that has gone silent, and remembers what it was doing."""

from __future__ import annotations

import time
from collections.abc import Callable

from engine.events import (
    Activity,
    CheckpointSaved,
    EpochEnded,
    EpochStarted,
    Event,
    LogLine,
    PhaseStarted,
    RunStarted,
    StepLogged,
    Stuck,
)

SILENCE = 60.0  # seconds


class Watchdog:
    """Told of every event; asked now and then whether it is too quiet."""

    def __init__(
        self, silence: float = SILENCE, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._silence = silence
        self._clock = clock
        self._heard = self._told = clock()
        self._doing = "starting"

    def sign(self, event: Event) -> None:
        self._heard = self._told = self._clock()
        self._doing = describe(event) or self._doing

    def check(self) -> Stuck | None:
        """A Stuck once a whole period has passed in silence, and again each period."""
        now = self._clock()
        if now - self._told < self._silence:
            return None
        self._told = now
        return Stuck(now - self._heard, self._doing)


def describe(event: Event) -> str | None:
    """What the work that sent this event is doing now, in words."""
    match event:
        case Activity(text=text, done=done, total=total):
            return f"{text} ({done} of {total})" if total else text
        case LogLine(text=text):
            return text
        case RunStarted():
            return "preparing the data"
        case PhaseStarted(name=name):
            return f"beginning the phase '{name}'"
        case EpochStarted(epoch=epoch, epochs=epochs):
            return f"epoch {epoch} of {epochs}"
        case StepLogged(step=step, epoch=epoch):
            return f"step {step}, {epoch:.1f} epochs done"
        case EpochEnded(epoch=epoch):
            return f"saving after epoch {epoch}"
        case CheckpointSaved(epoch=epoch):
            return f"going on after epoch {epoch}"
        case _:
            return None
