"""Rows for every model of torchvision that has weights, from its own registry."""

from __future__ import annotations

import math
import re
from typing import Any

import torchvision
from torchvision import models

from engine.models.whole.counting import held, multiply_adds
from engine.models.whole.vision import running
from tools.catalogue.measured import Figures, Kept
from tools.catalogue.tables import licence, table
from tools.catalogue.titles import family_of, title_of

PAGES = "https://pytorch.org/vision/stable/models/generated"
# Of each module of the registry: kind, what its models do, benchmark, its key for the accuracy.
MODULES = {
    "": ("image-classification", "image-classification", "ImageNet-1K", "acc@1"),
    "detection": ("object-detection", "object-detection", "COCO-val2017", "box_map"),
    "segmentation": ("segmentation", "semantic-segmentation", "COCO-val2017-VOC-labels", "miou"),
    "quantization": ("image-classification", "image-classification", "ImageNet-1K", "acc@1"),
    "video": ("video", "video-classification", "Kinetics-400", "acc@1"),
    "optical_flow": ("optical-flow", "optical-flow", "", ""),
}
METRICS = {
    "acc@1": "top-1 accuracy", "box_map": "box AP", "miou": "mean IoU",
    "kp_map": "keypoint AP", "": "",
}  # fmt: skip
QUANTIZED = "quantized_"  # how the names of module quantization begin
INSTANCES = ("object-detection", "instance-segmentation")


def rows(kept: Kept) -> list[dict[str, Any]]:
    return [
        row_of(name, module, kept)
        for module in MODULES
        for name in models.list_models(module=getattr(models, module) if module else models)
        if len(models.get_model_weights(name))
    ]


def row_of(name: str, module: str, kept: Kept) -> dict[str, Any]:
    kind, task, benchmark, key = MODULES[module]
    if name.startswith("keypoint"):
        kind, task, key = "keypoints", "keypoint-detection", "kp_map"
    variants = models.get_model_weights(name)
    first = variants.DEFAULT
    ordered = [first, *(weights for weights in variants if weights is not first)]
    version = f"torchvision {torchvision.__version__.partition('+')[0]}"
    figures = kept.of(name, version, lambda: measure(name, kind))
    page_name = f"{module + '.' if module else ''}{name.removeprefix(QUANTIZED)}"
    page = f"{PAGES}/torchvision.models.{page_name}.html"
    files = [_weights(w, benchmark, key, page, figures["side"]) for w in ordered]
    told = table("vision")[family_of(name.removeprefix(QUANTIZED))]
    return {
        "name": name,
        "title": title_of(name),
        "family": told["family"],
        "source": "torchvision",
        "kind": kind,
        "task": task,
        "tasks": list(INSTANCES) if name.startswith("maskrcnn") else [task],
        # Whole numbers of 8 bits, which training cannot move.
        "trainable": task == "image-classification" and not name.startswith(QUANTIZED),
        "parameters": first.meta["num_params"],
        "published": first.meta["num_params"],
        "flops": figures["flops"],
        "flops_at": figures["flops_at"],
        "activations": figures["activations"],
        "measured_on": benchmark if files[0]["accuracy"] is not None else "",
        "metric": METRICS[key] if files[0]["accuracy"] is not None else "",
        "link": page,
        "cards": [*_data(first, kind), told["card"], *_form(name)],
        "weights": files,
    }


def measure(name: str, kind: str) -> Figures:
    """`flops` (multiply-adds), `flops_at`, `activations`, and `side` (px that the model sees)."""
    model, (run, side, at) = running(name, kind)
    figures = {"flops": multiply_adds(run), "flops_at": at, "activations": held(model, run)}
    return {**figures, "side": side}


def _data(weights: Any, kind: str) -> list[str]:
    """The cards of what it learned from, the general one first."""
    if kind == "image-classification":
        return ["vision", "imagenet-1k", *(["swag"] if _swag(weights) else [])]
    return ["vision", f"torchvision-{kind}"]


def _form(name: str) -> list[str]:
    return ["quantized"] if name.startswith(QUANTIZED) else []


def _swag(weights: Any) -> bool:
    return "SWAG" in weights.meta.get("license", "")


def _weights(weights: Any, benchmark: str, key: str, page: str, side: int) -> dict[str, Any]:
    file = weights.url.rpartition("/")[2]
    score = weights.meta["_metrics"].get(benchmark, {}).get(key, math.nan)
    accuracy = None if math.isnan(score) else round(score / 100, 5)
    digits = re.search(r"-([0-9a-f]{8,})\.pth$", file)
    crop = getattr(weights.transforms(), "crop_size", None)
    return {
        "name": weights.name,
        "file": file,
        "url": weights.url,
        "sha256": digits.group(1) if digits else "",
        "bytes": round(weights.meta["_file_size"] * 2**20),
        "accuracy": accuracy,
        "input_size": int(crop[0]) if crop else side,
        "recipe": weights.meta["recipe"],
        "accuracy_source": page if accuracy is not None else "",
        **licence("swag" if _swag(weights) else "torchvision"),
    }
