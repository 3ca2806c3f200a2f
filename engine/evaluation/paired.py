"""Is B better than A? Two models on the same items, compared item by item.

Numpy only: the window imports this. Two intervals that overlap do not answer
the question; on the same items most of the noise is common to both.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from math import comb, erfc, sqrt
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.evaluation.classification import Floats, Ints, selector, shares

RESAMPLES = 2000
METRICS = ("accuracy", "balanced_accuracy", "macro_f1")
LEVEL = 0.05
_EXACT = 5000  # items that differ; above it the normal law is exact enough
_CELLS = 4_000_000  # numbers held at once


@dataclass(frozen=True)
class Difference:
    """B's figure less A's, on the same items.

    Attributes:
        low, high: the 95 % interval of `value`, by drawing items again with replacement. With
            few items that differ it would be too narrow; it holds 0 unless the test excludes it.
        p: how likely a difference as large is when the two do equally well.
    """

    metric: str
    items: int
    a: float
    b: float
    value: float
    low: float
    high: float
    p: float

    @property
    def sure(self) -> bool:
        return self.p < LEVEL and not self.low <= 0.0 <= self.high

    def sure_among(self, many: int) -> bool:
        """Whether it is sure as one of `many` differences that are looked at together.

        Of many, chance makes some look sure, so each has its share of LEVEL (Bonferroni), down
        to the least that RESAMPLES can tell.
        """
        return self.sure and self.p <= max(LEVEL / many, 1 / (RESAMPLES + 1))

    def to_wire(self) -> dict[str, Any]:
        return asdict(self)


def compare(
    targets: Any, a: Any, b: Any, classes: int, metric: str = "accuracy", seed: int = 0
) -> Difference:
    """Compares two models' answers.

    Accuracy is tested by McNemar's exact test (McNemar 1947), on the items
    that exactly one of the two has right. The other metrics are tested by
    randomisation (Yeh 2000): if the two did equally well, their answers to an
    item could be exchanged, and the difference is held against those after
    random exchanges. The same seed gives the same result.

    Args:
        targets, a, b: int [n], the true class of each item and what each model said.

    Raises:
        ValueError: no items, lengths that differ, or an unknown metric.
    """
    true, first, second = (np.asarray(values, dtype=np.int64) for values in (targets, a, b))
    if metric not in METRICS or not len(true) or not len(true) == len(first) == len(second):
        raise ValueError(f"{metric} of {len(true)}, {len(first)} and {len(second)} items")
    cells, counts = np.unique(np.stack([true, first, second]), axis=1, return_counts=True)
    own = _Cells(cells, counts, classes)
    of_a, of_b = own.figures(counts[None].astype(np.float64), metric)
    drawn = own.resampled(metric, np.random.default_rng([seed, 0]))
    low, high = (float(end) for end in np.percentile(drawn, (2.5, 97.5)))
    value = float(of_b[0] - of_a[0])
    if metric == "accuracy":
        p = mcnemar(int(((first == true) & (second != true)).sum()),
                    int(((first != true) & (second == true)).sum()))  # fmt: skip
    else:
        p = own.exchanged(metric, value, np.random.default_rng([seed, 1]))
    if p >= LEVEL:
        low, high = min(low, 0.0), max(high, 0.0)
    return Difference(
        metric, len(true), float(of_a[0]), float(of_b[0]), value,
        min(low, value), max(high, value), p,
    )  # fmt: skip


def mcnemar(only_a: int, only_b: int) -> float:
    """The exact two-sided p-value.

    Args:
        only_a: items that A has right and B wrong; `only_b` the other way round.
    """
    differ, fewer = only_a + only_b, min(only_a, only_b)
    if differ == 0:
        return 1.0
    if differ > _EXACT:
        distance = max(0.0, abs(only_a - only_b) - 1) / sqrt(differ)
        return float(erfc(distance / sqrt(2)))
    tail = sum(comb(differ, k) for k in range(fewer + 1))
    p: float = min(1.0, 2 * tail / 2**differ)
    return p


class _Cells:
    """Items counted by (true class, A's answer, B's answer); only the counts matter."""

    def __init__(self, cells: Ints, counts: NDArray[np.intp], classes: int) -> None:
        self._counts = counts
        true, a, b = cells
        self._onto_true = selector(true, classes)
        self._onto = [selector(said, classes) for said in (a, b)]
        self._right = [
            self._onto_true * (said == true)[:, None] for said in (a, b)
        ]  # fmt: skip
        self._batch = max(1, min(RESAMPLES, _CELLS // max(len(counts), 3 * classes)))

    def figures(self, counts: Floats, metric: str) -> tuple[Floats, Floats]:
        """A's and B's figure, each float64 [m], for float64 [m, cells]."""
        return self._figure(0, counts, None, metric), self._figure(1, counts, None, metric)

    def _figure(self, which: int, own: Floats, exchanged: Floats | None, metric: str) -> Floats:
        """A model's figure when `own` items keep its answers and `exchanged` get the other's."""
        right, called = own @ self._right[which], own @ self._onto[which]
        true = own @ self._onto_true
        if exchanged is not None:
            right = right + exchanged @ self._right[1 - which]
            called = called + exchanged @ self._onto[1 - which]
            true = true + exchanged @ self._onto_true
        if metric == "accuracy":
            accuracy: Floats = right.sum(1) / true.sum(1)
            return accuracy
        balanced, f1 = shares(right, true, called)
        return balanced if metric == "balanced_accuracy" else f1

    def resampled(self, metric: str, random: np.random.Generator) -> Floats:
        """float64 [RESAMPLES]: the difference over items drawn with replacement."""
        items = int(self._counts.sum())
        found = []
        for size in self._sizes():
            drawn = random.multinomial(items, self._counts / items, size=size).astype(np.float64)
            a, b = self.figures(drawn, metric)
            found.append(b - a)
        return np.concatenate(found)

    def exchanged(self, metric: str, value: float, random: np.random.Generator) -> float:
        """The share of random exchanges of answers whose difference is as large, either way."""
        as_large = 0
        for size in self._sizes():
            drawn = random.binomial(self._counts, 0.5, size=(size, len(self._counts)))
            swapped: Floats = drawn.astype(np.float64)
            kept: Floats = self._counts.astype(np.float64) - swapped
            a = self._figure(0, kept, swapped, metric)
            b = self._figure(1, kept, swapped, metric)
            as_large += int((np.abs(b - a) >= abs(value) - 1e-12).sum())
        return (as_large + 1) / (RESAMPLES + 1)

    def _sizes(self) -> list[int]:
        return [
            min(self._batch, RESAMPLES - start) for start in range(0, RESAMPLES, self._batch)
        ]  # fmt: skip
