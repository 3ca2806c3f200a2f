"""The row of the backbone that ships with Graft, counted on the file itself."""

from __future__ import annotations

import hashlib
from typing import Any

from safetensors import safe_open

from engine.models.catalogue import STARTER
from engine.models.library import SHIPPED
from engine.models.whole.counting import held, multiply_adds
from engine.models.whole.vision import headless
from tools.catalogue.measured import Kept
from tools.catalogue.tables import licence

FILE = "starter.safetensors"
SIDE = 128  # px; chosen by benchmarks.starter
CARD = "resources/starter/card.md"


def rows(kept: Kept) -> list[dict[str, Any]]:
    path = SHIPPED / FILE
    sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
    with safe_open(path, "pt") as held:
        name = str(held.metadata()["architecture"])
    figures = kept.of(STARTER, f"{sha256} at {SIDE}", lambda: _measure(name))
    return [
        {
            "name": STARTER,
            "title": "Graft starter",
            "family": "RegNet",
            "source": "graft",
            "kind": "image-classification",
            "task": "image-classification",
            "tasks": ["image-classification"],
            "trainable": True,
            "parameters": figures["parameters"],
            "published": 0,
            "flops": figures["flops"],
            "flops_at": figures["flops_at"],
            "activations": figures["activations"],
            "measured_on": "",
            "metric": "",
            "link": CARD,
            "cards": ["starter"],
            "weights": [
                {
                    "name": "STARTER_V1", "file": FILE, "url": "", "sha256": sha256,
                    "bytes": path.stat().st_size, "accuracy": None, "input_size": SIDE,
                    "recipe": CARD, "accuracy_source": "", **licence("starter"),
                }
            ],
            "architecture": name,
        }
    ]  # fmt: skip


def _measure(name: str) -> dict[str, Any]:
    """Of the body: the file holds no head."""
    model, run, at = headless(name, SIDE)
    parameters = sum(p.numel() for p in model.parameters())
    figures = {"parameters": parameters, "flops": multiply_adds(run), "flops_at": at}
    return {**figures, "activations": held(model, run)}
