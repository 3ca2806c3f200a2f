"""Features in few dimensions, of one scale: what the probe, the orders and the map work on.

The axes come from all items, labelled or not, so that they stand while labels come.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Features = NDArray[np.float32]

WIDTH = 256  # axes; on four real sets a probe on all features was at most a point better
_SAMPLE = 4000  # items that the axes are taken from
_PAGE = 2048  # rows turned at once


@dataclass(frozen=True)
class Reduction:
    """Made by `of`.

    Attributes:
        middle, spread: float32 [width], of features of length 1.
        axes: float32 [width, p], principal axes of the standardised features, scaled so that
            reduced rows have a mean squared length of 1.
    """

    middle: Features
    spread: Features
    axes: Features

    def reduce(self, features: NDArray[np.floating]) -> Features:
        """float32 [n, p] of float [n, width]."""
        found = np.empty((len(features), self.axes.shape[1]), np.float32)
        for start in range(0, len(features), _PAGE):
            rows = unit(np.asarray(features[start : start + _PAGE], np.float32))
            found[start : start + _PAGE] = ((rows - self.middle) / self.spread) @ self.axes
        return found


def of(features: NDArray[np.floating], width: int = WIDTH) -> Reduction:
    """The principal axes of float [n, width] features, by a fixed sample of their rows.

    The same features give the same axes.

    Raises:
        ValueError: no rows.
    """
    from scipy.linalg import eigh

    if not len(features):
        raise ValueError("there is no item to take axes from")
    rows = unit(np.asarray(features[_some(len(features))], np.float32))
    middle, spread = rows.mean(0), rows.std(0)
    spread[spread < 1e-6] = 1.0  # a feature that never changes says nothing
    rows = (rows - middle) / spread
    count = min(width, rows.shape[1], max(1, len(rows) - 1))
    if len(rows) < rows.shape[1]:  # the smaller of the two products
        strengths, left = eigh(rows @ rows.T, subset_by_index=_last(len(rows), count))
        axes = rows.T @ left / np.sqrt(np.maximum(strengths, 1e-6))
    else:
        strengths, axes = eigh(rows.T @ rows, subset_by_index=_last(rows.shape[1], count))
    length = float(np.sqrt(max(np.maximum(strengths, 0).sum() / len(rows), 1e-12)))
    return Reduction(middle, spread, np.ascontiguousarray(axes[:, ::-1] / length, np.float32))


def unit(rows: Features) -> Features:
    """Rows of length 1; a row of zeros stays."""
    length = np.linalg.norm(rows, axis=1, keepdims=True)
    found: Features = rows / np.maximum(length, 1e-12)
    return found


def _some(count: int) -> NDArray[np.int64]:
    return np.linspace(0, count - 1, min(count, _SAMPLE)).astype(np.int64)


def _last(size: int, count: int) -> tuple[int, int]:
    return size - count, size - 1
