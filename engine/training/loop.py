"""The loop: phases, epochs, steps; the same for every task."""

from __future__ import annotations

import time
from dataclasses import dataclass

import numpy as np
import torch
from accelerate import Accelerator

from engine.errors import DataError, GraftError, ResourceError
from engine.evaluation.noise import Noise
from engine.events import (
    Activity,
    CheckpointSaved,
    Emit,
    EpochEnded,
    EpochStarted,
    LogLine,
    PhaseStarted,
    StepLogged,
)
from engine.freezing import applying
from engine.freezing.presets import Phase
from engine.models.network import Network
from engine.models.stages import stages
from engine.store import checkpoints, runs
from engine.store.checkpoints import Checkpoint
from engine.store.datasets import Example
from engine.store.project import Project
from engine.tasks.base import Task
from engine.training import schedule
from engine.training.batches import epoch_order, seed_step
from engine.training.control import AFTER_EPOCH, Control, StopNow
from engine.training.judging import Judgement, judge
from engine.training.material import Kitchen, Material, Splits
from engine.training.pace import Pace
from engine.training.recipe import Recipe
from engine.training.recomputing import recomputing
from engine.training.saving import Position, Saver, restore_optimizer
from engine.training.sharing import means, obey, share, share_buffers, sum_over_processes
from engine.training.step import Stepper
from engine.training.watching import Watch

SAVE_EVERY = 20.0  # seconds between two checkpoints that a run can be resumed from


