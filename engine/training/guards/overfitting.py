"""Training and validation part: what is still learned holds for the training items only."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import fmean
from typing import Any

import numpy as np

from engine.training import remedies
from engine.training.history import Epoch, Finding, History, words

SPAN = 4  # epochs that are looked at together, at least
SHARE = 1 / 6  # of the phase's epochs so far: a long curve has more chances to look risen
NOISE = 3.5  # times how far the curve jumps from epoch to epoch: less may be one of its jumps
RISE = 0.05  # of the loss of an even guess: less is no matter, however sure it is
PATIENCE = 3  # epochs, for the next run

Epochs = Sequence[Epoch]


def look(history: History) -> Finding | None:
    """Speaks when three things hold between the phase's lowest stretch of epochs and its last.

    The training loss fell on; the validation loss of each of the last epochs stands above
    that stretch by more than the curve jumps about and than the choice of validation items
    explains; and the metric gained nothing and has its best behind it.

    A single epoch proves neither end: the lowest of a curve that jumps is low by chance, and
    what comes after it is then higher by the same chance.
    """
    epochs = [e for e in history.phase() if "watch/guess_loss" in e]
    span = max(SPAN, int(SHARE * len(epochs)))
    if len(epochs) < 2 * span:
        return None
    start = _lowest(epochs, span)
    low, last = epochs[start : start + span], epochs[-span:]
    if not _risen(low, last, epochs[start:]):
        return None
    gained = fmean(map(history.value, last)) > fmean(map(history.value, low))
    if _taught(last) >= _taught(low) or gained or history.best().number >= last[0].number:
        return None
    return Finding(_words(history, low, last), _remedy(history))


def _taught(epochs: Epochs) -> float:
    return fmean(epoch["train/loss"] for epoch in epochs)


def _held(epoch: Epoch) -> float:
    return epoch["validation/loss"]


def _lowest(epochs: Epochs, span: int) -> int:
    """Where the stretch with the lowest validation loss begins; the last stretch is none of it."""
    starts = range(len(epochs) - 2 * span + 1)
    return min(starts, key=lambda n: fmean(map(_held, epochs[n : n + span])))


def _risen(low: Epochs, last: Epochs, since: Epochs) -> bool:
    rise = min(map(_held, last)) - fmean(map(_held, low))
    least = max(NOISE * _jumps(since), RISE * last[-1]["watch/guess_loss"])
    return rise > least and all(e.figures.get("watch/rise_low", 0.0) > 0 for e in last)


def _jumps(epochs: Epochs) -> float:
    """How far the validation loss strays from a straight line: its standard deviation.

    A steady rise is no noise, however steep; a line takes it out.
    """
    losses, numbers = [_held(epoch) for epoch in epochs], range(len(epochs))
    strays = losses - np.polyval(np.polyfit(numbers, losses, 1), numbers)
    return float(np.sqrt((strays**2).sum() / (len(epochs) - 2)))


def _words(history: History, low: Epochs, last: Epochs) -> str:
    name, best = words(history.metric), history.best()
    turn, now = min(low, key=_held), last[-1]
    return (
        f"Since epoch {turn.number} it learns the training items by heart. The training loss went "
        f"on falling, from {_taught(low):.3g} to {_taught(last):.3g}; the validation loss rose "
        f"from {_held(turn):.3g} to {_held(now):.3g}, more than its ups and downs or chance would "
        f"explain, and {name} gained nothing ({history.value(best):.3f} at its best, now "
        f"{history.value(now):.3f}; sure to within {now['watch/low']:.3f} to "
        f"{now['watch/high']:.3f}). The epoch to go back to is {best.number}, the best so far on "
        "validation."
    )


def _remedy(history: History) -> dict[str, Any]:
    recipe = history.recipe
    changes: dict[str, Any] = {"patience": PATIENCE}
    stop = f"stop when {PATIENCE} epochs bring nothing"
    variety = remedies.more_variety(recipe) if history.item_kind == "image" else None
    frozen = remedies.more_frozen(recipe)
    if variety:
        return {
            "text": f"Vary the pictures more, and {stop}", "changes": {**variety, **changes},
        }  # fmt: skip
    if frozen:
        return {"text": f"Leave more frozen, and {stop}", "changes": {**frozen, **changes}}
    return {"text": stop.capitalize(), "changes": changes}
