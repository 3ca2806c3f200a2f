"""Real architectures fall into stages that a person would name so, and each has its cut."""

from __future__ import annotations

import pytest
import torch

from engine.freezing.presets import learns
from engine.freezing.replay import find_cut
from engine.models.building import build
from engine.models.stages import stages
from engine.models.trace import trace

EXPECTED = {
    "resnet18": (6, ["fc", "layer4.0", "layer3.0"]),
    "mobilenet_v2": (6, ["classifier.0", "features.14", "features.7"]),
    "squeezenet1_1": (5, ["classifier.0", "features.8", "features.5"]),
    "densenet121": (None, ["classifier", "features.transition3"]),
    "vit_b_32": (14, ["heads.head", "encoder.layers.encoder_layer_11"]),
    "convnext_tiny": (None, ["classifier.2", "features.6.1"]),
    "swin_t": (None, ["head", "features.6"]),
    "googlenet": (None, ["dropout"]),
    "efficientnet_b0": (None, ["classifier.0"]),
    "shufflenet_v2_x1_0": (None, ["fc", "stage4.0"]),
}


def test_a_small_picture_leaves_the_stages_as_they_are() -> None:
    network = build("resnet18", None, "image", 3, pretrained=False, edits={"image_size": 32})
    assert [stage.title for stage in stages(network)] == [
        "Stem", "Stage 1", "Stage 2", "Stage 3", "Stage 4", "Head",
    ]  # fmt: skip


@pytest.mark.parametrize("name", ["convnext_tiny", "swin_t", "efficientnet_b0"])
def test_blocks_at_the_resolution_of_the_stem_are_a_stage(name: str) -> None:
    network = build(name, None, "image", 3, pretrained=False, edits={"image_size": 64})
    row = stages(network)
    assert [stage.title for stage in row[:2]] == ["Stem", "Stage 1"]
    assert all(module.startswith("features.0") for module in row[0].modules)
    assert row[1].modules[0] == "features.1.0"


@pytest.mark.parametrize("name", list(EXPECTED))
def test_stages_and_cuts(name: str) -> None:
    count, cuts = EXPECTED[name]
    torch.manual_seed(0)
    network = build(name, None, "image", 3, pretrained=False)
    ran = trace(network)
    row = stages(network, ran)
    assert row[-1].title == "Head" and row[-1].modules == network.head
    assert count is None or len(row) == count
    named = [module for stage in row for module in stage.modules]
    assert len(named) == len(set(named))
    for number, expected in enumerate(cuts, start=1):
        cut = find_cut(network, learns(row, number), ran)
        assert cut is not None and cut.module == expected
