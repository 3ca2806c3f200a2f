"""Reading weights from a file without ever running code from it."""

from __future__ import annotations

import hashlib
import pickle
import struct
import warnings
import zipfile
from collections.abc import Mapping
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor, nn

from engine.errors import ModelError
from engine.models.shelf.safetensors_file import refusal

SUFFIXES = (".safetensors", ".pth", ".pt", ".bin")
# Checkpoints of common training scripts keep the weights under one of these.
_WRAPPERS = ("state_dict", "model_state_dict", "model", "state_dict_ema", "model_ema", "net")
# What torch's reader of pickles trips over in damaged files.
_DAMAGE = (
    RuntimeError, EOFError, OSError, ValueError, LookupError, zipfile.BadZipFile, ArithmeticError,
    AssertionError, AttributeError, TypeError, struct.error,
)  # fmt: skip
_SHOWN = 12  # names listed when keys differ


def read_weights(path: Path) -> dict[str, Tensor]:
    """All tensors of a weights file by name, on the CPU.

    .safetensors is read as such; .pth, .pt and .bin with torch's restricted
    reader, which holds tensors only.

    Raises:
        ModelError: missing, truncated, of another kind, or a pickle that would run code.
    """
    if not path.is_file():
        raise ModelError(
            "The weights file is not there",
            f"{path} does not exist.",
            "Choose a .safetensors or .pth file.",
            subject=str(path),
        )
    if path.suffix == ".safetensors":
        return _read_safetensors(path)
    return _read_torch(path)


def _read_safetensors(path: Path) -> dict[str, Tensor]:
    try:
        return load_file(path)
    except (SafetensorError, OSError, ValueError) as error:
        raise refusal(path, error) from error


def _read_torch(path: Path) -> dict[str, Tensor]:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of a pickle that is about to be refused
            loaded = torch.load(path, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as error:
        raise ModelError(
            "The weights file was refused",
            f"{path.name} holds Python code or objects besides tensors, and loading it could run "
            "that code. Graft never does.",
            "Ask for the weights as .safetensors, or as a file that holds a state_dict only.",
            details=str(error).splitlines()[0],
            subject=str(path),
        ) from error
    except _DAMAGE as error:
        raise ModelError(
            "The weights file is damaged",
            f"{path.name} could not be read as PyTorch weights.",
            "It may have been cut off while it was copied, or be something else. Get it again.",
            details=str(error),
            subject=str(path),
        ) from error
    return _tensors(loaded, path)


def _tensors(loaded: object, path: Path) -> dict[str, Tensor]:
    for wrapper in _WRAPPERS:
        if isinstance(loaded, Mapping) and isinstance(loaded.get(wrapper), Mapping):
            loaded = loaded[wrapper]
            break
    found = (
        {str(k): v for k, v in loaded.items() if isinstance(v, Tensor)}
        if isinstance(loaded, Mapping)
        else {}
    )
    if not found:
        raise ModelError(
            "The file holds no weights",
            f"{path.name} was read, but there are no named tensors in it.",
            "Choose a file that holds a state_dict.",
            subject=str(path),
        )
    return found


def load_into(model: nn.Module, weights: Mapping[str, Tensor], head: str, source: Path) -> None:
    """Copies weights into a model; only the module `head` may lack some or have other sizes.

    Raises:
        ModelError: weights of another architecture; the details say which keys differ.
    """
    own = model.state_dict()
    given = _without_prefix(weights, own)
    in_head = {name for name in own if name == head or name.startswith(head + ".")}
    missing = [n for n in own if n not in given and n not in in_head and not _counter(n)]
    unexpected = [n for n in given if n not in own and not n.startswith(head + ".")]
    shapes = [
        f"{n}: {tuple(given[n].shape)} in the file, {tuple(own[n].shape)} in the model"
        for n in own
        if n in given and n not in in_head and given[n].shape != own[n].shape
    ]
    if missing or unexpected or shapes:
        raise ModelError(
            "The weights do not belong to this model",
            f"{source.name} and {type(model).__name__} differ: {len(missing)} tensors are missing, "
            f"{len(unexpected)} are unknown and {len(shapes)} have another size.",
            "Choose the model that the weights were made for, or the weights of this model.",
            details=_listed("missing", missing)
            + _listed("unknown", unexpected)
            + _listed("other size", shapes),
            subject=str(source),
        )
    fitting = {n: t for n, t in given.items() if n in own and t.shape == own[n].shape}
    model.load_state_dict(fitting, strict=False)


def fingerprint(path: Path) -> str:
    """SHA-256 of a weights file, or of all weights files of a folder, in order of name."""
    files = [path] if path.is_file() else sorted(f for s in SUFFIXES for f in path.glob("*" + s))
    digest = hashlib.sha256()
    for file in files:
        with file.open("rb") as stream:
            digest.update(hashlib.file_digest(stream, "sha256").digest())
    return digest.hexdigest() if len(files) != 1 else _single(files[0])


def _single(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _without_prefix(weights: Mapping[str, Tensor], own: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Drops a wrapper's prefix ('module.' of DataParallel, ...) if the names fit better without."""
    best, hits = dict(weights), len(own.keys() & weights.keys())
    for prefix in ("module.", "model.", "backbone."):
        cut = {n.removeprefix(prefix): t for n, t in weights.items()}
        if len(own.keys() & cut.keys()) > hits:
            best, hits = cut, len(own.keys() & cut.keys())
    return best


def _counter(name: str) -> bool:
    # Weights saved before PyTorch 0.4.1 have no such counters, and nothing reads them.
    return name.endswith("num_batches_tracked")


def _listed(title: str, names: list[str]) -> str:
    if not names:
        return ""
    more = f"\n  and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return f"{title}:\n  " + "\n  ".join(names[:_SHOWN]) + more + "\n"
