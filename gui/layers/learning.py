"""What learns under a plan, for every row of the tree at the cost of one subtraction."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from engine.freezing.editing import rules_of
from engine.freezing.plan import Plan
from gui.layers.nodes import Node, Tree


@dataclass(frozen=True)
class State:
    """Of a row: 'learns', 'frozen', 'partly', or 'none' where there is nothing to learn."""

    kind: str
    factor: float | None = None  # of what learns, None: of several kinds
    learning: int = 0  # parameters that learn

    @property
    def words(self) -> str:
        if self.kind == "none":
            return ""
        if self.kind == "frozen":
            return "frozen"
        speed = "" if self.factor is None else f" × {brief(self.factor)}"
        return f"{self.kind}{speed}" if self.factor != 1 else self.kind


class Learning:
    def __init__(self, tree: Tree, plan: Plan) -> None:
        rules = rules_of(plan, tree.outline)
        held = [rules[place] for place in tree.places]
        learns = np.array([rule.trainable for rule in held], dtype=np.int64)
        factors = np.array([rule.lr_factor for rule in held])
        numel = np.array([tree.outline.numel[place] for place in tree.places], dtype=np.int64)
        self._counts = _sums(learns)
        self._numel = _sums(learns * numel)
        self._factors = factors
        self._learns = learns
        # How often the factor changes among those that learn, up to each.
        places = np.flatnonzero(learns)
        changes = np.zeros(len(held), dtype=np.int64)
        if len(places) > 1:
            changes[places[1:]] = np.diff(factors[places]) != 0
        self._changes = _sums(changes)
        self._next = _next(learns)

    @property
    def total(self) -> int:
        """Parameters that learn."""
        return int(self._numel[-1])

    def of(self, node: Node) -> State:
        count = int(self._counts[node.last] - self._counts[node.first])
        if node.first == node.last:
            return State("none")
        if not count:
            return State("frozen")
        first = int(self._next[node.first])
        alike = self._changes[node.last] == self._changes[first + 1]
        factor = float(self._factors[first]) if alike else None
        learning = int(self._numel[node.last] - self._numel[node.first])
        return State("learns" if count == node.last - node.first else "partly", factor, learning)


def brief(factor: float) -> str:
    """As exact as there is room for in a pill."""
    exact = f"{factor:.3g}"
    return exact if len(exact) <= 5 else f"{factor:.2g}"


def _sums(values: np.ndarray) -> np.ndarray:
    """Of all before each place, and at the end of all."""
    return np.concatenate([[0], np.cumsum(values)])


def _next(learns: np.ndarray) -> np.ndarray:
    """For each place the first at or after it that learns."""
    places = np.where(learns > 0, np.arange(len(learns)), len(learns))
    return np.minimum.accumulate(places[::-1])[::-1] if len(places) else places
