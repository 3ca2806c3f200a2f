"""When an answer of a child is still true: what makes another network, what another pace."""

from __future__ import annotations

from typing import Any

# What makes another network: fields of the recipe.
SHAPES = ("head_hidden", "head_dropout", "pooling", "channels", "image_size", "lora_rank")
# What makes a step take longer or more memory, beside the plan.
PACES = (
    "batch_size", "accumulation", "precision", "checkpointing", "max_length", "augmentation",
    "views", "cache", "workers",
)  # fmt: skip


def shape_key(model: dict[str, Any], preset: str, recipe: dict[str, Any], classes: int) -> str:
    """The same for two recipes that build the same network."""
    lora = preset == "lora"
    return repr([model["name"], model.get("weights"), lora, classes]
                + [recipe.get(name) for name in SHAPES])  # fmt: skip


def pace_key(shape: str, recipe: dict[str, Any]) -> str:
    """The same for two recipes of which one measurement tells."""
    return repr([shape] + [recipe.get(name) for name in PACES])
