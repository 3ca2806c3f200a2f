"""Nothing is learned: a good part of the run is over, and guessing is as good as the model."""

from __future__ import annotations

from typing import Any

from engine.training import remedies
from engine.training.history import Epoch, Finding, History, words

LEAST_EPOCHS = 3
LOUD = 1.25  # times the loss of an even guess: there the rate is too high, as its guard says
SHARE = 1 / 3  # of the phase's epochs that must have gone by
FALL = 0.01  # of a loss: less is no learning
STILL = 1e-7  # norm of the gradient below which no weight moves


def look(history: History) -> Finding | None:
    """Speaks when no epoch did better than a model that looks at no item.

    That is: the validation loss never fell below that model's, the metric's
    interval holds that model's figure in every epoch, and the training loss
    has hardly moved. Or when the gradients are zero. It waits for the last
    phase: those before free less, and may find nothing where it does.
    """
    start = max(history.starts)
    epochs = [e for e in history.epochs if e.number >= start and "watch/blind" in e]
    if len(epochs) < max(LEAST_EPOCHS, SHARE * (history.planned - start + 1)):
        return None
    if epochs[-1]["train/loss"] > LOUD * epochs[-1]["watch/guess_loss"]:
        return None
    still = all(e.figures.get("train/gradient", 1.0) < STILL for e in epochs[-LEAST_EPOCHS:])
    if still and not _fitted(epochs[-1]):
        return Finding(_no_gradient(epochs), _remedy(history, still))
    if all(_knows_nothing(history, epoch) for epoch in epochs) and not _falls(epochs):
        return Finding(_nothing(history, epochs), _remedy(history, still))
    return None


def _knows_nothing(history: History, epoch: Epoch) -> bool:
    within = epoch["watch/low"] <= epoch["watch/blind"]
    return within and epoch["validation/loss"] > epoch["watch/blind_loss"] * (1 - FALL)


def _falls(epochs: list[Epoch]) -> bool:
    """Whether the training loss, whatever it began with, is on its way down."""
    first, last = epochs[0]["train/loss"], epochs[-1]["train/loss"]
    return last < first * (1 - FALL)


def _fitted(epoch: Epoch) -> bool:
    """No gradient for want of errors is no fault."""
    return epoch["train/loss"] < 0.1 * epoch["watch/guess_loss"]


def _no_gradient(epochs: list[Epoch]) -> str:
    return (
        f"The gradients are zero since epoch {epochs[-LEAST_EPOCHS].number}: no weight moves any "
        "more, and further epochs change nothing. Mostly a learning rate that was too high at the "
        "start has switched units off for good."
    )


def _nothing(history: History, epochs: list[Epoch]) -> str:
    now, name = epochs[-1], words(history.metric)
    return (
        f"Nothing has been learned in {now.number} epochs. A model that looks at no item and only "
        "knows how frequent the classes are has a validation loss of "
        f"{now['watch/blind_loss']:.3g} and a {name} of {now['watch/blind']:.3f}; this run has "
        f"{now['validation/loss']:.3g} and "
        f"{history.value(now):.3f} (sure to within {now['watch/low']:.3f} to "
        f"{now['watch/high']:.3f}), and its training loss hardly moves "
        f"({epochs[0]['train/loss']:.4g}, now {now['train/loss']:.4g})."
    )


def _remedy(history: History, still: bool) -> dict[str, Any]:
    recipe = history.recipe
    own = remedies.own_rate(recipe)
    loud = max(e["train/loss"] for e in history.epochs) > LOUD * history.last["watch/guess_loss"]
    if still or loud:
        changes = remedies.with_rate(recipe, 0.1)
        return {"text": "Train with a tenth of the learning rate", "changes": changes}
    if own:
        return {"text": "Train with the preset's own learning rate", "changes": own}
    if not recipe.phases and recipe.preset == "feature-extraction":
        return {"text": "Let all layers learn", "changes": {"preset": "lp-ft", "lr": None}}
    changes = remedies.with_rate(recipe, 3.0, most=0.1)
    return {"text": "Train with three times the learning rate", "changes": changes}
