"""LogME: how well a linear model can explain labels by features, without choosing one.

You et al. 2021, 'LogME: Practical Assessment of Pre-trained Models for Transfer Learning';
the fixed point iteration is that of their 2022 sequel, 'Ranking and Tuning Pre-trained
Models'. It is the largest evidence (marginal likelihood) of Bayesian linear regression from
the features to one class against the rest, by item, averaged over the classes. Numpy only.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

_ROUNDS = 100
_CLOSE = 1e-6  # of the ratio of both precisions, from one round to the next
_LEAST = 1e-12

Floats = NDArray[np.float64]


def logme(features: Any, targets: Any) -> float:
    """The score; larger is better. It orders models on the same items and means nothing else.

    Args:
        features: float [n, width]; n and width at least 1.
        targets: int [n].

    Raises:
        ValueError: no items, or lengths that differ.
    """
    rows, true = np.asarray(features, dtype=np.float64), np.asarray(targets, dtype=np.int64)
    if rows.ndim != 2 or not len(rows) or len(rows) != len(true):
        raise ValueError(f"features {rows.shape} for {len(true)} targets")
    left, squares = _decomposed(rows)
    found = [
        _evidence(left, squares, (true == one).astype(np.float64), rows.shape[1])
        for one in np.unique(true)
    ]
    return float(np.mean(found))


def _decomposed(rows: Floats) -> tuple[Floats, Floats]:
    """Left singular vectors [n, k] and squares [k] of singular values, k at most n and width.

    From the smaller of the two products of the features with themselves, as a full
    decomposition takes ten times as long; directions that hold nothing but rounding are out.
    """
    wide = rows.shape[1] >= len(rows)
    squares, vectors = np.linalg.eigh(rows @ rows.T if wide else rows.T @ rows)
    kept = squares > squares[-1] * len(squares) * np.finfo(np.float64).eps
    squares, vectors = squares[kept], vectors[:, kept]
    return (vectors if wide else rows @ vectors / np.sqrt(squares)), squares


def _evidence(left: Floats, squares: Floats, wanted: Floats, width: int) -> float:
    """The largest log evidence an item. `left`, `squares`: of the features' decomposition."""
    items = len(wanted)
    along = (left.T @ wanted) ** 2  # of what is wanted, what the features reach
    outside = max(float(wanted @ wanted - along.sum()), 0.0)
    weights, noise = 1.0, 1.0  # precisions
    for _ in range(_ROUNDS):
        ratio = weights / noise
        explained = float((squares / (squares + ratio)).sum())
        size = float((squares * along / (squares + ratio) ** 2).sum())
        error = float((along / (1 + squares / ratio) ** 2).sum()) + outside
        weights = max(explained, _LEAST) / max(size, _LEAST)
        noise = (items - explained) / max(error, _LEAST)
        if abs(weights / noise / ratio - 1) < _CLOSE:
            break
    spread = np.log(weights + noise * squares).sum() + (width - len(squares)) * np.log(weights)
    total = (
        items * np.log(noise) + width * np.log(weights) - items * np.log(2 * np.pi)
        - noise * error - weights * size - spread
    ) / 2  # fmt: skip
    return float(total) / items
