"""Runs side by side: what each was, what came of it, and whether one is better than another."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from engine.errors import ConfigurationError
from engine.evaluation import classification, paired
from engine.evaluation.paired import Difference
from engine.store import datasets, runs
from engine.store.project import Project
from engine.store.runs import Prediction, Run

LEAST = 5  # items that two runs must share


@dataclass(frozen=True)
class Line:
    """A run in a table.

    Attributes:
        metrics, intervals: on its own test items, with 95 % intervals; empty without a result.
        device_seconds: seconds times processes, on `device`: what the run took of the machine.
    """

    run: int
    name: str
    state: str
    model: str
    preset: str
    phases: tuple[str, ...]
    items: int
    metrics: dict[str, float]
    intervals: dict[str, tuple[float, float]]
    best_validation: float | None
    seconds: float
    device: str
    on_gpu: bool
    device_seconds: float

    def to_wire(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True)
class Verdict:
    """Whether B is better than A."""

    words: str
    differences: dict[str, Difference]  # by metric
    left_out: int  # test items of either run that could not be compared

    def to_wire(self) -> dict[str, Any]:
        found = {name: one.to_wire() for name, one in self.differences.items()}
        return {"words": self.words, "differences": found, "left_out": self.left_out}


def table(project: Project, ids: Sequence[int]) -> list[Line]:
    """In the order of the ids. Raises ConfigurationError for a run that is not there."""
    return [_line(project, runs.load(project, run)) for run in ids]


def differences(project: Project, ids: Sequence[int]) -> dict[str, list[Any]]:
    """What was set differently: by name, the value in each run, in the order of the ids."""
    settings = [_settings(project, runs.load(project, run)) for run in ids]
    names = list(dict.fromkeys(name for each in settings for name in each))
    rows = {name: [each.get(name) for each in settings] for name in names}
    return {name: values for name, values in rows.items() if any(v != values[0] for v in values)}


def better(project: Project, a: int, b: int, split: str = "test") -> Verdict:
    """Whether B is better than A, on the items of a split that both judged.

    Raises:
        ConfigurationError: the two share fewer than LEAST items.
    """
    one, two = runs.load(project, a), runs.load(project, b)
    shared, left_out, classes = _shared(project, one, two, split)
    if len(shared) < LEAST:
        raise ConfigurationError(
            "The two runs cannot be compared",
            f"{one.name} and {two.name} share {len(shared)} {split} items with the same label and "
            f"content; from fewer than {LEAST} nothing can be told.",
            "Train both on the same split of the data.", subject="run",
        )  # fmt: skip
    true, first, second = np.asarray(shared).T
    found = {
        metric: paired.compare(true, first, second, classes, metric) for metric in paired.METRICS
    }
    return Verdict(_words(one, two, found["balanced_accuracy"], split, left_out), found, left_out)


def _words(a: Run, b: Run, found: Difference, split: str, left_out: int) -> str:
    points, low, high = (round(100 * v, 1) for v in (found.value, found.low, found.high))
    items = f"{found.items} {split} items"
    span = (
        f"{points:+.1f} points of balanced accuracy ({low:+.1f} to {high:+.1f}; p = {found.p:.2g})"
    )
    if found.sure:
        worse = "better" if found.value > 0 else "worse"
        said = f"{b.name} is {worse} than {a.name}: {span}, on the same {items}."
    else:
        said = (
            f"Whether {b.name} is better than {a.name} cannot be told with {items}: {span}."
        )  # fmt: skip
    if left_out:
        said += (
            f" {left_out} items were left out, as only one run judged them or their label or "
            "content has changed in between."
        )
    return said


def _shared(
    project: Project, a: Run, b: Run, split: str
) -> tuple[list[tuple[int, int, int]], int, int]:
    """(true, A's answer, B's) of each shared item, how many are not shared, how many classes."""
    names = list(
        dict.fromkeys(c for run in (a, b) for c in datasets.load(project, run.dataset_id).classes)
    )
    first, second = (_judged(project, run, split, names) for run in (a, b))
    same = [item for item in first if item in second and first[item][:2] == second[item][:2]]
    triples = [(first[item][1], first[item][2], second[item][2]) for item in same]
    return triples, len(first.keys() | second.keys()) - len(same), len(names)


def _judged(
    project: Project, run: Run, split: str, names: Sequence[str]
) -> dict[int, tuple[str, int, int]]:
    """By item: its content, its true class and the run's answer, as places in `names`."""
    own = datasets.load(project, run.dataset_id).classes
    place = [names.index(name) for name in own]
    content = {
        example.item_id: example.hash
        for example in datasets.examples(project, run.dataset_id, split)
    }
    return {
        one.item_id: (content[one.item_id], place[one.target], place[one.predicted])
        for one in runs.predictions(project, run.id, split)
        if one.item_id in content
    }


def _line(project: Project, run: Run) -> Line:
    said = runs.predictions(project, run.id, "test")
    summary = classification.summary(*_arrays(said)) if said else None
    on_gpu = not run.device.startswith("CPU")
    return Line(
        run.id, run.name, run.state, str(run.recipe.get("model", "")),
        str(run.recipe.get("preset", "")), tuple(_phase(wire) for wire in run.plan), len(said),
        summary.metrics if summary else {}, summary.intervals if summary else {},
        run.best_validation, run.seconds, run.device, on_gpu, run.seconds * _processes(run.device),
    )  # fmt: skip


def _arrays(said: Sequence[Prediction]) -> tuple[np.ndarray, np.ndarray]:
    rows = np.stack([np.frombuffer(one.probabilities, "<f4") for one in said])
    return np.asarray([one.target for one in said]), rows


def _processes(device: str) -> int:
    """From the words of a run's record: 'NAME, 2 processes'."""
    last = device.rpartition(", ")[2]
    return int(last.split()[0]) if last.endswith(" processes") else 1


def _settings(project: Project, run: Run) -> dict[str, Any]:
    """Recipe, phases and data of a run, flat, with names for people."""
    recipe = {name.replace("_", " "): value for name, value in run.recipe.items()}
    recipe.pop("phases", None)
    phases = {f"phase {n}": _phase(wire) for n, wire in enumerate(run.plan, start=1)}
    sizes = datasets.load(project, run.dataset_id).sizes
    data = {f"{split} items": sizes.get(split, 0) for split in ("train", "validation", "test")}
    return {**recipe, **phases, "learns": _learns(run.plan), **data, "device": run.device}


def _phase(wire: Mapping[str, Any]) -> str:
    return f"{wire['title']}, {wire['epochs']} epochs at {float(wire['lr']):.2g}"


def _learns(plan: Sequence[Mapping[str, Any]]) -> str:
    """How many rules of the last phase let something learn, and their span of factors."""
    rules = [factor for learns, factor in plan[-1]["plan"].values() if learns] if plan else []
    if not rules:
        return "nothing"
    low, high = min(rules), max(rules)
    span = f"factor {low:.3g}" if low == high else f"factors {low:.3g} to {high:.3g}"
    return f"{len(rules)} part{'s' if len(rules) > 1 else ''}, {span}"
