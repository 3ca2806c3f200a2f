"""What a plan is said to keep in memory is what autograd then keeps."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from engine.freezing import applying, holding
from engine.freezing.holding import passing, recomputed
from engine.freezing.plan import TRAINABLE, Plan
from engine.freezing.presets import PRESETS, learns
from engine.training.recomputing import recomputing
from tests.portraits import Pair, pair, random_plan

BATCH, LENGTH = 4, 16
NAMES = ["resnet", "vit", "bert", "mobilenet_v2", "shufflenet_v2_x0_5", "vit_b_32", "swin_t"]


@pytest.fixture(scope="session")
def pairs(model_folder: Callable[[str], Path]) -> Callable[[str], Pair]:
    return cache(lambda name: pair(name, model_folder))


def activations(one: Pair, plan: Plan, batch: int = BATCH) -> int:
    return holding.activations(one.chart, holding.kept(one.chart, plan), batch, LENGTH)


def kept(one: Pair, plan: Plan) -> int:
    """Bytes that autograd keeps of a real forward pass, beside parameters and buffers."""
    network = one.network
    applying.apply(network, plan)
    applying.set_modes(network, plan)
    own = {t.untyped_storage().data_ptr() for t in (*network.parameters(), *network.buffers())}
    held: dict[int, torch.UntypedStorage] = {}

    def pack(tensor: Tensor) -> Tensor:
        memory = tensor.untyped_storage()
        if memory.data_ptr() not in own:
            held[memory.data_ptr()] = memory
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor):
        network(network.probe(BATCH, LENGTH))
    return sum(memory.nbytes() for memory in held.values())


@given(name=st.sampled_from(NAMES), seed=st.integers(0, 10_000))
@settings(max_examples=20)
def test_what_is_kept(pairs: Callable[[str], Pair], name: str, seed: int) -> None:
    one = pairs(name)
    plan = random_plan(one, seed, single=False)
    said, real = activations(one, plan), kept(one, plan)
    assert abs(said - real) <= 0.03 * real + 60_000


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("preset", ["full", "last-block", "norms", "feature-extraction"])
def test_what_the_presets_keep(pairs: Callable[[str], Pair], name: str, preset: str) -> None:
    one = pairs(name)
    plan = PRESETS[preset].make(one.row, 4, None)[-1].plan
    real = kept(one, plan)
    assert activations(one, plan) == pytest.approx(real, rel=0.02, abs=4096)


@pytest.mark.parametrize("name", ["resnet", "bert", "mobilenet_v2"])
def test_recomputing_keeps_less(pairs: Callable[[str], Pair], name: str) -> None:
    one = pairs(name)
    plan = Plan({"": TRAINABLE})
    stretches = [module for stage in one.row for module in stage.modules]
    said = recomputed(one.chart, holding.kept(one.chart, plan), BATCH, LENGTH, stretches)
    assert said < activations(one, plan)
    with recomputing(one.network, stretches):
        inputs_only = kept(one, plan)
    # Beside the inputs that are kept all along it holds one stretch at a time.
    assert said >= inputs_only * 0.9


def test_a_passing_holds_little_and_grows_with_the_batch(pairs: Callable[[str], Pair]) -> None:
    one = pairs("mobilenet_v2")
    few, many = (passing(one.chart, batch, 0) for batch in (4, 8))
    assert few < many <= 2 * few
    assert many < activations(one, Plan({"": TRAINABLE}), 8) / 4
    widest = max(
        t.numel() * 4 for t in one.ran.outputs.values() if isinstance(t, Tensor)
    ) / 3  # fmt: skip
    assert few >= 2 * 4 * widest * 0.9


def test_gradients_begin_at_the_first_that_learns(pairs: Callable[[str], Pair]) -> None:
    one = pairs("bert")
    sizes = [activations(one, learns(one.row, n)) for n in range(1, 5)]
    assert sizes == sorted(sizes) and sizes[0] * 10 < sizes[1]
