"""LogME: how well a linear model can explain labels by features, without choosing one.

You et al. 2021, 'LogME: Practical Assessment of Pre-trained Models for Transfer Learning'. It
is the largest evidence (marginal likelihood) of Bayesian linear regression from the features
to one class against the rest, by item, averaged over the classes. Their fixed point iteration
stops on the wrong hill for some features, so the largest is looked for. Numpy only.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

_TRIED = 81  # ratios of the two precisions, each time
_FAR = 25.0  # from the features' own size, on the logarithm of the ratio
_LEAST = 1e-12  # of the error an item: a perfect fit has no largest evidence

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
    found = [_evidence(left, squares, (true == one).astype(np.float64)) for one in np.unique(true)]
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


def _evidence(left: Floats, squares: Floats, wanted: Floats) -> float:
    """The largest log evidence an item. `left`, `squares`: of the features' decomposition.

    Of the two precisions one follows from their ratio, so only that is looked for: over all
    of its sizes first, as the evidence may have several hills, then more closely.
    """
    along = (left.T @ wanted) ** 2  # of what is wanted, what the features reach
    outside = max(float(wanted @ wanted - along.sum()), 0.0)
    largest = float(squares.max(initial=1e-12))
    logs = np.linspace(np.log(largest) - _FAR, np.log(largest) + _FAR, _TRIED)
    for _ in range(2):
        found = _profile(np.exp(logs), squares, along, outside, len(wanted))
        best = int(found.argmax())
        logs = np.linspace(logs[max(best - 1, 0)], logs[min(best + 1, _TRIED - 1)], _TRIED)
    return float(found[best])


def _profile(ratios: Floats, squares: Floats, along: Floats, outside: float, items: int) -> Floats:
    """The log evidence an item for each ratio of the precisions, the best noise with each."""
    shrunk = 1 + squares / ratios[:, None]
    error = np.maximum((along / shrunk).sum(1) + outside, _LEAST * items)
    spread = np.log(shrunk).sum(1)
    found: Floats = -(np.log(2 * np.pi * error / items) + 1 + spread / items) / 2
    return found
