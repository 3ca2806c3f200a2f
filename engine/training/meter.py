"""Listens to a run and notes what it takes: memory at its highest, seconds an epoch."""

from __future__ import annotations

import statistics
import time
from collections.abc import Mapping
from typing import Any

from engine.events import (
    Activity,
    Emit,
    EpochEnded,
    EpochStarted,
    Event,
    PhaseStarted,
    RunEnded,
    RunStarted,
)
from engine.store import costs
from engine.store.project import Project
from engine.training import memory

_BETWEEN = 0.05  # seconds between two looks at the memory


class Meter:
    """Pass `hear` to a run in place of `emit`; every event goes on to `emit`."""

    def __init__(
        self, project: Project, emit: Emit, price: Mapping[str, Any] | None = None
    ) -> None:
        """`price`: what is expected, a Price's wire form."""
        self._project = project
        self._emit = emit
        self._price = price
        self._memory = memory.Highest()
        self._looked = 0.0
        self._began: float | None = None  # of the epoch under way, unless it is not whole
        self._epochs: list[float] = []

    def hear(self, event: Event) -> None:
        now = time.perf_counter()
        if now - self._looked > _BETWEEN:
            self._looked = now
            self._memory.look()
        match event:
            case RunStarted(run=run) if self._price is not None:
                costs.expect(self._project, run, self._price)
            case PhaseStarted():
                self._epochs.clear()
            case EpochStarted():
                self._began = now
            case Activity(text="Paused"):
                self._began = None
            case EpochEnded() if self._began is not None:
                self._epochs.append(now - self._began)
            case RunEnded(run=run):
                self._memory.look()
                seconds = statistics.median(self._epochs) if self._epochs else None
                costs.store(self._project, run, self._memory.bytes, seconds)
        self._emit(event)
