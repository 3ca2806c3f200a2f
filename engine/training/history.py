"""A run so far, as guards see it: figures by epoch, and what it was asked to do.

Free of torch, as the guards are: they are tried on histories alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from engine.training.recipe import Recipe


@dataclass(frozen=True)
class Epoch:
    """Figures by the names of the store: 'train/loss', 'validation/accuracy', 'watch/low', ...

    Those under 'watch/' are made by engine.training.watching: 'low' and 'high', the
    interval of the metric; 'blind' and 'blind_loss', what a model gets that looks at no
    item; 'guess_loss', that of an even guess; 'since', the epoch with the lowest
    validation loss so far; 'rise' and 'rise_low', by how much the same items' loss has
    risen since then, and the low end of that figure's 95 % interval.
    """

    number: int  # counts from 1
    figures: Mapping[str, float]

    def __getitem__(self, name: str) -> float:
        return self.figures[name]

    def __contains__(self, name: str) -> bool:
        return name in self.figures


@dataclass(frozen=True)
class History:
    """What is known after an epoch, or at the moment at which a run broke."""

    recipe: Recipe
    metric: str  # that runs are selected by, 'balanced_accuracy'
    epochs: tuple[Epoch, ...]
    planned: int  # epochs
    item_kind: str = "image"  # image, text, ...
    starts: tuple[int, ...] = (1,)  # the first epoch of each phase
    not_a_number: bool = False  # the loss; the run has ended by that

    @property
    def last(self) -> Epoch:
        return self.epochs[-1]

    def epoch(self, number: int) -> Epoch | None:
        return next((epoch for epoch in self.epochs if epoch.number == number), None)

    def value(self, epoch: Epoch) -> float:
        """The metric that runs are selected by, on validation."""
        return epoch[f"validation/{self.metric}"]

    def best(self) -> Epoch:
        """The epoch whose weights a run keeps; equal figures are told apart by the loss."""
        return max(self.epochs, key=lambda e: (self.value(e), -e["validation/loss"]))

    def phase(self) -> tuple[Epoch, ...]:
        """The epochs of the phase under way."""
        if not self.epochs:
            return ()
        start = max(s for s in self.starts if s <= self.last.number)
        return tuple(epoch for epoch in self.epochs if epoch.number >= start)


@dataclass(frozen=True)
class Finding:
    """What a guard has seen.

    Attributes:
        text: in words that a person who knows the data understands.
        remedy: 'text', words for a button, and 'changes', value by field of a Recipe.
    """

    text: str
    remedy: dict[str, Any] | None = None


def from_series(series: Mapping[str, Iterable[tuple[int, float, float]]]) -> tuple[Epoch, ...]:
    """The epochs of a run from what the store holds of it (engine.store.runs.metrics)."""
    found: dict[int, dict[str, float]] = {}
    for name, rows in series.items():
        if name.startswith(("train/", "validation/", "watch/")):
            for _, epoch, value in rows:
                found.setdefault(round(epoch), {})[name] = value
    return tuple(Epoch(number, found[number]) for number in sorted(found))


def words(name: str) -> str:
    """A metric's name for people."""
    known = {"macro_f1": "macro F1"}
    return known.get(name, name.replace("_", " "))
