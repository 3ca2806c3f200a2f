"""The learning-rate range test: raise the rate step by step and watch the loss.

Smith 2017, 'Cyclical Learning Rates for Training Neural Networks', section
3.3, with the exponential sweep that became usual. It trains the recipe's first
phase as a run would, from the feature cache where there is one, on a network
that is thrown away afterwards.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import count
from typing import Any

import numpy as np
import torch

from engine.errors import TrainingError
from engine.events import Activity, Emit, RatePoint
from engine.freezing import applying
from engine.freezing.presets import PRESETS, Phase
from engine.progress import Estimate
from engine.store.datasets import Example
from engine.store.project import Project
from engine.training import few
from engine.training.batches import Batch, epoch_order, seed_step
from engine.training.bench import Bench
from engine.training.control import Control
from engine.training.material import Material
from engine.training.recipe import Recipe
from engine.training.run import starts_with_head
from engine.training.step import Stepper

LOWEST, HIGHEST = 1e-7, 1.0
STEPS = 90
EXPLODED = 3.0  # times the lowest loss so far, smoothed, and above where it began
SMOOTHING = 0.85  # of an exponential average: about seven steps
VALLEY = 0.5  # how far down the valley, on the logarithm of the rate
LEAST_FALL = 0.03  # of the first loss: less is no valley


@dataclass(frozen=True)
class Suggestion:
    """What the curve says.

    Attributes:
        rate: None where no rate brought the loss down.
        words: for the person who reads the curve.
    """

    rate: float | None
    words: str


def find_rate(project: Project, recipe: Recipe, emit: Emit, control: Control) -> dict[str, Any]:
    """Goes through the rates and suggests one.

    Returns:
        points ([rate, loss, smoothed loss] each), suggested (the preset's own rate where
        the curve says nothing), words, phase (the title of the phase tried).

    Raises:
        GraftError: as a run with this recipe would.
        StopNow: a person asked for the end.
    """
    with Bench.open(project, recipe, emit, control) as bench:
        phase = bench.phases[0]
        head_first = starts_with_head(bench.network, bench.phases)
        bench.recipe = few.settled(recipe, head_first, len(bench.splits["train"]))
        points: list[tuple[float, float]] = []
        smooth: list[float] = []
        with bench.kitchen.prepare(phase.plan) as material:
            emit(Activity("Trying learning rates", 0, STEPS))
            estimate = Estimate()
            for rate, loss in _sweep(bench, phase, material):
                points.append((rate, loss))
                smooth = smoothed([one for _, one in points])
                emit(RatePoint(rate, loss, smooth[-1]))
                left = estimate.left(len(points), STEPS)
                emit(Activity("Trying learning rates", len(points), STEPS, left))
                if exploded(smooth):
                    break
        suggestion = suggest([rate for rate, _ in points], smooth)
    rows = [[rate, loss, low] for (rate, loss), low in zip(points, smooth, strict=True)]
    rate = suggestion.rate or recipe.lr or PRESETS[recipe.preset].lr
    return {
        "points": rows, "suggested": rate, "words": suggestion.words, "phase": phase.title,
    }  # fmt: skip


def rates() -> np.ndarray:
    """float64 [STEPS], evenly spaced on a logarithmic scale."""
    return np.geomspace(LOWEST, HIGHEST, STEPS)


def smoothed(losses: list[float]) -> list[float]:
    """An exponential average without the pull of its beginning (Kingma and Ba 2015, section 3)."""
    found, average = [], 0.0
    for number, loss in enumerate(losses, start=1):
        average = SMOOTHING * average + (1 - SMOOTHING) * loss
        found.append(average / (1 - SMOOTHING**number))
    return found


def exploded(smooth: list[float]) -> bool:
    """Whether higher rates need not be tried: the loss is far above its best and its beginning."""
    least = min(smooth)
    return smooth[-1] > EXPLODED * max(least, 1e-3) and smooth[-1] > 1.5 * smooth[0]


def suggest(tried: list[float], smooth: list[float]) -> Suggestion:
    """A rate from the smoothed curve.

    The middle of the valley, the stretch along which the loss falls, from where
    it has fallen by a twentieth of its depth to its lowest point. This is
    fastai's default ('valley'), which proved steadier than the point of
    steepest fall: that one follows the noise of single batches. The rate at
    the lowest point itself is too high, as there the loss is about to rise.
    """
    curve = np.asarray(smooth)
    if len(curve) < 5 or not np.isfinite(curve).all():
        return Suggestion(None, "The loss broke off at once; the preset's own rate is kept.")
    bottom = int(curve.argmin())
    start = float(np.median(curve[: max(3, len(curve) // 10)]))
    depth = start - curve[bottom]
    if depth < LEAST_FALL * abs(start):
        return Suggestion(
            None,
            f"No rate up to {tried[-1]:.2g} brought the loss down by more than chance. The "
            "preset's own rate is kept; more layers that learn may help.",
        )
    above = np.flatnonzero(curve[: bottom + 1] >= start - 0.05 * depth)
    top = int(above[-1]) if len(above) else 0
    middle = np.log(tried[top]) + VALLEY * (np.log(tried[bottom]) - np.log(tried[top]))
    rate = float(f"{np.exp(middle):.2g}")
    end = "" if bottom < len(curve) - 1 else " It was still falling at the last rate tried."
    return Suggestion(
        rate,
        f"The loss falls from a rate of {tried[top]:.2g} on and is lowest at {tried[bottom]:.2g}; "
        f"above that the steps are too large. {rate:.2g} lies in the middle of the fall.{end}",
    )


def _sweep(bench: Bench, phase: Phase, material: Material) -> Iterator[tuple[float, float]]:
    """Rate and loss of each step, before the step is taken."""
    network, recipe = bench.network, bench.recipe
    applying.apply(network, phase.plan)
    groups = applying.parameter_groups(network, phase.plan, recipe.weight_decay)
    optimizer = torch.optim.AdamW(groups, lr=LOWEST, fused=True)
    stepper = Stepper(
        bench.task, network, material.forward, optimizer, bench.accelerator, recipe, bench.warn
    )
    applying.set_modes(network, phase.plan, recipe.keep_statistics)
    for number, (rate, batch) in enumerate(zip(rates(), _batches(bench, material), strict=False)):
        bench.control.check()
        seed_step(recipe.seed, number)
        for group in optimizer.param_groups:
            group["lr"] = rate * group["factor"]
        try:
            sums = stepper(batch)
        except TrainingError:  # the loss is no number: that is where the test ends
            return
        if sums:
            yield float(rate), sums["loss"] / max(1e-12, sums["weight"])


def _batches(bench: Bench, material: Material) -> Iterator[Batch]:
    """Epoch after epoch, without end."""
    train = bench.splits["train"]
    lengths = [bench.task.length(example) for example in train]
    for epoch in count():
        order = epoch_order(lengths, bench.recipe.batch_size, bench.recipe.seed, epoch)
        seen = partial(_view, material.views, epoch) if material.views else None
        yield from material.batches["train"](order, seen)


def _view(views: Callable[[Example, int], int], epoch: int, example: Example) -> int:
    return views(example, epoch)
