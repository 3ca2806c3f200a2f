"""What a next run may do otherwise, as values by field of a Recipe."""

from __future__ import annotations

from typing import Any

from engine.freezing.presets import PRESETS
from engine.training.recipe import Recipe

_MORE_FROZEN = {
    "full": "last-block", "lp-ft": "refine", "refine": "feature-extraction",
    "gradual": "last-block", "lora": "norms", "norms": "feature-extraction",
    "last-block": "feature-extraction", "scratch": "lp-ft",
}  # fmt: skip
_STRONGER = {"none": "light", "light": "strong"}


def rate(recipe: Recipe) -> float:
    """The learning rate of the head, or the highest of phases made by hand."""
    if recipe.phases:
        return max(float(wire["lr"]) for wire in recipe.phases)
    return recipe.lr or PRESETS[recipe.preset].lr


def with_rate(recipe: Recipe, factor: float, most: float = 1.0) -> dict[str, Any]:
    """The rate times `factor`; phases made by hand keep their ratios.

    Args:
        most: the highest rate that may come out.
    """
    factor = min(factor, most / rate(recipe))
    if recipe.phases:
        return {
            "phases": [{**wire, "lr": _round(float(wire["lr"]) * factor)} for wire in recipe.phases]
        }
    return {"lr": _round(rate(recipe) * factor)}


def own_rate(recipe: Recipe) -> dict[str, Any] | None:
    """Back to the preset's own rate; None when that is what it has, or phases bring theirs."""
    return None if recipe.phases or recipe.lr is None else {"lr": None}


def more_frozen(recipe: Recipe) -> dict[str, Any] | None:
    """The next preset that leaves more frozen; None when there is none."""
    if recipe.phases or recipe.preset not in _MORE_FROZEN:
        return None
    # A rate chosen for one preset says nothing of another.
    return {"preset": _MORE_FROZEN[recipe.preset], "lr": None}


def more_variety(recipe: Recipe) -> dict[str, Any] | None:
    """Stronger augmentation; None when there is none."""
    stronger = _STRONGER.get(recipe.augmentation)
    return {"augmentation": stronger} if stronger else None


def _round(value: float) -> float:
    return float(f"{value:.2g}")
