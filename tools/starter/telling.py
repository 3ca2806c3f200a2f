"""What a network is to tell of a view beside the class of its shape: numbers that the formula
knows, as it drew the clean shape and chose the colours.

Classes alone teach a network to overlook where a shape lies, how it is turned and coloured,
all of which other tasks ask about. Histograms of gradients as what is to be predicted: Wei et
al., 'Masked Feature Prediction' (CVPR 2022); the histograms themselves: Dalal and Triggs (CVPR
2005).
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

CELLS, WAYS, GRID = 4, 8, 8  # histograms across, directions of each; brightness across
PATCHES, BANDS = 4, 3  # colours across; how coarse grain may be, in octaves
FINE = 7.0  # scale of colours, twice that of the others: cells differ by little of it
# Numbers told of a view.
COUNT = CELLS * CELLS * WAYS + GRID * GRID + 6 + 3 * PATCHES * PATCHES + 3 * BANDS


def told(shape: Tensor, ground: Tensor, tint: Tensor, picture: Tensor) -> Tensor:
    """float32 [n, COUNT], of variance about 1, of colours 4.

    Args:
        shape: clean, [n, 1, h, w] of 0 to 1.
        ground, tint: colours of ground and shape, [n, 3, 1, 1].
        picture: what came of them, [n, 3, h, w] of 0 to 1.
    """
    brightness = functional.adaptive_avg_pool2d(shape, GRID).flatten(1)
    colours = torch.cat([ground, tint], 1).flatten(1)
    patches = functional.adaptive_avg_pool2d(picture, PATCHES).flatten(1)
    return torch.cat(
        [_gradients(shape), (brightness - 0.15) * 5, (colours - 0.5) * FINE,
         (patches - 0.5) * FINE, _grain(picture)], 1,
    )  # fmt: skip


def _grain(picture: Tensor) -> Tensor:
    """How much each channel changes from octave to octave: fine, coarse, coarser."""
    found = []
    for _ in range(BANDS):
        coarse = functional.avg_pool2d(picture, 2)
        again = functional.interpolate(coarse, size=picture.shape[2:], mode="bilinear")
        found.append(((picture - again).abs().mean((2, 3)) + 1e-3).log() + 3.9)
        picture = coarse
    return torch.cat(found, 1)


def _gradients(shape: Tensor) -> Tensor:
    across = functional.pad(shape, (1, 1, 0, 0), "replicate").diff(dim=-1)
    down = functional.pad(shape, (0, 0, 1, 1), "replicate").diff(dim=-2)
    across, down = across[..., 1:] + across[..., :-1], down[..., 1:, :] + down[..., :-1, :]
    strength = torch.hypot(across, down)
    way = (torch.atan2(down, across) / torch.pi * WAYS).floor().long() % WAYS  # either sense
    strengths = strength.new_zeros((len(shape), WAYS, *shape.shape[2:]))
    strengths.scatter_(1, way, strength)
    cells = functional.adaptive_avg_pool2d(strengths, CELLS).flatten(1).sqrt()
    length = cells.norm(dim=1, keepdim=True).clamp_min(1e-6)
    return cells / length * (cells.shape[1] ** 0.5) - 0.8
