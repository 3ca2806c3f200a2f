"""Exports a run: gathers what the card tells and what Graft says of every test item."""

from __future__ import annotations

import hashlib
import itertools
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import torch

from engine.errors import ConfigurationError, DataError
from engine.evaluation import classification
from engine.evaluation.classification import Summary
from engine.events import Emit
from engine.export.card import Facts
from engine.export.folder import export_onnx
from engine.freezing import adapters
from engine.freezing.presets import Phase
from engine.models.network import Network
from engine.store import checkpoints, classes, datasets, runs
from engine.store.datasets import Dataset, Example
from engine.store.project import Project
from engine.store.runs import Run
from engine.tasks.base import Reader, Task
from engine.tasks.registry import task as task_named
from engine.training.recipe import Recipe

FORMATS = ("onnx",)
TOGETHER = 16  # items that Graft judges at once


def export_run(
    project: Project,
    run: Run,
    network: Network,
    format: str,
    out: Path,
    emit: Emit,
    check: Callable[[], None],
) -> dict[str, Any]:
    """Writes the folder `out`; see `engine.export.folder.export_onnx` for what comes back.

    Args:
        network: with the run's best weights. It is left on the CPU, in eval mode.
        check: raises when the person asked for the end.

    Raises:
        ConfigurationError: a format that Graft does not write.
        ExportError: not exportable, or the copy does not agree with Graft.
    """
    if format not in FORMATS:
        raise ConfigurationError(
            "Unknown format", f"Graft does not export to {format!r}.",
            f"Choose one of: {', '.join(FORMATS)}.", subject="format",
        )  # fmt: skip
    task = task_named(run.task)
    adapters.merge(network)
    dataset = datasets.load(project, run.dataset_id)
    reader = task.reader(network, Recipe.from_wire(run.recipe))
    split = "test" if dataset.sizes.get("test") else "validation"
    examples = datasets.examples(project, dataset.id, split)
    return export_onnx(
        network, dataset.classes, out, facts_of(project, run, network, dataset, split),
        said(task, network.cpu().eval(), reader, examples),
        max_length=int(getattr(reader, "max_length", 0)) or 128, emit=emit, check=check,
    )  # fmt: skip


def said(
    task: Task, network: Network, reader: Reader, examples: list[Example]
) -> Iterator[tuple[Example, np.ndarray]]:
    """What Graft says of each example, by its own reading, on the CPU in full precision.

    Yields:
        the example and float32 [classes]. Items that cannot be read are left out.
    """
    for start in range(0, len(examples), TOGETHER):
        readable, read = [], []
        for example in examples[start : start + TOGETHER]:
            try:
                read.append(reader(example, 0))
            except DataError:
                continue
            readable.append(example)
        if not readable:
            continue
        with torch.no_grad():
            inputs = task.prepare(network, task.collate(network, read))
            rows: np.ndarray = task.probabilities(network(inputs)).numpy()
        yield from zip(readable, rows, strict=True)


def facts_of(project: Project, run: Run, network: Network, dataset: Dataset, split: str) -> Facts:
    best = checkpoints.best(project, run.id)
    relearned = bool(best and best.state.get("refit"))
    learned = Counter(datasets.targets(project, dataset.id, "train"))
    if relearned:
        learned += Counter(datasets.targets(project, dataset.id, "validation"))
    names = dataset.classes
    recipe = Recipe.from_wire(run.recipe)
    return Facts(
        project=str(project.setting("name") or project.folder.stem),
        task=run.task,
        run=run.name,
        created=run.created,
        model=recipe.model,
        parameters=network.parameter_count(),
        weights_hash=run.weights_hash,
        checkpoint_hash=_checkpoint_hash(project, run),
        phases=[_sentence(Phase.from_wire(wire)) for wire in run.plan],
        recipe={name: value for name, value in run.recipe.items() if value is not None},
        versions=run.versions,
        items=dataset.sizes,
        class_items={name: learned[place] for place, name in enumerate(names)},
        test=_judged(project, run, split),
        test_split=split,
        relearned=relearned,
        definitions={one.name: one.definition for one in classes.all_classes(project)},
    )


def _sentence(phase: Phase) -> str:
    epochs = "1 epoch" if phase.epochs == 1 else f"{phase.epochs} epochs"
    return f"{phase.title}: {epochs}, learning rate {phase.lr:g}."


def _judged(project: Project, run: Run, split: str) -> Summary | None:
    found = runs.predictions(project, run.id, split)
    if not found:
        return None
    targets = [one.target for one in found]
    rows = [np.frombuffer(one.probabilities, "<f4") for one in found]
    return classification.summary(targets, np.stack(rows))


def _checkpoint_hash(project: Project, run: Run) -> str:
    """One hash over the hashes of all tensors, in the order of their names."""
    best = checkpoints.best(project, run.id)
    if best is None:
        return ""
    pairs = sorted(checkpoints.hashes(project, best.id).items())
    text = "\n".join(itertools.chain.from_iterable(pairs))
    return hashlib.sha256(text.encode()).hexdigest()
