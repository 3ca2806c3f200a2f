"""A price is right about what can be counted, quick, and its remedies do what they say."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.freezing import applying
from engine.freezing.duration import Timing
from engine.freezing.editing import set_boundary
from engine.freezing.outline import Outline
from engine.freezing.plan import FROZEN, TRAINABLE, Plan
from engine.freezing.presets import PRESETS, learns
from engine.freezing.price import price
from engine.models.portrait import portrait
from engine.models.skeleton import skeleton
from engine.training.recipe import Recipe
from tests.portraits import Pair, pair, random_plan

NAMES = ["resnet", "vit", "bert"]
MEGABYTE = 1 << 20
MACHINE = {"device": "cpu", "memory": 1 << 34, "base": 500 * MEGABYTE}
ALL = Plan({"": TRAINABLE})


@pytest.fixture(scope="session")
def pairs(model_folder: Callable[[str], Path]) -> Callable[[str], Pair]:
    return cache(lambda name: pair(name, model_folder))


def described(one: Pair) -> dict[str, Any]:
    return {**one.portrait, "machine": MACHINE, "items": {"train": 100, "validation": 20}}


def timed(one: Pair) -> dict[str, Any]:
    """Ten milliseconds for each part, so that sums can be done by hand."""
    units = tuple(name for name in one.ran.order if any(name in stage.modules for stage in one.row))
    each = (0.01,) * len(units)
    return Timing(
        units, each, each, each, each, step=0.002, optimizer=0.0, batch=0.0, epoch=0.5,
        read=0.001, fetch=(0.0001, 0.0), store=(0.0002, 0.0), save=0.0, length=20.0, longest=20,
    ).to_wire()  # fmt: skip


@given(name=st.sampled_from(NAMES), seed=st.integers(0, 10_000))
@settings(max_examples=25)
def test_the_parts_add_up(pairs: Callable[[str], Pair], name: str, seed: int) -> None:
    one = pairs(name)
    plan = random_plan(one, seed)
    found = price(described(one), plan, Recipe(name))
    assert found.parameters == one.network.parameter_count()
    assert found.trainable == applying.trainable_count(one.network, plan)
    assert found.weights == 4 * found.parameters and found.gradients == 4 * found.trainable
    assert found.optimizer == 8 * found.trainable
    parts = found.weights + found.gradients + found.optimizer + found.activations + found.other
    assert parts == found.total and found.other >= MACHINE["base"]
    assert found.fits and not found.remedies and found.epoch_seconds is None
    assert 4 * found.trainable <= found.checkpoint < 4 * found.trainable + 200_000


@given(
    name=st.sampled_from(NAMES), seed=st.integers(0, 10_000), share=st.floats(0.0, 1.0),
    cuda=st.booleans(),
)  # fmt: skip
@settings(max_examples=30)
def test_a_remedy_makes_it_fit_and_says_what_it_needs(
    pairs: Callable[[str], Pair], name: str, seed: int, share: float, cuda: bool
) -> None:
    one = pairs(name)
    plan = random_plan(one, seed) if share < 0.7 else ALL
    recipe = Recipe(name, batch_size=64, precision="no" if cuda else "auto")
    machine = {**MACHINE, "device": "cuda" if cuda else "cpu"}
    free = price(described(one), plan, recipe, machine)
    assert free.fits
    short = int(machine["base"] + share * (free.total - machine["base"]) - 1)
    found = price(described(one), plan, recipe, {**machine, "memory": short})
    assert not found.fits and found.total == free.total
    for remedy in found.remedies:
        changes = dict(remedy.changes)
        boundary = changes.pop("boundary", None)
        changed = plan
        if boundary is not None:
            outline = Outline.of(described(one))
            blocks = [stage.modules for stage in outline.stages]
            changed = set_boundary(plan, outline, blocks, boundary)
        again = price(described(one), changed, replace(recipe, **changes), machine)
        assert again.total <= short
        if boundary is None:
            assert again.total == remedy.total
        assert remedy.text[0].isupper() and not remedy.text.endswith(".")
    kinds = [tuple(remedy.changes) for remedy in found.remedies]
    assert len(kinds) == len(set(kinds))
    assert cuda or ("precision",) not in kinds


def test_each_remedy_is_there_when_only_activations_are_too_many(
    pairs: Callable[[str], Pair],
) -> None:
    one = pairs("bert")
    recipe = Recipe("bert", batch_size=256, precision="no")
    gpu = {**MACHINE, "device": "cuda"}
    whole = price(described(one), ALL, recipe, gpu)
    found = price(described(one), ALL, recipe, {**gpu, "memory": whole.total - 1000})
    said = {next(iter(remedy.changes)) for remedy in found.remedies}
    assert said == {"accumulation", "checkpointing", "precision", "batch_size", "boundary"}


def test_time_follows_from_the_parts(pairs: Callable[[str], Pair]) -> None:
    one = pairs("bert")
    units = len(timed(one)["units"])
    recipe = Recipe("bert", batch_size=10)

    def epoch(plan: Plan, cached: bool) -> float:
        choice = replace(recipe, cache=cached)
        found = price(described(one), plan, choice, MACHINE, timed(one)).epoch_seconds
        assert found is not None
        return found

    always = 10 * 0.002 + 0.5
    # 100 items forward, back and weights; 20 items forward; all of them read.
    weighty = sum(
        any(True for _ in one.network.model.get_submodule(name).parameters())
        for name in timed(one)["units"]
    )
    computed = 100 * (units * 0.02 + weighty * 0.01) + 20 * units * 0.01
    assert epoch(ALL, False) == pytest.approx(always + computed + 0.12)
    head = learns(one.row, 1)
    heads = len(one.row[-1].modules)
    assert epoch(head, True) < always + 0.012 + (100 * 0.03 + 20 * 0.01) * heads + 1e-6
    assert epoch(head, False) > 120 * (units - heads) * 0.01
    sizes = [epoch(learns(one.row, count), True) for count in range(1, len(one.row))]
    assert sizes == sorted(sizes)
    first = price(described(one), head, recipe, MACHINE, timed(one)).first_seconds
    assert first == pytest.approx(120 * ((units - heads) * 0.01 + 0.001 + 0.0002), rel=0.02)


def test_views_are_computed_each(pairs: Callable[[str], Pair]) -> None:
    one = pairs("resnet")
    head = learns(one.row, 1)
    plain = price(described(one), head, Recipe("resnet"), MACHINE, timed(one)).first_seconds
    light = Recipe("resnet", augmentation="light", views=4)
    many = price(described(one), head, light, MACHINE, timed(one)).first_seconds
    assert plain is not None and many is not None
    assert many / plain == pytest.approx((4 * 100 + 20) / 120)


def test_the_cache_can_be_off(pairs: Callable[[str], Pair]) -> None:
    one = pairs("resnet")
    found = price(described(one), learns(one.row, 1), Recipe("resnet", cache=False))
    assert found.cut is None and found.skipped == 0 and found.first_seconds is None


def test_nothing_learns(pairs: Callable[[str], Pair]) -> None:
    one = pairs("vit")
    found = price(described(one), Plan({"": FROZEN}), Recipe("vit"))
    assert found.trainable == found.gradients == found.checkpoint == 0 and found.cut is None


def test_a_click_on_the_largest_network_is_quick() -> None:
    """In time of the processor, and the best of three: this machine may be busy."""
    told = portrait(skeleton("efficientnet_v2_l", None, "image", 10))
    assert len(told["modules"]) > 1000
    from engine.freezing.outline import stages_of

    told = {**told, "machine": {**MACHINE, "memory": 600 * MEGABYTE}, "items": {"train": 1000}}
    for name in ("full", "last-block", "norms"):
        plan = PRESETS[name].make(stages_of(told), 4, None)[-1].plan
        took = []
        for _ in range(3):
            began = time.process_time()
            price(told, plan, Recipe("efficientnet_v2_l"))
            took.append(time.process_time() - began)
        assert min(took) < 0.25, (name, took)
