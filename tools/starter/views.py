"""From drawn shapes to coloured views of them, a batch at a time."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

MEAN, STD = 0.5, 0.25  # of all channels: what pictures are normalised with, here and in use


def views(shapes: Tensor, size: int, draw: torch.Generator) -> Tensor:
    """float32 [n, 3, size, size], normalised, from uint8 [n, h, w].

    Turned, mirrored, cut and stretched; then shape and ground each get colours of their
    own, as a network that has seen one colour takes colour for nothing.
    """
    count = len(shapes)
    placed = _placed(shapes.float().div_(255)[:, None], size, draw)
    placed = placed ** _between(0.5, 1.5, (count, 1, 1, 1), draw)
    ground = _clouds(count, size, draw)
    tint = _clouds(count, size, draw)
    picture = ground + placed * (tint - ground)
    lighter = _between(0.8, 1.2, (count, 1, 1, 1), draw)
    noise = torch.randn(picture.shape, generator=draw)
    picture = picture * lighter + noise * _between(0, 0.06, (count, 1, 1, 1), draw)
    grey = torch.rand((count, 1, 1, 1), generator=draw) < 0.25
    picture = torch.where(grey, picture.mean(1, keepdim=True), picture)
    return (picture.clamp_(0, 1) - MEAN) / STD


def _placed(shapes: Tensor, size: int, draw: torch.Generator) -> Tensor:
    count = len(shapes)
    angle = _between(-torch.pi, torch.pi, (count,), draw)
    scale = _between(0.45, 1.3, (count,), draw)  # of the shape that the view takes in
    across = scale * _between(0.8, 1.25, (count,), draw)
    mirrored = torch.where(torch.rand(count, generator=draw) < 0.5, -1.0, 1.0)
    free = (1 - scale).abs()
    moved = torch.stack([free * _between(-1, 1, (count,), draw) for _ in range(2)], -1)
    sine, cosine = angle.sin(), angle.cos()
    turned = torch.stack(
        [
            torch.stack([cosine * across * mirrored, -sine * scale], -1),
            torch.stack([sine * across * mirrored, cosine * scale], -1),
        ],
        -2,
    )
    matrix = torch.cat([turned, moved[..., None]], -1)
    grid = functional.affine_grid(matrix, [count, 1, size, size], align_corners=False)
    return functional.grid_sample(shapes, grid, align_corners=False)


def _clouds(count: int, size: int, draw: torch.Generator) -> Tensor:
    """[n, 3, size, size]: one colour, or one that changes smoothly or in patches."""
    plain = torch.rand((count, 3, 1, 1), generator=draw)
    cells = int(torch.randint(2, 12, (1,), generator=draw))
    patches = torch.rand((count, 3, cells, cells), generator=draw)
    smooth = functional.interpolate(
        patches, size=(size, size), mode="bilinear", align_corners=False
    )
    share = _between(0, 0.6, (count, 1, 1, 1), draw)
    share = share * (torch.rand((count, 1, 1, 1), generator=draw) < 0.6)
    return plain * (1 - share) + smooth * share


def _between(low: float, high: float, shape: tuple[int, ...], draw: torch.Generator) -> Tensor:
    return torch.rand(shape, generator=draw) * (high - low) + low
