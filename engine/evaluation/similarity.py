"""How alike two descriptions of the same items are, whatever axes each uses."""

from __future__ import annotations

from typing import Any

import numpy as np

from engine.evaluation.classification import CONFIDENCE_Z, Floats

LEAST = 6  # items; the estimate needs four, and the interval leaves one out


def cka(first: Any, second: Any) -> tuple[float, float, float]:
    """Linear centred kernel alignment: 1, the same up to turning and scale; 0, nothing in common.

    Kornblith et al. 2019, 'Similarity of Neural Network Representations
    Revisited', with the unbiased estimate of Song et al. 2012: the plain one
    comes near 1 for any two descriptions when items are fewer than features.

    Args:
        first, second: float [n, features], a row for the same item in both.

    Returns:
        the value and its 95 % interval (jackknife over items).

    Raises:
        ValueError: fewer than LEAST items, or numbers of rows that differ.
    """
    one, two = (np.asarray(part, dtype=np.float64) for part in (first, second))
    if len(one) != len(two) or len(one) < LEAST:
        raise ValueError(f"{len(one)} and {len(two)} items")
    grams = [_gram(part) for part in (one, two)]
    value = float(_alignment(*(np.asarray([x]) for x in _terms(*grams)))[0])
    without = _alignment(*_terms_without(*grams))
    count = len(one)
    spread = float(np.sqrt((count - 1) / count * ((without - without.mean()) ** 2).sum()))
    return value, max(0.0, value - CONFIDENCE_Z * spread), min(1.0, value + CONFIDENCE_Z * spread)


def _gram(features: Floats) -> Floats:
    """float64 [n, n], zero on the diagonal, as the estimate wants it."""
    centred = features - features.mean(0)
    gram: Floats = centred @ centred.T
    np.fill_diagonal(gram, 0.0)
    return gram


def _alignment(both: Floats, first: Floats, second: Floats) -> Floats:
    own = first * second
    found: Floats = np.clip(
        np.divide(both, np.sqrt(np.maximum(own, 0.0)), out=np.zeros_like(both), where=own > 0), 0, 1
    )
    return found


def _terms(one: Floats, two: Floats) -> tuple[float, float, float]:
    """The dependence of both, and of each with itself."""
    return _hsic(one, two), _hsic(one, one), _hsic(two, two)


def _terms_without(one: Floats, two: Floats) -> tuple[Floats, Floats, Floats]:
    """The same, each float64 [n], with every item left out in turn."""
    return _hsic_without(one, two), _hsic_without(one, one), _hsic_without(two, two)


def _hsic(one: Floats, two: Floats) -> float:
    """Song et al. 2012, 'Feature Selection via Dependence Maximization', equation 5."""
    rows = one.sum(0), two.sum(0)
    found = _estimate(
        len(one), (one * two).sum(), rows[0].sum(), rows[1].sum(), rows[0] @ rows[1]
    )  # fmt: skip
    return float(found)


def _hsic_without(one: Floats, two: Floats) -> Floats:
    """From the sums over all items less what each has its part in."""
    first, second, product = one.sum(0), two.sum(0), one * two
    shared = product.sum(0)
    cross = first @ second - first * second - one @ second - two @ first + shared
    found: Floats = _estimate(
        len(one) - 1, product.sum() - 2 * shared, first.sum() - 2 * first,
        second.sum() - 2 * second, cross,
    )  # fmt: skip
    return found


def _estimate(count: int, product: Any, first: Any, second: Any, cross: Any) -> Any:
    middle = first * second / ((count - 1) * (count - 2))
    return (product + middle - 2 * cross / (count - 2)) / (count * (count - 3))
