"""The operations that need torch. The window calls them in a child, the command line directly.

Each takes the project, JSON-ready arguments, an `emit` and a `Control`, and
returns something JSON-ready.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch

from engine.errors import Cancelled, DataError
from engine.events import Activity, Emit
from engine.models.network import Network
from engine.models.trace import evaluating
from engine.progress import Estimate
from engine.store import checkpoints, datasets
from engine.store.datasets import Example
from engine.store.project import Project
from engine.store.runs import Run
from engine.tasks.registry import task as task_named
from engine.training import counsel, device, given
from engine.training.batches import FileBatches
from engine.training.control import Control, StopNow
from engine.training.describing import describe
from engine.training.evaluating import evaluate_run
from engine.training.forgetting import watch_forgetting
from engine.training.given import chosen
from engine.training.measuring import measure
from engine.training.recipe import Recipe
from engine.training.run import train
from engine.training.saving import load_network

Arguments = dict[str, Any]


def perform(
    operation: str, project: str | None, arguments: Arguments, emit: Emit, control: Control
) -> Any:
    """Does one of OPERATIONS on a project that the caller holds or only reads."""
    work = OPERATIONS[operation]
    if project is None:
        return work(None, arguments, emit, control)
    # The lock is the window's: it asked for this work and waits for it.
    with Project.open(Path(project), hold=False) as opened:
        try:
            return work(opened, arguments, emit, control)
        except StopNow as stopped:  # a run saves and ends by itself; all else has nothing to save
            raise Cancelled from stopped


def run_training(project: Any, arguments: Arguments, emit: Emit, control: Control) -> Any:
    """Arguments: 'recipe' (a Recipe's wire form) or 'resume' (a run's id), and 'price' (a
    Price's wire form) to keep with the run, or none. Returns RunEnded's."""
    recipe = Recipe.from_wire(arguments["recipe"]) if arguments.get("recipe") else None
    resume, price = arguments.get("resume"), arguments.get("price")
    ended = train(project, recipe, emit, control, resume, price)
    watch_forgetting(project, ended.run, emit, control)
    return dataclasses.asdict(ended)


def evaluate(project: Any, arguments: Arguments, emit: Emit, control: Control) -> Any:
    """Arguments: 'run' (None: the newest) and 'split'. Returns a Summary's wire form and more."""
    run = chosen(project, arguments.get("run"))
    split = str(arguments.get("split", "test"))
    return evaluate_run(project, run, split, emit, control)


def predict(project: Any, arguments: Arguments, emit: Emit, control: Control) -> Any:
    """Arguments: 'run', 'files' (paths) or 'texts'.

    Returns one entry an item: name, class, probability, probabilities by class,
    and problem (a GraftError's wire form) where it could not be read.
    """
    run = chosen(project, arguments.get("run"))
    task = task_named(project.task)
    examples = given.examples(task, arguments)
    emit(Activity(f"Loading {run.name}"))
    network, names, recipe = open_run(project, run)
    accelerator = device.accelerator(recipe)
    device.place(network, accelerator)
    problems = given.refused(examples, emit, control.check)
    readable = [example for example in examples if example.item_id not in problems]

    def note(example: Example, error: DataError) -> None:
        problems[example.item_id] = error

    batches = FileBatches(
        task, network, task.reader(network, recipe), readable, np.ones(len(readable)), 2, note
    )
    size = recipe.batch_size
    order = [np.arange(s, min(s + size, len(readable))) for s in range(0, len(readable), size)]
    found: dict[int, np.ndarray] = {}
    estimate = Estimate()
    with evaluating(network), torch.no_grad(), accelerator.autocast():
        for batch in batches(order):
            control.check()
            inputs = {n: t.to(accelerator.device) for n, t in batch.inputs.items()}
            rows = task.probabilities(network(task.prepare(network, inputs))).cpu().numpy()
            for place, row in zip(batch.places, rows, strict=True):
                found[readable[place].item_id] = row
            left = estimate.left(len(found), len(readable))
            emit(Activity("Predicting", len(found), len(readable), left))
    return [_said(one, found.get(one.item_id), names, problems) for one in examples]


def export(project: Any, arguments: Arguments, emit: Emit, control: Control) -> Any:
    """Arguments: 'run', 'format' ('onnx') and 'out' (a folder)."""
    from engine.export.exporting import export_run  # the ONNX libraries load only when needed

    run = chosen(project, arguments.get("run"))
    network, _, _ = open_run(project, run)
    return export_run(
        project, run, network, str(arguments.get("format", "onnx")), Path(arguments["out"]), emit,
        control.check,
    )  # fmt: skip


OPERATIONS: dict[str, Callable[[Any, Arguments, Emit, Control], Any]] = {
    "train": run_training,
    "evaluate": evaluate,
    "predict": predict,
    "export": export,
    "describe": describe,
    "measure": measure,
    **counsel.OPERATIONS,
}


def open_run(project: Project, run: Run) -> tuple[Network, tuple[str, ...], Recipe]:
    """The network with its best weights, the names of its outputs, and its recipe."""
    best = checkpoints.best(project, run.id)
    assert best is not None
    names = datasets.load(project, run.dataset_id).classes
    return load_network(project, run, best), names, Recipe.from_wire(run.recipe)


def _said(
    example: Example, row: np.ndarray | None, names: tuple[str, ...],
    problems: dict[int, DataError],
) -> dict[str, Any]:  # fmt: skip
    name = str(example.file) if example.text is None else example.text
    error = problems.get(example.item_id)
    if error is not None:
        return {
            "name": name, "class": None, "probability": None, "probabilities": {},
            "problem": error.to_wire(),
        }  # fmt: skip
    assert row is not None
    best = int(row.argmax())
    return {
        "name": name,
        "class": names[best],
        "probability": float(row[best]),
        "probabilities": {n: float(p) for n, p in zip(names, row, strict=True)},
        "problem": None,
    }
