"""Cheap controls beside a run: did its pre-training help at all?

Wang et al. 2019 ('Characterizing and Avoiding Negative Transfer') define
negative transfer against what the target data alone would have given. So the
verdict is a paired test, on the same test items, against a small network that
saw nothing but the project's own training items.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from engine.errors import ConfigurationError, DataError, GraftError
from engine.evaluation import classification, noise, paired
from engine.evaluation.paired import Difference
from engine.events import Activity, Emit, LogLine
from engine.models import library
from engine.models.library import Found
from engine.store import controls, datasets, runs
from engine.store.controls import ControlRow
from engine.store.project import Project
from engine.store.runs import Run
from engine.training.bench import Bench
from engine.training.control import Control, telling
from engine.training.embedding import Embedded, embed
from engine.training.probing import probe
from engine.training.recipe import Recipe
from engine.training.small_net import small_net

METRIC = "balanced_accuracy"
LARGEST = 600_000_000  # bytes of another backbone's weights that is still cheap to ask


@dataclass(frozen=True)
class Answers:
    """What a control said of test items, by item id."""

    kind: str
    name: str
    predicted: dict[int, int]
    detail: dict[str, Any]


def run_controls(project: Project, run: Run, emit: Emit, control: Control) -> dict[str, Any]:
    """Tries the controls on the run's own data and stores how they did.

    Returns:
        rows (ControlRow's wire forms, the run itself first), verdict and further
        sentences (words), difference (paired.Difference's wire form, run less small net).

    Raises:
        ConfigurationError: the run was not judged on test items.
        StopNow: a person asked for the end; nothing is stored.
    """
    judged = {one.item_id: one for one in runs.predictions(project, run.id, "test")}
    if not judged:
        raise ConfigurationError(
            "The run has no test result", f"{run.name} ended before it saw the test items, or "
            "there are none.", "Choose a finished run, or train again.", subject="run",
        )  # fmt: skip
    truth = {item: one.target for item, one in judged.items()}
    own = Answers("run", run.name, {item: one.predicted for item, one in judged.items()}, {})
    found = [own, *_asked(project, run, truth, emit, control)]
    classes = len(datasets.load(project, run.dataset_id).classes)
    rows = [_row(answers, truth, classes) for answers in found]
    by_kind = {answers.kind: answers for answers in found}
    difference = _compare(by_kind["small-net"], own, truth, classes)
    said: dict[str, Any] = {
        "verdict": verdict(difference, bool(run.weights_hash)),
        "more": _more(by_kind, own, truth, classes),
        "difference": difference.to_wire(),
    }
    # The words are kept with the run's own row, so that they are the same when it is looked at
    # again: what they rest on (each control's answers) is not stored.
    rows[0] = replace(rows[0], detail=said)
    if not project.readonly:
        controls.store(project, run.id, rows)
    return {"rows": [row.to_wire() for row in rows], **said}


def verdict(difference: Difference, pretrained: bool) -> str:
    """Whether the pre-training helped, from run less small net."""
    what = "This pre-training" if pretrained else "This larger network"
    name = difference.metric.replace("_", " ")
    points, low, high = (
        round(100 * value) for value in (difference.value, difference.low, difference.high)
    )
    span = f"{abs(points)} points of {name} ({low:+} to {high:+})"
    than = "than a small network that saw only your own items"
    if difference.sure and difference.value > 0:
        return f"{what} helped: {span} better {than}, on the same {difference.items} test items."
    if difference.sure:
        return f"{what} did not help: {span} worse {than}, on the same {difference.items} items."
    if difference.low == difference.high == 0:
        span = "it answers every one of them as well as"
        than = than.removeprefix("than ")
        return (
            f"Whether {what[0].lower() + what[1:]} helped cannot be told with {difference.items} "
            f"test items: {span} {than}."
        )
    return (
        f"Whether {what[0].lower() + what[1:]} helped cannot be told with {difference.items} test "
        f"items: {span} {'better' if points >= 0 else 'worse'} {than}, which may be chance."
    )


def _more(
    by_kind: dict[str, Answers], own: Answers, truth: dict[int, int], classes: int
) -> list[str]:
    said = []
    blind = _compare(by_kind["majority"], own, truth, classes)
    if not (blind.sure and blind.value > 0):
        said.append(
            "The run is not surely better than always naming the most frequent class "
            f"({blind.b:.3f} against {blind.a:.3f})."
        )
    other = by_kind.get("other-backbone")
    linear = by_kind.get("linear-probe")
    if linear is not None:
        said.append(_against(linear, own, truth, classes, "fine-tuning"))
    if other is not None and linear is not None:
        said.append(_against(linear, other, truth, classes, f"the features of {other.name}"))
    return said


def _against(base: Answers, better: Answers, truth: dict[int, int], classes: int, what: str) -> str:
    found = _compare(base, better, truth, classes)
    points, low, high = (round(100 * value) for value in (found.value, found.low, found.high))
    if not found.sure:
        return (
            f"Against a logistic regression on the frozen features, {what} makes no difference "
            f"that can be told ({points:+} points, {low:+} to {high:+})."
        )
    return (
        f"Against a logistic regression on the frozen features, {what} "
        f"{'gains' if found.value > 0 else 'loses'} {abs(points)} points ({low:+} to {high:+})."
    )


def _asked(
    project: Project, run: Run, truth: dict[int, int], emit: Emit, control: Control
) -> list[Answers]:
    recipe = Recipe.from_wire(run.recipe)
    found = []
    dataset = datasets.load(project, run.dataset_id)
    taught = list(datasets.targets(project, dataset.id, "train"))
    majority = int(np.bincount(taught).argmax())
    everywhere = dict.fromkeys(truth, majority)
    found.append(
        Answers("majority", "Always the most frequent class", everywhere,
                {"class": dataset.classes[majority]})
    )  # fmt: skip
    with _bench(project, run, recipe, emit, control) as bench:
        found.append(_small(bench, emit))
        if run.weights_hash:
            found.append(_probed(bench, "linear-probe", recipe.model, emit))
    other = _other(project.task, recipe)
    if other is not None:
        another = Recipe(
            other.name, str(other.path), seed=recipe.seed, max_length=recipe.max_length
        )
        try:
            with _bench(project, run, another, emit, control) as bench:
                found.append(_probed(bench, "other-backbone", other.name, emit))
        except GraftError as error:
            emit(LogLine(f"{other.title} was not asked. {error}", "warning"))
    return found


def _bench(project: Project, run: Run, recipe: Recipe, emit: Emit, control: Control) -> Any:
    # A run that began from random weights is asked about where no others are at hand.
    preset = "scratch" if recipe.preset == "scratch" else "feature-extraction"
    plain = replace(recipe, preset=preset, phases=(), augmentation="none", lora_rank=0)
    return Bench.open(
        project, plain, emit, control, ("train", "validation", "test"),
        datasets.load(project, run.dataset_id),
    )  # fmt: skip


def _small(bench: Bench, emit: Emit) -> Answers:
    said = small_net(bench, telling(bench.control, emit, "Training a small network from scratch"))
    return Answers("small-net", "Small network, only your items", *said)


def _probed(bench: Bench, kind: str, name: str, emit: Emit) -> Answers:
    parts: dict[str, Embedded] = {}
    for split in ("train", "validation", "test"):
        tell = telling(bench.control, emit, f"Describing the {split} items with {name}")
        parts[split] = embed(bench.task, bench.network, bench.kitchen, split, tell)
    bench.control.check()
    emit(Activity(f"Linear probe on {name}"))
    if len(np.unique(parts["train"].targets)) < 2:
        raise DataError(
            "Nothing to learn from", "Fewer than two classes could be read.",
            "Put the files back where they were.",
        )  # fmt: skip
    model = probe(parts["train"].features, parts["train"].targets, bench.recipe.seed)
    said = model.predict(parts["test"].features)
    examples = bench.splits["test"]
    predicted = {
        examples[place].item_id: int(one)
        for place, one in zip(parts["test"].places, said, strict=True)
    }
    return Answers(kind, name, predicted, {"width": int(parts["train"].features.shape[1])})


def _other(task: str, own: Recipe) -> Found | None:
    """The smallest other backbone here. One more says whether it was this one's fault."""
    used = {own.model, str(own.weights), str(library.find(own.model))}
    here = [
        found
        for found in library.found(task)
        if found.name not in used and str(found.path) not in used and found.bytes <= LARGEST
    ]
    return min(here, key=lambda found: found.bytes, default=None)


def _compare(a: Answers, b: Answers, truth: dict[int, int], classes: int) -> Difference:
    items = sorted(truth.keys() & a.predicted.keys() & b.predicted.keys())
    return paired.compare(
        [truth[item] for item in items], [a.predicted[item] for item in items],
        [b.predicted[item] for item in items], classes, METRIC,
    )  # fmt: skip


def _row(answers: Answers, truth: dict[int, int], classes: int) -> ControlRow:
    items = sorted(truth.keys() & answers.predicted.keys())
    true = np.asarray([truth[item] for item in items])
    said = np.asarray([answers.predicted[item] for item in items])
    value = classification.metrics(true, np.eye(classes)[said])[METRIC]
    low, high = noise.balanced_interval(true, said, classes)
    return ControlRow(answers.kind, answers.name, value, low, high, answers.detail)
