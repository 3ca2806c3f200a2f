"""Numbers by chance, on the device of their generator."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor


def between(low: float, high: float, shape: Sequence[int], draw: torch.Generator) -> Tensor:
    return torch.rand(tuple(shape), generator=draw, device=draw.device) * (high - low) + low
