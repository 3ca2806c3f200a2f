"""What more labels are worth: a learning curve from subsets of the labels that are there.

Of each fold of the labels, probes are taught with growing random parts of the other folds and
asked about it. A power law through balanced accuracy by number of labels says what more labels
add. Its interval comes from the Bayesian bootstrap (Rubin 1981): items (or whole groups) and
repetitions are weighed anew at random, and the curve is fitted each time. No power law is quite
true: on five real sets such intervals held the gain that came two times in three, so they are
drawn WIDER.

The labels are taken as they are. If they were chosen because they are hard, the curve is one of
hard items. Few labels are asked about fewer more than MORE: half as many as there are.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.suggesting.curve import Curves, fitted
from engine.suggesting.folds import FOLDS, folds
from engine.suggesting.probe import Floats, Ints, scored, solve

MORE = 100
LEAST, LEAST_OF_CLASS = 40, 5
SMALL = 0.005  # of balanced accuracy; if surely less is to come, it is time to stop
WIDER = 1.5
_SIZES, _DRAWS = 6, 400
_MANY = 1000  # labels; above it parts are drawn twice instead of five times
Doubles = NDArray[np.float64]


@dataclass(frozen=True)
class Worth:
    """Made by `worth`.

    Attributes:
        labels: how many there are.
        state: 'gain' (more labels surely help), 'stop' (they surely add less than SMALL),
            'unsure' (neither can be told), 'few' (too few labels to say anything).
        more: how many more labels all of it is about.
        points: (labels, balanced accuracy, low, high) of each size that was tried.
        now: expected with the labels there are; gain, low, high: that `more` add.
        by_class: class id -> (gain, low, high) of balanced accuracy, were all of them of it.
        best: the class of which more labels add most, None where none stands out.
    """

    labels: int
    state: str
    points: tuple[tuple[int, float, float, float], ...] = ()
    now: float = 0.0
    gain: float = 0.0
    low: float = 0.0
    high: float = 0.0
    by_class: dict[int, tuple[float, float, float]] | None = None
    best: int | None = None
    more: int = MORE

    def to_wire(self) -> dict[str, Any]:
        """A JSON-ready form; class ids become text."""
        by_class = {str(id): list(three) for id, three in (self.by_class or {}).items()}
        return {**asdict(self), "points": [list(one) for one in self.points], "by_class": by_class}

    def words(self, names: dict[int, str]) -> str:
        """Args:
        names: of the classes, by id.
        """
        if self.state == "few":
            return (
                f"Too few labels to say what more are worth: {LEAST} in all and {LEAST_OF_CLASS} "
                "in two classes are the least."
            )
        figures = f"{100 * self.gain:+.1f} points ({100 * self.low:+.1f} to {100 * self.high:+.1f})"
        if self.state == "stop":
            return f"A good time to stop: {self.more} more labels are worth {figures}."
        if self.state == "unsure":
            return (
                f"No gain from {self.more} more labels that {self.labels:,} can measure: {figures}."
            )
        most = ""
        if self.best is not None and self.by_class is not None:
            most = f" Most is to be had from {names[self.best]}."
        return f"{self.more} more labels are worth {figures} of balanced accuracy.{most}"


def worth(
    features: Floats, classes: Ints, *, groups: Ints | None = None, seed: int = 0,
    tell: Callable[[int, int], None] = lambda done, total: None,
) -> Worth:  # fmt: skip
    """The learning curve of these labels, and what it says of more.

    Args:
        features: float32 [n, d], reduced.
        classes: int64 [n], class ids.
        groups: int64 [n], items with one number stay in one fold.
        tell: told how many of how many probes are taught; may raise to end it.
    """
    ids, targets, counts = np.unique(classes, return_inverse=True, return_counts=True)
    judged = counts >= LEAST_OF_CLASS
    more = min(MORE, 10 * (len(targets) // 20))
    if len(targets) < LEAST or judged.sum() < 2:
        return Worth(len(targets), "few")
    sizes, right = _tried(features, targets, folds(targets, groups), seed, tell)
    draws = _recalls(right, targets, groups, judged, seed)  # [1 + _DRAWS, s, k]
    balanced = draws.mean(2)
    doubt = float(balanced[1:].var(0).mean()), np.random.default_rng([seed, 2])
    curves = fitted(sizes, balanced, doubt=doubt)
    gain = curves.gain(len(targets), more)
    gain[0] = np.median(gain)
    low, high = _interval(gain)
    by_class, best = _by_class(
        sizes, draws, curves, counts[judged] / len(targets), ids[judged], len(targets), more
    )
    ends = np.percentile(balanced[1:], (2.5, 97.5), axis=0)
    points = zip(sizes.tolist(), balanced[0].tolist(), *ends.tolist(), strict=True)
    state = "stop" if high < SMALL else "gain" if low > 0 else "unsure"
    return Worth(
        len(targets), state, tuple((round(n), v, a, b) for n, v, a, b in points),
        float(curves.at(len(targets))[0]), float(gain[0]), low, high,
        by_class, best if state == "gain" else None, more,
    )  # fmt: skip


def _interval(gain: Doubles) -> tuple[float, float]:
    """Of float64 [draws], the first the value itself."""
    low, high = np.percentile(gain[1:], (2.5, 97.5))
    return float(gain[0] - WIDER * (gain[0] - low)), float(gain[0] + WIDER * (high - gain[0]))


def _tried(
    features: Floats, targets: Ints, fold: Ints, seed: int, tell: Callable[[int, int], None]
) -> tuple[Doubles, NDArray[np.bool_]]:
    """Sizes [s] of the parts, and bool [repeats, s, n]: what probes taught with them got right."""
    repeats = 5 if len(targets) <= _MANY else 2
    classes = int(targets.max()) + 1
    most = len(targets) * (FOLDS - 1) / FOLDS
    least = max(min(3.0 * classes, most / 3), most / 6, 8.0)
    sizes = np.geomspace(least, most, _SIZES)
    right = np.zeros((repeats, _SIZES, len(targets)), bool)
    draw = np.random.default_rng(seed)
    done, total = 0, repeats * FOLDS * _SIZES
    for repeat in range(repeats):
        for number in range(FOLDS):
            held, taught = np.flatnonzero(fold == number), np.flatnonzero(fold != number)
            order = draw.permutation(taught)
            weights = np.zeros((features.shape[1] + 1, classes), np.float32)
            for place, size in enumerate(sizes):
                tell(done, total)
                part = order[: round(float(size / most) * len(order))]
                weights = solve(features[part], targets[part], weights)
                said = scored(features[held], weights).argmax(1)
                right[repeat, place, held] = said == targets[held]
                done += 1
    return sizes, right


def _recalls(
    right: NDArray[np.bool_], targets: Ints, groups: Ints | None, judged: NDArray[np.bool_],
    seed: int,
) -> Doubles:  # fmt: skip
    """Recall [1 + _DRAWS, s, k] of the judged classes; the first as it is, the rest redrawn."""
    draw = np.random.default_rng([seed, 1])
    marks = np.arange(len(targets)) if groups is None else np.unique(groups, return_inverse=True)[1]
    own = draw.exponential(size=(_DRAWS, int(marks.max()) + 1))[:, marks]
    weight = np.concatenate([np.ones((1, len(targets))), own])
    again = draw.exponential(size=(_DRAWS, len(right), right.shape[1]))
    again = np.concatenate([np.ones((1, *again.shape[1:])), again])
    again /= again.sum(1, keepdims=True)
    found = np.empty((len(weight), right.shape[1], int(judged.sum())))
    for place, target in enumerate(np.flatnonzero(judged)):
        own_items = targets == target
        part = weight[:, own_items]
        shares = right[:, :, own_items].astype(np.float64) @ (part / part.sum(1, keepdims=True)).T
        found[:, :, place] = np.einsum("rsw,wrs->ws", shares, again)
    return found


def _by_class(
    sizes: Doubles, draws: Doubles, curves: Curves, shares: Doubles, ids: Ints, labels: int,
    more: int,
) -> tuple[dict[int, tuple[float, float, float]], int | None]:  # fmt: skip
    """What `more` labels of one class add to balanced accuracy, and the class that stands out."""
    gains = np.empty((len(ids), len(draws)))
    for place, share in enumerate(shares.tolist()):
        own = fitted(sizes * share, draws[:, :, place], curves.exponent)
        gains[place] = own.gain(labels * share, more) / len(ids)
    gains[:, 0] = np.median(gains, axis=1)
    said = {int(id): (float(row[0]), *_interval(row)) for id, row in zip(ids, gains, strict=True)}
    first = int(gains[:, 0].argmax())
    often = float((gains[:, 1:].argmax(0) == first).mean())
    return said, int(ids[first]) if often > 0.5 and said[int(ids[first])][1] > 0 else None
