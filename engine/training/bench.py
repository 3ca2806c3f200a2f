"""A network and its data on trial: what judges and advises works here and leaves no run behind."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

import torch
from accelerate import Accelerator

from engine.errors import DataError
from engine.events import Activity, Emit, LogLine
from engine.freezing.presets import Phase
from engine.models.network import Network
from engine.store import datasets
from engine.store.datasets import Dataset, Example
from engine.store.project import Project
from engine.tasks.base import Task
from engine.tasks.registry import task as task_named
from engine.training import device
from engine.training.control import Control
from engine.training.material import Kitchen, Splits
from engine.training.recipe import Recipe
from engine.training.run import compose


@dataclass
class Bench:
    """Made by `open`."""

    project: Project
    task: Task
    network: Network
    phases: list[Phase]
    recipe: Recipe
    dataset: Dataset
    splits: Splits
    accelerator: Accelerator
    control: Control
    emit: Emit
    kitchen: Kitchen

    @staticmethod
    @contextmanager
    def open(
        project: Project, recipe: Recipe, emit: Emit, control: Control,
        splits: tuple[str, ...] = ("train", "validation"), dataset: Dataset | None = None,
        more: Mapping[str, list[Example]] | None = None,
    ) -> Iterator[Bench]:  # fmt: skip
        """The recipe's network, as it is before training, on the data as it is now.

        Args:
            dataset: the data of an earlier run, in its place.
            more: further items, by a name of their own.

        Raises:
            GraftError: as a run with this recipe would.
        """
        recipe.validate()
        task = task_named(project.task)
        emit(Activity("Looking at the data"))
        dataset = dataset or datasets.snapshot(project)
        chosen = {split: datasets.examples(project, dataset.id, split) for split in splits}
        chosen.update(more or {})
        emit(Activity(f"Loading {recipe.model}"))
        network, phases = compose(task, recipe, len(dataset.classes))
        accelerator = device.accelerator(recipe)
        device.place(network, accelerator)
        told: set[int] = set()

        def problem(example: Example, error: DataError) -> None:
            if example.item_id not in told:
                told.add(example.item_id)
                emit(LogLine(f"{example.file.name} was left out. {error.cause}", "warning"))

        kitchen = Kitchen(
            project, task, network, recipe, chosen, accelerator, control, emit, problem
        )
        state = torch.random.get_rng_state()
        try:
            yield Bench(
                project, task, network, phases, recipe, dataset, chosen, accelerator, control,
                emit, kitchen,
            )  # fmt: skip
        finally:
            torch.random.set_rng_state(state)

    def warn(self, text: str) -> None:
        self.emit(LogLine(text, "warning"))
