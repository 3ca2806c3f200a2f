"""Editing a plan: what is asked for is what learns, and nothing redundant stays in the rules."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import ConfigurationError
from engine.freezing import editing
from engine.freezing.outline import Outline
from engine.freezing.plan import FROZEN, TRAINABLE, Plan, Rule
from engine.freezing.presets import PRESETS, Stage

STAGES = [
    Stage("Stem", ("conv1", "bn1", "relu"), small=("bn1",)),
    Stage("Stage 1", ("maxpool", "layer1.0", "layer1.1")),
    Stage("Stage 2", ("layer2.0", "layer2.1", "avgpool")),
    Stage("Head", ("dropout", "fc")),
]
WEIGHT = [("weight", 10)]
BOTH = [("weight", 10), ("bias", 2)]


def network() -> Outline:
    """A small residual network with a parameter of its own at the root, as vision transformers."""
    modules = [("", [("token", 4)]), ("conv1", WEIGHT), ("bn1", BOTH), ("relu", []),
               ("maxpool", [])]  # fmt: skip
    for layer in ("layer1", "layer2"):
        modules.append((layer, []))
        for block in ("0", "1"):
            modules.append((f"{layer}.{block}", []))
            modules += [(f"{layer}.{block}.conv", WEIGHT), (f"{layer}.{block}.bn", BOTH),
                        (f"{layer}.{block}.drop", [])]  # fmt: skip
    modules += [("avgpool", []), ("dropout", []), ("fc", BOTH)]
    return Outline(modules, STAGES)


OUTLINE = network()
NAMES = OUTLINE.names[1:]
BLOCKS = [("conv1", "bn1"), ("layer1.0",), ("layer1.1",), ("layer2.0",), ("layer2.1",), ("fc",)]
rules = st.one_of(st.just(FROZEN), st.sampled_from([1.0, 0.1, 0.5]).map(lambda f: Rule(True, f)))
plans = st.dictionaries(st.sampled_from(OUTLINE.names), rules, max_size=12).map(Plan)


def learning(plan: Plan) -> set[str]:
    found = editing.rules_of(plan, OUTLINE)
    return {OUTLINE.names[place] for place, rule in found.items() if rule.trainable}


def in_force(plan: Plan) -> dict[str, Rule]:
    """The rule of every module and parameter, as training asks for it."""
    return {name: plan.rule(name) for name in OUTLINE.names}


@given(plans)
def test_the_canonical_form_means_the_same_for_every_parameter(plan: Plan) -> None:
    made = editing.canonical(plan, OUTLINE)
    before, after = editing.rules_of(plan, OUTLINE), editing.rules_of(made, OUTLINE)
    assert before == after
    for place, rule in after.items():
        assert made.rule(OUTLINE.names[place]) == rule  # as the plan itself says


@given(plans)
def test_the_canonical_form_is_one_and_no_rule_in_it_can_be_left_out(plan: Plan) -> None:
    made = editing.canonical(plan, OUTLINE)
    assert editing.canonical(made, OUTLINE) == made
    for name in made.rules:
        shorter = Plan({other: rule for other, rule in made.rules.items() if other != name})
        assert in_force(shorter) != in_force(made), f"{name} is redundant"


@given(plans, st.permutations(range(6)))
def test_the_way_there_does_not_matter(plan: Plan, order: list[int]) -> None:
    """Freezing all but one block part by part gives what freezing them at once gives."""
    parts = [name for place in order for name in BLOCKS[place] if place != 3] + ["token"]
    one = plan
    for name in parts:
        one = editing.set_names(one, OUTLINE, [name], FROZEN)
    one = editing.set_names(one, OUTLINE, ["layer2.0"], TRAINABLE)
    other = Plan({"layer2.0": TRAINABLE})
    assert one == editing.canonical(other, OUTLINE)


@given(plans, st.lists(st.sampled_from(NAMES), min_size=1, max_size=4), rules)
def test_names_change_with_all_below_them_and_nothing_else(plan, names, rule) -> None:
    made = editing.set_names(plan, OUTLINE, names, rule)
    chosen = OUTLINE.below(names)
    before, after = editing.rules_of(plan, OUTLINE), editing.rules_of(made, OUTLINE)
    for place in OUTLINE.parameters:
        assert after[place] == (rule if place in chosen else before[place])


@given(plans, st.lists(st.sampled_from(NAMES), min_size=1, max_size=4))
def test_what_is_freed_keeps_or_takes_a_pace(plan: Plan, names: list[str]) -> None:
    made = editing.set_names(plan, OUTLINE, names, None)
    before, after = editing.rules_of(plan, OUTLINE), editing.rules_of(made, OUTLINE)
    for place in OUTLINE.below(names):
        assert after[place].trainable
        if before[place].trainable:
            assert after[place] == before[place]
        elif place in OUTLINE.head:
            assert after[place].lr_factor == 1


def test_a_freed_block_is_as_fast_as_the_one_after_it() -> None:
    plan = Plan({"layer2.1": Rule(True, 0.3), "fc": TRAINABLE})
    made = editing.set_names(plan, OUTLINE, ["layer1.1"], None)
    assert made.rule("layer1.1.conv").lr_factor == 0.3
    alone = editing.set_names(Plan({"fc": TRAINABLE}), OUTLINE, ["layer1.1"], None)
    assert alone.rule("layer1.1.conv").lr_factor == editing.BACKBONE


@given(plans, st.integers(0, 5))
def test_the_boundary_parts_the_network(plan: Plan, place: int) -> None:
    made = editing.set_boundary(plan, OUTLINE, BLOCKS, place)
    wanted = {n for block in BLOCKS[place:] for n in block}
    expected = {OUTLINE.names[p] for p in OUTLINE.below(wanted) | OUTLINE.head}
    if place == 0:
        expected = {OUTLINE.names[p] for p in OUTLINE.parameters}
    assert learning(made) == expected


def test_a_range_is_all_from_one_to_the_other() -> None:
    made = editing.set_range(Plan({}), OUTLINE, "layer1.1", "layer2.0", TRAINABLE)
    assert made.rules == {"layer1.1": TRAINABLE, "layer2.0": TRAINABLE}
    assert editing.set_range(Plan({}), OUTLINE, "layer2.0", "layer1.1", TRAINABLE) == made


def test_modules_without_parameters_go_with_their_stage() -> None:
    """Dropout in a head that learns must be in force in training."""
    made = editing.set_names(Plan({}), OUTLINE, ["fc"], TRAINABLE)
    assert made.rule("dropout").trainable
    assert not made.rule("avgpool").trainable
    mixed = editing.set_names(Plan({"": TRAINABLE}), OUTLINE, ["layer2.1.bn"], FROZEN)
    assert not mixed.rule("layer2.1.drop").trainable  # its block is no whole that learns
    assert mixed.rule("layer2.0.drop").trainable


def test_a_block_whose_parts_all_learn_is_one_rule() -> None:
    plan = Plan({"fc": TRAINABLE})
    for name in ("layer2.0.conv", "layer2.0.bn", "layer2.1.conv.weight", "layer2.1.bn"):
        plan = editing.set_names(plan, OUTLINE, [name], Rule(True, 0.1))
    assert plan.rules["layer2"] == Rule(True, 0.1)
    assert not any(name.startswith("layer2.") for name in plan.rules)


@pytest.mark.parametrize("preset", [name for name in PRESETS if name != "lora"])
def test_presets_learn_the_same_in_canonical_form(preset: str) -> None:
    for phase in PRESETS[preset].make(STAGES, 8, None):
        made = editing.canonical(phase.plan, OUTLINE)
        assert editing.rules_of(made, OUTLINE) == editing.rules_of(phase.plan, OUTLINE)
        assert len(made.rules) <= len(phase.plan.rules)
        for name in ("relu", "maxpool", "avgpool", "dropout"):
            assert made.rule(name).trainable == phase.plan.rule(name).trainable


def test_factors_are_for_what_learns() -> None:
    plan = Plan({"layer2.1": TRAINABLE, "fc": TRAINABLE})
    made = editing.set_factor(plan, OUTLINE, ["layer2"], 0.2)
    assert made.rule("layer2.1.conv") == Rule(True, 0.2)
    assert not made.rule("layer2.0.conv").trainable
    freed = editing.set_factor(plan, OUTLINE, ["layer1"], 0.2)
    assert freed.rule("layer1.0.conv") == Rule(True, 0.2)


def test_layerwise_decay_halves_from_stage_to_stage() -> None:
    plan = editing.set_boundary(Plan({}), OUTLINE, BLOCKS, 0)
    made = editing.set_decay(plan, OUTLINE, 0.5)
    expected = {"fc": 1.0, "layer2.0": 0.1, "layer1.1": 0.05, "conv1": 0.025, "token": 0.025}
    assert {name: made.rule(name).lr_factor for name in expected} == expected
    part = editing.set_boundary(Plan({}), OUTLINE, BLOCKS, 3)
    assert learning(editing.set_decay(part, OUTLINE, 0.5)) == learning(part)


def test_states_of_subtrees() -> None:
    plan = Plan({"layer2.1": TRAINABLE, "fc": TRAINABLE})
    found = {n: editing.state(plan, OUTLINE, n) for n in ("layer2", "layer1", "fc", "relu", "")}
    assert found == {"layer2": "partly", "layer1": "frozen", "fc": "learns", "relu": "none",
                     "": "partly"}  # fmt: skip


def test_patterns_by_stars_and_by_regular_expression() -> None:
    norms = editing.find(OUTLINE, "*.bn")
    assert norms.names == ("layer1.0.bn", "layer1.1.bn", "layer2.0.bn", "layer2.1.bn")
    assert (norms.modules, norms.parameters) == (4, 48)
    assert editing.find(OUTLINE, "*.bias").parameters == 2 * 4 + 2 + 2
    assert editing.find(OUTLINE, r"layer[12]\.1", regular=True).names == ("layer1.1", "layer2.1")
    assert editing.find(OUTLINE, "layer2").modules == 4  # those below it are meant
    assert editing.find(OUTLINE, "no such").names == ()
    assert editing.find(OUTLINE, "").names == ()
    with pytest.raises(ConfigurationError) as caught:
        editing.find(OUTLINE, "layer[", regular=True)
    assert caught.value.subject == "pattern"
