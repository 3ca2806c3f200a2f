"""Fractals by iterated function systems: one class is one system of affine maps.

Kataoka et al., 'Pre-training without Natural Images' (ACCV 2020); how the maps are drawn
at random: Anderson and Farrell, 'Improving Fractal Pre-training' (WACV 2022).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

MAPS = (2, 8)  # of a system, at least and at most
PARTICLES, STEPS, SETTLING = 1500, 40, 12  # of the chaos game
LEAST_FILLED = 0.05  # of the cells of a 32 by 32 picture
Array = NDArray[np.float32]


@dataclass(frozen=True)
class System:
    """x becomes matrix @ x + shift, by a map that is drawn with its chance."""

    matrices: Array  # [maps, 2, 2]
    shifts: Array  # [maps, 2]
    chances: Array  # [maps]

    def varied(self, draw: np.random.Generator) -> System:
        """Another member of the class: each number a little larger or smaller."""
        matrices = self.matrices * draw.uniform(0.92, 1.08, self.matrices.shape)
        shifts = self.shifts * draw.uniform(0.85, 1.15, self.shifts.shape)
        return System(matrices.astype(np.float32), shifts.astype(np.float32), self.chances)


def systems(count: int, draw: np.random.Generator) -> list[System]:
    """So many that fill enough of a picture to be told apart."""
    found: list[System] = []
    while len(found) < count:
        system = _system(draw)
        if (picture(system, 32, draw) > 0).mean() >= LEAST_FILLED:
            found.append(system)
    return found


def _system(draw: np.random.Generator) -> System:
    maps = int(draw.integers(MAPS[0], MAPS[1] + 1))
    first, second = _turns(maps, draw), _turns(maps, draw)
    flips = draw.choice([-1.0, 1.0], (maps, 2))
    scaled = first * _singular_values(maps, draw)[:, None, :]
    matrices = np.einsum("mij,mjk->mik", scaled, second) * flips[:, None, :]
    chances = np.maximum(np.abs(np.linalg.det(matrices)), 0.01)
    return System(
        matrices.astype(np.float32), draw.uniform(-1, 1, (maps, 2)).astype(np.float32),
        (chances / chances.sum()).astype(np.float32),
    )  # fmt: skip


def _turns(maps: int, draw: np.random.Generator) -> NDArray[np.float64]:
    angle = draw.uniform(0, 2 * np.pi, maps)
    sine, cosine = np.sin(angle), np.cos(angle)
    return np.stack([np.stack([cosine, -sine], -1), np.stack([sine, cosine], -1)], -2)


def _singular_values(maps: int, draw: np.random.Generator) -> NDArray[np.float64]:
    """[maps, 2], the larger first; drawn until the first and twice the second of all maps
    add up to what gives good geometry (WACV 2022, section 3.2)."""
    while True:
        tried = np.sort(draw.uniform(0, 1, (256, maps, 2)), -1)[..., ::-1]
        total = tried[..., 0].sum(1) + 2 * tried[..., 1].sum(1)
        good = tried[(total >= (5 + maps) / 2) & (total <= (6 + maps) / 2)]
        if len(good):
            return good[0]


def picture(system: System, size: int, draw: np.random.Generator) -> Array:
    """[size, size], 0 to 1: the logarithm of how often the particles of a chaos game come by."""
    points = draw.uniform(-1, 1, (PARTICLES, 2)).astype(np.float32)
    visited = []
    for step in range(STEPS):
        chosen = draw.choice(len(system.chances), PARTICLES, p=_exact(system.chances))
        points = np.einsum("pij,pj->pi", system.matrices[chosen], points) + system.shifts[chosen]
        if step >= SETTLING:
            visited.append(points)
    places = np.concatenate(visited)
    places = places[np.isfinite(places).all(1)]
    return _counted(places, size) if len(places) else np.zeros((size, size), np.float32)


def _exact(chances: Array) -> NDArray[np.float64]:
    wide = chances.astype(np.float64)
    return wide / wide.sum()


def _counted(places: Array, size: int) -> Array:
    low, high = np.percentile(places, 1, axis=0), np.percentile(places, 99, axis=0)
    extent = max(float((high - low).max()), 1e-6) * 1.1
    cells = ((places - (low + high) / 2) / extent + 0.5) * size
    inside = cells[((cells >= 0) & (cells < size)).all(1)].astype(np.int64)
    counts = np.bincount(inside[:, 0] * size + inside[:, 1], minlength=size * size)
    found = np.log1p(counts.reshape(size, size)).astype(np.float32)
    return found / max(float(found.max()), 1e-6)
