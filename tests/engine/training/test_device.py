"""Where a network runs, and how its numbers lie there."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from engine.models.building import build
from engine.models.network import Network
from engine.training import device
from engine.training.recipe import Recipe


class Counts(nn.Module):
    """Code that counts on the channels lying apart, as some libraries' does."""

    def __init__(self, inner: nn.Module) -> None:
        super().__init__()
        self.inner = inner

    def forward(self, pixels: Tensor, **more: Any) -> Any:
        features = self.inner(pixels, **more)
        return features.view(-1).view(features.shape)


def placed(folder: Path, change: Callable[[Network], None] = lambda network: None) -> Network:
    network = build("any", str(folder), "image", 3)
    change(network)
    device.place(network, device.accelerator(Recipe("any")))
    return network


def wide(network: Network) -> list[Tensor]:
    """Weights whose layout can be told."""
    weights = [p for p in network.parameters() if p.ndim == 4]
    return [w for w in weights if w.shape[1] > 1 and w.shape[2] * w.shape[3] > 1]


def test_convolutions_have_channels_last_and_answer_as_before(
    model_folder: Callable[[str], Path],
) -> None:
    folder = model_folder("resnet")
    plain, network = build("any", str(folder), "image", 3), placed(folder)
    network.load_state_dict(plain.state_dict())
    assert wide(network)
    assert all(w.is_contiguous(memory_format=torch.channels_last) for w in wide(network))
    inputs = network.probe(2)
    with torch.no_grad():
        torch.testing.assert_close(
            network.eval()(inputs), plain.eval()(inputs), rtol=1e-4, atol=1e-5
        )


def test_code_that_cannot_bear_it_is_left_as_it_was(model_folder: Callable[[str], Path]) -> None:
    def change(network: Network) -> None:
        stem = network.model.get_submodule("resnet.embedder.embedder")
        stem.convolution = Counts(stem.convolution)

    network = placed(model_folder("resnet"), change)
    assert wide(network) and all(w.is_contiguous() for w in wide(network))
    with torch.no_grad():
        assert network.eval()(network.probe(2)).shape == (2, 3)


def test_texts_have_no_channels(model_folder: Callable[[str], Path]) -> None:
    network = build("any", str(model_folder("bert")), "text", 3)
    device.place(network, device.accelerator(Recipe("any")))
    assert all(p.is_contiguous() for p in network.parameters())


def test_running_out_of_memory_is_not_taken_for_code_that_cannot_bear_it(
    model_folder: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(network: Network) -> None:
        raise torch.OutOfMemoryError("full")

    monkeypatch.setattr(device, "trace", full)
    with pytest.raises(torch.OutOfMemoryError):
        placed(model_folder("resnet"))
