"""Exactly what a plan names learns; all else stays as it was, to the last bit."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.freezing import applying
from engine.freezing.plan import FROZEN, Plan, Rule
from engine.freezing.presets import PRESETS, Stage, learns
from engine.freezing.replay import Replay, compute, find_cut
from engine.models.building import build
from engine.models.network import Network
from engine.models.stages import stages
from engine.models.trace import evaluating, trace

KINDS = {"resnet": "image", "vit": "image", "bert": "text"}


@pytest.fixture(scope="session", params=list(KINDS))
def network(request: pytest.FixtureRequest, model_folder: Callable[[str], Path]) -> Network:
    torch.manual_seed(0)
    return build(request.param, str(model_folder(request.param)), KINDS[request.param], 4)


@given(seed=st.integers(0, 10_000))
@settings(max_examples=15)
def test_exactly_the_planned_tensors_change(network: Network, seed: int) -> None:
    plan = random_plan(network, seed)
    before = {n: t.clone() for n, t in network.model.state_dict().items()}
    applying.apply(network, plan)
    groups = applying.parameter_groups(network, plan, 0.01)
    planned = {
        name for _, name, _ in applying.direct_parameters(network.model)
        if plan.rule(name).trainable
    }  # fmt: skip
    assert {name for group in groups for name in group["names"]} == planned
    if not planned:
        return
    optimizer = torch.optim.AdamW(groups, lr=0.1)
    applying.set_modes(network, plan)
    network(network.probe(3)).square().sum().backward()
    optimizer.step()
    buffers = {name for name, _ in network.model.named_buffers()}
    for name, tensor in network.model.state_dict().items():
        owner = name.rpartition(".")[0] if name in buffers else name
        if not plan.rule(owner).trainable:
            assert torch.equal(tensor, before[name]), name
    assert {id(p) for p in optimizer.state} <= {
        id(p) for _, n, p in applying.direct_parameters(network.model) if n in planned
    }
    network.model.load_state_dict(before)
    network.zero_grad()


@given(seed=st.integers(0, 10_000))
@settings(max_examples=12)
def test_a_replay_gives_the_networks_own_result(network: Network, seed: int) -> None:
    draw = np.random.default_rng(seed)
    row = stages(network)
    plan = learns(row, int(draw.integers(1, len(row))))
    ran = trace(network)
    cut = find_cut(network, plan, ran)
    assert cut is not None
    first = next(name for name in ran.order if plan.rule(name).trainable)
    assert first == cut.module or first.startswith(cut.module + ".")
    assert not any(plan.rule(name).trainable for name in cut.before)
    inputs = network.probe(int(draw.integers(1, 6)), int(draw.integers(3, 20)), seed)
    replay = Replay(network, cut, ran)
    with evaluating(network), torch.no_grad():
        features = compute(network, cut, inputs)
        whole = network(inputs)
        with replay.installed():
            part = replay.run(network, features, inputs)
    assert torch.allclose(whole, part, atol=1e-4)
    with torch.no_grad(), evaluating(network):
        assert torch.equal(network(inputs), whole)  # nothing of the replay stays behind


@given(seed=st.integers(0, 10_000))
@settings(max_examples=15)
def test_a_cut_changes_no_gradient(network: Network, seed: int) -> None:
    """Whatever the plan: what learns gets from the cache the gradient it would get without."""
    plan = random_plan(network, seed)
    applying.apply(network, plan)
    learning = {n: p for n, p in network.model.named_parameters() if p.requires_grad}
    ran = trace(network)
    cut = find_cut(network, plan, ran)
    if cut is None or not learning:
        return
    inputs = network.probe(3, 9, seed)
    found = []
    with evaluating(network):
        network(inputs).square().sum().backward()
        found.append({n: p.grad for n, p in learning.items()})
        network.zero_grad()
        features = compute(network, cut, inputs)
        replay = Replay(network, cut, ran)
        with replay.installed():
            replay.run(network, features, inputs).square().sum().backward()
        found.append({n: p.grad for n, p in learning.items()})
        network.zero_grad()
    for name in learning:
        whole, part = found[0][name], found[1][name]
        assert (whole is None) == (part is None), name
        assert whole is None or torch.allclose(whole, part, rtol=1e-3, atol=1e-5), name


def random_plan(network: Network, seed: int) -> Plan:
    """Rules for a few modules and single parameters."""
    draw = np.random.default_rng(seed)
    names = [name for name, _ in network.model.named_modules()]
    names += [name for name, _ in network.model.named_parameters()]
    chosen = draw.choice(names, size=draw.integers(1, 6))
    return Plan({str(n): Rule(bool(draw.random() < 0.5), float(draw.random())) for n in chosen})


def test_norms_alone_learn_with_their_preset(network: Network) -> None:
    row = stages(network)
    (phase,) = PRESETS["norms"].make(row, 2, None)
    applying.apply(network, phase.plan)
    learning = [n for n, p in network.model.named_parameters() if p.requires_grad]
    assert learning
    for name in learning:
        inside = name.startswith(tuple(network.head))
        assert inside or name.endswith("bias") or "norm" in name.lower()


def test_frozen_batch_norm_keeps_its_statistics(model_folder: Callable[[str], Path]) -> None:
    network = build("resnet", str(model_folder("resnet")), "image", 4)
    plan = learns(stages(network), 1)
    applying.apply(network, plan)
    applying.set_modes(network, plan)
    before = {n: b.clone() for n, b in network.named_buffers()}
    network(network.probe(8))
    assert all(torch.equal(b, before[n]) for n, b in network.named_buffers())


def test_the_nearest_rule_holds() -> None:
    plan = Plan({"": FROZEN, "a": Rule(True, 0.5), "a.b": FROZEN, "a.b.c": Rule(True, 2.0)})
    assert [plan.rule(n).trainable for n in ("x", "a.x", "a.b.x", "a.b.c.d")] == [
        False, True, False, True,
    ]  # fmt: skip
    assert Plan.from_wire(plan.to_wire()) == plan


@given(
    count=st.integers(2, 14), epochs=st.integers(1, 60), name=st.sampled_from(sorted(PRESETS)),
    lr=st.one_of(st.none(), st.floats(1e-6, 1.0)),
)  # fmt: skip
def test_every_preset_spends_exactly_the_epochs(
    count: int, epochs: int, name: str, lr: float | None
) -> None:
    row = [Stage(f"Stage {n}", (f"s{n}",)) for n in range(count)]
    phases = PRESETS[name].make(row, epochs, lr)
    assert sum(phase.epochs for phase in phases) == epochs
    assert all(phase.epochs > 0 and phase.lr > 0 for phase in phases)
    assert all(phase.plan.rule(f"s{count - 1}").trainable for phase in phases)  # the head
