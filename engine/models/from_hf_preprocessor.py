"""What a Hugging Face folder says of preparing pictures, in Graft's own figures."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from engine.media.preprocess import ImagePreprocess

_IMAGENET_MEAN = (0.485, 0.456, 0.406)
_IMAGENET_STD = (0.229, 0.224, 0.225)
# Pillow's numbers, which the files store.
_FILTERS = {0: "nearest", 1: "lanczos", 2: "bilinear", 3: "bicubic"}
_CONVNEXT_WHOLE = 384  # px: from here on ConvNeXt resizes without cropping


def preprocess_of(folder: Path, config: Any) -> ImagePreprocess:
    """From preprocessor_config.json; without it, the configuration's size and ImageNet figures."""
    said = _said(folder)
    resize, crop = _sizes(said, _image_size(config))
    normalise = said.get("do_normalize", True)
    mean = tuple(said.get("image_mean", _IMAGENET_MEAN)) if normalise else (0.0, 0.0, 0.0)
    std = tuple(said.get("image_std", _IMAGENET_STD)) if normalise else (1.0, 1.0, 1.0)
    filter = _FILTERS.get(said.get("resample", 2), "bilinear")
    return ImagePreprocess(resize, crop, mean, std, filter)


def feeds_bgr(folder: Path, config: Any) -> bool:
    """Whether the model was trained on blue, green, red; the MobileViTs are, unless it says no."""
    own = str(getattr(config, "model_type", "")).startswith("mobilevit")
    return bool(_said(folder).get("do_flip_channel_order", own))


def _said(folder: Path) -> dict[str, Any]:
    file = folder / "preprocessor_config.json"
    return json.loads(file.read_text(encoding="utf-8")) if file.is_file() else {}


def _sizes(
    said: dict[str, Any], default: tuple[int, int]
) -> tuple[int | tuple[int, int], tuple[int, int]]:
    size = said.get("size", {"height": default[0], "width": default[1]})
    crop = _pair(said["crop_size"]) if said.get("do_center_crop") and "crop_size" in said else None
    edge = size if isinstance(size, int) else size.get("shortest_edge")
    if edge is None:
        exact = _pair(size)
        return exact, crop or exact
    if "crop_pct" in said and crop is None:
        if edge >= _CONVNEXT_WHOLE:
            return (edge, edge), (edge, edge)
        return int(edge / said["crop_pct"]), (edge, edge)
    if crop is None:
        # Without a crop pictures would keep their own proportions and could not share a batch.
        return (edge, edge), (edge, edge)
    return int(edge), crop


def _pair(size: Any) -> tuple[int, int]:
    if isinstance(size, int):
        return size, size
    if "shortest_edge" in size:
        return int(size["shortest_edge"]), int(size["shortest_edge"])
    return int(size["height"]), int(size["width"])


def _image_size(config: Any) -> tuple[int, int]:
    size = getattr(config, "image_size", 224)
    if isinstance(size, list | tuple):
        return int(size[0]), int(size[1])
    return int(size), int(size)
