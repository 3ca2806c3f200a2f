"""Judging a finished run again, on the data as it was when the run began."""

from __future__ import annotations

from typing import Any

import numpy as np

from engine.errors import DataError
from engine.evaluation import classification
from engine.evaluation.classification import Summary
from engine.events import Activity, Emit, LogLine
from engine.store import checkpoints, datasets, runs
from engine.store.datasets import Dataset, Example
from engine.store.project import Project
from engine.store.runs import Run
from engine.tasks.registry import task as task_named
from engine.training import device
from engine.training.control import Control
from engine.training.judging import judge
from engine.training.material import Kitchen
from engine.training.recipe import Recipe
from engine.training.saving import load_network


def evaluate_run(
    project: Project, run: Run, split: str, emit: Emit, control: Control
) -> dict[str, Any]:
    """Runs the best weights over a split and stores what they said, unless nothing may be written.

    Returns:
        run, split, classes, and the wire form of an evaluation.classification.Summary.

    Raises:
        DataError: the split has no items, or none can be read.
    """
    task = task_named(run.task)
    dataset = datasets.load(project, run.dataset_id)
    examples = datasets.examples(project, dataset.id, split)
    if not examples:
        raise DataError(
            f"There are no {split} items",
            f"The data of {run.name} has nothing in the split {split!r}.",
            f"Choose one of: {', '.join(sorted(dataset.sizes))}.",
            subject="split",
        )
    best = checkpoints.best(project, run.id)
    assert best is not None, "a run that was chosen has a checkpoint"
    if split == "validation" and best.state.get("refit"):
        # These weights have learned from the split; what was said before they did still counts.
        emit(LogLine("The figures are of the weights before the validation items were learned."))
        return _summary(run, split, dataset, _said_before(project, run, split))
    emit(Activity(f"Loading {run.name}"))
    network = load_network(project, run, best)
    recipe = Recipe.from_wire(run.recipe)
    accelerator = device.accelerator(recipe)
    device.place(network, accelerator)

    problems: list[DataError] = []

    def problem(example: Example, error: DataError) -> None:
        problems.append(error)
        emit(LogLine(f"{example.file.name} was left out. {error.cause}", "warning"))

    def check(done: int, total: int) -> None:
        control.check()
        emit(Activity(f"Looking at the {split} items", done, total))

    kitchen = Kitchen(
        project, task, network, recipe, {split: examples}, accelerator, control, emit, problem
    )
    with kitchen.prepare(None) as material:
        judgement = judge(
            task, network, material.forward, material.batches[split], recipe.batch_size,
            accelerator, check,
        )  # fmt: skip
    if not len(judgement.places):
        first = problems[0]  # each of them has one
        raise DataError(
            "No item could be read",
            f"All {len(examples)} {split} items were left out. {first.cause}", first.remedy,
        )  # fmt: skip
    if not project.readonly:
        runs.store_predictions(project, run.id, judgement.predictions(examples, split))
    said = classification.summary(judgement.targets, judgement.probabilities)
    return _summary(run, split, dataset, said)


def _said_before(project: Project, run: Run, split: str) -> Summary:
    found = runs.predictions(project, run.id, split)
    rows = np.stack([np.frombuffer(one.probabilities, "<f4") for one in found])
    return classification.summary(np.asarray([one.target for one in found]), rows)


def _summary(run: Run, split: str, dataset: Dataset, said: Summary) -> dict[str, Any]:
    return {"run": run.id, "split": split, "classes": list(dataset.classes), **said.to_wire()}
