"""torchvision's models of every kind, and how each is run once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from torch import Tensor, nn
from torchvision import models

from engine.models.skeleton import Bare
from engine.models.whole.counting import empty

FRAMES = 16  # of a clip, as torchvision's own registry counts
FLOW_SIDE = 512  # px, likewise


Way = tuple[Callable[[], object], int, str]  # runs it; px that it sees; on what, in words


def running(name: str, kind: str) -> tuple[nn.Module, Way]:
    """The model and how to run it on one item; `kind`: see engine.models.catalogue.KINDS."""
    weights = models.get_model_weights(name).DEFAULT
    with Bare():
        model = _built(name, kind, weights).to("meta")
    return model, _WAYS[kind](model, weights)


def headless(name: str, side: int) -> tuple[nn.Module, Callable[[], object], str]:
    """A classifier without its last layer, and how to run it on one picture of `side` px."""
    with Bare():
        model = models.get_model(name, weights=None).to("meta").eval()
    setattr(model, list(model.named_children())[-1][0], nn.Identity())
    return model, lambda: model(empty(1, 3, side, side)), _square(side)


def _square(side: int) -> str:
    return f"{side} × {side} px"


def _built(name: str, kind: str, weights: Any) -> nn.Module:
    extra: dict[str, Any] = {}
    if kind in ("object-detection", "segmentation", "keypoints"):
        extra = {"weights_backbone": None, "num_classes": len(weights.meta["categories"])}
    if name.startswith(("fcn_", "deeplabv3_")):
        extra["aux_loss"] = True  # the second head is in the published file, and runs
    if name.startswith("vit_"):
        extra = {"image_size": weights.transforms().crop_size[0]}
    if name.removeprefix("quantized_") in ("googlenet", "inception_v3"):
        extra = {"init_weights": False}  # says so, or it warns
    model: nn.Module = models.get_model(name, weights=None, **extra)
    return model.eval()


def _picture(model: nn.Module, weights: Any) -> Way:
    side = int(weights.transforms().crop_size[0])
    return lambda: model(empty(1, 3, side, side)), side, _square(side)


def _segmentation(model: nn.Module, weights: Any) -> Way:
    side = int(weights.transforms().resize_size[0])
    return lambda: model(empty(1, 3, side, side)), side, _square(side)


def _clip(model: nn.Module, weights: Any) -> Way:
    side = int(weights.transforms().crop_size[0])
    at = f"{FRAMES} frames of {side} × {side} px"
    return lambda: model(empty(1, 3, FRAMES, side, side)), side, at


def _flow(model: nn.Module, _: Any) -> Way:
    def run() -> object:
        return model(empty(1, 3, FLOW_SIDE, FLOW_SIDE), empty(1, 3, FLOW_SIDE, FLOW_SIDE))

    return run, FLOW_SIDE, f"a pair of {FLOW_SIDE} × {FLOW_SIDE} px"


def _detection(model: Any, _: Any) -> Way:
    """The parts in a row, as how many boxes are looked at depends on the picture.

    The most that can be are counted: every proposal the model lets through, and masks or
    keypoints of as many objects as it may answer.
    """
    sizes = model.transform
    side = int(sizes.fixed_size[0] if sizes.fixed_size else sizes.min_size[-1])
    at = _square(side)
    if not hasattr(model, "rpn"):
        return lambda: model.head(_features(model, side)), side, at
    heads = model.roi_heads
    boxes = int(model.rpn._post_nms_top_n["testing"])
    at += f", {boxes:,} proposals"
    second = [
        (head, predictor, pool)
        for head, predictor, pool in (
            (heads.mask_head, heads.mask_predictor, heads.mask_roi_pool),
            (heads.keypoint_head, heads.keypoint_predictor, heads.keypoint_roi_pool),
        )
        if head is not None
    ]
    if second:
        at += f", {heads.detections_per_img} objects"

    def run() -> None:
        features = _features(model, side)
        model.rpn.head(features)
        wide = int(features[0].shape[1])
        _regions(heads.box_head, heads.box_predictor, heads.box_roi_pool, boxes, wide)
        for head, predictor, pool in second:
            _regions(head, predictor, pool, heads.detections_per_img, wide)

    return run, side, at


def _features(model: Any, side: int) -> list[Tensor]:
    found = model.backbone(empty(1, 3, side, side))
    return list(found.values()) if isinstance(found, dict) else [found]


def _regions(head: Any, predictor: Any, pool: Any, count: int, wide: int) -> None:
    high, long = pool.output_size
    predictor(head(empty(count, wide, high, long)))


_WAYS: dict[str, Callable[[Any, Any], Way]] = {
    "image-classification": _picture,
    "object-detection": _detection,
    "keypoints": _detection,
    "segmentation": _segmentation,
    "video": _clip,
    "optical-flow": _flow,
}
