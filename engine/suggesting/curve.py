"""Power laws of accuracy by number of labels: a - b n^-c (Figueroa et al. 2012).

Many curves are fitted at once: for each exponent of a grid, a and b have a closed form.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

EXPONENTS = np.geomspace(0.1, 1.0, 19)


@dataclass(frozen=True)
class Curves:
    """Of m curves: value(n) = top - drop * n ** -exponent. float64 [m] each."""

    top: Floats
    drop: Floats
    exponent: Floats

    def at(self, labels: float | Floats) -> Floats:
        value: Floats = self.top - self.drop * np.power(labels, -self.exponent)
        return value

    def gain(self, labels: float | Floats, more: float) -> Floats:
        """What `more` labels add to what `labels` give."""
        found: Floats = self.at(labels + more) - self.at(labels)
        return found


def fitted(
    sizes: Floats, values: Floats, exponents: Floats | None = None,
    doubt: tuple[float, np.random.Generator] | None = None,
) -> Curves:  # fmt: skip
    """The curves of least squares; the larger a size, the more it counts.

    Nothing grows beyond 1: where a curve would, it is fitted anew with that as its top.

    Args:
        sizes: float64 [s] or [m, s], labels, above 0, at least three.
        values: float64 [m, s], accuracies.
        exponents: float64 [m] where they are known; None: chosen from EXPONENTS.
        doubt: the variance of a value, and chance: the exponent is then drawn by how likely it
            is, not the likeliest taken. Few sizes tell exponents apart badly.
    """
    grid = EXPONENTS[:, None] if exponents is None else exponents[None]  # [c, m or 1]
    weight = sizes / sizes.sum(-1, keepdims=True)
    base = np.power(sizes, -grid[..., None])  # [c, m or 1, s]
    top, drop = _lines(base, values, weight)
    missed = ((values - top[..., None] + drop[..., None] * base) ** 2 * weight).sum(-1)
    if doubt is not None:  # Gumbel's way to draw
        variance, draw = doubt
        missed = missed * sizes.shape[-1] / (2 * max(variance, 1e-9))
        missed = missed - draw.gumbel(size=missed.shape)
    best = missed.argmin(0)
    many = np.arange(values.shape[0])
    chosen = np.broadcast_to(grid, missed.shape)[best, many]
    return Curves(top[best, many], drop[best, many], chosen)


def _lines(base: Floats, values: Floats, weight: Floats) -> tuple[Floats, Floats]:
    """Tops and drops [c, m] of weighted least squares on [c, m or 1, s]."""
    mean_x, mean_y = (base * weight).sum(-1), (values * weight).sum(-1)
    apart = base - mean_x[..., None]
    spread = np.maximum((apart**2 * weight).sum(-1), 1e-12)
    slope = (apart * (values - mean_y[..., None]) * weight).sum(-1) / spread
    top = mean_y - slope * mean_x
    bounded = -((1 - values) * base * weight).sum(-1) / (base**2 * weight).sum(-1)
    over = top > 1
    return np.where(over, 1.0, top), -np.where(over, bounded, slope)
