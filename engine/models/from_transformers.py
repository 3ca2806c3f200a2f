"""Classifiers of Hugging Face transformers, from a folder or a name, never with foreign code."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import transformers
from safetensors import SafetensorError
from torch import nn
from transformers import (
    AutoConfig,
    AutoModelForImageClassification,
    AutoModelForSequenceClassification,
    AutoTokenizer,
    PretrainedConfig,
)

from engine.errors import ModelError
from engine.models import library, offline
from engine.models.absent import absent
from engine.models.from_hf_preprocessor import feeds_bgr, preprocess_of
from engine.models.network import Description, Network
from engine.models.pooling import MeanPooling, pools_by_mean
from engine.models.shelf import getting
from engine.models.stem import take_rgb
from engine.models.weights import SUFFIXES, fingerprint, read_weights

_AUTO = {"image": AutoModelForImageClassification, "text": AutoModelForSequenceClassification}
# What a tokenizer is stored in; a run keeps these beside its weights.
_TOKENIZER_FILES = (
    "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "vocab.txt",
    "vocab.json", "merges.txt", "added_tokens.json", "spiece.model", "sentencepiece.bpe.model",
    "tokenizer.model", "spm.model",
)  # fmt: skip
_FAILURES = (OSError, ValueError, KeyError, RuntimeError, SafetensorError, TypeError)

transformers.logging.set_verbosity_error()
transformers.logging.disable_progress_bar()


def from_folder(name: str, folder: Path, kind: str, classes: int, pretrained: bool) -> Network:
    """Raises ModelError as `engine.models.building.build` does."""
    config = _configuration(folder, kind, classes)
    mean = kind == "text" and pools_by_mean(folder)
    fresh: set[str] = set()
    weights_hash = ""
    if pretrained:
        _refuse_pickles(folder)
        model, fresh = _load(folder, config, kind)
        weights_hash = fingerprint(folder)
        if kind == "image" and feeds_bgr(folder, config):
            take_rgb(model)
    else:
        model = _from_config(config, kind, str(folder))
    files = {} if kind == "image" else _tokenizer_files(folder)
    preprocess = preprocess_of(folder, config).to_wire() if kind == "image" else None
    description = Description(
        name, "transformers", kind, config.to_dict(), preprocess, "mean" if mean else None
    )
    return _assemble(model, description, fresh, weights_hash, files)


def outline(name: str, folder: Path, kind: str, classes: int) -> Network:
    """The modules alone: no weights and no tokenizer. Only the folder's small files are read."""
    config = _configuration(folder, kind, classes)
    if kind == "text" and config.pad_token_id is None:
        config.pad_token_id = 0  # in a real network the tokenizer says it
    model = _from_config(config, kind, str(folder))
    preprocess = preprocess_of(folder, config).to_wire() if kind == "image" else None
    mean = "mean" if kind == "text" and pools_by_mean(folder) else None
    description = Description(name, "transformers", kind, config.to_dict(), preprocess, mean)
    return _assemble(model, description, absent(folder, model), "", None)


def from_hub(name: str, kind: str, classes: int, pretrained: bool) -> Network:
    """By name: from this machine, or downloaded when a person has allowed it."""
    found = library.find(name)
    if found is not None:
        return from_folder(name, Path(found), kind, classes, pretrained)
    if not offline.online():
        wanted, folder = library.wanted(name)
        raise ModelError(
            "The model is not on this machine",
            f"Graft is offline, and no folder of {name!r} was found. If the name is misspelt, "
            "'models' lists the known ones.",
            f"Put {wanted} into {folder}, give its folder with --weights or on the Model page, "
            "or allow downloads.",
            subject=name,
        )
    return from_folder(name, getting.get(name).path, kind, classes, pretrained)


def rebuild(description: Description, classes: int, files: dict[str, bytes]) -> Network:
    stored = dict(description.architecture)
    config = AutoConfig.for_model(stored.pop("model_type"), **stored)
    _set_classes(config, classes)
    model = _from_config(config, description.kind, description.name)
    return _assemble(model, description, set(), "", files)


def _assemble(
    model: nn.Module,
    description: Description,
    fresh: set[str],
    weights_hash: str,
    files: dict[str, bytes] | None,
) -> Network:
    if description.pooling == "mean":
        MeanPooling.install(model)
        fresh = {name for name in fresh if ".pooler." not in name}
    tokenizer = None
    if description.kind == "text" and files is not None:
        tokenizer = _tokenizer(files, description.name)
        if tokenizer.pad_token is None:
            tokenizer.pad_token = tokenizer.eos_token or tokenizer.unk_token
    network = Network(model, description, head_of(model, fresh), weights_hash, tokenizer, files)
    if tokenizer is not None:
        network.config.pad_token_id = tokenizer.pad_token_id
    return network


def head_of(model: nn.Module, fresh: Iterable[str]) -> tuple[str, ...]:
    """What makes the decision: all beside the backbone, and what came without weights."""
    backbone = backbone_of(model)
    head = [name for name, _ in model.named_children() if name != backbone]
    if backbone != str(getattr(model, "base_model_prefix", "")):
        # It is one of several pre-trained parts; what stands before it (a stem) is another.
        names = [name for name, _ in model.named_children()]
        head = names[names.index(backbone) + 1 :]
    new = {name.rpartition(".")[0] for name in fresh}
    extra = [n for n in sorted(new) if not any(n == h or n.startswith(h + ".") for h in head)]
    return (*extra, *head)


