"""All classes, and the pictures of each, drawn once into one array."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from tools.starter import contours, fractals

FRACTALS, CONTOURS = 500, 500  # classes
EACH = 40  # pictures of a class
SIZE = 128  # pixels
SEED = 7


def drawn(share: int = 0, of: int = 1) -> Iterator[tuple[int, NDArray[np.uint8]]]:
    """(class, its pictures [EACH, SIZE, SIZE]), every `of`-th class from `share` on."""
    draw = np.random.default_rng(SEED)
    shapes = [*fractals.systems(FRACTALS, draw), *contours.contours(CONTOURS, draw)]
    for number, shape in enumerate(shapes):
        if number % of != share:
            continue
        own = np.random.default_rng([SEED, number])
        if isinstance(shape, fractals.System):
            made = [fractals.picture(shape.varied(own), SIZE, own) for _ in range(EACH)]
        else:
            made = [contours.picture(shape, SIZE, own) for _ in range(EACH)]
        yield number, (np.stack(made) * 255).astype(np.uint8)


def classes() -> int:
    return FRACTALS + CONTOURS
