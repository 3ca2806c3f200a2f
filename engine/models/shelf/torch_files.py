"""What only torch can do with files of weights. Runs in a process of its own, see apart."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import save_file
from torch import Tensor, nn

from engine.errors import ModelError, ResourceError
from engine.models import catalogue
from engine.models.shelf.needed import PICKLE, SAFE
from engine.models.shelf.safetensors_file import Shape, shapes
from engine.models.skeleton import Bare
from engine.models.weights import read_weights

_POSITIONS = ("pos_embedding", "relative_position_bias_table", "relative_position_index")
# By how much the size of a model with another head may differ: a share, or what a head has.
_NEAR, _HEAD = 0.3, 3_000_000


def to_safetensors(source: str, goal: str) -> None:
    """Rewrites the tensors of a .pth, .pt or .bin file; raises ModelError as read_weights does."""
    file, tensors = Path(source), read_weights(Path(source))
    held: dict[str, Tensor] = {}
    seen: set[int] = set()
    try:
        for name, tensor in tensors.items():
            # Two names may share memory, or one be a view of more: the format takes neither.
            shared = tensor.untyped_storage().data_ptr() in seen
            seen.add(tensor.untyped_storage().data_ptr())
            held[name] = tensor.clone().contiguous() if shared else tensor.contiguous()
        save_file({name: held[name] for name in sorted(held)}, goal, metadata={"format": "pt"})
    except SafetensorError as error:
        raise ResourceError(
            "The weights could not be written",
            f"Writing {file.name} as safetensors failed. Most probably the disk is full.",
            "Free some space and try again.",
            details=str(error),
            subject=source,
        ) from error
    except (RuntimeError, KeyError, TypeError, ValueError) as error:
        raise ModelError(
            "The weights are of a kind that Graft does not take",
            f"There are sparse, quantised or other unusual tensors in {file.name}, and safetensors "
            "has no form for them.",
            "Ask for the weights as ordinary numbers, for example as .safetensors.",
            details=f"{type(error).__name__}: {error}",
            subject=source,
        ) from error


def refuse_code(source: str) -> None:
    """Raises ModelError unless a file holds tensors and nothing else."""
    read_weights(Path(source))


def _damaged(file: Path, error: Exception) -> ModelError:
    return ModelError(
        "The weights file is damaged",
        f"{file.name} could not be read: it is cut off, was changed, or is something else.",
        "It may have been cut off while it was copied. Get it again.",
        details=f"{type(error).__name__}: {error}",
        subject=str(file),
    )


def convert_folder(folder: str) -> None:
    """Replaces the pickles of a Hugging Face folder, one by one, and their index."""
    place = Path(folder)
    renamed: dict[str, str] = {}
    for file in sorted(place.glob("pytorch_model*.bin")):
        new = re.sub(r"^pytorch_model(.*)\.bin$", r"model\1.safetensors", file.name)
        to_safetensors(str(file), str(place / new))
        file.unlink()
        renamed[file.name] = new
    index = place / (PICKLE + ".index.json")
    if index.is_file():
        try:
            said = json.loads(index.read_text(encoding="utf-8"))
            said["weight_map"] = {name: renamed[file] for name, file in said["weight_map"].items()}
        except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
            raise _damaged(index, error) from error
        text = json.dumps(said, indent=1, sort_keys=True)
        (place / (SAFE + ".index.json")).write_text(text, encoding="utf-8")
        index.unlink()


def buildable(model_type: str) -> bool:
    """Whether transformers itself knows this kind of model."""
    from transformers.models.auto.configuration_auto import CONFIG_MAPPING_NAMES

    return model_type in CONFIG_MAPPING_NAMES


def recognise(file: str, names: list[str]) -> list[str]:
    """The models of torchvision whose tensors a safetensors file holds, but for the last layer.

    Args:
        names: to choose among; empty: all of the catalogue that are about as large.

    Returns:
        those that fit with their head if there are any, else those that fit without.
    """
    held = shapes(Path(file))
    for prefix in ("module.", "model."):
        if held and all(name.startswith(prefix) for name in held):
            held = {name.removeprefix(prefix): shape for name, shape in held.items()}
    whole: list[str] = []
    body: list[str] = []
    for name in names or _near(held):
        fits = _fit(held, name)
        if fits is not None:
            (whole if fits else body).append(name)
    return whole or body


def _near(held: dict[str, Shape]) -> list[str]:
    count = sum(int(torch.Size(shape).numel()) for name, shape in held.items())
    # Of a quantized model safetensors holds none; its unquantized twin looks the same.
    there = [
        e for e in catalogue.entries()
        if e.source == "torchvision" and not e.name.startswith("quantized_")
    ]  # fmt: skip
    most = max(_NEAR * count, _HEAD)
    return [e.name for e in there if abs(e.parameters - count) <= most]


def _fit(held: dict[str, Shape], name: str) -> bool | None:
    """True with the head, False without it, None not at all."""
    own = _own(name)
    if own is None:
        return None
    aux = ("aux", "AuxLogits.")
    given = {n: s for n, s in held.items() if not n.startswith(aux)}
    counters = {n for n in own if n.endswith("num_batches_tracked")}
    differing = {n for n in own.keys() | given.keys() if own.get(n) != given.get(n)} - counters
    differing = {n for n in differing if n.rpartition(".")[2] not in _POSITIONS or n not in given}
    last = list(own)[-1].rpartition(".")[0]
    if all(n.rpartition(".")[0] == last for n in differing):
        return not differing
    return None


def _own(name: str) -> dict[str, Shape] | None:
    """Names and shapes of a model, built without memory; None where torchvision lacks it."""
    from torchvision import models

    extra: dict[str, Any] = {}
    inner = (models.detection, models.segmentation)
    if any(name in models.list_models(module=module) for module in inner):
        extra["weights_backbone"] = None
    if name in ("googlenet", "inception_v3"):
        extra |= {"aux_logits": False, "init_weights": False}
    if name not in models.list_models():
        return None
    with Bare():
        model: nn.Module = models.get_model(name, weights=None, **extra)
    state = model.state_dict().items()
    return {n: tuple(t.shape) for n, t in state if not n.startswith(("aux", "AuxLogits."))}
