"""Runs side by side, read in jobs: their figures, curves, settings, and which is better."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from engine.errors import GraftError
from engine.freezing.presets import PRESETS

if TYPE_CHECKING:
    from engine.evaluation.comparing import Line, Verdict
    from engine.progress import Cancel
    from engine.store.project import Project
    from gui.widgets.plot import Points

SERIES = ("validation/balanced_accuracy", "validation/loss")
# What people call the fields of a recipe, where it is not what the engine calls them.
NAMES = {
    "lr": "learning rate", "clip": "gradient clip", "views": "cached views",
    "patience": "stop early after", "class balanced": "weigh rare classes more",
    "cache": "keep frozen features", "keep statistics": "batch norms keep statistics",
    "checkpointing": "compute activations again", "max length": "longest text",
    "train items": "training items", "workers": "threads that read",
}  # fmt: skip
# Where nothing was chosen, so that a program's None is never seen.
UNSET = {
    "lr": "the preset's own", "weights": "the model's own", "head dropout": "the model's own",
    "pooling": "the model's own", "channels": "3", "image size": "the model's own",
    "workers": "as the machine allows",
}  # fmt: skip


@dataclass(frozen=True)
class Together:
    """What is shown of several runs at once, in the order of their ids as given."""

    runs: tuple[int, ...]
    settings: list[tuple[str, tuple[str, ...]]]  # only those that differ: name, value in each run
    curves: dict[str, dict[int, Points]]  # by name of SERIES


def read_lines(project: Project, ids: Sequence[int], cancel: Cancel) -> dict[int, Line]:
    """The figures of each run with their bootstrap intervals."""
    from engine.evaluation import comparing

    found: dict[int, Line] = {}
    for run in ids:
        cancel.check()
        (found[run],) = comparing.table(project, [run])
    return found


def read_together(project: Project, ids: Sequence[int]) -> Together:
    from engine.evaluation import comparing
    from engine.store import runs

    settings = comparing.differences(project, ids)
    series = {run: runs.metrics(project, run) for run in ids}
    curves = {
        name: {run: _points(series[run].get(name, [])) for run in ids} for name in SERIES
    }  # fmt: skip
    said = [
        (NAMES.get(name, name), tuple(words(name, value) for value in values))
        for name, values in settings.items()
    ]
    return Together(tuple(ids), said, curves)


def read_verdicts(
    project: Project, baseline: int, others: Sequence[int], split: str, cancel: Cancel
) -> dict[int, Verdict | GraftError]:
    """Whether each of the others is better than the baseline, or why that cannot be said."""
    from engine.evaluation import comparing

    found: dict[int, Verdict | GraftError] = {}
    for run in others:
        cancel.check()
        try:
            found[run] = comparing.better(project, baseline, run, split)
        except GraftError as error:
            found[run] = error
    return found


def words(name: str, value: Any) -> str:
    """A setting's value for people."""
    if value is None:
        return UNSET.get(name, "–")
    if name == "preset" and value in PRESETS:
        return PRESETS[value].title
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.3g}"
    return str(value) or "–"


def _points(rows: Sequence[tuple[int, float, float]]) -> Points:
    kept = [(epoch, value) for _, epoch, value in rows if value is not None and np.isfinite(value)]
    array = np.array(kept, np.float64).reshape(-1, 2)
    return array[:, 0], array[:, 1]
