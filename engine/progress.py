"""How far, how long still, and whether to go on."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

from engine.errors import Cancelled
from engine.events import Activity, Emit

T = TypeVar("T")


class Cancel:
    """A flag that one thread sets and the working thread looks at."""

    def __init__(self) -> None:
        self._event = threading.Event()

    def set(self) -> None:
        self._event.set()

    def is_set(self) -> bool:
        return self._event.is_set()

    def check(self) -> None:
        """Raises Cancelled if the person asked for the work to end."""
        if self._event.is_set():
            raise Cancelled


class Estimate:
    """Seconds left, from the pace so far."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._started = clock()

    def forget(self, seconds: float) -> None:
        """Leaves a pause out of the pace."""
        self._started += seconds

    def left(self, done: float, total: float) -> float | None:
        """None until there is a pace to judge by."""
        if done <= 0 or total <= 0:
            return None
        return (self._clock() - self._started) * max(0.0, total - done) / done


def track(
    items: Iterable[T], total: int, text: str, emit: Emit, cancel: Cancel | None = None
) -> Iterator[T]:
    """Yields the items while telling `emit` how far, at most ten times a second.

    Raises:
        Cancelled: before the next item, once `cancel` is set.
    """
    estimate = Estimate()
    told = 0.0
    emit(Activity(text, 0, total))
    done = 0
    for done, item in enumerate(items, start=1):
        if cancel is not None:
            cancel.check()
        total = max(total, done)  # what was left out may come as an item of its own
        yield item
        now = time.monotonic()
        if now - told >= 0.1:
            told = now
            emit(Activity(text, done, total, estimate.left(done, total)))
    emit(Activity(text, done, total, 0.0))


def silent(event: object) -> None:
    """An `emit` for those who do not listen."""
