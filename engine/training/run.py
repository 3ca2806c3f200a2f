"""A run from its beginning to its result: the one entry for window, command line and torchrun."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import torch
from accelerate import Accelerator

from engine.errors import ConfigurationError, GraftError
from engine.events import Activity, Emit, RunEnded, RunStarted
from engine.freezing.applying import trainable_count
from engine.freezing.plan import Plan
from engine.freezing.presets import PRESETS, Phase
from engine.models.network import Network
from engine.models.stages import stages
from engine.progress import silent
from engine.store import checkpoints, costs, datasets, runs
from engine.store.checkpoints import Checkpoint
from engine.store.datasets import Dataset
from engine.store.project import Project
from engine.tasks.base import Task
from engine.tasks.registry import task as task_named
from engine.training import device, few, movement
from engine.training.control import Control, StopNow
from engine.training.loop import Loop
from engine.training.meter import Meter
from engine.training.recipe import Recipe
from engine.training.refit import refit, wanted
from engine.training.saving import Position, Saver, load_network, restore_model
from engine.training.step import from_first


def train(
    project: Project,
    recipe: Recipe | None,
    emit: Emit = silent,
    control: Control | None = None,
    resume: int | None = None,
    price: Mapping[str, Any] | None = None,
) -> RunEnded:
    """Trains and judges. With `resume` it goes on with that run, and `recipe` is not used.

    Args:
        price: what is expected of it (a Price's wire form), kept beside what it took.

    Raises:
        GraftError: before the run is recorded; later errors are in the RunEnded and the record.
    """
    control = control or Control()
    emit = Meter(project, emit, price).hear
    accelerator, loop, resumed = _set_up(project, recipe, emit, control, resume)
    emit = loop.emit
    try:
        emit(_started(loop, accelerator, resumed is not None))
        if resumed is None and loop.first:
            emit(Activity("Saving the starting point"))
            loop.saver.save(loop.position, None, None, best=False)
        complete = loop.train(resumed)
        return _conclude(loop, "finished" if complete else "stopped")
    except StopNow:
        return _end(loop, "stopped")
    except GraftError as error:
        return _end(loop, "failed", error)
    except BaseException:
        # A bug or an interrupt: the record says so, the caller gets the exception.
        if loop.first:
            runs.end(project, loop.run, "interrupted")
        raise


def _set_up(
    project: Project, recipe: Recipe | None, emit: Emit, control: Control, resume: int | None
) -> tuple[Accelerator, Loop, Checkpoint | None]:
    run = runs.load(project, resume) if resume is not None else None
    recipe = Recipe.from_wire(run.recipe) if run else recipe
    assert recipe is not None, "a new run needs a recipe"
    recipe.validate()
    task = task_named(project.task)
    accelerator = device.accelerator(recipe)
    emit = emit if accelerator.is_main_process else silent
    if recipe.batch_size < accelerator.num_processes:
        raise ConfigurationError(
            "The batch is too small", f"{recipe.batch_size} items cannot be shared among "
            f"{accelerator.num_processes} processes.", "Choose a larger batch.",
            subject="batch_size",
        )  # fmt: skip
    if run is not None and run.state in ("running", "finished"):
        raise ConfigurationError(
            "The run cannot be resumed", f"{run.name} is {run.state}.",
            "Choose a run that was stopped, interrupted or failed.", subject="run",
        )  # fmt: skip
    begin = _resume if run is not None else _begin
    loop, resumed = begin(project, task, recipe, accelerator, emit, control, resume)
    return accelerator, loop, resumed


def _begin(
    project: Project, task: Task, recipe: Recipe, accelerator: Accelerator, emit: Emit,
    control: Control, _: int | None,
) -> tuple[Loop, None]:  # fmt: skip
    emit(Activity("Recording the data"))
    if accelerator.is_main_process:
        dataset = datasets.snapshot(project)
    id = int(str(from_first(accelerator, dataset.id if accelerator.is_main_process else 0)))
    dataset = datasets.load(project, id)
    emit(Activity(f"Loading {recipe.model}"))
    network, phases = compose(task, recipe, len(dataset.classes))
    run = 0
    if accelerator.is_main_process:
        run = runs.create(
            project,
            dataset_id=dataset.id,
            model=network.description.to_wire(),
            weights_hash=network.weights_hash,
            recipe=recipe.to_wire(),
            plan=[phase.to_wire() for phase in phases],
            seed=recipe.seed,
            versions=device.versions(),
            device=device.describe(accelerator),
        )
    run = int(str(from_first(accelerator, run)))
    loop = _loop(
        project, run, task, network, recipe, phases, dataset, accelerator, emit, control, Position()
    )
    return loop, None


def _resume(
    project: Project, task: Task, recipe: Recipe, accelerator: Accelerator, emit: Emit,
    control: Control, id: int | None,
) -> tuple[Loop, Checkpoint | None]:  # fmt: skip
    assert id is not None
    run = runs.load(project, id)
    dataset = datasets.load(project, run.dataset_id)
    phases = [Phase.from_wire(wire) for wire in run.plan]
    checkpoint = checkpoints.latest(project, id, resumable=True)
    emit(Activity(f"Loading {run.name}"))
    if checkpoint is not None:
        network = load_network(project, run, checkpoint)
        position = Position(**checkpoint.state)
    else:  # it ended before its first checkpoint: its beginning is repeated
        network, _ = compose(task, recipe, len(dataset.classes))
        position = Position()
    if accelerator.is_main_process:
        runs.forget_after(project, id, position.step)
        runs.mark_running(project, id)
    loop = _loop(
        project, id, task, network, recipe, phases, dataset, accelerator, emit, control, position
    )
    return loop, checkpoint


def compose(task: Task, recipe: Recipe, classes: int) -> tuple[Network, list[Phase]]:
    """The network of a recipe and the phases it will go through."""
    torch.manual_seed(recipe.seed)
    network = task.build(recipe, classes, recipe.preset != "scratch")
    if recipe.phases:
        return network, [Phase.from_wire(wire) for wire in recipe.phases]
    phases = PRESETS[recipe.preset].make(stages(network), recipe.epochs, recipe.lr)
    return network, [replace(phase, warmup=recipe.warmup) for phase in phases]


def starts_with_head(network: Network, phases: list[Phase]) -> bool:
    """Whether the first phase leaves all but the head as it is."""
    names = [name for name, _ in network.model.named_parameters()]
    return few.head_only(phases[0].plan, names, stages(network)[-1].modules)


def _loop(
    project: Project, run: int, task: Task, network: Network, recipe: Recipe,
    phases: list[Phase], dataset: Dataset, accelerator: Accelerator, emit: Emit,
    control: Control, position: Position,
) -> Loop:  # fmt: skip
    device.place(network, accelerator)
    head_first = starts_with_head(network, phases)
    splits = {
        split: datasets.examples(project, dataset.id, split)
        for split in ("train", "validation", "test")
    }
    recipe = few.settled(recipe, head_first, len(splits["train"]))
    saver = Saver(project, run, network)
    return Loop(
        project, run, task, network, recipe, phases, splits, accelerator, control, emit,
        position, saver, head_first,
    )  # fmt: skip


def _started(loop: Loop, accelerator: Accelerator, resumed: bool) -> RunStarted:
    return RunStarted(
        loop.run, f"Run {loop.run}", loop.recipe.model, loop.recipe.preset, loop.epochs,
        {split: len(examples) for split, examples in loop.splits.items()},
        device.describe(accelerator),
        max(trainable_count(loop.network, phase.plan) for phase in loop.phases),
        loop.network.parameter_count(), resumed,
    )  # fmt: skip


def _conclude(loop: Loop, state: str) -> RunEnded:
    """Judges validation and test with the best weights and stores what they said."""
    if loop.unsaved is not None:
        raise loop.unsaved
    loop.accelerator.wait_for_everyone()  # the first process has saved the last epoch by then
    best = checkpoints.best(loop.project, loop.run)
    assert best is not None, "every epoch that was saved left a checkpoint"
    restore_model(loop.project, best, loop.network.model)
    last = loop.phases[-1].plan if state == "finished" else None
    _judge(loop, "validation", last)
    if state == "finished" and wanted(loop):
        refit(loop)
    test = _judge(loop, "test", last)
    if loop.first:
        movement.record(loop.project, loop.run, loop.network)
        costs.weigh(loop.project, loop.run)
    return _end(loop, state, test=test)


def _judge(loop: Loop, split: str, plan: Plan | None) -> dict[str, float]:
    """What the network says of a split, stored; its metrics, none when it has no items."""
    with loop.kitchen.prepare(plan) as material:
        judgement = loop.judge(material, split)
    if loop.first:
        said = judgement.predictions(loop.splits[split], split)
        runs.store_predictions(loop.project, loop.run, said)
    if not len(judgement.places):
        return {}
    return loop.task.metrics(judgement.targets, judgement.probabilities)


def _end(
    loop: Loop, state: str, error: GraftError | None = None, test: dict[str, float] | None = None
) -> RunEnded:
    position = loop.position
    best = checkpoints.best(loop.project, loop.run)
    if loop.first:
        loop.flush()
        if error is not None:
            loop.watch.broke(error)
        if state == "finished" and best is not None:
            last = checkpoints.latest(loop.project, loop.run)
            checkpoints.prune(loop.project, loop.run, {best.id, last.id if last else best.id})
        runs.end(loop.project, loop.run, state, error)
    ended = RunEnded(
        loop.run, state, position.epoch, position.seconds,
        position.pace, position.best, loop.task.metric,
        test or {}, best.id if best else None, error.to_wire() if error else None,
    )  # fmt: skip
    loop.emit(ended)
    return ended
