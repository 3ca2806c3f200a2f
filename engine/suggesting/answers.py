"""From features and labels to the rows of a suggestions file: the loop's arithmetic."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.evaluation.noise import balanced_interval
from engine.suggesting import next_up
from engine.suggesting.files import SUGGESTION, Rows
from engine.suggesting.next_up import Ground, ground, orders, uncertainty
from engine.suggesting.probe import LEAST, Probe, fit, suggest
from engine.suggesting.reduction import Features, Reduction, of
from engine.suggesting.stock import Ints, Stock, rows_of


@dataclass(frozen=True)
class Answer:
    """What the labels so far say of the rest.

    Attributes:
        rows: of SUGGESTION; without a suggestion (class_id -1) while a class has too few labels.
        labelled: labels that taught the probe.
        classes: ids of those that can be suggested.
        missing: ids of the classes with fewer than LEAST labels.
        accuracy: (value, low, high) of balanced accuracy on labels that were held out, 95 %.
    """

    rows: Rows
    labelled: int
    classes: list[int]
    missing: list[int]
    accuracy: tuple[float, float, float] | None


class Answers:
    """Holds the described items, and the probe between two labels."""

    def __init__(self) -> None:
        self.ids: Ints = np.empty(0, np.int64)
        self._reduction: Reduction | None = None
        self._taken = 0  # items that the axes come from
        self._reduced: Features = np.empty((0, 0), np.float32)
        self._ground: Ground | None = None
        self._hidden = np.empty(0, bool)
        self._groups: Ints = np.empty(0, np.int64)
        self._probe: Probe | None = None

    def describe(self, ids: Ints, features: NDArray[np.floating], stock: Stock) -> None:
        """All items described so far: ids int64 [n] ascending, features [n, width].

        The axes are taken anew once there are twice as many items; the probe then starts anew.
        """
        if self._reduction is None or len(ids) >= 2 * self._taken:
            self._reduction, self._taken, self._probe = of(features), len(ids), None
            self._reduced = self._reduction.reduce(features)
        else:
            self._reduced = self._extended(ids, features)
        self.ids = ids
        rows = stock.rows(ids)
        self._groups, self._hidden = stock.groups[rows], stock.hidden[rows]
        self._ground = ground(self._reduced, self._groups, stock.contents[rows])

    def _extended(self, ids: Ints, features: NDArray[np.floating]) -> Features:
        assert self._reduction is not None
        before = rows_of(self.ids, ids)
        found = np.empty((len(ids), self._reduced.shape[1]), np.float32)
        found[before >= 0] = self._reduced[before[before >= 0]]
        found[before < 0] = self._reduction.reduce(features[before < 0])
        return found

    def answer(
        self, items: Ints, classes: Ints, known: Ints, all_classes: Ints, partial: bool = False
    ) -> Answer:
        """What these labels say of the items without one.

        Args:
            items, classes: int64 [l], the labels that may teach, in the order they came.
            known: ids of all items with a label, which need no suggestion.
            all_classes: ids of the project's classes.
            partial: suggest as soon as two classes have LEAST labels, not only once all have.
        """
        assert self._ground is not None
        place = rows_of(self.ids, items)
        items, classes, place = items[place >= 0], classes[place >= 0], place[place >= 0]
        ids, counts = np.unique(classes, return_counts=True)
        enough = ids[counts >= LEAST]
        waits = np.ones(len(self.ids), bool)
        labelled = rows_of(self.ids, known)
        waits[labelled[labelled >= 0]] = False
        waiting = np.flatnonzero(waits)
        rows = np.zeros(len(waiting), SUGGESTION)
        rows["item"], rows["hidden"] = self.ids[waiting], self._hidden[waiting]
        missing = np.setdiff1d(all_classes, enough).tolist()
        taught = np.isin(classes, enough)
        if len(enough) < 2 or (missing and not partial):
            self._probe = None
            rows["class_id"] = rows["second"] = -1
            rows["uncertainty"] = 1.0
        else:
            self._teach(place[taught], classes[taught])
            _fill(rows, self._probe, self._reduced[waiting])
        found = orders(self._ground, labelled[labelled >= 0], waiting, rows["uncertainty"])
        for name in next_up.ORDERS:
            rows[f"by_{name}"][found[name]] = np.arange(len(waiting), dtype=np.int32)
        accuracy = None if self._probe is None else _accuracy(self._probe)
        return Answer(rows, int(taught.sum()), enough.tolist(), missing, accuracy)

    @property
    def ready(self) -> bool:
        """Whether any item is described."""
        return self._ground is not None

    def _teach(self, place: Ints, classes: Ints) -> None:
        self._probe = fit(
            self._reduced[place], classes, groups=self._groups[place], start=self._probe
        )


def _fill(rows: Rows, probe: Probe | None, reduced: Features) -> None:
    assert probe is not None
    given = suggest(probe, reduced)
    best = np.argpartition(-given, 1, axis=1)[:, :2]
    likely = np.take_along_axis(given, best, 1)
    swap = likely[:, 0] < likely[:, 1]
    best[swap], likely[swap] = best[swap][:, ::-1], likely[swap][:, ::-1]
    rows["class_id"], rows["second"] = probe.classes[best[:, 0]], probe.classes[best[:, 1]]
    rows["probability"], rows["second_probability"] = likely[:, 0], likely[:, 1]
    rows["uncertainty"] = uncertainty(given)


def _accuracy(probe: Probe) -> tuple[float, float, float]:
    said = probe.held.argmax(1)
    recalls = [float((said[probe.targets == t] == t).mean()) for t in range(len(probe.classes))]
    return (float(np.mean(recalls)), *balanced_interval(probe.targets, said, len(probe.classes)))
