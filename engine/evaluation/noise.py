"""What guards must know of an epoch's validation beside its figures: how far chance reaches.

Numpy only and cheap: it runs after every epoch.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from engine.evaluation.classification import CONFIDENCE_Z, Floats, item_losses, metrics


@dataclass(frozen=True)
class Noise:
    """Of the items judged after an epoch.

    Attributes:
        losses: float64 [n], each item's; items judged again can be compared one by one.
        low, high: the 95 % interval of the metric that runs are selected by.
        blind: that metric for a model that looks at no item and knows how frequent classes are.
        blind_loss: its loss.
        guess_loss: the loss of a model that finds every class as likely as any other.
    """

    losses: Floats
    low: float
    high: float
    blind: float
    blind_loss: float
    guess_loss: float


def of_balanced_accuracy(targets: Any, probabilities: Any, taught: Any) -> Noise:
    """Noise where runs are selected by balanced accuracy.

    Args:
        targets: int [n], at least one.
        probabilities: float [n, classes].
        taught: int [m], the classes of the training items.
    """
    true = np.asarray(targets, dtype=np.int64)
    given = np.asarray(probabilities, dtype=np.float32)
    classes = given.shape[1]
    said = blind(taught, len(true), classes)
    without = metrics(true, said)
    low, high = balanced_interval(true, given.argmax(1), classes)
    return Noise(
        item_losses(true, given), low, high, without["balanced_accuracy"], without["loss"],
        math.log(max(2, len(np.unique(np.asarray(taught))))),
    )  # fmt: skip


def blind(taught: Any, items: int, classes: int) -> Floats:
    """float64 [items, classes]: for each item, how frequent the classes are in training."""
    counts = np.bincount(np.asarray(taught, dtype=np.int64), minlength=classes)
    return np.tile(counts / counts.sum(), (items, 1))


def balanced_interval(targets: Any, predicted: Any, classes: int) -> tuple[float, float]:
    """The 95 % interval of balanced accuracy, by a normal approximation.

    Recalls are shrunk as by Agresti and Coull 1998, so that a class with every
    item right is not taken to be without noise.
    """
    true = np.asarray(targets, dtype=np.int64)
    right = true == np.asarray(predicted)
    items = np.bincount(true, minlength=classes)
    hits = np.bincount(true[right], minlength=classes)
    there = items > 0
    items, hits = items[there], hits[there]
    smooth = (hits + 2) / (items + 4)
    spread = float(np.sqrt((smooth * (1 - smooth) / (items + 4)).sum()) / len(items))
    value = float((hits / items).mean())
    return max(0.0, value - CONFIDENCE_Z * spread), min(1.0, value + CONFIDENCE_Z * spread)
