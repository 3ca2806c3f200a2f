"""A run judged on one of its splits, read in a job from what it said of each item."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from engine.evaluation.classification import Summary, summary

if TYPE_CHECKING:
    from engine.store.project import Project
    from engine.store.runs import Run


@dataclass(frozen=True)
class Judged:
    run: Run
    split: str
    classes: tuple[str, ...]
    summary: Summary | None  # None: the run said nothing of this split
    items: NDArray[np.int64]
    targets: NDArray[np.int64]
    predicted: NDArray[np.int64]
    confidence: NDArray[np.float32]  # of the predicted class
    left_out: int  # items the run could not use

    def cell(self, true: int, predicted: int) -> NDArray[np.int64]:
        """The items of a cell of the confusion matrix, the surest first."""
        there = np.flatnonzero((self.targets == true) & (self.predicted == predicted))
        order = np.argsort(-self.confidence[there], kind="stable")
        return self.items[there[order]]


def judge(project: Project, run: int, split: str) -> Judged:
    """Reads predictions and computes the figures with their intervals."""
    from engine.store import datasets, runs

    stored = runs.load(project, run)
    names = datasets.load(project, stored.dataset_id).classes
    said = runs.predictions(project, run, split)
    items = np.array([one.item_id for one in said], np.int64)
    targets = np.array([one.target for one in said], np.int64)
    rows = np.frombuffer(b"".join(one.probabilities for one in said), "<f4")
    probabilities = rows.reshape(len(said), len(names))
    predicted = np.array([one.predicted for one in said], np.int64)
    found = summary(targets, probabilities) if len(said) else None
    sure = probabilities.max(1) if len(said) else np.empty(0, np.float32)
    left_out = len(runs.problems(project, run))
    return Judged(stored, split, names, found, items, targets, predicted, sure, left_out)
