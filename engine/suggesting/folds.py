"""Labels dealt into folds, such that a label more moves none of those before it.

So a probe that lacks a fold can go on from where it stood: it never saw what it is asked about.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]

FOLDS = 5


def folds(targets: Ints, groups: Ints | None = None, count: int = FOLDS) -> Ints:
    """The fold int64 [n] of each label: the one with fewest of its class, then fewest of all.

    Args:
        targets: int [n], in the order in which the labels came.
        groups: int [n]; items with one number share a fold. None: each on its own.
    """
    of_class = np.zeros((int(targets.max(initial=0)) + 1, count), np.int64)
    of_all = np.zeros(count, np.int64)
    known: dict[int, int] = {}
    found = np.empty(len(targets), np.int64)
    marks = range(len(targets)) if groups is None else groups.tolist()
    for place, (target, mark) in enumerate(zip(targets.tolist(), marks, strict=True)):
        fold = known.get(mark)
        if fold is None:
            fold = int(np.lexsort((of_all, of_class[target]))[0])
            known[mark] = fold
        found[place] = fold
        of_class[target, fold] += 1
        of_all[fold] += 1
    return found
