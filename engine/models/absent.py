"""Which tensors of a model its folder has no weights for, told by names and shapes alone."""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping
from pathlib import Path

from transformers import PreTrainedModel
from transformers.conversion_mapping import get_model_conversion_mapping
from transformers.core_model_loading import WeightConverter, WeightRenaming, rename_source_key

_LONGEST = 100 << 20  # bytes of a header; nothing real comes near

Shape = tuple[int, ...]


def absent(folder: Path, model: PreTrainedModel) -> set[str]:
    """Names of parameters that the folder's weights do not hold, or hold in another shape.

    Empty where that cannot be told without reading the weights: there are none, they are
    in another form than safetensors, or their names follow no rule known to transformers.
    """
    known = _as_it_loads(_held(folder), model)
    prefix = str(getattr(model, "base_model_prefix", ""))
    own = {name: tuple(value.shape) for name, value in model.named_parameters()}
    lacking = {name for name, shape in own.items() if known.get(name, ()) not in (shape, None)}
    body = [name for name in own if name.startswith(prefix + ".")] or list(own)
    return lacking if sum(name in lacking for name in body) * 2 <= len(body) else set()


def _as_it_loads(held: Mapping[str, Shape], model: PreTrainedModel) -> dict[str, Shape | None]:
    """What a file holds, by the names that transformers gives it as it loads.

    A shape is None where the tensor is made from others, split or joined.
    """
    own = model.state_dict()
    prefix = str(getattr(model, "base_model_prefix", ""))
    rules = get_model_conversion_mapping(model)
    renamings = [rule for rule in rules if isinstance(rule, WeightRenaming)]
    makers = [rule for rule in rules if isinstance(rule, WeightConverter)]
    found: dict[str, Shape | None] = {}
    for name, shape in held.items():
        new, source = rename_source_key(name, renamings, makers, prefix, own)
        if new not in own and name in own:
            new, source = name, None
        if source is None:
            found[new] = shape
            continue
        maker = next(maker for maker in makers if source in maker.source_patterns)
        first, *_ = maker.target_patterns
        found.update(dict.fromkeys(new.replace(first, made) for made in maker.target_patterns))
    return found


def _held(folder: Path) -> dict[str, Shape]:
    found: dict[str, Shape] = {}
    for file in sorted(folder.glob("*.safetensors")):
        for name, entry in _header(file).items():
            if name != "__metadata__":
                found[name] = tuple(entry["shape"])
    return found


def _header(file: Path) -> dict[str, dict[str, list[int]]]:
    """Of a safetensors file: 8 bytes that give its length, then JSON. Empty when damaged."""
    try:
        with file.open("rb") as stream:
            (length,) = struct.unpack("<Q", stream.read(8))
            header: dict[str, dict[str, list[int]]] = json.loads(
                stream.read(length) if length < _LONGEST else b""
            )
    except (OSError, ValueError, struct.error):
        return {}
    return header
