"""What a phase trains on: the files, or the feature cache where a prefix is frozen."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass

import numpy as np
from accelerate import Accelerator
from torch import Tensor

from engine.errors import DataError, ResourceError
from engine.events import Activity, Emit, LogLine
from engine.freezing.cache import FeatureCache, feature_key
from engine.freezing.plan import Plan
from engine.freezing.replay import Cut, Replay, find_cut
from engine.models.network import Network
from engine.models.trace import Trace, trace
from engine.store.datasets import Example
from engine.store.project import Project
from engine.tasks.base import Task
from engine.training import device
from engine.training.batches import Batch, FileBatches, view_seed
from engine.training.control import Control
from engine.training.features import FeatureBatches, fill
from engine.training.recipe import Recipe
from engine.training.sharing import sum_over_processes

Splits = dict[str, list[Example]]


@dataclass
class Material:
    """Made by `prepare`; close it (it holds the cache and the replay) when the phase ends."""

    batches: dict[str, FileBatches | FeatureBatches]
    forward: Callable[[Batch], Tensor]
    views: Callable[[Example, int], int] | None  # of an example in an epoch; None: as it is
    cut: Cut | None
    found: int
    computed: int
    held: ExitStack

    def __enter__(self) -> Material:
        return self

    def __exit__(self, *_: object) -> None:
        self.held.close()


class Kitchen:
    """Makes the material of each phase of a run."""

    def __init__(
        self, project: Project, task: Task, network: Network, recipe: Recipe, splits: Splits,
        accelerator: Accelerator, control: Control, emit: Emit,
        problem: Callable[[Example, DataError], None],
    ) -> None:  # fmt: skip
        self._folder = project.cache / "features"
        self._storable = not project.readonly
        self._task = task
        self._network = network
        self._recipe = recipe
        self._splits = splits
        self._accelerator = accelerator
        self._control = control
        self._emit = emit
        self._problem = problem
        self._reader = task.reader(network, recipe)
        self._workers = device.workers(recipe, accelerator)
        self._traced: Trace | None = None
        self._cuts: dict[str, Cut | None] = {}

    def prepare(self, plan: Plan | None) -> Material:
        """Fills the cache with what the plan leaves frozen, if it does and that helps.

        Args:
            plan: None for a network that only judges: the files are read.

        Raises:
            StopNow: a person asked for the end meanwhile; what was computed stays.
        """
        if plan is not None and self._recipe.cache and self._storable:
            self._emit(Activity("Looking which part stays frozen"))
            cut, traced = self._cut(plan)
            if cut is not None:
                try:
                    return self._from_cache(cut, Replay(self._network, cut, traced))
                except ResourceError as error:
                    self._emit(LogLine(f"Going on without the feature cache. {error}", "warning"))
        return self._from_files()

    def _cut(self, plan: Plan) -> tuple[Cut | None, Trace]:
        """Remembered: the training of a phase and its judgement share it."""
        if self._traced is None:
            self._traced = trace(self._network)
        key = str(plan.to_wire())
        if key not in self._cuts:
            self._cuts[key] = find_cut(self._network, plan, self._traced)
        return self._cuts[key], self._traced

    def weights(self, examples: list[Example]) -> np.ndarray:
        """Of each example in the loss: 1, or with class_balanced such that classes weigh alike."""
        if not self._recipe.class_balanced:
            return np.ones(len(examples))
        targets = np.asarray([example.target for example in examples])
        counts = np.bincount(targets)
        present = np.count_nonzero(counts)
        balanced: np.ndarray = len(targets) / (present * counts[targets])
        return balanced

    def _from_files(self) -> Material:
        batches: dict[str, FileBatches | FeatureBatches] = {
            split: FileBatches(
                self._task, self._network, self._reader, examples, self._weights_of(split),
                self._workers, self._problem,
            )
            for split, examples in self._splits.items()
        }  # fmt: skip
        seed = self._recipe.seed
        views = None
        if self._recipe.augmentation != "none":

            def views(example: Example, epoch: int) -> int:
                return view_seed(seed, epoch, example.hash)

        return Material(batches, self._call, views, None, 0, 0, ExitStack())

    def _from_cache(self, cut: Cut, replay: Replay) -> Material:
        recipe, held = self._recipe, ExitStack()
        facts = {
            "max_length": recipe.max_length,
            "precision": self._accelerator.mixed_precision,
        }
        cache = FeatureCache(self._folder, feature_key(self._network, cut, facts))
        held.callback(cache.close)
        try:
            found, computed = self._fill(cache, cut)
            self._accelerator.wait_for_everyone()
            parts = {"found": float(found), "computed": float(computed)}
            told = sum_over_processes(self._accelerator, parts)
            found, computed = round(told["found"]), round(told["computed"])
            batches: dict[str, FileBatches | FeatureBatches] = {
                split: FeatureBatches(
                    cache, self._network, examples, self._weights_of(split), self._task,
                    lambda e, split=split: self._kept_views(e, split),  # type: ignore[misc]
                )
                for split, examples in self._splits.items()
            }  # fmt: skip
            held.enter_context(replay.installed())
        except BaseException:
            held.close()
            raise

        def forward(batch: Batch) -> Tensor:
            assert batch.features is not None
            on = self._accelerator.device
            live = {name: tensor.to(on) for name, tensor in batch.inputs.items()}
            return replay.run(self._network, batch.features.to(on), live)

        views = None
        if recipe.augmentation != "none":

            def views(example: Example, epoch: int) -> int:
                kept = self._kept_views(example, "train")
                return kept[(epoch + view_seed(example.hash)) % len(kept)]

        return Material(batches, forward, views, cut, found, computed, held)

    def _fill(self, cache: FeatureCache, cut: Cut) -> tuple[int, int]:
        wanted = [
            (example, view)
            for split, examples in self._splits.items()
            for example in examples
            for view in self._kept_views(example, split)
        ]
        return fill(
            cache, self._task, self._network, cut, self._reader, wanted,
            workers=self._workers, problem=self._problem,
            tell=lambda done, total, left: self._emit(
                Activity("Computing what stays frozen, once", done, total, left)
            ),
            check=self._control.check,
            share=(self._accelerator.process_index, self._accelerator.num_processes),
        )  # fmt: skip

    def _kept_views(self, example: Example, split: str) -> list[int]:
        """The views of an example in the cache: itself, or a fixed number of augmented ones.

        The augmented ones depend on the item and the kind of augmentation alone, so that
        other runs find them.
        """
        if split != "train" or self._recipe.augmentation == "none":
            return [0]
        kind = self._recipe.augmentation
        return [view_seed(kind, example.hash, number) for number in range(self._recipe.views)]

    def _weights_of(self, split: str) -> np.ndarray:
        examples = self._splits[split]
        return self.weights(examples) if split == "train" else np.ones(len(examples))

    def _call(self, batch: Batch) -> Tensor:
        on = self._accelerator.device
        inputs = {name: tensor.to(on) for name, tensor in batch.inputs.items()}
        logits: Tensor = self._network(self._task.prepare(self._network, inputs))
        return logits
