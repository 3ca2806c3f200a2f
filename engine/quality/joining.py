"""Sets from pairs: what is joined to one of a set belongs to it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]


class Joined:
    """Places 0 to count - 1, each alone at first (a disjoint-set forest, Tarjan 1975)."""

    def __init__(self, count: int) -> None:
        self._above = np.arange(count, dtype=np.int64)

    def roots(self, places: Ints) -> Ints:
        """The one that stands for each place's set, int64 like `places`."""
        found = self._above[places]
        while True:
            higher = self._above[found]
            if (higher == found).all():
                self._above[places] = found
                return found
            found = higher

    def join(self, first: Iterable[int], second: Iterable[int]) -> None:
        above = self._above
        for one, other in zip(first, second, strict=True):
            while above[one] != one:
                one = above[one]
            while above[other] != other:
                other = above[other]
            above[max(one, other)] = min(one, other)

    def sets(self) -> list[list[int]]:
        """Sets of two and more, by their first place."""
        roots = self.roots(np.arange(len(self._above)))
        found: dict[int, list[int]] = defaultdict(list)
        _, counts = np.unique(roots, return_counts=True)
        if len(counts) == len(roots):
            return []
        for place, root in enumerate(roots.tolist()):
            found[root].append(place)
        return [members for members in found.values() if len(members) > 1]
