"""Which tensors of a model its folder has no weights for, told by names and shapes alone."""

from __future__ import annotations

import json
import struct
from pathlib import Path

from torch import nn

_LONGEST = 100 << 20  # bytes of a header; nothing real comes near
# Names that old checkpoints use, and what the libraries call them now.
_OLD = (("LayerNorm.gamma", "LayerNorm.weight"), ("LayerNorm.beta", "LayerNorm.bias"))


def absent(folder: Path, model: nn.Module) -> set[str]:
    """Names of parameters that the folder's weights do not hold, or hold in another shape.

    Empty where that cannot be told without reading the weights: there are none, they are
    in another form than safetensors, or their names follow no rule known here.
    """
    held = _held(folder)
    prefix = str(getattr(model, "base_model_prefix", ""))
    own = {name: tuple(value.shape) for name, value in model.named_parameters()}
    known = {variant: shape for name, shape in held.items() for variant in _variants(name, prefix)}
    lacking = {name for name, shape in own.items() if known.get(name) != shape}
    body = [name for name in own if name.startswith(prefix + ".")] or list(own)
    return lacking if sum(name in lacking for name in body) * 2 <= len(body) else set()


def _variants(name: str, prefix: str) -> tuple[str, str]:
    for old, new in _OLD:
        name = name.replace(old, new)
    return name, f"{prefix}.{name}"


def _held(folder: Path) -> dict[str, tuple[int, ...]]:
    found: dict[str, tuple[int, ...]] = {}
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
