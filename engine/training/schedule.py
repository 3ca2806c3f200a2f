"""How the learning rate goes over a phase."""

from __future__ import annotations

import math
from collections.abc import Callable

from torch.optim import Optimizer

from engine.freezing.presets import Phase


def set_rates(optimizer: Optimizer, phase: Phase, step: int, steps: int) -> None:
    """Gives each parameter group its learning rate at a step (from 0) of a phase."""
    share = factor(step, steps, phase.warmup, phase.schedule)
    for group in optimizer.param_groups:
        group["lr"] = phase.lr * group["factor"] * share


def factor(step: int, steps: int, warmup: float, kind: str = "cosine") -> float:
    """Share of the full learning rate at a step (from 0): linear warm-up, then as `kind` says.

    Args:
        warmup: share of the steps, 0 to 1.
        kind: one of engine.freezing.presets.SCHEDULES. The cosine is that of Loshchilov and
            Hutter 2017, 'SGDR', without restarts.
    """
    rising = min(steps - 1, math.ceil(steps * warmup)) if warmup else 0
    if step < rising:
        return (step + 1) / (rising + 1)
    return _FALLS[kind]((step - rising) / max(1, steps - rising))


_FALLS: dict[str, Callable[[float], float]] = {
    "cosine": lambda share: 0.5 * (1 + math.cos(math.pi * share)),
    "linear": lambda share: 1 - share,
    "constant": lambda share: 1.0,
}
