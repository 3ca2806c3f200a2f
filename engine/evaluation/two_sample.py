"""Do two sets of items look alike? A classifier that tries to tell them apart says so.

The classifier two-sample test of Lopez-Paz and Oquab 2017 ('Revisiting
Classifier Two-Sample Tests'), on features: if no classifier tells the sets
apart better than chance on items that it was not taught with, they look alike
to it. scikit-learn is loaded in here only.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.errors import DataError
from engine.evaluation.classification import CONFIDENCE_Z, Floats

FOLDS = 5
DIMENSIONS = 32  # that features are reduced to; more would need more items to be of use
PERMUTATIONS = 200
RESAMPLES = 200
MOST = 500  # items of each set that are looked at
LEAST = 10  # items (or groups) of each set
LEVEL = 0.01
STRENGTH = 0.1  # of the regression, inverse of its penalty
_STEPS = 6  # of Newton's method

Check = Callable[[int, int], None]  # how many of how many rounds are done; may raise


@dataclass(frozen=True)
class TwoSample:
    """How well the two sets are told apart.

    Attributes:
        auc: area under the ROC curve, 0.5: not at all, 1: always.
        low, high: its 95 % interval.
        p: how likely an AUC as high is when the sets look alike; never below 1 / 201.
        items: how many of each set were looked at.
    """

    auc: float
    low: float
    high: float
    p: float
    items: tuple[int, int]

    @property
    def differ(self) -> bool:
        return self.p < LEVEL and self.low > 0.5

    def to_wire(self) -> dict[str, Any]:
        return asdict(self)


def two_sample(
    first: Any,
    second: Any,
    groups: tuple[Any, Any] | None = None,
    *,
    seed: int = 0,
    permutations: int = PERMUTATIONS,
    check: Check = lambda done, total: None,
) -> TwoSample:
    """Tests whether two sets of features come from one distribution.

    Logistic regression, cross-validated; the p-value by permuting which set an
    item belongs to. Items of one group (a patient) are alike, so they stay in
    one fold and are permuted together.

    Args:
        first, second: float [n, features].
        groups: of each item of both sets; None: every item stands for itself.

    Raises:
        DataError: fewer than LEAST items or groups in a set.
    """
    random = np.random.default_rng(seed)
    parts = [np.asarray(part, dtype=np.float64) for part in (first, second)]
    marks = _groups(groups, len(parts[0]), len(parts[1]))
    chosen = [_some(mark, MOST, random) for mark in marks]
    for part, mark, name in zip(chosen, marks, ("first", "second"), strict=True):
        _refuse_few(len(np.unique(mark[part])), name)
    features = np.concatenate([part[rows] for part, rows in zip(parts, chosen, strict=True)])
    group = np.concatenate([mark[rows] for mark, rows in zip(marks, chosen, strict=True)])
    belongs = np.repeat([0, 1], [len(chosen[0]), len(chosen[1])])
    group = np.unique(group, return_inverse=True)[1]
    reduced = _reduced(features)
    own, scores, folds = _cross_validated(reduced, belongs, group, seed)
    null = np.empty(permutations)
    for number in range(permutations):
        check(number, permutations)
        shuffled = _permuted(belongs, group, random)
        null[number] = _cross_validated(reduced, shuffled, group, seed + 1 + number)[0]
    low, high = _interval(scores, belongs, group, folds, random)
    # Other items would have taught another model, too; that shows in the permutations.
    reach = CONFIDENCE_Z * float(null.std()) * 2 * np.sqrt(max(0.0, own * (1 - own)))
    low, high = max(0.0, min(low, own - reach)), min(1.0, max(high, own + reach))
    p = (int((null >= own).sum()) + 1) / (permutations + 1)
    return TwoSample(own, low, high, p, (len(chosen[0]), len(chosen[1])))


def auc(scores: Floats, belongs: NDArray[np.int64]) -> float:
    """How often a random item of set 1 scores above one of set 0; ties count half."""
    from scipy.stats import rankdata

    ones = int(belongs.sum())
    zeros = len(belongs) - ones
    if not ones or not zeros:
        return float("nan")
    above = rankdata(scores)[belongs == 1].sum() - ones * (ones + 1) / 2
    return float(above / (ones * zeros))


def _groups(
    groups: tuple[Any, Any] | None, first: int, second: int
) -> tuple[NDArray[Any], NDArray[Any]]:
    if groups is not None:
        # A group with items in both sets counts in each for itself.
        marks = [np.unique(np.asarray(part), return_inverse=True)[1] for part in groups]
        return marks[0], marks[1] + len(marks[0])
    return np.arange(first), np.arange(first, first + second)


def _some(marks: NDArray[Any], most: int, random: np.random.Generator) -> NDArray[np.intp]:
    """Places of at most `most` items, drawn at random."""
    if len(marks) <= most:
        return np.arange(len(marks))
    return np.sort(random.choice(len(marks), most, replace=False))


def _refuse_few(there: int, name: str) -> None:
    if there < LEAST:
        raise DataError(
            "There are too few items to compare",
            f"The {name} set has {there} items that do not belong together; from fewer than "
            f"{LEAST} nothing can be told.",
            "Compare with more items.",
        )


def _reduced(features: Floats) -> Floats:
    """float64 [n, at most DIMENSIONS]: standardised, then their main directions, scaled alike.

    It looks at both sets together and not at which is which, so that the
    permutations stay valid.
    """
    from sklearn.decomposition import PCA

    spread = features.std(0)
    kept = features[:, spread > 1e-9]
    if not kept.shape[1]:
        return np.zeros((len(features), 1))
    scaled = (kept - kept.mean(0)) / kept.std(0)
    count = min(DIMENSIONS, *scaled.shape, max(1, len(scaled) // 10))
    found: Floats = PCA(count, whiten=True, random_state=0).fit_transform(scaled)
    return found


def _cross_validated(
    features: Floats, belongs: NDArray[np.int64], group: NDArray[np.int64], seed: int
) -> tuple[float, Floats, NDArray[np.int64]]:
    """The mean AUC over the folds, each item's score, and each item's fold.

    Scores of different folds come from different models and are not compared.
    """
    fold = _folds(belongs, group, seed)
    scores = np.zeros(len(belongs))
    for number in range(FOLDS):
        held = fold == number
        taught = belongs[~held]
        if not held.any() or taught.min() == taught.max():
            continue
        slopes = logistic(features[~held], taught)
        scores[held] = features[held] @ slopes[:-1]
    return _mean_auc(scores, belongs, fold), scores, fold


def logistic(features: Floats, belongs: NDArray[np.int64]) -> Floats:
    """Slopes and intercept, float64 [features + 1]: logistic regression by Newton's method.

    The penalised likelihood of scikit-learn's, with C = 0.1 and classes that weigh
    alike. A thousand small fits make a permutation test; there the library's
    checks take twenty times as long as the work.
    """
    rows = np.column_stack([features, np.ones(len(features))])
    share = np.bincount(belongs, minlength=2) * 2 / len(belongs)
    weight = 1 / share[belongs]
    penalty = np.full(rows.shape[1], 1 / STRENGTH)
    penalty[-1] = 0.0
    found = np.zeros(rows.shape[1])
    for _ in range(_STEPS):
        said = 1 / (1 + np.exp(-np.clip(rows @ found, -30, 30)))
        slope = rows.T @ (weight * (said - belongs)) + penalty * found
        bend = (rows * (weight * np.maximum(said * (1 - said), 1e-6))[:, None]).T @ rows
        found = found - np.linalg.solve(bend + np.diag(penalty + 1e-9), slope)
    return found


def _folds(
    belongs: NDArray[np.int64], group: NDArray[np.int64], seed: int
) -> NDArray[np.int64]:  # fmt: skip
    """The fold of each item: groups are dealt out in turn, set by set, in random order."""
    random = np.random.default_rng(seed)
    of_group = np.zeros(group.max() + 1, dtype=np.int64)
    majority = np.bincount(group, weights=belongs) / np.bincount(group) >= 0.5
    for side in (False, True):
        places = random.permutation(np.flatnonzero(majority == side))
        of_group[places] = np.arange(len(places)) % FOLDS
    found: NDArray[np.int64] = of_group[group]
    return found


def _mean_auc(scores: Floats, belongs: NDArray[np.int64], fold: NDArray[np.int64]) -> float:
    each = [auc(scores[fold == number], belongs[fold == number]) for number in range(FOLDS)]
    there = [value for value in each if value == value]
    return float(np.mean(there)) if there else 0.5


def _permuted(
    belongs: NDArray[np.int64], group: NDArray[np.int64], random: np.random.Generator
) -> NDArray[np.int64]:
    """Which set each item belongs to, exchanged between whole groups."""
    first = np.zeros(group.max() + 1, dtype=np.int64)
    first[group] = belongs
    found: NDArray[np.int64] = random.permutation(first)[group]
    return found


def _interval(
    scores: Floats, belongs: NDArray[np.int64], group: NDArray[np.int64],
    fold: NDArray[np.int64], random: np.random.Generator,
) -> tuple[float, float]:  # fmt: skip
    """Groups drawn again with replacement, within each set; the models stay."""
    members = [np.flatnonzero(group == number) for number in range(group.max() + 1)]
    sides = [np.unique(group[belongs == side]) for side in (0, 1)]
    alone = len(members) == len(group)
    only = np.asarray([places[0] for places in members])
    found = []
    for _ in range(RESAMPLES):
        drawn = np.concatenate([random.choice(side, len(side)) for side in sides])
        places = only[drawn] if alone else np.concatenate([members[n] for n in drawn])
        found.append(_mean_auc(scores[places], belongs[places], fold[places]))
    low, high = np.percentile(found, (2.5, 97.5))
    return float(low), float(high)