@dataclass
class Loop:
    """One run under way. `train` goes through the phases that are left."""

    project: Project
    run: int
    task: Task
    network: Network
    recipe: Recipe  # settled, see engine.training.few
    phases: list[Phase]
    splits: Splits
    accelerator: Accelerator
    control: Control
    emit: Emit
    position: Position
    saver: Saver
    head_first: bool  # see engine.training.few
    unsaved: GraftError | None = None  # why the latest state is not on disk

    def __post_init__(self) -> None:
        self._rows: list[tuple[str, int, float, float]] = []
        self._since = time.monotonic()
        self._kept = time.monotonic()
        self._left_out: dict[int, DataError] = {}
        self._pace: Pace | None = None
        self.recomputed: list[str] = []
        if self.recipe.checkpointing:
            row = stages(self.network)
            self.recomputed = [name for stage in row for name in stage.modules]
        self._lengths = [self.task.length(example) for example in self.splits["train"]]
        self._taught = np.asarray([example.target for example in self.splits["train"]])
        self.watch = Watch(
            self.project, self.run, self.recipe, self.task.metric, self.task.item_kind,
            self.phases, self.position.epoch, self.emit,
        )  # fmt: skip
        self.kitchen = Kitchen(
            self.project, self.task, self.network, self.recipe, self.splits, self.accelerator,
            self.control, self.emit, self.problem,
        )  # fmt: skip

    @property
    def epochs(self) -> int:
        return sum(phase.epochs for phase in self.phases)

    @property
    def first(self) -> bool:
        """Whether this process is the one that writes and tells."""
        return bool(self.accelerator.is_main_process)

    def train(self, resumed: Checkpoint | None) -> bool:
        """Returns whether all epochs were gone through (or early stopping ended them).

        Raises:
            StopNow: after saving, when a person asked for the end.
        """
        start = 0
        for number, phase in enumerate(self.phases):
            end = start + phase.epochs
            if self.position.epoch < end:
                self._phase(number, phase, start, resumed)
                resumed = None
                if self._satisfied() or self.control.stop == AFTER_EPOCH:
                    return self.position.epoch >= self.epochs or self._satisfied()
            start = end
        return True

    def _phase(self, number: int, phase: Phase, start: int, resumed: Checkpoint | None) -> None:
        self._pace = None
        applying.apply(self.network, phase.plan)
        groups = applying.parameter_groups(self.network, phase.plan, self.recipe.weight_decay)
        optimizer = torch.optim.AdamW(groups, lr=phase.lr, fused=True)
        if resumed is not None and (self.position.epoch > start or self.position.step_in_epoch):
            restore_optimizer(self.project, resumed, optimizer)
        with (
            self.kitchen.prepare(phase.plan) as material,
            recomputing(self.network, self.recomputed),
        ):
            self.emit(
                PhaseStarted(
                    self.run, number + 1, phase.title,
                    applying.trainable_count(self.network, phase.plan),
                    material.cut.module if material.cut else None,
                    material.found, material.computed,
                )
            )  # fmt: skip
            stepper = Stepper(
                self.task, self.network, material.forward, optimizer, self.accelerator,
                self.recipe, self._warn,
            )  # fmt: skip
            stepper.micro = self.position.micro
            for epoch in range(self.position.epoch, start + phase.epochs):
                self._epoch(phase, start, epoch, material, stepper, optimizer)
                if self._satisfied() or self.control.stop == AFTER_EPOCH:
                    return

    def _epoch(
        self, phase: Phase, start: int, epoch: int, material: Material, stepper: Stepper,
        optimizer: torch.optim.Optimizer,
    ) -> None:  # fmt: skip
        self.emit(EpochStarted(self.run, epoch + 1, self.epochs))
        order = epoch_order(self._lengths, self.recipe.batch_size, self.recipe.seed, epoch)
        rest = order[self.position.step_in_epoch :]
        left = [share(self.accelerator, places) for places in rest]
        views = material.views
        batches = material.batches["train"](
            left, (lambda example: views(example, epoch)) if views else None
        )
        applying.set_modes(self.network, phase.plan, self.recipe.keep_statistics)
        # One for the phase: its estimate holds the validation between epochs, too.
        self._pace = pace = self._pace or Pace(self.position, len(order), self.epochs)
        pace.lap()
        try:
            for batch in batches:
                self._wait(pace)
                self._before_step(phase, epoch - start, len(order), optimizer)
                sums = stepper(batch)
                self.position.micro = stepper.micro
                self._after_step(sums, pace, optimizer, epoch, len(order))
            self._end_epoch(phase, start, material, optimizer)
        except StopNow:
            self._save(phase, optimizer, best=False, resumable=True)
            raise

    def _wait(self, pace: Pace) -> None:
        """Stands still while paused; the time does not count."""
        if self.control.paused:
            self.emit(Activity("Paused"))
            self._tick()
            stood = time.monotonic()
            self.control.check()
            self._since = time.monotonic()
            pace.forget(self._since - stood)
        obey(self.accelerator, self.control)

    def _tick(self) -> None:
        """Adds the time since the last call to the run's."""
        now = time.monotonic()
        self.position.seconds += now - self._since
        self._since = now

    def _before_step(
        self, phase: Phase, epoch: int, steps: int, optimizer: torch.optim.Optimizer
    ) -> None:
        seed_step(self.recipe.seed, self.position.step, self.accelerator.process_index)
        place = epoch * steps + self.position.step_in_epoch
        schedule.set_rates(optimizer, phase, place, phase.epochs * steps)

    def _after_step(
        self, sums: dict[str, float], pace: Pace, optimizer: torch.optim.Optimizer, epoch: int,
        steps: int,
    ) -> None:  # fmt: skip
        position = self.position
        position.step += 1
        position.step_in_epoch += 1
        for name, value in sums.items():
            position.sums[name] = position.sums.get(name, 0.0) + value
        items = int(sums.get("count", 0)) * self.accelerator.num_processes
        position.samples += items
        due = pace.due(items)
        position.step_seconds += pace.lap()
        if not sums or not due:
            return
        at = epoch + position.step_in_epoch / steps
        loss = sums["loss"] / max(1e-12, sums["weight"])
        rate = max(group["lr"] for group in optimizer.param_groups)
        self._rows += [("step/loss", position.step, at, loss), ("step/lr", position.step, at, rate)]
        self.emit(
            StepLogged(self.run, position.step, at, loss, rate, pace.items_per_second, pace.left())
        )

    def _end_epoch(
        self, phase: Phase, start: int, material: Material, optimizer: torch.optim.Optimizer
    ) -> None:
        position = self.position
        share_buffers(self.accelerator, self.network)
        judgement = self.judge(material, "validation")
        sums = sum_over_processes(self.accelerator, position.sums)
        position.epoch += 1
        position.step_in_epoch, position.sums = 0, {}
        found = {f"train/{n}": v for n, v in means(sums).items()}
        said = self.task.metrics(judgement.targets, judgement.probabilities)
        found |= {f"validation/{n}": v for n, v in said.items()}
        before = position.best, position.best_loss, position.best_epoch
        best = self._is_best(said)
        at = float(position.epoch)
        figures = found | self.watch.measure(position.epoch, judgement, self._noise(judgement))
        self._rows += [(name, position.step, at, value) for name, value in figures.items()]
        if not self._keep(phase, optimizer, start + phase.epochs, best=best):
            position.best, position.best_loss, position.best_epoch = before
        self.emit(EpochEnded(self.run, position.epoch, found, best))
        if self.first:
            self.watch.epoch_ended(position.epoch, figures)

    def _noise(self, said: Judgement) -> Noise | None:
        return self.task.noise(said.targets, said.probabilities, self._taught)

    def judge(self, material: Material, split: str) -> Judgement:
        def check(done: int, total: int) -> None:
            if self.accelerator.num_processes == 1:  # several stop together, between two steps
                self.control.check()
            self.emit(Activity(f"Looking at the {split} items", done, total))

        size = max(1, self.position.micro or self.recipe.batch_size)
        said = judge(
            self.task, self.network, material.forward, material.batches[split], size,
            self.accelerator, check,
        )  # fmt: skip
        if split == "validation" and not len(said.places):
            ids = [example.item_id for example in self.splits[split]]
            why = next((self._left_out[id] for id in ids if id in self._left_out), None)
            raise DataError(
                "No validation item can be read",
                f"All {len(ids)} of them were left out." + (f" {why.cause}" if why else ""),
                why.remedy if why else "Put the files back, or tell the project where they are.",
            )
        return said

    def _is_best(self, said: dict[str, float]) -> bool:
        """Notes the validation result; equal figures are told apart by the loss."""
        position = self.position
        value, loss = said[self.task.metric], said["loss"]
        best = position.best
        better = best is None or value > best or (value == best and loss < position.best_loss)
        if better:
            position.best, position.best_loss = value, loss
            position.best_epoch, position.since_best = position.epoch, 0
        else:
            position.since_best += 1
        return better

    def _satisfied(self) -> bool:
        """Early stopping: no better validation for `patience` epochs."""
        return 0 < self.recipe.patience <= self.position.since_best

    def _keep(
        self, phase: Phase, optimizer: torch.optim.Optimizer, end: int, *, best: bool
    ) -> bool:
        """After an epoch: saves what must not be lost. Returns whether that succeeded.

        The best weights always; what a resumed run needs (the optimizer's state
        is twice the weights) now and then, as the way there leads through the
        same bits again; and at the end of a phase, where another plan begins.
        """
        ends = self.position.epoch >= end or self._satisfied() or self.control.stop is not None
        due = ends or time.monotonic() - self._kept >= SAVE_EVERY
        if best or due:
            return self._save(phase, optimizer, best=best, resumable=due)
        self.flush()
        return True

    def _save(
        self, phase: Phase, optimizer: torch.optim.Optimizer, *, best: bool, resumable: bool
    ) -> bool:
        """Metrics first, then the checkpoint; a full disk costs a warning and is tried again."""
        if not self.first:
            return True
        try:
            self.flush()
            self.emit(Activity("Saving a checkpoint"))
            state = optimizer if resumable else None
            id = self.saver.save(self.position, phase.plan, state, best=best, resumable=resumable)
        except ResourceError as error:
            self.unsaved = error
            self.emit(
                LogLine(
                    f"Epoch {self.position.epoch} could not be saved. {error} Training goes on; "
                    "the next epoch is tried again.", "warning",
                )
            )  # fmt: skip
            return False
        self.unsaved = None
        if resumable:
            self._kept = time.monotonic()
        kept = checkpoints.best(self.project, self.run)
        last = checkpoints.latest(self.project, self.run, resumable=True)
        start = checkpoints.first(self.project, self.run)  # what the weights moved from
        held = {point.id for point in (kept, start) if point is not None}
        checkpoints.prune(self.project, self.run, held, last.id if last else None)
        self.emit(CheckpointSaved(self.run, id, self.position.epoch, self.position.step, best))
        return True

    def flush(self) -> None:
        """Writes the metrics and figures gathered since the last time."""
        position = self.position
        self._tick()
        if not self.first:
            return
        runs.add_metrics(self.project, self.run, self._rows)
        self._rows.clear()
        runs.progress(
            self.project, self.run, epochs=position.epoch, seconds=position.seconds,
            samples_per_second=position.pace,
            best_validation=position.best,
        )  # fmt: skip

    def problem(self, example: Example, error: DataError) -> None:
        if example.item_id in self._left_out:
            return
        self._left_out[example.item_id] = error
        runs.add_problem(self.project, self.run, example.item_id, error)
        self.emit(LogLine(f"{example.file.name} was left out. {error.cause}", "warning"))

    def _warn(self, text: str) -> None:
        self.emit(LogLine(text, "warning"))
