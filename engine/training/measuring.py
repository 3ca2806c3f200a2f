"""A few real steps of the real network on the real data: what makes the price of time.

From what is measured here the time of an epoch follows for any plan
(engine.freezing.duration), so that a click on a stage need not wait for a measurement.
"""

from __future__ import annotations

import time
from typing import Any

import numpy as np
import torch
from torch import Tensor

from engine.events import Activity, Emit
from engine.freezing import applying
from engine.freezing.duration import Timing
from engine.freezing.plan import FROZEN, TRAINABLE, Plan
from engine.models.stages import stages
from engine.models.trace import evaluating, trace
from engine.store.project import Project
from engine.training import disk, memory
from engine.training.batches import Batch, FileBatches, epoch_order
from engine.training.bench import Bench
from engine.training.control import Control
from engine.training.recipe import Recipe
from engine.training.small_steps import overhead
from engine.training.stopwatch import Stopwatch

SECONDS = 6.0  # for the passes, where one is short
LONG = 1.5  # seconds; a pass that takes longer is measured with fewer items
BATCHES = 3  # that are read, of different lengths


def measure(
    project: Project, arguments: dict[str, Any], emit: Emit, control: Control
) -> dict[str, Any]:
    """Arguments: a Recipe's wire form. Nothing is stored, nothing learned.

    Returns:
        machine (see engine.training.memory.machine; here its base is what the process holds
        with all loaded that a run needs, but the weights) and timing (a Timing's wire form).

    Raises:
        GraftError: as a run with this recipe would.
    """
    machine = memory.machine()
    with Bench.open(project, Recipe.from_wire(arguments), emit, control) as bench:
        emit(Activity("Reading a few items"))
        read, batches, lengths = _read(bench)
        emit(Activity("Taking a few real steps"))
        passes = _Passes(bench, batches)
        passes.warm_up()
        if machine["device"] == "cpu":
            machine["base"] = memory.held() - passes.known
        passes.run()
        emit(Activity("Looking how fast the disk is"))
        step, judged = overhead(bench, batches[0])
        found = disk.speed(project)
        timing = Timing(
            **passes.seconds(lengths[0]), units=tuple(passes.units), step=step, batch=judged,
            epoch=found.save[0], read=read, fetch=found.fetch, store=found.store,
            save=found.save[1], overlap=bench.accelerator.device.type != "cpu",
            length=lengths[0], longest=lengths[1],
        )  # fmt: skip
        return {"machine": machine, "timing": timing.to_wire()}


