"""How far each item is from those most like it."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]

NEAREST = 5
MOST = 20_000  # items that others are held against; of more, a sample drawn by chance
_PAGE = 1024


def distances(
    features: Floats, contents: Ints, check: Callable[[int, int], None] = lambda done, total: None
) -> Floats:
    """Float32 [n]: the mean distance of each row to its NEAREST neighbours of other content.

    Args:
        features: float32 [n, d]; contents: int64 [n], copies share a number.
        check: told how many rows of how many are done; may raise.
    """
    random = np.random.default_rng(0)
    held = np.arange(len(features))
    if len(held) > MOST:
        held = np.sort(random.choice(len(features), MOST, replace=False))
    there = np.ascontiguousarray(features[held], np.float32)
    length = np.einsum("nd,nd->n", there, there)
    found = np.zeros(len(features), np.float32)
    count = min(NEAREST, len(held) - 1)
    if count < 1:
        return found
    for start in range(0, len(features), _PAGE):
        check(start, len(features))
        page = np.ascontiguousarray(features[start : start + _PAGE], np.float32)
        apart = length - 2 * (page @ there.T)
        apart[contents[start : start + _PAGE, None] == contents[held]] = np.inf
        near = np.partition(apart, count - 1, axis=1)[:, :count]
        near += np.einsum("nd,nd->n", page, page)[:, None]
        near[~np.isfinite(near)] = 0.0  # fewer others than that
        found[start : start + _PAGE] = np.sqrt(np.maximum(near, 0)).mean(1)
    return found
