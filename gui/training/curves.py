"""The series of one run: read from the database, then grown by what is heard."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from engine.events import EpochEnded, Event, StepLogged

if TYPE_CHECKING:
    pass

Stored = dict[str, list[tuple[int, float, float]]]  # name -> (step, epoch, value)


class Series:
    """Points (epoch, value) in an array that grows by doubling."""

    def __init__(self) -> None:
        self._data = np.empty((64, 2))
        self._count = 0

    def add(self, x: float, y: float) -> None:
        if self._count == len(self._data):
            self._data = np.concatenate([self._data, np.empty_like(self._data)])
        self._data[self._count] = x, y
        self._count += 1

    @property
    def points(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        used = self._data[: self._count]
        return used[:, 0], used[:, 1]

    def __len__(self) -> int:
        return self._count


class Curves:
    """Knows a run's series by the names of the store: 'step/loss', 'validation/accuracy', ..."""

    def __init__(self, stored: Stored | None = None) -> None:
        self.series: dict[str, Series] = {}
        for name, rows in (stored or {}).items():
            for _, epoch, value in rows:
                self._add(name, epoch, value)

    def hear(self, event: Event) -> bool:
        """Takes a live event in. True when there is something new to draw."""
        match event:
            case StepLogged(epoch=at, loss=loss, lr=lr):
                self._add("step/loss", at, loss)
                self._add("step/lr", at, lr)
            case EpochEnded(epoch=at, metrics=metrics):
                for name, value in metrics.items():
                    self._add(name, at, value)
            case _:
                return False
        return True

    def get(self, name: str) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        return self.series[name].points if name in self.series else (np.empty(0), np.empty(0))

    @property
    def training_loss(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """By steps, or by epochs where they go by faster than steps are told."""
        steps, epochs = self.get("step/loss"), self.get("train/loss")
        return steps if len(steps[0]) >= len(epochs[0]) else epochs

    def best(self, name: str) -> tuple[float, float] | None:
        """The highest value of a series, and the epoch it came in."""
        x, y = self.get(name)
        if not len(y):
            return None
        place = int(np.argmax(y))
        return float(y[place]), float(x[place])

    def _add(self, name: str, x: float, y: float | None) -> None:
        if y is None or not np.isfinite(y):
            return
        series = self.series.setdefault(name, Series())
        # A run that goes on may say again what the database held already.
        xs, _ = series.points
        if len(xs) and xs[-1] >= x:
            return
        series.add(x, y)
