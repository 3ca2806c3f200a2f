"""Asks the guards after every epoch, keeps what they say and tells it once.

Free of torch. What they need beside the run's figures is measured here, from
what the validation items were found to be, and stored with the figures: a
guard's word can be worked out again from the record alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Protocol

import numpy as np

from engine.errors import GraftError, TrainingError
from engine.evaluation.noise import Noise
from engine.events import Emit, Remark
from engine.freezing.presets import Phase
from engine.store import remarks, runs
from engine.store.project import Project
from engine.training.guards import guards
from engine.training.history import Epoch, History, from_series
from engine.training.recipe import Recipe

SURE = 1.959963984540054  # of a normal distribution, 95 %, two-sided


class Judged(Protocol):
    """What was said of the items that could be read (engine.training.judging.Judgement)."""

    @property
    def places(self) -> np.ndarray: ...


class Watch:
    """Watches one run."""

    def __init__(
        self, project: Project, run: int, recipe: Recipe, metric: str, item_kind: str,
        phases: Sequence[Phase], epoch: int, emit: Emit,
    ) -> None:  # fmt: skip
        """Args:
        epoch: epochs done; of a resumed run, what was said later is dropped.
        """
        self._project, self._run, self._emit = project, run, emit
        starts = tuple(1 + sum(phase.epochs for phase in phases[:n]) for n in range(len(phases)))
        done: tuple[Epoch, ...] = ()
        self._told: set[str] = set()
        if epoch:
            remarks.forget_after(project, run, epoch)
            self._told = {remark.kind for remark in remarks.of_run(project, run)}
            done = from_series(runs.metrics(project, run))
        planned = sum(phase.epochs for phase in phases)
        self._history = History(recipe, metric, done, planned, item_kind, starts)
        self._least: tuple[int, float, np.ndarray, np.ndarray] | None = None

    def measure(self, epoch: int, judged: Judged, noise: Noise | None) -> dict[str, float]:
        """The figures under 'watch/' (see engine.training.history.Epoch), to store with the rest.

        Args:
            epoch: the one that ends, from 1.
            noise: None where a task has no such figures; its guards then stay silent.
        """
        if noise is None:
            return {}
        mean = float(noise.losses.mean())
        if self._least is None or mean < self._least[1]:
            self._least = epoch, mean, judged.places, noise.losses
        since, _, places, losses = self._least
        found = {
            "low": noise.low, "high": noise.high, "blind": noise.blind,
            "blind_loss": noise.blind_loss, "guess_loss": noise.guess_loss, "since": float(since),
        }  # fmt: skip
        if np.array_equal(places, judged.places):
            found["rise"], found["rise_low"] = _rise(noise.losses - losses)
        return {f"watch/{name}": value for name, value in found.items()}

    def epoch_ended(self, epoch: int, figures: dict[str, float]) -> None:
        """Args:
        figures: all of the epoch's, those of `measure` too.
        """
        epochs = (*self._history.epochs, Epoch(epoch, figures))
        self._history = replace(self._history, epochs=epochs)
        self._look()

    def broke(self, error: GraftError) -> None:
        """The run ends with an error; guards may know more of it."""
        if isinstance(error, TrainingError):
            self._history = replace(self._history, not_a_number=True)
            self._look()

    def _look(self) -> None:
        for kind, look in guards().items():
            finding = None if kind in self._told else look(self._history)
            if finding is None:
                continue
            self._told.add(kind)
            epoch = self._history.last.number if self._history.epochs else 0
            remark = Remark(self._run, epoch, kind, finding.text, finding.remedy)
            remarks.add(self._project, remark)
            self._emit(remark)


def _rise(differences: np.ndarray) -> tuple[float, float]:
    """The mean of float64 [n], and the low end of its 95 % interval."""
    count = len(differences)
    mean = float(differences.mean())
    if count < 2:
        return mean, 0.0  # of one item nothing is sure
    return mean, mean - SURE * float(differences.std(ddof=1)) / count**0.5
