"""Confident learning: which labels are likely wrong, from what was predicted out of fold.

Northcutt, Jiang and Chuang 2021, 'Confident Learning: Estimating Uncertainty in Dataset Labels',
Journal of Artificial Intelligence Research 70. A class counts as the likely true one of an item
where its probability reaches what is usual for items labelled so; counted over all items this
gives the joint of given and true labels. How many labels of each kind are wrong follows from it,
and the least likely ones are taken.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Suspects:
    """Attributes:
    places: int64 [s], the most doubtful label first.
    likely: int64 [s], the class that is likelier.
    joint: float64 [k, k], the estimated share of items by given (rows) and true class.
    """

    places: Ints
    likely: Ints
    joint: Floats


def suspects(given: Ints, probabilities: NDArray[np.floating]) -> Suspects:
    """The labels that both of the paper's rules would prune ('C+NR').

    Args:
        given: int [n], places of the labels' classes.
        probabilities: float [n, k], predicted for each item by a model that was not taught with
            it. Every class is given at least once.

    Returns:
        those of them for which another class is the likeliest, by normalised margin.
    """
    said = np.asarray(probabilities, np.float64)
    rows, classes = np.arange(len(given)), said.shape[1]
    joint = calibrated(confident_joint(given, said), given)
    wrong = np.rint(joint * len(given)).astype(np.int64)
    np.fill_diagonal(wrong, 0)
    own = said[rows, given]
    by_class, by_rate = np.zeros(len(given), bool), np.zeros(len(given), bool)
    for label in range(classes):
        members = np.flatnonzero(given == label)
        doubtful = members[np.argsort(own[members], kind="stable")]
        by_class[doubtful[: int(wrong[label].sum())]] = True
        for other in np.flatnonzero(wrong[label]):
            margin = said[members, other] - own[members]
            order = members[np.argsort(-margin, kind="stable")]
            by_rate[order[: int(wrong[label, other])]] = True
    likely = said.argmax(1)
    found = np.flatnonzero(by_class & by_rate & (likely != given))
    worst = np.argsort(own[found] - said[found, likely[found]], kind="stable")
    return Suspects(found[worst], likely[found[worst]], joint)


def confident_joint(given: Ints, probabilities: Floats) -> Ints:
    """int64 [k, k]: items labelled i (rows) that are confidently of class j."""
    classes = probabilities.shape[1]
    usual = np.asarray([probabilities[given == j, j].mean() for j in range(classes)])
    reaches = np.where(probabilities >= usual, probabilities, -1.0)
    best = reaches.argmax(1)
    sure = reaches[np.arange(len(given)), best] >= 0
    counts = np.zeros((classes, classes), np.int64)
    np.add.at(counts, (given[sure], best[sure]), 1)
    return counts


def calibrated(counts: Ints, given: Ints) -> Floats:
    """float64 [k, k], summing to 1: the joint, its rows as frequent as the labels are."""
    sizes = np.bincount(given, minlength=len(counts))
    rows = counts.astype(np.float64)
    empty = rows.sum(1) == 0
    rows[empty, np.flatnonzero(empty)] = 1.0
    found: Floats = rows / rows.sum(1, keepdims=True) * sizes[:, None] / max(1, len(given))
    return found
