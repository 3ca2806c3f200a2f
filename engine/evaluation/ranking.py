"""From what each model's linear probe said of the same items to an order, and to words.

Numpy only: no model is looked at here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np

from engine.evaluation import classification, noise, paired
from engine.evaluation.paired import Difference

METRIC = "balanced_accuracy"


@dataclass(frozen=True)
class Candidate:
    """A model and what was measured of it.

    Attributes:
        said: by item id, the class that a linear probe which was not taught with it gave.
        logme: see engine.evaluation.logme.
        seconds, memory: of one item's way through the network; bytes beside the weights.
        computed: items whose features were not in the cache.
        untaught: as `said`, of the same network with random weights; where it was asked.
    """

    name: str
    title: str
    weights: str
    parameters: int
    bytes: int
    said: Mapping[int, int]
    logme: float
    seconds: float
    memory: int
    computed: int
    untaught: Mapping[int, int] | None = None


@dataclass(frozen=True)
class Place:
    """A model's place in the ranking.

    Attributes:
        value, low, high: balanced accuracy of its probe, with the 95 % interval.
        behind: the best's figure less this one's, on the same items; None for the best.
        level: whether chance alone may have put it behind, as one of all pairs of the ranking:
            the first is the best of many, and luck had a part in that.
        warning: what speaks against it, '' when nothing does.
    """

    name: str
    title: str
    weights: str
    parameters: int
    bytes: int
    value: float
    low: float
    high: float
    logme: float
    seconds: float
    memory: int
    computed: int
    behind: Difference | None
    level: bool
    warning: str = ""
    harmful: bool = False  # surely worse than the same network with random weights

    def to_wire(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True)
class Ranking:
    """Best first; `words` say what follows, `warnings` what is wrong with all of them."""

    places: list[Place]
    words: list[str]
    warnings: list[str]
    items: int
    classes: int
    plain: float  # balanced accuracy of a probe on what needs no network
    left_out: list[dict[str, str]] = field(default_factory=list)  # title, why

    def to_wire(self) -> dict[str, Any]:
        return {**asdict(self), "places": [place.to_wire() for place in self.places]}


class Truth:
    """The items that every model could read, and answers to them."""

    def __init__(self, truth: Mapping[int, int], classes: int, seed: int) -> None:
        self._truth = truth
        self.classes = classes
        self._seed = seed

    def common(self, answers: Sequence[Mapping[int, int]]) -> Truth:
        kept = set(self._truth).intersection(*answers)
        return Truth({item: self._truth[item] for item in sorted(kept)}, self.classes, self._seed)

    def __len__(self) -> int:
        return len(self._truth)

    def figure(self, said: Mapping[int, int]) -> tuple[float, float, float]:
        """Balanced accuracy, and the ends of its 95 % interval."""
        true, given = self._both(said)
        value = classification.metrics(true, np.eye(self.classes)[given])[METRIC]
        return (value, *noise.balanced_interval(true, given, self.classes))

    def compare(self, a: Mapping[int, int], b: Mapping[int, int]) -> Difference:
        """B's figure less A's."""
        true, first = self._both(a)
        _, second = self._both(b)
        return paired.compare(true, first, second, self.classes, METRIC, self._seed)

    def most_frequent(self) -> dict[int, int]:
        counts = np.bincount(list(self._truth.values()))
        return dict.fromkeys(self._truth, int(counts.argmax()))

    def _both(self, said: Mapping[int, int]) -> tuple[np.ndarray, np.ndarray]:
        items = list(self._truth)
        return (
            np.asarray([self._truth[item] for item in items]),
            np.asarray([said[item] for item in items]),
        )


def doubtful(truth: Truth, plain: Mapping[int, int], said: Mapping[int, int], many: int) -> bool:
    """Whether a model, one of `many`, is not surely better than what needs no network."""
    found = truth.compare(plain, said)
    return not (found.sure_among(many) and found.value > 0)


def ranking(
    candidates: Sequence[Candidate], truth: Truth, plain: Mapping[int, int], what: str
) -> Ranking:
    """The order by the probe's balanced accuracy, and what follows from it.

    Args:
        candidates: one at least.
        plain: the answers of a probe on what needs no network; `what` names that.
    """
    same = truth.common([plain, *(one.said for one in candidates)])
    judged = [(same.figure(one.said), one) for one in candidates]
    judged.sort(key=lambda pair: (-pair[0][0], pair[1].parameters))
    ordered = [one for _, one in judged]
    many = len(ordered)
    places = [_place(one, ordered[0], figure, same, plain, what, many) for figure, one in judged]
    return Ranking(
        places, _words(places, len(same)), _warnings(places, ordered, same, plain, what),
        len(same), same.classes, same.figure(plain)[0],
    )  # fmt: skip


def _place(
    one: Candidate, best: Candidate, figure: tuple[float, float, float], same: Truth,
    plain: Mapping[int, int], what: str, many: int,
) -> Place:  # fmt: skip
    behind = same.compare(one.said, best.said) if one is not best else None
    level = behind is None or not behind.sure_among(many * (many - 1) // 2)
    return Place(
        one.name, one.title, one.weights, one.parameters, one.bytes, *figure, one.logme,
        one.seconds, one.memory, one.computed, behind, level,
        *_warning(one, same, plain, what, many),
    )  # fmt: skip


def _warning(
    one: Candidate, same: Truth, plain: Mapping[int, int], what: str, many: int
) -> tuple[str, bool]:
    """What speaks against a model, one of `many`, and whether its weights do harm."""
    against = same.compare(plain, one.said)
    sure = against.sure_among(many)
    if sure and against.value > 0:
        return "", False
    worse = f" A probe on {what} is surely better." if sure else ""
    if one.untaught is not None:
        against = same.compare(one.untaught, one.said)
        sure = against.sure_among(many)
        if sure and against.value < 0:
            return (
                "Its pre-training does harm here: the same network with random weights is "
                f"{abs(round(100 * against.value))} points better. It was trained on something "
                f"too far away.{worse}"
            ), True
        if not sure:
            return (
                "Its pre-training is worth nothing here that can be told: the same network with "
                f"random weights does as well.{worse}"
            ), False
    return worse.strip() or f"It is not surely better than {what}.", False


def _words(places: Sequence[Place], items: int) -> list[str]:
    best = places[0]
    said = [
        f"{best.title} comes first: a linear probe on its features has a balanced accuracy of "
        f"{best.value:.2f} ({best.low:.2f} to {best.high:.2f}), cross-validated on {items} items."
    ]
    level = [place for place in places[1:] if place.level]
    if level:
        said.append(
            f"{_listed([place.title for place in level])} cannot be told from it: the difference "
            "is within noise."
        )
        smallest = min([best, *level], key=lambda place: place.parameters)
        if smallest is not best and smallest.parameters < 0.8 * best.parameters:
            said.append(_small_enough(smallest, best))
    elif len(places) > 1:
        said.append(f"It is surely better than the next, {places[1].title}.")
    larger = [place for place in places[1:] if place.parameters > 1.25 * best.parameters]
    if larger:
        said.append(
            f"{_listed([place.title for place in larger])} "
            f"{'is' if len(larger) == 1 else 'are'} larger and buy{'s' * (len(larger) == 1)} "
            "nothing on these items."
        )
    return said


def _small_enough(smallest: Place, best: Place) -> str:
    pace = best.seconds / max(smallest.seconds, 1e-9)
    quicker = f" and is {pace:.1f} times as fast" if pace >= 1.2 else ""
    return (
        f"The larger model buys nothing that can be told: {smallest.title} has "
        f"{smallest.parameters / best.parameters:.0%} of its parameters{quicker}."
    )


def _warnings(
    places: Sequence[Place], ordered: Sequence[Candidate], same: Truth, plain: Mapping[int, int],
    what: str,
) -> list[str]:  # fmt: skip
    found = []
    blind = same.most_frequent()
    many = len(ordered)
    if all(doubtful(same, blind, one.said, many) for one in ordered):
        found.append(
            "No model here is surely better than always naming the most frequent class. Either "
            "the labels do not follow from what these models see, or there are too few of them, or "
            "every model comes from another domain."
        )
    elif all(doubtful(same, plain, one.said, many) for one in ordered):
        found.append(
            f"No model here is surely better than {what} ({same.figure(plain)[0]:.2f}): their "
            "pre-training does not help on these items. Look for a model that learned from data "
            "more like yours, or label more."
        )
    harmful = [place.title for place in places if place.harmful]
    if harmful:
        does = "does" if len(harmful) == 1 else "do"
        found.append(
            f"{_listed(harmful)} {does} worse on your items than random weights: do not begin "
            "there."
        )
    return found


def _listed(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
