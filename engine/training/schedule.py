"""How the learning rate goes over a phase."""

from __future__ import annotations

import math


def factor(step: int, steps: int, warmup: float) -> float:
    """Share of the full learning rate at a step (from 0): linear warm-up, then half a cosine to 0.

    The cosine is that of Loshchilov and Hutter 2017, 'SGDR', without restarts.

    Args:
        warmup: share of the steps, 0 to 1.
    """
    rising = min(steps - 1, math.ceil(steps * warmup)) if warmup else 0
    if step < rising:
        return (step + 1) / (rising + 1)
    return 0.5 * (1 + math.cos(math.pi * (step - rising) / max(1, steps - rising)))
