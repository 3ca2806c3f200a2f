"""Fractals by iterated function systems: one class is one system of affine maps.

Kataoka et al., 'Pre-training without Natural Images' (ACCV 2020); how the maps are drawn
at random: Anderson and Farrell, 'Improving Fractal Pre-training' (WACV 2022).
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from tools.starter.chance import between

MOST = 8  # maps of a system; two at least
PARTICLES, STEPS, SETTLING = 1500, 40, 12  # of the chaos game
LEAST_FILLED = 0.05  # of the cells of a 32 by 32 picture
SAMPLED = 1024  # points that the extent of a fractal is told from


@dataclass(frozen=True)
class Fractals:
    """x becomes matrix @ x + shift, by a map that is drawn with its chance."""

    matrices: Tensor  # float32 [classes, MOST, 2, 2]
    shifts: Tensor  # float32 [classes, MOST, 2]
    chances: Tensor  # float32 [classes, MOST], summed up; what a system lacks has none

    def __len__(self) -> int:
        return len(self.matrices)

    def to(self, device: torch.device) -> Fractals:
        return Fractals(*(t.to(device) for t in (self.matrices, self.shifts, self.chances)))

    def pictures(self, which: Tensor, size: int, draw: torch.Generator) -> Tensor:
        """float32 [n, 1, size, size], 0 to 1: the logarithm of how often particles come by.

        No two of a class are alike: every number of the maps is a little larger or smaller.
        """
        matrices = self.matrices[which]
        matrices = matrices * between(0.92, 1.08, matrices.shape, draw)
        shifts = self.shifts[which]
        shifts = shifts * between(0.85, 1.15, shifts.shape, draw)
        visited = _chaos_game(matrices, shifts, self.chances[which], draw)
        return _counted(visited, size, draw)


def fractals(count: int, draw: torch.Generator) -> Fractals:
    """So many that fill enough of a picture to be told apart. On the CPU."""
    kept: list[Fractals] = []
    while sum(len(one) for one in kept) < count:
        tried = _systems(256, draw)
        seen = tried.pictures(torch.arange(len(tried)), 32, draw)
        good = (seen > 0).float().mean((1, 2, 3)) >= LEAST_FILLED
        kept.append(Fractals(tried.matrices[good], tried.shifts[good], tried.chances[good]))
    return Fractals(
        torch.cat([one.matrices for one in kept])[:count],
        torch.cat([one.shifts for one in kept])[:count],
        torch.cat([one.chances for one in kept])[:count],
    )


def _systems(count: int, draw: torch.Generator) -> Fractals:
    maps = torch.randint(2, MOST + 1, (count,), generator=draw)
    values = torch.stack([_singular_values(int(own), draw) for own in maps])
    first, second = _turns(count, draw), _turns(count, draw)
    flips = torch.randint(0, 2, (count, MOST, 1, 2), generator=draw) * 2.0 - 1
    matrices = (first * values[:, :, None, :]) @ second * flips
    chances = torch.linalg.det(matrices).abs().clamp_min(0.01)
    chances = chances * (torch.arange(MOST) < maps[:, None])
    summed = (chances / chances.sum(1, keepdim=True)).cumsum(1)
    return Fractals(matrices, between(-1, 1, (count, MOST, 2), draw), summed)


def _turns(count: int, draw: torch.Generator) -> Tensor:
    angle = between(0, 2 * torch.pi, (count, MOST), draw)
    sine, cosine = angle.sin(), angle.cos()
    return torch.stack([torch.stack([cosine, -sine], -1), torch.stack([sine, cosine], -1)], -2)


def _singular_values(maps: int, draw: torch.Generator) -> Tensor:
    """[MOST, 2], the larger first; drawn until the first and twice the second of all maps
    add up to what gives good geometry (WACV 2022, section 3.2)."""
    while True:
        tried = between(0, 1, (256, maps, 2), draw).sort(-1, descending=True).values
        total = tried[..., 0].sum(1) + 2 * tried[..., 1].sum(1)
        good = tried[(total >= (5 + maps) / 2) & (total <= (6 + maps) / 2)]
        if len(good):
            return torch.cat([good[0], torch.zeros(MOST - maps, 2)])


def _chaos_game(matrices: Tensor, shifts: Tensor, chances: Tensor, draw: torch.Generator) -> Tensor:
    """[n, points, 2]."""
    count = len(matrices)
    points = between(-1, 1, (count, PARTICLES, 2), draw)
    own = torch.arange(count, device=draw.device)[:, None]
    visited = []
    for step in range(STEPS):
        drawn = torch.rand((count, PARTICLES), generator=draw, device=draw.device)
        chosen = torch.searchsorted(chances, drawn).clamp_max(MOST - 1)
        turned = (matrices[own, chosen] * points[:, :, None, :]).sum(-1)
        points = turned + shifts[own, chosen]
        if step >= SETTLING:
            visited.append(points)
    return torch.cat(visited, 1)


def _counted(places: Tensor, size: int, draw: torch.Generator) -> Tensor:
    """A system that runs away leaves no point inside, and an empty picture."""
    count, points, _ = places.shape
    some = torch.randint(points, (SAMPLED,), generator=draw, device=draw.device)
    ends = places[:, some].nan_to_num().sort(1).values
    low, high = ends[:, SAMPLED // 100], ends[:, -1 - SAMPLED // 100]
    extent = (high - low).amax(1).clamp_min(1e-6) * 1.1
    cells = ((places - ((low + high) / 2)[:, None]) / extent[:, None, None] + 0.5) * size
    inside = ((cells >= 0) & (cells < size)).all(-1)
    row, column = cells.nan_to_num().clamp(0, size - 1).long().unbind(-1)
    counts = places.new_zeros((count, size * size))
    counts.scatter_add_(1, row * size + column, inside.float())
    found = counts.log1p().view(count, 1, size, size)
    return found / found.amax((1, 2, 3), keepdim=True).clamp_min(1e-6)
