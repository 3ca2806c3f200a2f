"""Rows for the curated models of the Hugging Face hub, from the tables hub_*.toml.

A table has a part for each family; what a model says of itself stands before what its
family says. Sizes of both are put together.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import transformers
from transformers import AutoConfig

from engine.models.whole.counting import held, multiply_adds
from engine.models.whole.hub import running
from tools.catalogue import configurations
from tools.catalogue.measured import Figures, Kept
from tools.catalogue.tables import licence, table

TABLES = (
    "hub_pictures", "hub_finding", "hub_finding_more", "hub_segments", "hub_text", "hub_audio",
    "hub_image_text", "hub_medical",
)  # fmt: skip
HUB = "https://huggingface.co"
_BYTES = 4  # of a number as the hub's files hold it
_AUTO = {
    "image-classification": "AutoModelForImageClassification",
    "text-classification": "AutoModelForSequenceClassification",
}
COUNTED = {
    "AutoModel": "the body, without a head",
    "AutoModelForImageClassification": "with the head it was published with",
}


def models() -> Iterator[dict[str, Any]]:
    """What the tables say, family and model put together."""
    for name in TABLES:
        for family in table(name).values():
            shared = {key: value for key, value in family.items() if key != "models"}
            for model in family["models"]:
                sizes = {**shared.get("sizes", {}), **model.get("sizes", {})}
                yield {**shared, **model, "sizes": sizes}


def rows(kept: Kept) -> list[dict[str, Any]]:
    return [row_of(told, kept) for told in models()]


def write_configurations() -> None:
    for told in models():
        configurations.write(told["name"], told["type"], told["sizes"], _side(told))


def row_of(told: dict[str, Any], kept: Kept) -> dict[str, Any]:
    name = told["name"]
    side = _side(told)
    folder = configurations.place(name)
    figures = kept.of(name, _key(told), lambda: measure(folder, told["class"], told["given"]))
    accuracy = told.get("accuracy")
    task = told["task"]
    return {
        "name": name,
        "title": told["title"],
        "family": told["family"],
        "source": "huggingface",
        "kind": told["kind"],
        "task": task,
        "tasks": told["tasks"],
        "trainable": task in _AUTO and _builds(told, task),
        "parameters": figures["parameters"],
        "counted": told.get("counted") or COUNTED.get(told["class"], "the whole model"),
        "published": said(told.get("published", ""))[0],
        "flops": figures["flops"],
        "flops_at": figures["flops_at"],
        "activations": figures["activations"],
        "measured_on": told["measured_on"] if accuracy is not None else "",
        "metric": told["metric"] if accuracy is not None else "",
        "licence_source": table("licences")[told["licence"]].get("source", ""),
        "link": f"{HUB}/{name}",
        "cards": ["hub", *told["cards"]],
        "weights": [_weights(told, figures["parameters"], side)],
        "built_as": told["class"],
        "given": told["given"],
    }


def measure(folder: Path, kind: str, given: str) -> Figures:
    """`parameters`, `flops` (multiply-adds), `flops_at`, `activations`; arguments as `running`
    takes them."""
    model, run, at = running(folder, kind, given)
    parameters = sum(parameter.numel() for parameter in model.parameters())
    figures = {"parameters": parameters, "flops": multiply_adds(run), "flops_at": at}
    return {**figures, "activations": held(model, run)}


def said(text: str) -> tuple[int, float]:
    """A published count: '30.5M' gives 30,500,000 and what one of its last digit is worth."""
    if not text:
        return 0, 0.0
    number, unit = text[:-1], {"K": 1e3, "M": 1e6, "B": 1e9}[text[-1]]
    decimals = len(number.partition(".")[2])
    return round(float(number) * unit), unit / 10**decimals


def _weights(told: dict[str, Any], parameters: int, side: int | None) -> dict[str, Any]:
    published = told.get("bytes")
    row = {
        "name": "main",
        "file": told.get("file", "model.safetensors"),
        "url": f"{HUB}/{told['name']}",
        "sha256": told.get("sha256", ""),
        "bytes": published or parameters * _BYTES,
        "accuracy": told.get("accuracy"),
        "input_size": side,
        "recipe": told.get("recipe", f"{HUB}/{told['name']}"),
        "accuracy_source": told["accuracy_source"] if "accuracy" in told else "",
        **licence(told["licence"]),
    }
    return row if published else {**row, "reckoned": True}


def _side(told: dict[str, Any]) -> int | None:
    word, _, size = told["given"].partition(" ")
    return int(size) if word in ("picture", "captioned", "point") else None


def _builds(told: dict[str, Any], task: str) -> bool:
    kind = getattr(transformers, _AUTO[task])
    return type(AutoConfig.for_model(told["type"])) in kind._model_mapping


def _key(told: dict[str, Any]) -> str:
    """Of everything that the figures depend on: the file that ships, the class, the input."""
    file = configurations.place(told["name"]) / "config.json"
    parts = (file.read_text(encoding="utf-8"), told["class"], told["given"])
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]
