"""Which files of a Hugging Face model Graft takes: never code, never other frameworks' weights."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

SAFE = "model.safetensors"
PICKLE = "pytorch_model.bin"
_SHARD = r"-\d{5}-of-\d{5}"
_SAFE_SHARD = re.compile(rf"model{_SHARD}\.safetensors$")
_PICKLE_SHARD = re.compile(rf"pytorch_model{_SHARD}\.bin$")
_SMALL = re.compile(
    r"((?!.*\.index\.json$)[^/]+\.json|vocab\.txt|merges\.txt|[^/]+\.model|README\.md"
    r"|(LICEN[CS]E|NOTICE|COPYING|USE_POLICY)[^/]*|\d_[A-Za-z]+/config\.json)$",
    re.IGNORECASE,
)
_PART = re.compile(r"\d_[A-Za-z]+$")  # a folder of sentence-transformers: 1_Pooling
# Of other frameworks, of trainers, or of adapters that a model does not need.
_UNNEEDED = re.compile(
    r"(trainer_state|training_args|all_results|train_results|eval_results|adapter_config"
    r"|quantize_config|.*onnx.*|.*openvino.*|.*coreml.*)[^/]*$",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Needed:
    """Names with '/' between their parts."""

    small: tuple[str, ...]  # configuration, tokenizer, preprocessor, licence, readme
    weights: tuple[str, ...]  # files of tensors, and the index of several
    code: tuple[str, ...]  # left out
    pickled: bool  # the weights are pickles, to be converted

    @property
    def files(self) -> tuple[str, ...]:
        return (*self.small, *self.weights)


def needed(names: Iterable[str]) -> Needed:
    """Chooses among the files of a folder or a hub. `weights` is empty where there are none."""
    there = sorted(names)
    small = tuple(n for n in there if _SMALL.match(n) and not _UNNEEDED.match(n))
    code = tuple(n for n in there if n.endswith(".py"))
    weights = _weights(there, SAFE, _SAFE_SHARD)
    if weights:
        return Needed(small, weights, code, False)
    return Needed(small, _weights(there, PICKLE, _PICKLE_SHARD), code, True)


def names_in(folder: Path) -> list[str]:
    """Names of the files of a model's folder, and of the small folders that belong to it."""
    inside = [
        one for one in folder.iterdir() if one.is_dir() and re.match(r"\d_[A-Za-z]+$", one.name)
    ]
    files = [one for place in (folder, *inside) for one in place.iterdir() if one.is_file()]
    return sorted(one.relative_to(folder).as_posix() for one in files)


def _weights(there: list[str], single: str, shard: re.Pattern[str]) -> tuple[str, ...]:
    if single in there:
        return (single,)
    index = single + ".index.json"
    shards = [name for name in there if shard.match(name)]
    return (index, *shards) if index in there and shards else ()
