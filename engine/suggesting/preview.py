"""What accepting all suggestions above a threshold would do, said before it is done."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Preview:
    """Made by `preview`.

    Attributes:
        items: how many labels it would give.
        by_class: of them, by class id.
        wrong: how many are expected to be wrong, if the probabilities hold.
        low, high: within which their number lies 19 times in 20, if they hold.
    """

    items: int
    by_class: dict[int, int]
    wrong: float
    low: int
    high: int

    def to_wire(self) -> dict[str, Any]:
        """A JSON-ready form; class ids become text."""
        by_class = {str(id): count for id, count in self.by_class.items()}
        return {**asdict(self), "by_class": by_class}


def above(
    probability: NDArray[np.float32], hidden: NDArray[np.bool_], threshold: float
) -> NDArray[np.int64]:
    """Places of the suggestions that would be accepted: shown ones, at the threshold or above."""
    chosen: NDArray[np.int64] = np.flatnonzero((probability >= threshold) & ~hidden)
    return chosen


def preview(classes: NDArray[np.int64], probability: NDArray[np.float32]) -> Preview:
    """Of the suggestions that would be accepted.

    The number of wrong ones is a sum of coins that each fall with 1 - p (Poisson's binomial);
    its exact distribution is used up to a thousand items, above that the normal law.

    Args:
        classes: int64 [n], the suggested class ids.
        probability: float32 [n], calibrated.
    """
    ids, counts = np.unique(np.asarray(classes, np.int64), return_counts=True)
    miss = np.clip(1.0 - np.asarray(probability, np.float64), 0.0, 1.0)
    low, high = _interval(miss)
    by_class = dict(zip(ids.tolist(), counts.tolist(), strict=True))
    return Preview(len(miss), by_class, float(miss.sum()), low, high)


def _interval(miss: NDArray[np.float64]) -> tuple[int, int]:
    mean, spread = float(miss.sum()), float(np.sqrt((miss * (1 - miss)).sum()))
    if len(miss) > 1000:
        half = 1.96 * spread + 0.5
        return max(0, int(np.floor(mean - half))), min(len(miss), int(np.ceil(mean + half)))
    chances = np.zeros(len(miss) + 1)
    chances[0] = 1.0
    for number, p in enumerate(miss, start=1):
        chances[1 : number + 1] = chances[1 : number + 1] * (1 - p) + chances[:number] * p
        chances[0] *= 1 - p
    up_to = np.cumsum(chances)
    low = int(np.searchsorted(up_to, 0.025))
    return low, min(len(miss), int(np.searchsorted(up_to, 0.975)))