def _read(bench: Bench) -> tuple[float, list[Batch], tuple[float, int]]:
    """Seconds an item, a few batches of lengths from short to long, and (texts) tokens of a
    typical item as batches are padded, and of the longest."""
    recipe, task, network = bench.recipe, bench.task, bench.network
    examples = bench.splits["train"]
    order = epoch_order([task.length(e) for e in examples], recipe.batch_size, recipe.seed, 0)

    def longest(places: np.ndarray) -> int:
        return max((task.length(examples[place]) for place in places), default=0)

    order.sort(key=longest)
    chosen = [order[(2 * n + 1) * len(order) // (2 * BATCHES)] for n in range(BATCHES)]
    source = FileBatches(
        task, network, task.reader(network, recipe), examples, np.ones(len(examples)), 2,
        lambda example, error: None,
    )  # fmt: skip
    next(source(chosen[:1]))  # the first reading loads libraries
    began = time.perf_counter()
    batches = list(source([*chosen, order[-1]]))
    seconds = (time.perf_counter() - began) / max(1, sum(len(batch) for batch in batches))
    last = batches.pop()
    if network.kind != "text":
        return seconds, batches, (0.0, 0)
    widths = [batch.inputs["input_ids"].shape[1] for batch in batches]
    # What a letter of the longest text in a batch makes in tokens tells the mean of all batches.
    letters = [longest(places) for places in order]
    mean = np.mean(widths) * np.mean(letters) / np.mean([longest(places) for places in chosen])
    return seconds, batches, (float(mean), int(last.inputs["input_ids"].shape[1]))


class _Passes:
    """Three kinds of passes, in turn, until the time is over: judging, learning, and letting
    gradients through without learning."""

    def __init__(self, bench: Bench, batches: list[Batch]) -> None:
        self._bench = bench
        self._batches = batches
        network = bench.network
        ran = trace(network)
        row = stages(network, ran)
        units = {name for stage in row for name in stage.modules}
        self.units = [name for name in ran.order if name in units]
        self._watch = Stopwatch(network.model, self.units, bench.accelerator.device)
        # Nothing changes at a rate of 0, and the step is a real one.
        self._optimizer = bench.accelerator.prepare_optimizer(
            torch.optim.AdamW(network.parameters(), lr=0.0, weight_decay=0.0, fused=True)
        )
        self._found: dict[str, list[list[float]]] = {
            "judge": [], "forward": [], "back": [], "through": [],
        }  # fmt: skip
        self._steps: list[float] = []

    @property
    def known(self) -> int:
        """Bytes of the weights and of the optimizer's state, which is twice as much."""
        return 3 * sum(p.numel() * p.element_size() for p in self._bench.network.parameters())

    def warm_up(self) -> None:
        """Everything once on two items, so that all is loaded that a run needs."""
        few = self._batches[0].part(0, 2)
        self._judge(few)
        self._learn(few)
        self._let_through(few)

    def run(self) -> None:
        self._shorten()
        until = time.perf_counter() + SECONDS
        for round_ in range(12):
            for batch in self._batches:
                self._bench.control.check()
                self._judge(batch)
                self._learn(batch)
                self._let_through(batch)
            if round_ and time.perf_counter() > until:
                break
            if time.perf_counter() > until and len(self._found["judge"]) >= 2:
                break

    def _shorten(self) -> None:
        """Takes fewer items where a pass is long; the first passes do not count."""
        seconds = self._judge(self._batches[0].part(0, 2))
        size = int(LONG / max(1e-6, 3 * seconds / 2))
        if size < len(self._batches[0]):
            kept = self._batches[:1] if self._bench.network.kind == "image" else self._batches
            self._batches = [batch.part(0, max(2, size)) for batch in kept]
        elif self._bench.network.kind == "image":
            self._batches = self._batches[:1]
        self._learn(self._batches[0])
        self._let_through(self._batches[0])
        for kind in self._found.values():
            kind.clear()
        self._steps.clear()

    def _judge(self, batch: Batch) -> float:
        network, watch = self._bench.network, self._watch
        with evaluating(network), torch.no_grad(), watch.running():
            watch.begin()
            began = time.perf_counter()
            self._forward(batch)
            watch.end()
        self._note("judge", watch.forward, len(batch))
        return time.perf_counter() - began

    def _learn(self, batch: Batch) -> None:
        self._pass(Plan({"": TRAINABLE}), batch)
        self._note("forward", self._watch.forward, len(batch))
        self._note("back", self._watch.back, len(batch))
        began = time.perf_counter()
        self._bench.accelerator.clip_grad_norm_(self._bench.network.parameters(), 1.0)
        self._optimizer.step()
        self._optimizer.zero_grad(set_to_none=True)
        self._wait()
        self._steps.append(time.perf_counter() - began)

    def _let_through(self, batch: Batch) -> None:
        """Only the first part learns, so that gradients go through all others."""
        first = self.units[0]
        self._pass(Plan({"": FROZEN, first: TRAINABLE}), batch)
        self._bench.network.zero_grad(set_to_none=True)
        self._note("through", self._watch.back, len(batch))

    def _pass(self, plan: Plan, batch: Batch) -> None:
        bench, watch = self._bench, self._watch
        applying.apply(bench.network, plan)
        applying.set_modes(bench.network, plan)
        device = bench.accelerator.device
        with watch.running():
            watch.begin()
            outputs = self._forward(batch)
            with bench.accelerator.autocast():
                loss = bench.task.loss(
                    outputs, batch.targets.to(device), batch.weights.to(device), bench.recipe
                )
            bench.accelerator.backward(loss / len(batch))
            watch.end()

    def _forward(self, batch: Batch) -> Tensor:
        bench = self._bench
        device = bench.accelerator.device
        inputs = {name: tensor.to(device) for name, tensor in batch.inputs.items()}
        with bench.accelerator.autocast():
            outputs: Tensor = bench.network(bench.task.prepare(bench.network, inputs))
        return outputs

    def _wait(self) -> None:
        if self._bench.accelerator.device.type == "cuda":
            torch.cuda.synchronize()

    def _note(self, kind: str, seconds: list[float], items: int) -> None:
        self._found[kind].append([value / items for value in seconds])

    def seconds(self, length: float) -> dict[str, Any]:
        """The fields of a Timing that these passes tell, for texts of a mean `length`."""
        typical = {kind: self._typical(kind, length) for kind in self._found}
        whole = zip(typical["back"], typical["through"], strict=True)
        numbers = sum(parameter.numel() for parameter in self._bench.network.parameters())
        return {
            "judge": typical["judge"], "forward": typical["forward"],
            "through": typical["through"],
            "weights": tuple(max(0.0, back - through) for back, through in whole),
            "optimizer": float(np.median(self._steps)) / numbers,
        }  # fmt: skip

    def _typical(self, kind: str, length: float) -> tuple[float, ...]:
        """Of each unit, over all passes: for texts the mean, as lengths differ on purpose."""
        found = np.asarray(self._found[kind])
        groups = [found[number :: len(self._batches)] for number in range(len(self._batches))]
        typical = np.mean([np.median(group, axis=0) for group in groups], axis=0)
        if length:  # time goes with the number of tokens
            widths = [batch.inputs["input_ids"].shape[1] for batch in self._batches]
            typical *= length / np.mean(widths)
        return tuple(typical.tolist())
