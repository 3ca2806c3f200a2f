"""What a person changed in a network beside its classes: head, stem, size, adapters.

Each edit is applied when a network is built and again when a checkpoint is
loaded into a network built anew; `Description.edits` remembers them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from engine.freezing import adapters
from engine.models import head, resolution, stem
from engine.models.network import Network

# By field of a recipe, in the order in which they are applied.
_EDITS: dict[str, Callable[[Network, Any], None]] = {
    "channels": stem.take_channels,
    "image_size": resolution.take_size,
    "pooling": head.pool,
    "head_dropout": head.drop,
    "head_hidden": head.deepen,
    "lora_rank": adapters.attach,
}
FIELDS = tuple(_EDITS)


def edit(network: Network, wanted: Mapping[str, Any]) -> None:
    """Applies edits in place.

    Args:
        wanted: value by field; see `chosen`.

    Raises:
        ConfigurationError: the model cannot be changed so; its subject is the field.
    """
    wanted = chosen(wanted)
    for field, value in wanted.items():
        _EDITS[field](network, value)
    network.description = replace(network.description, edits=dict(wanted))


def chosen(wanted: Mapping[str, Any]) -> dict[str, Any]:
    """What changes something, in the order in which it is applied.

    What is None is left as the model has it, and so is a hidden layer or an adapter of 0; a
    dropout of 0 takes away the model's own.
    """
    given = {field: wanted[field] for field in FIELDS if wanted.get(field) is not None}
    return {field: value for field, value in given.items() if value or field == "head_dropout"}
