"""Carrying a plan to another model of the family, with a report of what did not map."""

from __future__ import annotations

from engine.freezing.carrying import carry
from engine.freezing.outline import Outline
from engine.freezing.plan import FROZEN, TRAINABLE, Plan, Rule
from engine.freezing.presets import PRESETS, Phase, Stage

WEIGHT = [("weight", 10), ("bias", 2)]


def encoder(layers: int, name: str = "bert") -> tuple[list[Stage], Outline]:
    stages = [Stage("Embeddings", (f"{name}.embeddings",))]
    stages += [Stage(f"Encoder layer {n}", (f"{name}.encoder.layer.{n}",)) for n in range(layers)]
    stages.append(Stage("Head", ("dropout", "classifier")))
    modules: list = [(f"{name}.embeddings", WEIGHT)]
    for n in range(layers):
        up = f"{name}.encoder.layer.{n}"
        modules += [(up, []), (f"{up}.attention", WEIGHT), (f"{up}.norm", WEIGHT)]
    modules += [("dropout", []), ("classifier", WEIGHT)]
    return stages, Outline(modules, stages)


def phase(plan: Plan) -> Phase:
    return Phase("A phase", plan, 3, 1e-3, "linear", 0.2)


def trainable(plan: Plan, outline: Outline) -> set[str]:
    return {outline.names[p] for p in outline.parameters if plan.rule(outline.names[p]).trainable}


def test_the_same_model_gets_the_same_plan() -> None:
    stages, outline = encoder(4)
    for preset in ("feature-extraction", "last-block", "lp-ft", "gradual", "full"):
        phases = PRESETS[preset].make(stages, 6, None)
        made = carry(phases, stages, outline)
        for old, new in zip(phases, made.phases, strict=True):
            assert (new.title, new.epochs, new.lr) == (old.title, old.epochs, old.lr)
            for place in outline.parameters:
                name = outline.names[place]
                assert new.plan.rule(name) == old.plan.rule(name)
        assert not made.lost and not made.unused
        assert made.words == ["6 of 6 stages have the same name in both."]


def test_last_layers_stay_the_last_layers() -> None:
    stages, _ = encoder(6)
    _, larger = encoder(12)
    plan = Plan({"": FROZEN, "bert.encoder.layer.4": Rule(True, 0.1),
                 "bert.encoder.layer.5": Rule(True, 0.2), "classifier": TRAINABLE})  # fmt: skip
    made = carry([phase(plan)], stages, larger)
    found = made.phases[0].plan
    assert found.rule("bert.encoder.layer.11.norm") == Rule(True, 0.2)
    assert found.rule("bert.encoder.layer.10.attention.weight") == Rule(True, 0.1)
    assert not found.rule("bert.encoder.layer.5.norm").trainable
    assert found.rule("classifier") == TRAINABLE
    assert made.phases[0].schedule == "linear" and made.phases[0].warmup == 0.2
    few, _ = encoder(2)
    words = carry([phase(Plan({"classifier": TRAINABLE}))], few, encoder(3)[1]).words
    assert "Encoder layer 2 follows encoder layer 1 of the plan." in words


def test_a_smaller_model_says_what_nothing_follows() -> None:
    stages, _ = encoder(6)
    _, smaller = encoder(3)
    plan = Plan({"bert.encoder.layer.0": TRAINABLE, "bert.encoder.layer.5": TRAINABLE})
    made = carry([phase(plan)], stages, smaller)
    assert made.unused == ["Encoder layer 0", "Encoder layer 1", "Encoder layer 2"]
    assert trainable(made.phases[0].plan, smaller) == {
        "bert.encoder.layer.2.attention.weight", "bert.encoder.layer.2.attention.bias",
        "bert.encoder.layer.2.norm.weight", "bert.encoder.layer.2.norm.bias",
    }  # fmt: skip
    assert any("Encoder layer 0, Encoder layer 1, Encoder layer 2" in one for one in made.words)


def test_names_within_a_stage_are_found_at_the_same_place() -> None:
    stages, _ = encoder(2)
    _, other = encoder(4, "roberta")
    plan = Plan({"": FROZEN, "bert.encoder.layer.1.norm": Rule(True, 0.5),
                 "bert.encoder.layer.1.adapter": TRAINABLE, "classifier": TRAINABLE})  # fmt: skip
    made = carry([phase(plan)], stages, other)
    assert made.phases[0].plan.rule("roberta.encoder.layer.3.norm.bias") == Rule(True, 0.5)
    assert not made.phases[0].plan.rule("roberta.encoder.layer.3.attention").trainable
    assert made.lost == ["bert.encoder.layer.1.adapter"]
    assert "Not in this model: bert.encoder.layer.1.adapter." in made.words


def test_blocks_of_a_stage_may_be_more() -> None:
    def resnet(blocks: int) -> tuple[list[Stage], Outline]:
        names = [f"layer4.{n}" for n in range(blocks)]
        stages = [Stage("Stem", ("conv1",)), Stage("Stage 4", tuple(names)), Stage("Head", ("fc",))]
        modules: list = [("conv1", WEIGHT), ("layer4", [])]
        modules += [pair for name in names for pair in ((name, []), (f"{name}.conv", WEIGHT))]
        return stages, Outline([*modules, ("fc", WEIGHT)], stages)

    stages, _ = resnet(2)
    _, larger = resnet(3)
    whole = carry([phase(Plan({"layer4": Rule(True, 0.1), "fc": TRAINABLE}))], stages, larger)
    assert whole.phases[0].plan.rule("layer4.2.conv") == Rule(True, 0.1)
    assert not whole.lost
    part = carry([phase(Plan({"layer4.1": TRAINABLE, "fc": TRAINABLE}))], stages, larger)
    assert trainable(part.phases[0].plan, larger) >= {"layer4.1.conv.weight"}


def test_another_family_keeps_the_head_and_says_that_the_rest_is_alone() -> None:
    stages, _ = encoder(3)
    target = Outline([("conv1", WEIGHT), ("fc", WEIGHT)],
                     [Stage("Stem", ("conv1",)), Stage("Head", ("fc",))])  # fmt: skip
    made = carry([phase(Plan({"": TRAINABLE}))], stages, target)
    assert trainable(made.phases[0].plan, target) == {"fc.weight", "fc.bias"}
    assert any("Stem had no counterpart" in one for one in made.words)
