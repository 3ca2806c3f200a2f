"""The rows of the tree: stages, real modules, repeats in one row; and what learns in each."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.freezing.outline import Outline
from engine.freezing.plan import FROZEN, TRAINABLE, Plan, Rule
from gui.layers.learning import Learning
from gui.layers.network import Described
from gui.layers.nodes import Node
from tests.gui.layered import described

NETWORK = Described(described(), {})


def node(name: str, network: Described = NETWORK) -> Node:
    return next(one for one in network.tree.nodes if name in (one.title, *one.names[:1]))


def rows(nodes: list[Node]) -> list[str]:
    return [one.title for one in nodes]


def test_stages_are_at_the_top_and_real_modules_below() -> None:
    assert rows(NETWORK.tree.roots) == ["Stem", "Stage 1", "Stage 2", "Stage 3", "Stage 4", "Head"]
    assert rows(node("Stage 2").children) == ["layer2.0", "layer2.1"]
    assert rows(node("layer2.0").children) == ["conv1", "bn1", "conv2", "bn2"]
    assert node("Stage 2").words == "2 residual blocks"
    assert node("Stage 2").size == "128 × 14 × 14"


def test_every_parameter_is_in_one_row_and_in_all_above_it() -> None:
    for stages, blocks in ((4, 2), (1, 5), (20, 1), (3, 14)):
        network = Described(described(stages, blocks), {})
        assert sorted(network.tree.places) == network.outline.parameters
        for one in network.tree.nodes:
            covered = network.tree.places[one.first : one.last]
            assert sum(network.outline.numel[place] for place in covered) == one.parameters
            if one.children:
                assert (one.children[0].first, one.children[-1].last) == (one.first, one.last)


def test_repeated_blocks_are_one_row_that_opens() -> None:
    network = Described(described(2, 14), {})
    (fold,) = node("Stage 1", network).children
    assert fold.kind == "fold"
    assert (fold.title, fold.words) == ("14 × residual block", "0 to 13")
    assert len(fold.children) == 14
    assert fold.parameters == node("Stage 1", network).parameters
    few = Described(described(2, 9), {})
    assert len(node("Stage 1", few).children) == 9  # they are all there is, and few


def test_blocks_among_others_fold_and_many_stages_do() -> None:
    network = described(1, 4)
    network["stages"][1]["modules"].insert(0, "pool")
    network["modules"].insert(3, {
        "name": "pool", "class": "MaxPool2d", "words": "pooling", "shape": None, "own": [],
        "stage": 1, "parameters": 0, "flops": 0, "order": 3})  # fmt: skip
    made = Described(network, {})
    assert rows(node("Stage 1", made).children) == ["pool", "4 × residual block"]
    many = Described(described(20, 1), {})
    assert rows(many.tree.roots) == ["Stem", "20 × stage", "Head"]
    assert many.tree.roots[1].words == "1 to 20"
    assert len(many.stages) == 22


def test_a_parameter_outside_all_stages_has_a_row() -> None:
    network = described()
    network["modules"][0]["own"] = [["token", 7]]
    made = Described(network, {})
    assert node("token", made).kind == "parameter"
    assert node("token", made).parent is node("Stem", made)
    assert node("Stem", made).parameters == node("Stem").parameters + 7
    assert sorted(made.tree.places) == made.outline.parameters


def test_what_never_runs_stands_apart() -> None:
    network = described()
    network["modules"].append({
        "name": "aux", "class": "Aux", "words": "auxiliary head", "shape": None,
        "own": [["weight", 9]], "stage": 5, "parameters": 9, "flops": 0, "order": -1})  # fmt: skip
    made = Described(network, {})
    assert made.tree.roots[-1].title == "Not used"
    assert rows(made.tree.roots[-1].children) == ["aux"]
    assert len(made.stages) == 6


def test_a_layer_that_is_a_stage_shows_what_is_in_it() -> None:
    network: dict[str, Any] = described(3, 1)
    made = Described(network, {"Stage 2": "Shapes"})
    assert rows(node("Shapes", made).children) == ["conv1", "bn1", "conv2", "bn2"]
    assert node("Shapes", made).default == "Stage 2"
    assert node("Shapes", made).words == "residual block, 64 channels"


def test_the_strip_has_a_block_for_each_module_of_a_stage() -> None:
    assert [block.title for block in NETWORK.blocks][:4] == [
        "Stem", "Stage 1, layer1.0", "Stage 1, layer1.1", "Stage 2, layer2.0",
    ]  # fmt: skip
    assert NETWORK.head == 9 == len(NETWORK.blocks) - 1
    single = Described(described(6, 1), {})
    assert [block.stage for block in single.blocks] == list(range(8))
    covered = [name for block in NETWORK.blocks for name in block.names]
    assert NETWORK.outline.below(covered) == frozenset(NETWORK.outline.parameters)


rules = st.one_of(st.just(FROZEN), st.sampled_from([1.0, 0.1]).map(lambda f: Rule(True, f)))


@given(st.dictionaries(st.sampled_from(NETWORK.outline.names), rules, max_size=10).map(Plan))
def test_the_state_of_a_row_is_that_of_the_parameters_in_it(plan: Plan) -> None:
    outline: Outline = NETWORK.outline
    learning = Learning(NETWORK.tree, plan)
    for one in NETWORK.tree.nodes:
        inside = [outline.names[p] for p in NETWORK.tree.places[one.first : one.last]]
        held = [plan.rule(name) for name in inside]
        state = learning.of(one)
        warm = {rule.lr_factor for rule in held if rule.trainable}
        if not held:
            assert state.kind == "none"
        elif all(rule.trainable for rule in held):
            assert state.kind == "learns"
        else:
            assert state.kind == ("partly" if warm else "frozen")
        assert state.factor == (warm.pop() if len(warm) == 1 else None)
        count = sum(outline.numel[outline.place[n]] for n in inside if plan.rule(n).trainable)
        assert state.learning == count


def test_a_state_in_words() -> None:
    learning = Learning(NETWORK.tree, Plan({"layer4.1": Rule(True, 0.1), "fc": TRAINABLE}))
    said = {n: learning.of(node(n)).words for n in ("Stage 4", "layer4.1", "Head", "Stem", "relu")}
    assert said == {"Stage 4": "partly × 0.1", "layer4.1": "learns × 0.1", "Head": "learns",
                    "Stem": "frozen", "relu": ""}  # fmt: skip


@pytest.mark.parametrize("count", [1, 3])
def test_a_network_without_a_row_of_blocks(count: int) -> None:
    made = Described(described(0, count), {})
    assert [block.title for block in made.blocks] == ["Stem", "Head"]
