"""Where the cut will be is told beforehand, exactly as it is then found on the real network."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.freezing import applying
from engine.freezing.plan import FROZEN, TRAINABLE, Plan
from engine.freezing.presets import learns
from engine.freezing.reach import reach
from engine.freezing.replay import find_cut
from tests.portraits import Pair, pair, random_plan

SMALL = ["resnet", "vit", "bert"]
REAL = ["mobilenet_v2", "shufflenet_v2_x0_5", "squeezenet1_1", "swin_t", "vit_b_32"]


@pytest.fixture(scope="session")
def pairs(model_folder: Callable[[str], Path]) -> Callable[[str], Pair]:
    return cache(lambda name: pair(name, model_folder))


def agree(one: Pair, plan: Plan) -> None:
    said, found = reach(one.chart, plan), find_cut(one.network, plan, one.ran)
    assert said.cut == (found.module if found else None)
    assert said.skipped == (found.skipped if found else ())
    assert 0 <= said.share <= 1


@given(name=st.sampled_from(SMALL), seed=st.integers(0, 10_000))
@settings(max_examples=25)
def test_the_cut_is_where_it_was_said(pairs: Callable[[str], Pair], name: str, seed: int) -> None:
    one = pairs(name)
    agree(one, random_plan(one, seed))


@given(name=st.sampled_from(REAL), seed=st.integers(0, 10_000))
@settings(max_examples=12)
def test_the_cut_is_where_it_was_said_in_real_architectures(
    pairs: Callable[[str], Pair], name: str, seed: int
) -> None:
    one = pairs(name)
    agree(one, random_plan(one, seed))


@pytest.mark.parametrize("name", ["vit_b_32", "swin_t"])
def test_a_layer_that_is_used_without_being_called(pairs: Callable[[str], Pair], name: str) -> None:
    """Attention reads its output layer's weights itself: the cut must not pass over it."""
    one = pairs(name)
    inside = next(row["name"] for row in one.portrait["modules"] if row["order"] < 0 and row["own"])
    head = dict.fromkeys(one.network.head, TRAINABLE)
    plan = Plan({"": FROZEN, inside: TRAINABLE, **head})
    agree(one, plan)
    cut = find_cut(one.network, plan, one.ran)
    assert cut is not None and inside.startswith(cut.module + ".")
    assert not any(inside.startswith(name + ".") for name in cut.skipped)
    applying.apply(one.network, plan)
    one.network(one.network.probe(2)).sum().backward()
    learned = one.network.model.get_submodule(inside)
    assert all(p.grad is not None and p.grad.abs().sum() > 0 for p in learned.parameters())
    one.network.zero_grad()


def test_more_learns_less_is_saved(pairs: Callable[[str], Pair]) -> None:
    one = pairs("mobilenet_v2")
    shares = [reach(one.chart, learns(one.row, n)).share for n in range(1, len(one.row) + 1)]
    assert shares == sorted(shares, reverse=True) and shares[0] > 0.99 and shares[-1] == 0


def test_the_share_is_that_of_the_modules_passed_over(pairs: Callable[[str], Pair]) -> None:
    one = pairs("resnet")
    rows = {row["name"]: row for row in one.portrait["modules"]}
    found = reach(one.chart, learns(one.row, 2))
    passed = sum(rows[name]["flops"] for name in found.skipped)
    assert found.share == pytest.approx(passed / rows[""]["flops"])
    count, batch, words = found.width
    stored = one.ran.outputs[_before(one, found.cut)]
    assert (batch, words) == (1, 0) and count == stored[0].numel() * 4


def _before(one: Pair, cut: str | None) -> str:
    """The last module to put out what the module at the cut takes."""
    caught: list[torch.Tensor] = []
    assert cut is not None
    hook = one.network.model.get_submodule(cut).register_forward_pre_hook(
        lambda _, args: caught.append(args[0])
    )
    one.network(one.network.probe(3))
    hook.remove()
    return next(
        name for name in reversed(one.ran.order)
        if getattr(one.ran.outputs[name], "shape", None) == caught[0].shape
    )  # fmt: skip
