"""The catalogue is true to the registry of the installed torchvision."""

import math
from pathlib import Path

import pytest

from engine.models import catalogue

models = pytest.importorskip("torchvision.models")

MODULES = {
    "": {"image-classification"},
    "quantization": {"image-classification"},
    "detection": {"object-detection", "keypoints"},
    "segmentation": {"segmentation"},
    "video": {"video"},
    "optical_flow": {"optical-flow"},
}
METRICS = {
    "image-classification": "acc@1", "object-detection": "box_map", "keypoints": "kp_map",
    "segmentation": "miou", "video": "acc@1",
}  # fmt: skip
# The registry counted what a picture of noise made of the weights: few or no boxes passed.
# Ours are the most that can be, so that a costly picture is no surprise.
FEWER_BOXES = {
    "fasterrcnn_mobilenet_v3_large_320_fpn", "fasterrcnn_mobilenet_v3_large_fpn",
    "maskrcnn_resnet50_fpn", "keypointrcnn_resnet50_fpn",
}  # fmt: skip
ROUNDED = 0.0006e9  # the registry gives thousandths of a billion


def named(module: str) -> set[str]:
    place = getattr(models, module) if module else models
    return {n for n in models.list_models(module=place) if len(models.get_model_weights(n))}


@pytest.mark.parametrize("module", MODULES)
def test_every_model_with_weights_is_in_it(module: str) -> None:
    listed = {
        entry.name
        for entry in catalogue.entries()
        if entry.source == "torchvision" and entry.kind in MODULES[module]
        and entry.name.startswith("quantized_") == (module == "quantization")
    }  # fmt: skip
    assert listed == named(module) and listed


def test_none_is_missing_and_what_cannot_be_taught_says_so() -> None:
    everything = [name for name in models.list_models() if len(models.get_model_weights(name))]
    listed = [entry for entry in catalogue.entries() if entry.source == "torchvision"]
    assert sorted(entry.name for entry in listed) == sorted(everything)
    for entry in listed:
        if entry.name.startswith("quantized_"):
            assert not entry.trainable and "8 bits" in entry.title and "8 bits" in entry.purpose


@pytest.mark.parametrize("name", sorted(set().union(*(named(module) for module in MODULES))))
def test_figures_are_the_registrys(name: str) -> None:
    entry = catalogue.find(name)
    assert entry is not None
    registry = {weights.name: weights for weights in models.get_model_weights(name)}
    default = models.get_model_weights(name).DEFAULT
    assert {weights.name for weights in entry.weights} == set(registry)
    assert entry.weights[0].name == default.name
    assert entry.parameters == default.meta["num_params"]
    for weights in entry.weights:
        theirs = registry[weights.name]
        assert weights.url == theirs.url and weights.file == Path(theirs.url).name
        assert weights.bytes == round(theirs.meta["_file_size"] * 2**20)
        # torch.hub, too, takes the digits for a checksum behind a hyphen alone.
        assert (len(weights.sha256) >= 8) == ("_qnnpack_" not in weights.file
                                              and "_fbgemm_" not in weights.file)  # fmt: skip
        assert weights.sha256 in weights.file
        score = theirs.meta["_metrics"].get(entry.measured_on, {}).get(
            METRICS.get(entry.kind, ""), math.nan
        )  # fmt: skip
        assert weights.accuracy == pytest.approx(score / 100) or score != score
        swag = "SWAG" in theirs.meta.get("license", "")
        assert weights.commercial == ("no" if swag else "unknown")


@pytest.mark.parametrize("name", sorted(set().union(*(named(module) for module in MODULES))))
def test_the_measured_cost_is_the_registrys(name: str) -> None:
    entry = catalogue.find(name)
    assert entry is not None and entry.flops is not None
    theirs = models.get_model_weights(name).DEFAULT.meta["_ops"] * 1e9
    if name in FEWER_BOXES:
        assert entry.flops > theirs
    else:
        assert abs(entry.flops - theirs) <= max(ROUNDED, 0.02 * theirs)
