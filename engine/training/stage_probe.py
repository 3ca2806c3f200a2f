"""A short probe of each stage: which one, trained alone, helps most on validation?

After Lee et al. 2022, 'Surgical Fine-Tuning Improves Adaptation to
Distribution Shifts': from a probed head on, each stage is trained by itself
for a few steps, and the answers to the validation items are held against
those before, item by item.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from engine.errors import TrainingError
from engine.evaluation import paired
from engine.evaluation.paired import Difference
from engine.freezing import applying
from engine.freezing.plan import FROZEN, TRAINABLE, Plan
from engine.freezing.presets import Stage, learns
from engine.freezing.replay import Replay, compute, find_cut
from engine.models.network import Inputs
from engine.models.trace import Trace, evaluating, trace
from engine.training.batches import Batch, FileBatches, epoch_order, seed_step
from engine.training.bench import Bench
from engine.training.step import Stepper

HEAD_STEPS, HEAD_RATE = 120, 5e-3
STEPS, RATE = 12, 3e-4  # of each stage
BATCH = 16
TAUGHT, HELD = 128, 160  # training and validation items, at most
_LARGE = 1 << 20  # bytes of an item at a cut, above which nothing is stored
METRIC = "balanced_accuracy"

Tell = Callable[[str, int, int], None]  # what, done, of how many; may raise


@dataclass(frozen=True)
class Gain:
    """What training one stage alone did to the metric on validation."""

    title: str
    difference: Difference

    def to_wire(self) -> dict[str, Any]:
        found = self.difference
        return {
            "title": self.title, "gain": found.value, "low": found.low, "high": found.high,
            "p": found.p, "items": found.items,
        }  # fmt: skip


@dataclass(frozen=True)
class Probed:
    """`gains` from input to output; `left_out` are titles that the time did not suffice for."""

    gains: list[Gain]
    left_out: list[str]


def probe_stages(bench: Bench, row: Sequence[Stage], seconds: float, tell: Tell) -> Probed:
    """Trains each stage alone. The network is left with a probed head.

    The number of steps is fixed, so that the same seed gives the same gains; the
    time decides only how many stages, from the output on, are tried.

    Args:
        row: the network's stages; the last is the head.
        seconds: after which no further stage is begun.
    """
    started = time.monotonic()
    _probe_head(bench, row, tell)
    probing = _Probing(bench, tell)
    gains: list[Gain] = []
    tried = list(reversed(row[:-1]))
    for number, stage in enumerate(tried):
        if time.monotonic() - started > seconds:
            return Probed(gains[::-1], [left.title for left in reversed(tried[number:])])
        tell(f"Trying {stage.title}", number, len(tried))
        if any(True for _ in _parameters(bench, stage)):
            gains.append(Gain(stage.title, probing.gain(stage)))
    return Probed(gains[::-1], [])


def _parameters(bench: Bench, stage: Stage) -> Iterator[Tensor]:
    for name in stage.modules:
        yield from bench.network.model.get_submodule(name).parameters()


def _probe_head(bench: Bench, row: Sequence[Stage], tell: Tell) -> None:
    """Trains the head on the cached features, with a rate that falls to nothing."""
    plan = learns(row, 1)
    with bench.kitchen.prepare(plan) as material:
        stepper, optimizer = _stepper(bench, plan, material.forward, HEAD_RATE)
        lengths = [bench.task.length(example) for example in bench.splits["train"]]
        step = 0
        for epoch in range(HEAD_STEPS):
            order = epoch_order(lengths, bench.recipe.batch_size, bench.recipe.seed, epoch)
            for batch in material.batches["train"](order[: HEAD_STEPS - step]):
                tell("Training the head first", step, HEAD_STEPS)
                for group in optimizer.param_groups:
                    group["lr"] = HEAD_RATE * (1 - step / HEAD_STEPS)
                seed_step(bench.recipe.seed, step)
                stepper(batch)
                step += 1
            if step >= HEAD_STEPS:
                return


def _stepper(
    bench: Bench, plan: Plan, forward: Callable[[Batch], Tensor], rate: float
) -> tuple[Stepper, torch.optim.Optimizer]:
    applying.apply(bench.network, plan)
    # So few steps would only disturb the statistics of batch norms.
    applying.set_modes(bench.network, plan, True)
    groups = applying.parameter_groups(bench.network, plan, bench.recipe.weight_decay)
    optimizer = torch.optim.AdamW(groups, lr=rate, fused=True)
    stepper = Stepper(
        bench.task, bench.network, forward, optimizer, bench.accelerator, bench.recipe, bench.warn
    )
    return stepper, optimizer


class _Probing:
    """Holds a few items in memory and the network as it was, to begin from each time."""

    def __init__(self, bench: Bench, tell: Tell) -> None:
        self._bench = bench
        self._tell = tell
        model = bench.network.model
        self._state = {name: tensor.clone() for name, tensor in model.state_dict().items()}
        self._traced: Trace = trace(bench.network)
        self._taught = self._read("train", TAUGHT, BATCH)
        self._held = self._read("validation", HELD, 2 * BATCH)
        self._targets = np.concatenate([batch.targets.numpy() for batch in self._held])
        self._before = self._answers(self._held, self._whole)

    def gain(self, stage: Stage) -> Difference:
        """Trains the stage, looks what changed, and puts everything back."""
        bench = self._bench
        plan = Plan({"": FROZEN, **dict.fromkeys(stage.modules, TRAINABLE)})
        with ExitStack() as held:
            held.callback(bench.network.model.load_state_dict, self._state)
            forward, taught, asked = self._shortened(plan, held)
            stepper, _ = _stepper(bench, plan, forward, RATE)
            try:
                for step in range(STEPS):
                    self._tell(f"Training {stage.title} alone", step, STEPS)
                    seed_step(bench.recipe.seed, step)
                    stepper(taught[step % len(taught)])
            except TrainingError:  # these steps are too large for it: it gains nothing
                bench.network.model.load_state_dict(self._state)
            after = self._answers(asked, forward)
        return paired.compare(
            self._targets, self._before, after, len(bench.dataset.classes), METRIC,
            bench.recipe.seed,
        )  # fmt: skip

    def _shortened(
        self, plan: Plan, held: ExitStack
    ) -> tuple[Callable[[Batch], Tensor], list[Batch], list[Batch]]:
        """From the stage's own input on, where that can be kept."""
        bench = self._bench
        cut = find_cut(bench.network, plan, self._traced)
        shape = self._traced.shape(cut.module) if cut else None
        if cut is None or shape is None or 4 * int(np.prod(shape[1:])) > _LARGE:
            return self._whole, self._taught, self._held
        replay = Replay(bench.network, cut, self._traced)
        on = bench.accelerator.device

        def store(batch: Batch) -> Batch:
            self._tell("Computing what stays frozen, once", 0, 0)
            features = compute(bench.network, cut, self._inputs(batch)).cpu()
            live = batch.inputs if bench.network.kind == "text" else {}
            return Batch(live, batch.targets, batch.weights, batch.places, features)

        taught, asked = [[store(batch) for batch in part] for part in (self._taught, self._held)]
        held.enter_context(replay.installed())

        def forward(batch: Batch) -> Tensor:
            assert batch.features is not None
            live = {name: tensor.to(on) for name, tensor in batch.inputs.items()}
            return replay.run(bench.network, batch.features.to(on), live)

        return forward, taught, asked

    def _whole(self, batch: Batch) -> Tensor:
        logits: Tensor = self._bench.network(self._inputs(batch))
        return logits

    def _inputs(self, batch: Batch) -> Inputs:
        on = self._bench.accelerator.device
        inputs = {name: tensor.to(on) for name, tensor in batch.inputs.items()}
        return self._bench.task.prepare(self._bench.network, inputs)

    def _answers(self, batches: list[Batch], forward: Callable[[Batch], Tensor]) -> np.ndarray:
        said = []
        with evaluating(self._bench.network), torch.no_grad():
            for batch in batches:
                self._tell("Asking the validation items", 0, 0)
                said.append(forward(batch).argmax(1).cpu().numpy())
        return np.concatenate(said)

    def _read(self, split: str, most: int, size: int) -> list[Batch]:
        """Items that can be read, the classes in turn, as whole batches."""
        bench = self._bench
        examples = bench.splits[split]
        chosen = in_turn([e.target for e in examples], most, bench.recipe.seed)
        reader = bench.task.reader(bench.network, bench.recipe)
        source = FileBatches(
            bench.task, bench.network, reader, examples, np.ones(len(examples)), 2, lambda *_: None
        )
        order = np.array_split(chosen, max(1, -(-len(chosen) // size)))
        found = []
        for batch in source(order):
            self._tell(f"Reading {split} items", 0, 0)
            keep = np.flatnonzero(batch.weights.numpy() > 0)
            if len(keep):
                inputs = {name: tensor[keep] for name, tensor in batch.inputs.items()}
                found.append(
                    Batch(inputs, batch.targets[keep], batch.weights[keep], batch.places[keep])
                )
        return found


def in_turn(targets: Sequence[int], most: int, seed: int) -> np.ndarray:
    """Places of at most `most` items, drawn so that classes are as even as they can be."""
    draw = np.random.default_rng(seed)
    order = draw.permutation(len(targets))
    turn: dict[int, int] = {}
    rank = np.empty(len(targets), dtype=np.int64)
    for place in order:
        rank[place] = turn.get(targets[place], 0)
        turn[targets[place]] = int(rank[place]) + 1
    chosen: np.ndarray = order[np.argsort(rank[order], kind="stable")][:most]
    return chosen
