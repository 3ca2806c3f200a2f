"""Recomputed activations: the same bits, less memory."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from engine.freezing import applying
from engine.freezing.plan import Plan, Rule
from engine.models.building import build
from engine.models.stages import stages
from engine.training.recipe import Recipe
from engine.training.recomputing import recomputing
from engine.training.run import train
from tests.engine.training.test_run import weights

KINDS = {"resnet": "image", "vit": "image", "bert": "text"}


@pytest.mark.parametrize("name", list(KINDS))
def test_less_is_kept_and_the_gradients_are_the_same(
    name: str, model_folder: Callable[[str], Path]
) -> None:
    torch.manual_seed(0)
    network = build(name, str(model_folder(name)), KINDS[name], 3)
    names = [module for stage in stages(network) for module in stage.modules]
    plan = Plan({"": Rule(True)})
    applying.apply(network, plan)
    applying.set_modes(network, plan)
    found = []
    for wanted in ([], names):
        start = {n: b.clone() for n, b in network.named_buffers()}
        kept = 0

        def pack(tensor: torch.Tensor) -> torch.Tensor:
            nonlocal kept
            kept += tensor.nbytes
            return tensor

        torch.manual_seed(3)
        with recomputing(network, wanted):
            with torch.autograd.graph.saved_tensors_hooks(pack, lambda t: t):
                loss = network(network.probe(4)).square().sum()
                forward = kept
            loss.backward()
        gradients = {n: p.grad.clone() for n, p in network.named_parameters() if p.grad is not None}
        buffers = {n: b.clone() for n, b in network.named_buffers()}
        found.append((forward, gradients, buffers))
        network.zero_grad()
        for n, b in network.named_buffers():
            b.copy_(start[n])
    (much, gradients, buffers), (little, same, still) = found
    assert little < much * 0.8
    assert gradients.keys() == same.keys()
    assert all(torch.equal(gradients[n], same[n]) for n in gradients)
    assert all(torch.equal(buffers[n], still[n]) for n in buffers)
    assert not any("forward" in module.__dict__ for module in network.modules())


@pytest.mark.parametrize("preset", ["full", "last-block"])
def test_a_run_ends_with_the_same_bits(
    preset: str, project_for: Callable[..., object], recipe_for: Callable[..., Recipe]
) -> None:
    project = project_for("vit")
    runs = [
        train(project, recipe_for("vit", preset=preset, epochs=2, checkpointing=wanted))
        for wanted in (False, True)
    ]
    assert weights(project, runs[0].run) == weights(project, runs[1].run)
