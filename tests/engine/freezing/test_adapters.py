"""Adapters start without effect, learn alone, and can be merged away."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from engine.freezing import adapters, applying
from engine.freezing.presets import PRESETS
from engine.models.building import build
from engine.models.network import Network
from engine.models.stages import stages
from engine.models.trace import evaluating

Folder = Callable[[str], Path]
CASES = {"vit": "image", "bert": "text", "resnet": "image", "vit_b_32": "image"}


def made(name: str, folder: Folder, rank: int) -> Network:
    torch.manual_seed(0)
    edits = {"lora_rank": rank} | ({"image_size": 64} if name == "vit_b_32" else {})
    weights = str(folder(name)) if name in ("vit", "bert", "resnet") else None
    return build(name, weights, CASES[name], 3, pretrained=weights is not None, edits=edits)


def said(network: Network) -> torch.Tensor:
    with evaluating(network), torch.no_grad():
        return network(network.probe(3))


@pytest.mark.parametrize("name", list(CASES))
def test_they_start_without_effect_and_merge_without_loss(name: str, model_folder: Folder) -> None:
    plain, network = made(name, model_folder, 0), made(name, model_folder, 3)
    assert torch.allclose(said(plain), said(network), atol=1e-5)
    row = stages(network)
    assert [stage.title for stage in row] == [stage.title for stage in stages(plain)]
    (phase,) = PRESETS["lora"].make(row, 1, None)
    applying.apply(network, phase.plan)
    head = {n for n, _ in network.model.named_parameters() if n.startswith(tuple(network.head))}
    learning = {n for n, p in network.model.named_parameters() if p.requires_grad}
    assert head <= learning
    assert learning > head and all("lora_" in n for n in learning - head)
    groups = applying.parameter_groups(network, phase.plan, 0.0)
    for _ in range(3):
        network(network.probe(3)).square().sum().backward()
        torch.optim.AdamW(groups, lr=0.05).step()
    learned = said(network)
    assert not torch.allclose(learned, said(plain), atol=1e-3)
    adapters.merge(network)
    assert not any("lora" in n for n, _ in network.model.named_parameters())
    assert torch.allclose(said(network), learned, atol=1e-4)
    assert "lora_rank" not in network.description.edits


def test_a_transformer_adapts_its_attention_a_convnet_its_convolutions(
    model_folder: Folder,
) -> None:
    bert = made("bert", model_folder, 0)
    carried = adapters.carriers(bert.model, bert.head)
    assert "bert.encoder.layer.0.attention.self.query" in carried
    assert not any("embeddings" in n or n.startswith("classifier") for n in carried)
    late = build("mobilenet_v3_small", None, "image", 3, pretrained=False)
    assert len(adapters.carriers(late.model, late.head)) > 30  # not its one linear layer alone
    resnet = made("resnet", model_folder, 0)
    assert all("convolution" in n for n in adapters.carriers(resnet.model, resnet.head))
