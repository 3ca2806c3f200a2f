"""Whether a Hugging Face folder is whole, and can be built without code of its own."""

from __future__ import annotations

import json
from pathlib import Path

from engine.errors import ModelError
from engine.models import library
from engine.models.shelf import apart
from engine.models.shelf.needed import SAFE, names_in, needed
from engine.models.shelf.safetensors_file import shapes
from engine.progress import Cancel


def finish(folder: Path, name: str, cancel: Cancel) -> tuple[str, ...]:
    """Converts pickles to safetensors, then refuses what is not whole.

    Args:
        folder: holds only what `needed` chose; pickles in it are replaced.

    Returns:
        what a person should know of the model.

    Raises:
        ModelError: no model, cut off, a pickle with code, or not to be built without code.
        Cancelled: the person asked for the end.
    """
    notes = refuse_code(folder, name, cancel)
    chosen = needed(names_in(folder))
    if chosen.pickled and chosen.weights:
        apart.call("engine.models.shelf.torch_files:convert_folder", [str(folder)], cancel)
        notes += ("Its weights came as a Python pickle and were converted to safetensors.",)
    _refuse_incomplete(folder)
    if library.task_of(folder) is None:
        notes += ("It holds no tokenizer and no picture preprocessing; no task lists it.",)
    return notes


def refuse_code(folder: Path, name: str, cancel: Cancel) -> tuple[str, ...]:
    """Raises ModelError for a model that only code of its own can build; notes of others."""
    config = _config(folder)
    kind = config.get("model_type")
    if "auto_map" not in config and kind:
        return ()
    if not kind or not apart.call("engine.models.shelf.torch_files:buildable", [str(kind)], cancel):
        raise ModelError(
            "The model needs code of its own",
            f"{name} is built by Python code that comes with it. Running such code would let its "
            "author do anything on this machine, and Graft never does.",
            "Choose a model of a kind that transformers knows by itself.",
            subject=name,
        )
    return ("It came with code of its own, which was left out; Graft builds it without.",)


def _config(folder: Path) -> dict[str, object]:
    try:
        config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
        known = isinstance(config, dict) and ("model_type" in config or "auto_map" in config)
        if known and isinstance(config.get("model_type", ""), str):
            return dict(config)
        said = "it names no kind of model"
    except (OSError, ValueError, RecursionError) as error:
        said = str(error)
    raise ModelError(
        "The folder holds no model",
        f"config.json in {folder.name} is missing, damaged, or of something else.",
        "Choose a Hugging Face folder: config.json, model.safetensors, tokenizer files.",
        details=said,
        subject=str(folder),
    )


def _refuse_incomplete(folder: Path) -> None:
    weights = needed(names_in(folder)).weights
    held = {f: shapes(folder / f) for f in weights if f.endswith(".safetensors")}
    if not held:
        raise ModelError(
            "The folder holds no weights",
            f"There is neither model.safetensors nor pytorch_model.bin in {folder.name}, nor are "
            f"there several files of them with their index ({SAFE}.index.json).",
            "Copy the weights file into the folder; of several also the index.",
            subject=str(folder),
        )
    if weights[0] != SAFE + ".index.json":
        return
    try:
        index = json.loads((folder / weights[0]).read_text(encoding="utf-8"))
        lacking = [n for n, file in index["weight_map"].items() if n not in held.get(file, ())]
    except (ValueError, KeyError, AttributeError, TypeError, RecursionError) as error:
        lacking = [str(error)]
    if lacking:
        raise ModelError(
            "The model's weights are incomplete",
            f"{len(lacking)} of the tensors that {weights[0]} names are in none of its files.",
            "Copy all files whose names begin with 'model-' again.",
            details="\n".join(lacking[:12]),
            subject=str(folder),
        )
