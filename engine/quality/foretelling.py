"""How well a few facts foretell the label: cross-validated, and held against chance.

A small decision tree is taught with some groups and asked about others. Its balanced accuracy is
held against the same after labels were dealt anew among the groups (a permutation test), and
stands with an interval from drawing groups again (a bootstrap).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.evaluation.noise import balanced_interval

Ints = NDArray[np.int64]
Check = Callable[[], None]  # called between fits; may raise

FOLDS = 5
DEPTH, LEAF = 4, 5  # of the tree
PERMUTATIONS = 99
RESAMPLES = 400
LEVEL = 0.01


@dataclass(frozen=True)
class Foretold:
    """Attributes:
    value: balanced accuracy; low, high: its 95 % interval.
    chance: the mean of it where labels were dealt anew.
    p: how often chance does as well; 1 where that was not worth asking.
    said: int64 [n], the class foretold of each item by a tree that did not know it.
    """

    value: float
    low: float
    high: float
    chance: float
    p: float
    said: Ints

    @property
    def skill(self) -> float:
        """0: no better than chance, 1: always right."""
        return (self.value - self.chance) / max(1e-9, 1 - self.chance)

    def beats(self, least: float) -> bool:
        """Surely better than chance, and by no less than `least` of what there is to gain."""
        return self.p <= LEVEL and self.low > self.chance + least * (1 - self.chance)


def foretell(
    facts: NDArray[np.floating], targets: Ints, groups: Ints, least: float,
    check: Check = lambda: None, seed: int = 0,
) -> Foretold:  # fmt: skip
    """Asks whether `facts` tell the label.

    Args:
        facts: float [n, f], numbers; categories as columns of 0 and 1.
        targets: int [n], 0 to k - 1, each there.
        groups: int [n], items with one number are taught or asked together.
        least: see `Foretold.beats`; below it no permutations are made.
    """
    random = np.random.default_rng(seed)
    groups = np.unique(groups, return_inverse=True)[1]
    facts = np.ascontiguousarray(facts, np.float32)
    said = _asked(facts, targets, groups, random, check)
    value = balanced(targets, said)
    low, high = _interval(targets, said, groups, random)
    chance = 1 / (int(targets.max()) + 1)
    if low <= chance + least * (1 - chance):
        return Foretold(value, low, high, chance, 1.0, said)
    null = np.empty(PERMUTATIONS)
    for number in range(PERMUTATIONS):
        dealt = _dealt(targets, groups, random)
        null[number] = balanced(dealt, _asked(facts, dealt, groups, random, check))
        if number == 19 and (null[:20] >= value).sum() > 2:
            return Foretold(value, low, high, chance, 1.0, said)  # chance does it easily
    p = (int((null >= value).sum()) + 1) / (PERMUTATIONS + 1)
    return Foretold(value, low, high, max(chance, float(null.mean())), p, said)


def balanced(targets: Ints, said: Ints) -> float:
    """The mean share of each class that is said right."""
    there = np.bincount(targets)
    right = np.bincount(targets[targets == said], minlength=len(there))
    return float((right[there > 0] / there[there > 0]).mean())


def _asked(
    facts: NDArray[np.floating],
    targets: Ints,
    groups: Ints,
    random: np.random.Generator,
    check: Check,
) -> Ints:
    """What a tree that did not know an item's group says of each item."""
    from sklearn import config_context
    from sklearn.tree import DecisionTreeClassifier

    fold = _folds(targets, groups, random)
    said = np.zeros(len(targets), np.int64)
    # A permutation test is hundreds of small fits, of which half would go into checking input.
    with config_context(assume_finite=True, skip_parameter_validation=True):
        for number in range(FOLDS):
            check()
            out = fold == number
            if not out.any() or out.all():
                continue
            taught = targets[~out]
            weights = 1 / np.maximum(np.bincount(taught), 1)[taught]
            tree: Any = DecisionTreeClassifier(
                max_depth=DEPTH, min_samples_leaf=LEAF, random_state=0
            )
            tree.fit(facts[~out], taught, sample_weight=weights, check_input=False)
            said[out] = tree.predict(facts[out], check_input=False)
    return said


def _folds(targets: Ints, groups: Ints, random: np.random.Generator) -> Ints:
    """A fold for each item: groups are dealt out in turn, by the class most of each has."""
    count = int(groups.max()) + 1
    held = np.zeros((count, int(targets.max()) + 1), np.int64)
    np.add.at(held, (groups, targets), 1)
    mixed = random.permutation(count)
    order = mixed[np.argsort(held.argmax(1)[mixed], kind="stable")]
    of_group = np.empty(count, np.int64)
    of_group[order] = np.arange(count) % FOLDS
    found: Ints = of_group[groups]
    return found


def _dealt(targets: Ints, groups: Ints, random: np.random.Generator) -> Ints:
    """Labels dealt anew, those of one group staying side by side."""
    by_group = np.argsort(groups, kind="stable")
    starts = np.flatnonzero(np.diff(groups[by_group], prepend=-1))
    parts = np.split(by_group, starts[1:])
    order = random.permutation(len(parts))
    found = np.empty_like(targets)
    found[by_group] = targets[np.concatenate([parts[one] for one in order])]
    return found


def _interval(
    targets: Ints, said: Ints, groups: Ints, random: np.random.Generator
) -> tuple[float, float]:
    """95 % of balanced accuracy, groups drawn again with replacement."""
    classes, count = int(targets.max()) + 1, int(groups.max()) + 1
    there = np.zeros((count, classes))
    right = np.zeros((count, classes))
    np.add.at(there, (groups, targets), 1)
    np.add.at(right, (groups, targets), targets == said)
    found = []
    for _ in range(RESAMPLES):
        drawn = np.bincount(random.integers(0, count, count), minlength=count)
        total = drawn @ there
        kept = total > 0
        found.append(float(((drawn @ right)[kept] / total[kept]).mean()))
    low, high = np.percentile(found, (2.5, 97.5))
    # Drawing again what was always right gives no width; few items do not make it so sure.
    least, most = balanced_interval(targets, said, classes)
    return min(float(low), least), max(float(high), most)
