"""How fast a run goes, how long it will take still, and when it is time to tell."""

from __future__ import annotations

import time

from engine.progress import Estimate
from engine.training.saving import Position

LOG_EVERY = 0.1  # seconds


class Pace:
    """Items a second and seconds left; says when it is time to tell."""

    def __init__(self, position: Position, steps: int, epochs: int) -> None:
        self._position = position
        self._steps = steps
        self._total = steps * epochs
        self._estimate = Estimate()
        self._began = self._told = time.monotonic()
        self._items = 0
        self._lap = self._began
        self._done_before = position.epoch * steps + position.step_in_epoch

    def due(self, items: int) -> bool:
        self._items += items
        now = time.monotonic()
        if now - self._told < LOG_EVERY and self._position.step > 1:
            return False
        self._told = now
        return True

    def lap(self) -> float:
        """Seconds since the last call."""
        before, self._lap = self._lap, time.monotonic()
        return self._lap - before

    def forget(self, seconds: float) -> None:
        """Leaves a pause out of the pace."""
        self._lap += seconds
        self._began += seconds
        self._estimate.forget(seconds)

    @property
    def items_per_second(self) -> float:
        return self._items / max(1e-9, time.monotonic() - self._began)

    def left(self) -> float:
        done = self._position.epoch * self._steps + self._position.step_in_epoch
        fresh = done - self._done_before
        return self._estimate.left(fresh, self._total - self._done_before) or 0.0
