"""Training and validation part: what is still learned holds for the training items only."""

from __future__ import annotations

from typing import Any

from engine.training import remedies
from engine.training.history import Epoch, Finding, History, words

RISE = 0.05  # of the loss of an even guess: less is no matter, however sure it is
PATIENCE = 3  # epochs, for the next run


def look(history: History) -> Finding | None:
    """Speaks when three things hold since the epoch of the lowest validation loss.

    The training loss fell on; the loss of the same validation items rose by more
    than chance allows, in two epochs running; and the metric gained nothing.
    """
    if len(history.epochs) < 3:
        return None
    before, now = history.epochs[-2:]
    turn = history.epoch(int(now.figures.get("watch/since", 0)))
    if turn is None or not (_risen(before, turn) and _risen(now, turn)):
        return None
    fell = now["train/loss"] < turn["train/loss"]
    gained = (history.value(before) + history.value(now)) / 2 > history.value(turn)
    if not fell or gained:
        return None
    return Finding(_words(history, turn, now), _remedy(history))


def _risen(epoch: Epoch, turn: Epoch) -> bool:
    figures = epoch.figures
    if int(figures.get("watch/since", 0)) != turn.number or "watch/rise" not in figures:
        return False
    return (
        figures["watch/rise_low"] > 0 and figures["watch/rise"] > RISE * epoch["watch/guess_loss"]
    )


def _words(history: History, turn: Epoch, now: Epoch) -> str:
    name, best = words(history.metric), history.best()
    return (
        f"Since epoch {turn.number} it learns the training items by heart. The training loss went "
        f"on falling, from {turn['train/loss']:.3g} to {now['train/loss']:.3g}; the validation "
        f"loss rose from {turn['validation/loss']:.3g} to {now['validation/loss']:.3g}, more than "
        f"chance would explain, and {name} gained nothing ({history.value(turn):.3f}, now "
        f"{history.value(now):.3f}; sure to within {now['watch/low']:.3f} to "
        f"{now['watch/high']:.3f}). The epoch to go back to is {best.number}, the best on "
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
