"""The price of any plan for one network, recipe and machine. Torch-free."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, TypeVar

from engine.freezing.chart import FLOAT, Chart
from engine.freezing.duration import FILLING, Duration, Timing, duration
from engine.freezing.holding import activations, kept, passing, recomputed, statistics
from engine.freezing.plan import Plan
from engine.freezing.reach import Reach, reach
from engine.training import few
from engine.training.recipe import Recipe

T = TypeVar("T")

SLACK = 0.1  # of the activations: what the allocator rounds up and kernels work in
RETAINED = 0.5  # of memory that was used before, and is free in pieces too small to give back
AHEAD = 3  # batches in memory: the one computed and those read ahead (engine.training.batches)


@dataclass(frozen=True)
class Remedy:
    """A change that makes a plan fit."""

    text: str
    changes: dict[str, Any]  # fields of a recipe, or {'boundary': number of a stage}
    total: int  # bytes that it would then need


@dataclass(frozen=True)
class Price:
    """Of one phase's plan. Memory is what the process holds at its highest, in bytes."""

    trainable: int  # numbers that learn
    parameters: int
    weights: int
    gradients: int
    optimizer: int
    activations: int
    other: int  # program, libraries, batches
    total: int
    available: int
    fits: bool
    cut: str | None  # module at which the feature cache's part ends
    skipped: float  # share of the forward cost that the cache saves
    checkpoint: int  # bytes
    epoch_seconds: float | None  # None: not yet measured
    first_seconds: float | None  # to fill the cache, once
    remedies: tuple[Remedy, ...] = ()

    def to_wire(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True)
class Quote:
    """All that a price depends on, but the plan."""

    chart: Chart
    recipe: Recipe
    machine: Mapping[str, Any]
    items: Mapping[str, int]
    timing: Timing | None
    known: dict[Any, Any] = field(default_factory=dict)  # shared by quotes made from this one

    @staticmethod
    def of(
        chart: Chart, recipe: Recipe, first: Plan, machine: Mapping[str, Any],
        items: Mapping[str, int], timing: Timing | None,
    ) -> Quote:  # fmt: skip
        """For the recipe that a run really follows. `first`: the plan of its first phase."""
        head_first = few.head_only(first, chart.parameters, chart.stages[-1])
        settled = few.settled(recipe, head_first, int(items["train"]))
        return Quote(chart, settled, machine, items, timing)

    def reached(self, plan: Plan) -> Reach:
        if not self.recipe.cache:
            return Reach()
        return self._once("reach", plan, lambda: reach(self.chart, plan))

    def _once(self, what: str, plan: Plan, find: Callable[[], T]) -> T:
        """Found once for a plan. The plan is kept, so that its id stays its own."""
        key = (what, id(plan), self.recipe.cache)
        if key not in self.known:
            self.known[key] = (plan, find())
        found: T = self.known[key][1]
        return found

    def price(self, plan: Plan) -> Price:
        chart, recipe = self.chart, self.recipe
        reached = self.reached(plan)
        learns = chart.learning(plan)
        count = sum(n for n, learning in zip(chart.numel, learns, strict=True) if learning)
        weights, learning = FLOAT * sum(chart.numel), FLOAT * count
        held = self._activations(plan, reached)
        base = int(self.machine["base"]) + self._batches(reached)
        total = base + self._most(weights, learning, held, reached)
        checkpoint = learning + (0 if recipe.keep_statistics else statistics(chart, plan))
        timed = self._duration(plan, reached, checkpoint)
        available = int(self.machine["memory"])
        return Price(
            trainable=count, parameters=sum(chart.numel), weights=weights, gradients=learning,
            optimizer=2 * learning, activations=held,
            other=total - weights - 3 * learning - held, total=total, available=available,
            fits=total <= available, cut=reached.cut, skipped=reached.share,
            checkpoint=checkpoint, epoch_seconds=timed.epoch if timed else None,
            first_seconds=timed.first if timed and reached.cut else None,
        )  # fmt: skip

    def _most(self, weights: int, learning: int, kept: int, reached: Reach) -> int:
        """The highest of three moments: filling the cache, a step, saving a checkpoint.

        Of what filling and saving took, a part is not given back and stands beside the steps.
        """
        filling = self._filling(reached)
        copies = max(weights, 3 * learning)  # what is saved is copied first
        step = 3 * learning + kept + int(RETAINED * (filling + copies))
        return weights + max(filling, step, 2 * learning + copies)

    def _activations(self, plan: Plan, reached: Reach) -> int:
        recipe = self.recipe
        piece = -(-recipe.batch_size // recipe.accumulation)
        held = self._once("kept", plan, lambda: kept(self.chart, plan, reached.passed))
        if recipe.checkpointing:
            stretches = self._stretches()
            found = recomputed(self.chart, held, piece, self._longest, stretches)
        else:
            found = activations(self.chart, held, piece, self._longest)
        # An item's part of a pass without gradients, which the batch changes little.
        one = self._once(
            "passing", plan, lambda: passing(self.chart, 1, self._longest, reached.passed)
        )
        found = max(found, piece * one)
        return int((found // 2 if self._half else found) * (1 + SLACK))

    def _stretches(self) -> list[str]:
        return [name for stage in self.chart.stages for name in stage]

    def _filling(self, reached: Reach) -> int:
        if reached.cut is None:
            return 0
        key = ("filling", reached.cut, self._longest)
        if key not in self.known:
            self.known[key] = passing(self.chart, FILLING, self._longest, (), reached.passed)
        return int(self.known[key] * (1 + SLACK))

    def _batches(self, reached: Reach) -> int:
        """What is read ahead, and on its way."""
        chart, batch = self.chart, self.recipe.batch_size
        if reached.cut is not None:
            count, _, words = reached.width
            return int(AHEAD * batch * count * self._longest**words)
        taken = sum(
            chart.storages[chart.tensors[tensor]][0]
            * self._longest ** chart.storages[chart.tensors[tensor]][2]
            for tensor in chart.inputs
        )
        # Bytes of colour, a quarter of the floats that they become.
        return int(batch * taken * (AHEAD / 4 + 1) if chart.kind == "image" else batch * taken)

    def _duration(self, plan: Plan, reached: Reach, checkpoint: int) -> Duration | None:
        if self.timing is None:
            return None
        views = self.recipe.views if self.recipe.augmentation != "none" else 1
        return duration(
            self.chart, plan, self.timing, reached, self.items, self.recipe.batch_size, views,
            checkpoint,
        )  # fmt: skip

    @property
    def _longest(self) -> int:
        measured = self.timing.longest if self.timing else 0
        return measured or self.chart.longest

    @property
    def _half(self) -> bool:
        """Whether activations take two bytes a number."""
        on_gpu = self.machine["device"] == "cuda"
        return on_gpu and self.recipe.precision != "no"
