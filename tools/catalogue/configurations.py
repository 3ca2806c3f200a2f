"""The small files that ship for each model of the hub, so that its layers can be looked at
before its weights are here."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from transformers import AutoConfig

FOLDER = Path(__file__).resolve().parents[2] / "resources" / "configurations"
# Made by the library as it goes, or of no use without weights.
_NOISE = (
    "id2label", "label2id", "transformers_version", "architectures", "_name_or_path", "dtype",
    "attn_implementation", "_attn_implementation", "_attn_implementation_internal",
    "output_attentions", "output_hidden_states", "return_dict", "problem_type",
    "chunk_size_feed_forward", "is_encoder_decoder",
)  # fmt: skip


def place(name: str) -> Path:
    return FOLDER / name.replace("/", "--")


def write(name: str, model_type: str, sizes: dict[str, Any], side: int | None) -> None:
    """config.json with every size written out, so that it does not change with the library's
    defaults.

    Args:
        side: px of the pictures, where the configuration speaks of another size.
    """
    folder = place(name)
    folder.mkdir(parents=True, exist_ok=True)
    config = AutoConfig.for_model(model_type, **sizes)
    _put(folder / "config.json", {**_plain(config.to_dict()), **_labels(config, sizes)})
    if side is not None and getattr(config, "image_size", side) != side:
        size = {"height": side, "width": side}
        _put(folder / "preprocessor_config.json", {"size": size})


def _put(file: Path, content: dict[str, Any]) -> None:
    file.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")


def _plain(held: dict[str, Any]) -> dict[str, Any]:
    return {
        key: _plain(value) if isinstance(value, dict) else value
        for key, value in held.items()
        if key not in _NOISE
    }


def _labels(config: Any, sizes: dict[str, Any]) -> dict[str, int]:
    return {"num_labels": int(config.num_labels)} if "num_labels" in sizes else {}
