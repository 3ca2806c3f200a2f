"""How far readers agree beyond chance: Cohen's and Fleiss' kappa, with intervals.

Cohen, 'A coefficient of agreement for nominal scales' (1960); Fleiss, 'Measuring nominal scale
agreement among many raters' (1971). Intervals are percentiles of a bootstrap over groups, as
items of one patient are not independent of each other.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

DRAWS, LEAST = 2000, 5  # of the bootstrap; items under which nothing is claimed
Counts = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Agreement:
    """Kappa with its 95 % interval; nan where chance alone explains everything."""

    kappa: float
    low: float
    high: float
    items: int
    same: float  # share of items on which they say the same

    @property
    def words(self) -> str:
        if self.items < LEAST:
            return f"too few items read by both ({self.items})"
        if math.isnan(self.kappa):
            return f"all {self.items} items got the same class, so kappa says nothing"
        return (
            f"kappa {self.kappa:.2f} ({self.low:.2f} to {self.high:.2f}), the same class on "
            f"{self.same:.0%} of {self.items:,} items"
        )


def cohen(
    first: Sequence[int], second: Sequence[int], groups: Sequence[str | int] | None = None
) -> Agreement:
    """Two readers' classes of the same items, in the same order.

    Args:
        groups: of each item; None: each is its own.
    """
    names = {name: place for place, name in enumerate(dict.fromkeys([*first, *second]))}
    a = np.asarray([names[one] for one in first], np.int64)
    b = np.asarray([names[one] for one in second], np.int64)
    width = max(1, len(names))
    tables = np.zeros((len(a), width, width))
    tables[np.arange(len(a)), a, b] = 1
    return _drawn(tables.reshape(len(a), width * width), groups, lambda t: _cohen(t, width), a == b)


def fleiss(counts: Counts, groups: Sequence[str | int] | None = None) -> Agreement:
    """Any number of readers, of whom each item needs the same number.

    Args:
        counts: int [items, classes], how many readers gave the item that class.
    """
    counts = np.asarray(counts, np.float64)
    readers = counts[0].sum() if len(counts) else 2.0
    pairs = ((counts**2).sum(1) - readers) / max(1.0, readers * (readers - 1))
    rows = np.column_stack([counts, pairs, np.ones(len(counts))])
    return _drawn(rows, groups, lambda t: _fleiss(t, readers), pairs == 1)


def _cohen(sums: npt.NDArray[np.float64], width: int) -> npt.NDArray[np.float64]:
    """Kappa of each row of summed tables [draws, width * width]."""
    tables = sums.reshape(-1, width, width)
    total = tables.sum((1, 2))
    seen = np.trace(tables, axis1=1, axis2=2) / total
    chance = (tables.sum(2) * tables.sum(1)).sum(1) / total**2
    return _beyond(seen, chance)


def _fleiss(sums: npt.NDArray[np.float64], readers: float) -> npt.NDArray[np.float64]:
    items = sums[:, -1]
    seen = sums[:, -2] / items
    shares = sums[:, :-2] / (items * readers)[:, None]
    return _beyond(seen, (shares**2).sum(1))


def _beyond(
    seen: npt.NDArray[np.float64], chance: npt.NDArray[np.float64]
) -> npt.NDArray[np.float64]:
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(chance < 1 - 1e-12, (seen - chance) / (1 - chance), np.nan)


def _drawn(
    rows: npt.NDArray[np.float64], groups: Sequence[str | int] | None, kappa: object,
    same: npt.NDArray[np.bool_],
) -> Agreement:  # fmt: skip
    assert callable(kappa)
    count = len(rows)
    if count < LEAST:
        return Agreement(math.nan, math.nan, math.nan, count, float(same.mean()) if count else 0.0)
    value = float(kappa(rows.sum(0)[None])[0])
    keys = list(groups) if groups is not None else list(range(count))
    place = {key: number for number, key in enumerate(dict.fromkeys(keys))}
    member = np.asarray([place[key] for key in keys])
    sums = np.zeros((len(place), rows.shape[1]))
    np.add.at(sums, member, rows)
    draw = np.random.default_rng(0)
    times = draw.multinomial(len(place), np.full(len(place), 1 / len(place)), size=DRAWS)
    drawn = kappa(times @ sums)
    drawn = drawn[~np.isnan(drawn)]
    if not len(drawn) or math.isnan(value):
        return Agreement(value, math.nan, math.nan, count, float(same.mean()))
    low, high = np.percentile(drawn, [2.5, 97.5])
    return Agreement(value, float(low), float(high), count, float(same.mean()))
