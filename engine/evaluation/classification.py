"""How well a classifier does, each figure with the interval it is sure to within.

Numpy only: the window imports this, and scikit-learn takes a second to import.
The tests hold every figure against scikit-learn.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

NAMES = ("accuracy", "balanced_accuracy", "macro_f1", "loss")
RESAMPLES = 1000
CONFIDENCE_Z = 1.959963984540054  # of a normal distribution, 95 %, two-sided
_CELLS = 4_000_000  # resampled cells held at once, so that memory stays small
_LEAST = float(np.finfo(np.float32).tiny)


@dataclass(frozen=True)
class Summary:
    """What one split says of a model.

    Attributes:
        metrics: accuracy, balanced_accuracy, macro_f1 (0..1) and loss (nats), by name.
        intervals: the 95 % interval (low, high) of each, by the same name.
        per_class: (precision, recall, F1, number of items) in the order of the classes.
        confusion: int[classes, classes], a row for each true class.
    """

    metrics: dict[str, float]
    intervals: dict[str, tuple[float, float]]
    per_class: list[tuple[float, float, float, int]]
    confusion: Ints

    @property
    def items(self) -> int:
        return int(self.confusion.sum())

    def to_wire(self) -> dict[str, Any]:
        """A JSON-ready form."""
        return {
            "metrics": self.metrics,
            "intervals": {name: list(ends) for name, ends in self.intervals.items()},
            "per_class": [list(row) for row in self.per_class],
            "confusion": self.confusion.tolist(),
        }

    @staticmethod
    def from_wire(wire: dict[str, Any]) -> Summary:
        return Summary(
            dict(wire["metrics"]),
            {name: (float(low), float(high)) for name, (low, high) in wire["intervals"].items()},
            [(float(p), float(r), float(f), int(n)) for p, r, f, n in wire["per_class"]],
            np.asarray(wire["confusion"], dtype=np.int64),
        )


def metrics(targets: Any, probabilities: Any) -> dict[str, float]:
    """The four figures without intervals, cheap enough for every epoch.

    Args:
        targets: int[n], the true class of each item.
        probabilities: float[n, classes], each row summing to 1.

    Raises:
        ValueError: no items, shapes that do not match, a target outside the classes.
    """
    true, given = _checked(targets, probabilities)
    return _figures(confusion(true, given.argmax(1), given.shape[1]), item_losses(true, given))


def summary(targets: Any, probabilities: Any, seed: int = 0) -> Summary:
    """All figures with their 95 % intervals; the same seed gives the same intervals.

    Accuracy has Wilson's interval. The others are resampled: the items are drawn
    again with replacement and the middle 95 % of the results is kept.

    Args and Raises: as `metrics`.
    """
    true, given = _checked(targets, probabilities)
    table = confusion(true, given.argmax(1), given.shape[1])
    losses = item_losses(true, given)
    figures = _figures(table, losses)
    intervals = {"accuracy": wilson(int(np.trace(table)), len(true))}
    for name, values in _resampled(table, losses, seed).items():
        low, high = np.percentile(values, (2.5, 97.5))
        intervals[name] = (float(low), float(high))
    ordered = {name: intervals[name] for name in NAMES}
    return Summary(figures, ordered, _per_class(table), table)


def confusion(targets: Any, predicted: Any, classes: int) -> Ints:
    """int64[classes, classes]: how many items of true class [row] were called [column]."""
    cells = np.asarray(targets, dtype=np.int64) * classes + np.asarray(predicted, dtype=np.int64)
    return np.bincount(cells, minlength=classes * classes).reshape(classes, classes)


def wilson(right: int, items: int) -> tuple[float, float]:
    """The 95 % score interval of a share; unlike the usual one it holds near 0 and 1."""
    if items == 0:
        return 0.0, 1.0
    z2 = CONFIDENCE_Z**2
    share = right / items
    middle = (share + z2 / (2 * items)) / (1 + z2 / items)
    spread = np.sqrt(share * (1 - share) / items + z2 / (4 * items**2))
    half = float(CONFIDENCE_Z * spread / (1 + z2 / items))
    # At 0 and 1 the ends are exact; rounding must not put the share outside.
    return max(0.0, min(share, middle - half)), min(1.0, max(share, middle + half))


def _checked(targets: Any, probabilities: Any) -> tuple[Ints, NDArray[np.float32]]:
    true = np.asarray(targets, dtype=np.int64)
    given = np.asarray(probabilities, dtype=np.float32)
    if true.ndim != 1 or given.ndim != 2 or len(true) != len(given) or len(true) == 0:
        raise ValueError(f"targets {true.shape} and probabilities {given.shape} do not match")
    if true.min() < 0 or true.max() >= given.shape[1]:
        raise ValueError(f"targets are not all within 0..{given.shape[1] - 1}")
    return true, given


def item_losses(true: Ints, given: NDArray[np.float32]) -> Floats:
    """float64[n]: the cross-entropy of each item."""
    chosen = given[np.arange(len(true)), true].astype(np.float64)
    return -np.log(np.clip(chosen, _LEAST, 1.0))


def _figures(table: Ints, losses: Floats) -> dict[str, float]:
    balanced, f1 = _scores(table[None].astype(np.float64))
    return {
        "accuracy": float(np.trace(table) / table.sum()),
        "balanced_accuracy": float(balanced[0]),
        "macro_f1": float(f1[0]),
        "loss": float(losses.mean()),
    }


def _scores(tables: Floats) -> tuple[Floats, Floats]:
    """Balanced accuracy and macro F1 of float64[m, classes, classes], each float64[m]."""
    right = np.einsum("mii->mi", tables)
    return shares(right, tables.sum(2), tables.sum(1))


def shares(right: Floats, true: Floats, called: Floats) -> tuple[Floats, Floats]:
    """The same from what was right, true and called, each float64[m, classes].

    Recall is averaged over the classes with items; F1 over the classes that are
    true or called anywhere, as scikit-learn does.
    """
    recall = np.divide(right, true, out=np.zeros_like(right), where=true > 0)
    either = true + called
    f1 = np.divide(2 * right, either, out=np.zeros_like(right), where=either > 0)
    with_items = np.maximum((true > 0).sum(1), 1)
    with_any = np.maximum((either > 0).sum(1), 1)
    return recall.sum(1) / with_items, f1.sum(1) / with_any


def _resampled(table: Ints, losses: Floats, seed: int) -> dict[str, Floats]:
    """Each figure over RESAMPLES draws of as many items with replacement.

    Only the counts of the confusion table's cells matter, so they are drawn
    directly (a multinomial over its non-empty cells) instead of item by item.
    """
    random = np.random.default_rng(seed)
    rows, columns = np.nonzero(table)
    counts = table[rows, columns]
    items = int(counts.sum())
    classes = table.shape[0]
    batch = max(1, min(RESAMPLES, _CELLS // max(len(counts), 3 * classes)))
    onto_row = selector(rows, classes)
    onto_column = selector(columns, classes)
    onto_right = selector(rows, classes) * (rows == columns)[:, None]
    balanced, f1 = [], []
    for start in range(0, RESAMPLES, batch):
        size = min(batch, RESAMPLES - start)
        drawn = random.multinomial(items, counts / items, size=size).astype(np.float64)
        parts = shares(drawn @ onto_right, drawn @ onto_row, drawn @ onto_column)
        balanced.append(parts[0])
        f1.append(parts[1])
    return {
        "balanced_accuracy": np.concatenate(balanced),
        "macro_f1": np.concatenate(f1),
        "loss": _resampled_means(losses, random),
    }


def selector(places: NDArray[np.intp], classes: int) -> Floats:
    """float64[cells, classes] that adds cells up by class in one product."""
    chosen = np.zeros((len(places), classes))
    chosen[np.arange(len(places)), places] = 1
    return chosen


def _resampled_means(values: Floats, random: np.random.Generator) -> Floats:
    """float64[RESAMPLES]: the mean of as many values drawn with replacement."""
    items = len(values)
    batch = max(1, min(RESAMPLES, _CELLS // items))
    means = []
    for start in range(0, RESAMPLES, batch):
        size = min(batch, RESAMPLES - start)
        drawn = random.integers(0, items, size=(size, items), dtype=np.int32)
        means.append(values[drawn].mean(1))
    return np.concatenate(means)


def _per_class(table: Ints) -> list[tuple[float, float, float, int]]:
    right = np.diag(table).astype(np.float64)
    true = table.sum(1)
    called = table.sum(0)
    zeros = np.zeros_like(right)
    precision = np.divide(right, called, out=zeros.copy(), where=called > 0)
    recall = np.divide(right, true, out=zeros.copy(), where=true > 0)
    f1 = np.divide(2 * right, true + called, out=zeros.copy(), where=true + called > 0)
    rows = zip(precision, recall, f1, true, strict=True)
    return [(float(p), float(r), float(f), int(n)) for p, r, f, n in rows]