def backbone_of(model: nn.Module) -> str:
    """The child that holds what was pre-trained: as the library says, or else the largest."""
    said = str(getattr(model, "base_model_prefix", ""))
    sizes = {n: sum(p.numel() for p in c.parameters()) for n, c in model.named_children()}
    return said if said in sizes else max(sizes, key=lambda name: sizes[name])


def _configuration(folder: Path, kind: str, classes: int) -> PretrainedConfig:
    try:
        raw = json.loads((folder / "config.json").read_text(encoding="utf-8"))
        if "auto_map" in raw and "model_type" not in raw:
            raise ValueError("it needs code of its own")
        config = AutoConfig.from_pretrained(folder, local_files_only=True, trust_remote_code=False)
    except _FAILURES as error:
        raise ModelError(
            "The model cannot be built",
            f"The configuration in {folder.name} is damaged, or of a kind that the installed "
            "transformers does not know.",
            "Choose another model, or update Graft. Graft never runs code that comes with a model.",
            details=str(error),
            subject=str(folder),
        ) from error
    if type(config) not in _AUTO[kind]._model_mapping:
        raise ModelError(
            "The model does not fit the task",
            f"{folder.name} holds a {config.model_type!r} model, which cannot classify {kind}s.",
            f"Choose a model for {kind}s.",
            subject=str(folder),
        )
    _set_classes(config, classes)
    return config


def _set_classes(config: PretrainedConfig, classes: int) -> None:
    config.num_labels = classes
    config.problem_type = None
    # Their own loss and their own class names would be of the old task.
    config.id2label = {number: f"class {number}" for number in range(classes)}
    config.label2id = {name: number for number, name in config.id2label.items()}


def _load(folder: Path, config: PretrainedConfig, kind: str) -> tuple[nn.Module, set[str]]:
    """The model with its weights, and the names of parameters that got none."""
    try:
        model, info = _AUTO[kind].from_pretrained(
            folder, config=config, local_files_only=True, trust_remote_code=False,
            ignore_mismatched_sizes=True, output_loading_info=True, dtype="float32",
        )  # fmt: skip
    except _FAILURES as error:
        raise ModelError(
            "The model's weights cannot be read",
            f"The weights in {folder.name} are missing, cut off, or belong to something else.",
            "Copy the folder again: config.json, model.safetensors and the tokenizer files.",
            details=str(error),
            subject=str(folder),
        ) from error
    fresh = {str(name) for name in info["missing_keys"]}
    fresh |= {str(entry[0]) for entry in info["mismatched_keys"]}
    _refuse_foreign(model, folder, fresh, [str(name) for name in info["unexpected_keys"]])
    return model, fresh


def _refuse_foreign(model: nn.Module, folder: Path, fresh: set[str], unexpected: list[str]) -> None:
    """Raises ModelError when most of the backbone came without weights."""
    backbone = backbone_of(model)
    own = [n for n, _ in model.named_parameters() if n.startswith(backbone + ".")]
    lacking = [n for n in own if n in fresh]
    if own and len(lacking) > len(own) // 2:
        raise ModelError(
            "The weights do not belong to this model",
            f"{len(lacking)} of the {len(own)} tensors that {type(model).__name__} needs are not "
            f"in {folder.name}, and {len(unexpected)} of its own are unknown here.",
            "Check that config.json and the weights file come from the same model.",
            details="missing:\n  "
            + "\n  ".join(lacking[:12])
            + "\nunknown:\n  "
            + "\n  ".join(unexpected[:12]),
            subject=str(folder),
        )


def _from_config(config: PretrainedConfig, kind: str, name: str) -> nn.Module:
    # Where a kind has several classifiers the library looks here, and stumbles over None.
    config.architectures = config.architectures or []
    try:
        model: nn.Module = _AUTO[kind].from_config(config, trust_remote_code=False)
    except _FAILURES as error:
        raise ModelError(
            "The model cannot be built",
            f"{name} could not be built from its configuration.",
            "Choose another model.",
            details=str(error),
            subject=name,
        ) from error
    return model


def _refuse_pickles(folder: Path) -> None:
    """Reads foreign pickles in the restricted way first, so that refusal comes in our words."""
    if any(folder.glob("*.safetensors")):
        return
    files = [f for s in SUFFIXES if s != ".safetensors" for f in sorted(folder.glob("*" + s))]
    if not files:
        raise ModelError(
            "The folder holds no weights",
            f"There is no model.safetensors in {folder}.",
            "Copy the weights file into the folder.",
            subject=str(folder),
        )
    for file in files:
        if file.name.startswith("pytorch_model"):
            read_weights(file)


def _tokenizer_files(folder: Path) -> dict[str, bytes]:
    found = {f: (folder / f).read_bytes() for f in _TOKENIZER_FILES if (folder / f).is_file()}
    if not found:
        raise ModelError(
            "The folder holds no tokenizer",
            f"None of tokenizer.json, vocab.txt and the like is in {folder}.",
            "Copy the tokenizer files of the model into the folder.",
            subject=str(folder),
        )
    # Which tokenizer class it is may stand only here.
    found["config.json"] = (folder / "config.json").read_bytes()
    return found


def _tokenizer(files: dict[str, bytes], name: str) -> Any:
    with tempfile.TemporaryDirectory(prefix="graft-") as place:
        for file, content in files.items():
            (Path(place) / file).write_bytes(content)
        try:
            return AutoTokenizer.from_pretrained(
                place, local_files_only=True, trust_remote_code=False
            )
        except _FAILURES as error:
            raise ModelError(
                "The tokenizer cannot be read",
                f"The tokenizer files of {name} are incomplete or damaged.",
                "Copy the model's folder again.",
                details=str(error),
                subject=name,
            ) from error
