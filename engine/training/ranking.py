"""Which of the models on this machine suits the project's items? Asked before any training.

Each model describes the labelled items with its frozen features, from the feature cache where
they lie there; a linear probe and LogME say how much of the labels these hold. Test items stay
out of it: the model that is chosen here is judged on them later.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.utils._pytree import tree_leaves

from engine.errors import ConfigurationError, DataError, GraftError
from engine.evaluation.logme import logme
from engine.evaluation.ranking import Candidate, Truth, doubtful, ranking
from engine.events import Emit, LogLine
from engine.models import catalogue, library
from engine.models.library import Found
from engine.models.trace import evaluating
from engine.store import datasets
from engine.store.datasets import Dataset, Example
from engine.store.project import Project
from engine.training import plain
from engine.training.batches import Batch, FileBatches
from engine.training.bench import Bench
from engine.training.control import Control, telling
from engine.training.embedding import Embedded, embed
from engine.training.probing import cross_validated
from engine.training.recipe import Recipe

SPLITS = ("train", "validation")
LEAST = 2  # labels a class, or nothing can be held out
LABELLED = "labelled"  # the items asked about, as one split
_TIMED = 8  # items of the batch that the pace is taken from
STORED = "ranking"  # the setting that holds the project's last ranking


@dataclass(frozen=True)
class _Items:
    """What all models are asked about."""

    dataset: Dataset
    examples: list[Example]
    truth: Truth
    seed: int


def rank(
    project: Project, recipe: Recipe, models: list[dict[str, str]], emit: Emit, control: Control
) -> dict[str, Any]:
    """Ranks models on the labelled items, and keeps the answer in the project.

    Args:
        recipe: the project's; its seed and longest text are used.
        models: 'name' and 'weights' (a path) of each; none: all that are on this machine.

    Returns:
        a Ranking's wire form.

    Raises:
        ConfigurationError: there is no model, or too few labels.
        StopNow: a person asked for the end; nothing is kept.
    """
    asked = _asked(project.task, models)
    items = _items(project, recipe.seed)
    ordinary = _plain(items, emit, control)
    found, left_out = [], []
    for number, one in enumerate(asked):
        said = f"{one.title} ({number + 1} of {len(asked)})"
        try:
            found.append(
                _candidate(project, recipe, one, said, items, ordinary, len(asked), emit, control)
            )
        except GraftError as error:
            left_out.append({"title": one.title, "why": str(error)})
            emit(LogLine(f"{one.title} was left out. {error}", "warning"))
    if not found:
        raise ConfigurationError(
            "No model could be ranked", " ".join(one["why"] for one in left_out),
            "Choose other models.", subject="models",
        )  # fmt: skip
    kind = items.examples[0].kind
    made = ranking(found, items.truth, ordinary, plain.called(kind))
    wire = replace(made, left_out=left_out).to_wire()
    if not project.readonly:
        project.settings_set(**{STORED: wire})
    return wire


def _asked(task: str, models: list[dict[str, str]]) -> list[Found]:
    if not models:
        here = library.found(task)
    else:
        named = [_named(task, one["name"], one.get("weights")) for one in models]
        here = list(dict.fromkeys(named))  # each once
    if not here:
        raise ConfigurationError(
            "There is no model to rank", "No weights for this kind of project are on this machine.",
            f"Get a model first, or put weights into {library.models_folder()}.", subject="models",
        )  # fmt: skip
    return here


def _named(task: str, name: str, weights: str | None) -> Found:
    if weights == "":
        raise ConfigurationError(
            "No weights were named", f"Nothing stands behind the = of {name}.",
            f"Give a file or folder, {name}=FILE, or {name} alone for the weights that are here.",
            subject=name,
        )  # fmt: skip
    entry = catalogue.find(name) or catalogue.network_of(name)
    if entry is not None and not (entry.trainable and entry.task == catalogue.teachers(task)):
        raise ConfigurationError(
            "A model is for something else",
            f"{library.title_of(name)} ({', '.join(entry.tasks).replace('-', ' ')}) is none that "
            f"Graft can teach {task.replace('-', ' ')}.",
            f"Leave {name} out; 'models list --task {task}' shows what fits.", subject=name,
        )  # fmt: skip
    place = Path(weights) if weights else library.find(name)
    if place is None:
        wanted, folder = library.wanted(name)
        raise ConfigurationError(
            "A model is not on this machine", f"There are no weights of {name}.",
            f"Put {wanted} into {folder}, or leave the model out.", subject=name,
        )  # fmt: skip
    title = library.title_of(name)
    if place.name != name and place not in library.places(name):
        title += f", {place.name}"
    return Found(name, title, task, entry.source if entry else "", place, 0)


def _items(project: Project, seed: int) -> _Items:
    dataset = datasets.snapshot(project)
    examples = [
        example for split in SPLITS for example in datasets.examples(project, dataset.id, split)
    ]
    counts = np.bincount([example.target for example in examples])
    if np.count_nonzero(counts >= LEAST) < 2:
        raise ConfigurationError(
            "There are too few labels to rank models",
            f"Two classes with {LEAST} labels each are the least, beside the test items.",
            "Label some more items.", subject="labels",
        )  # fmt: skip
    truth = {example.item_id: example.target for example in examples}
    return _Items(dataset, examples, Truth(truth, len(dataset.classes), seed), seed)


def _plain(items: _Items, emit: Emit, control: Control) -> dict[int, int]:
    kind = items.examples[0].kind
    tell = telling(control, emit, f"Looking at {plain.called(kind)}")
    places, features = plain.described(kind, items.examples, tell)
    return _said(items, places, features)


def _said(items: _Items, places: np.ndarray, features: np.ndarray) -> dict[int, int]:
    targets = np.asarray([items.examples[place].target for place in places], np.int64)
    asked, said = cross_validated(features, targets, items.seed)
    if not len(asked):
        raise DataError(
            "Too few items can be read",
            f"{len(places)} of {len(items.examples)}, and no class could hold one out.",
            "Put the files back where they were.",
        )  # fmt: skip
    return {
        items.examples[places[row]].item_id: int(one)
        for row, one in zip(asked, said, strict=True)
    }  # fmt: skip


def _candidate(
    project: Project, recipe: Recipe, model: Found, text: str, items: _Items,
    ordinary: dict[int, int], many: int, emit: Emit, control: Control,
) -> Candidate:  # fmt: skip
    plan = Recipe(
        model.name, str(model.path), preset="feature-extraction", seed=recipe.seed,
        max_length=recipe.max_length,
    )  # fmt: skip
    with _bench(project, plan, items, emit, control) as bench:
        known = _embedded(bench, text)
        seconds, memory = _pace(bench, items)
        own = list(bench.network.parameters())
    said = _said(items, known.places, known.features)
    untaught = None
    if doubtful(items.truth.common([ordinary, said]), ordinary, said, many):
        untaught = _untaught(project, plan, text, items, emit, control)
    return Candidate(
        model.name, model.title, str(model.path), sum(p.numel() for p in own),
        sum(p.numel() * p.element_size() for p in own), said, logme(known.features, known.targets),
        seconds, memory, known.computed, untaught,
    )  # fmt: skip


def _untaught(
    project: Project, plan: Recipe, text: str, items: _Items, emit: Emit, control: Control
) -> dict[int, int]:
    """What the same network says with random weights: is its pre-training to blame?"""
    random = replace(plan, preset="scratch", weights=None, cache=False)
    entry = catalogue.find(plan.model) or catalogue.network_of(plan.model)
    if Path(plan.model).is_dir() or entry is None:
        random = replace(random, weights=plan.weights)  # its configuration stands there
    with _bench(project, random, items, emit, control) as bench:
        known = _embedded(bench, f"{text} with random weights")
    return _said(items, known.places, known.features)


def _bench(project: Project, recipe: Recipe, items: _Items, emit: Emit, control: Control) -> Any:
    more = {LABELLED: items.examples}
    return Bench.open(project, recipe, emit, control, (), items.dataset, more)


def _embedded(bench: Bench, text: str) -> Embedded:
    tell = telling(bench.control, bench.emit, f"Describing the items with {text}")
    return embed(bench.task, bench.network, bench.kitchen, LABELLED, tell)


def _pace(bench: Bench, items: _Items) -> tuple[float, int]:
    """Seconds that an item takes in the network, and bytes that its largest layer holds."""
    network, device = bench.network, bench.accelerator.device
    batch = _first_batch(bench, items)
    inputs = bench.task.prepare(network, {n: t.to(device) for n, t in batch.inputs.items()})
    most = 0

    def held(_: nn.Module, args: Any, output: Any) -> None:
        nonlocal most
        tensors = [x for x in tree_leaves((args, output)) if isinstance(x, Tensor)]
        most = max(most, sum(x.numel() * x.element_size() for x in tensors))

    hooks = [m.register_forward_hook(held) for m in network.modules() if not list(m.children())]
    with evaluating(network), torch.no_grad():
        network(inputs)
        for hook in hooks:
            hook.remove()
        seconds = min(_timed(network, inputs, device) for _ in range(2))
    return seconds / len(batch), most // len(batch)


def _timed(network: nn.Module, inputs: Any, device: torch.device) -> float:
    """Seconds of one pass."""
    _wait(device)
    began = time.perf_counter()
    network(inputs)
    _wait(device)
    return time.perf_counter() - began


def _first_batch(bench: Bench, items: _Items) -> Batch:
    reader = bench.task.reader(bench.network, bench.recipe)
    source = FileBatches(
        bench.task, bench.network, reader, items.examples, np.ones(len(items.examples)), 2,
        lambda example, error: None,
    )  # fmt: skip
    lengths = [bench.task.length(example) for example in items.examples]
    middle = np.argsort(np.asarray(lengths), kind="stable")
    start = max(0, (len(middle) - _TIMED) // 2)  # of texts those of middling length
    return next(source([middle[start : start + _TIMED]]))


def _wait(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.synchronize()
