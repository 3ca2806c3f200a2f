"""The learning rate is too high: the loss rises, jumps, or is no number any more."""

from __future__ import annotations

from typing import Any

from engine.training import remedies
from engine.training.history import Epoch, Finding, History

RISE = 0.15  # of the loss of an even guess: more than the order of batches makes in an epoch
WORSE = 1.25  # times the loss of an even guess: worse than knowing nothing


def look(history: History) -> Finding | None:
    """Looks at the training loss within a phase: a new phase frees layers and may begin higher.

    One bad epoch may be chance or the first steps of a new head; it speaks when
    two in a row are worse than an even guess, or when the loss of two in a row
    stands well above what the phase had reached.
    """
    if history.not_a_number:
        return Finding(_broken(history), _remedy(history, 0.1))
    epochs = [e for e in history.phase() if "train/loss" in e and "watch/guess_loss" in e]
    if len(epochs) < 2:
        return None
    guess = epochs[-1]["watch/guess_loss"]
    losses = [epoch["train/loss"] for epoch in epochs]
    if min(losses[-2:]) > WORSE * guess:
        return Finding(_worse(epochs, guess), _remedy(history, 0.1))
    least = min(losses[:-2], default=float("inf"))
    if min(losses[-2:]) > least + RISE * guess:
        return Finding(_risen(epochs, least), _remedy(history, 0.3))
    return None


def _broken(history: History) -> str:
    rate = remedies.rate(history.recipe)
    return (
        f"The loss is no number any more: at a learning rate of {rate:.3g} the steps became so "
        "large that the weights ran away. The rate is too high for this plan and data. If it "
        "happens at a tenth of the rate too, an item holds values that are no numbers."
    )


def _worse(epochs: list[Epoch], guess: float) -> str:
    return (
        f"The learning rate seems too high. The training loss is {epochs[-1]['train/loss']:.3g}; "
        f"a model that finds every class as likely as any other would have {guess:.3g}. The steps "
        "jump over what there is to learn."
    )


def _risen(epochs: list[Epoch], least: float) -> str:
    at = next(epoch for epoch in epochs if epoch["train/loss"] == least)
    return (
        "The learning rate seems too high. The training loss had come down to "
        f"{least:.3g} in epoch {at.number} and is back at {epochs[-1]['train/loss']:.3g}, on the "
        "same training items."
    )


def _remedy(history: History, factor: float) -> dict[str, Any]:
    changes = remedies.with_rate(history.recipe, factor)
    lower = "a tenth" if factor <= 0.1 else "a third"
    return {"text": f"Train with {lower} of the learning rate", "changes": changes}
