"""What a module is called, in words that need no library."""

from __future__ import annotations

import pytest
from torch import nn
from torchvision import models
from torchvision.ops import SqueezeExcitation, StochasticDepth

from engine.models.words import spelled, words

SAID = [
    (nn.Conv2d(32, 64, 3, 2), "3 × 3 convolution, 32 to 64 channels, stride 2"),
    (nn.Conv2d(96, 96, 5, groups=96), "5 × 5 convolution of each of 96 channels"),
    (nn.Conv2d(64, 128, 1, groups=4), "1 × 1 convolution, 64 to 128 channels in 4 groups"),
    (nn.ConvTranspose2d(8, 4, 2, 2), "transposed 2 × 2 convolution, 8 to 4 channels, stride 2"),
    (nn.BatchNorm2d(1280), "batch norm, 1,280 channels"),
    (nn.LayerNorm(384), "layer norm, 384 wide"),
    (nn.Linear(1280, 10), "linear layer, 1,280 to 10"),
    (nn.Embedding(30522, 384), "table of 30,522 embeddings, 384 wide"),
    (nn.MultiheadAttention(48, 12), "self-attention, 12 heads"),
    (nn.ReLU6(), "activation (ReLU up to 6)"),
    (nn.Dropout(0.2), "dropout of 20%"),
    (nn.AdaptiveAvgPool2d(1), "pooling: mean over the picture"),
    (nn.AdaptiveAvgPool2d((6, 6)), "pooling: mean in 6 × 6 parts"),
    (nn.MaxPool2d(3, 2), "pooling: maximum of 3, stride 2"),
    (SqueezeExcitation(8, 2), "squeeze and excitation"),
    (StochasticDepth(0.1, "row"), "whole paths dropped at random"),
    (nn.Sequential(nn.ReLU(), nn.Linear(2, 3)), "2 parts in a row"),
]


@pytest.mark.parametrize(("module", "said"), SAID, ids=lambda v: v if isinstance(v, str) else "")
def test_words(module: nn.Module, said: str) -> None:
    assert words(module) == said


def test_blocks_of_real_networks() -> None:
    mobile = models.mobilenet_v2(weights=None)
    assert words(mobile.features[3]) == "inverted residual block"
    assert words(mobile.features[0]).endswith("stride 2, norm and activation")
    residual = models.resnet18(weights=None)
    assert words(residual.layer1) == "2 × residual block"
    vision = models.vit_b_32(weights=None)
    assert words(vision.encoder.layers) == "12 × encoder layer"


def test_a_class_nobody_named_is_spelled_out() -> None:
    class LayerScaleHTMLBlock2(nn.Module):
        pass

    assert words(LayerScaleHTMLBlock2()) == "layer scale HTML block 2"
    assert spelled("") == ""
    assert words(LayerScaleHTMLBlock2(), "LayerScale") == "HTML block 2"
