"""What judges and advises: right where the truth is known, and no bolder than its figures."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from PIL import Image, ImageOps

from engine.errors import ConfigurationError, DataError
from engine.evaluation.paired import Difference
from engine.events import Event, Remark
from engine.freezing.presets import Stage
from engine.store import classes, controls, items, labels, remarks, runs, shifts
from engine.store.project import Project
from engine.training.advising import Fact, recommend
from engine.training.control import Control, StopNow
from engine.training.controls import verdict
from engine.training.counsel import OPERATIONS
from engine.training.forgetting import Forgetting, watch_forgetting
from engine.training.recipe import Recipe
from engine.training.run import train
from engine.training.stage_probe import Gain, Probed
from tests import tiny
from tests.engine.training.test_guards import digits

__all__ = ["digits"]

Make = Callable[[str], Project]
Recipes = Callable[..., Recipe]


def ask(
    name: str, project: Project, emit: Callable[[Event], None] | None = None, **arguments: Any
) -> Any:
    """The result, which has gone through JSON as it does on its way to the window."""
    said = OPERATIONS[name](project, arguments, emit or (lambda event: None), Control())
    return json.loads(json.dumps(said))


class StopsAt:
    """Asks for the end at the n-th event."""

    def __init__(self, number: int) -> None:
        self.control, self.left, self.after = Control(), number, 0

    def __call__(self, event: Event) -> None:
        self.left -= 1
        if self.left == 0:
            self.control.command("stop")
        self.after += self.left < 0


@pytest.mark.parametrize("name", ["find-lr", "advise"])
def test_it_stops_at_once_and_leaves_no_run(
    name: str, project_for: Make, recipe_for: Recipes
) -> None:
    project = project_for("vit")
    for number in (1, 4, 12, 30):
        stop = StopsAt(number)
        with pytest.raises(StopNow):
            OPERATIONS[name](project, recipe_for("vit").to_wire(), stop, stop.control)
        assert stop.after <= 4, "no more than what was under way"
    assert runs.all_runs(project) == []


def test_pre_training_that_helps_and_that_does_not(tmp_path: Path, recipe_for: Recipes) -> None:
    """MiniLM's stand-in knows nothing: a bag of words learns from the same texts what it cannot."""
    with tiny.text_project(tmp_path, 200) as project:
        run = train(project, recipe_for("bert", preset="feature-extraction", epochs=3)).run
        found = ask("controls", project, run=run)
        kinds = [row["kind"] for row in found["rows"]]
        assert kinds[:4] == ["run", "majority", "small-net", "linear-probe"]
        assert found["verdict"].startswith("This pre-training did not help: ")
        by_kind = {row["kind"]: row for row in found["rows"]}
        assert by_kind["majority"]["value"] == 0.5 and by_kind["small-net"]["value"] > 0.9
        assert all(row["low"] <= row["value"] <= row["high"] for row in found["rows"])
        stored = controls.of_run(project, run)
        assert [row.to_wire() for row in stored] == found["rows"]
        assert ask("controls", project, run=run) == found


def test_a_verdict_says_what_the_test_says() -> None:
    def words(value: float, low: float, high: float, p: float, items: int = 200) -> str:
        figures = ("balanced_accuracy", items, 0.7, 0.7 + value, value, low, high, p)
        return verdict(Difference(*figures), True)

    assert words(0.12, 0.08, 0.16, 0.001).startswith(
        "This pre-training helped: 12 points of balanced accuracy (+8 to +16) better"
    )
    assert words(-0.12, -0.16, -0.08, 0.001).startswith("This pre-training did not help: 12 points")
    assert "cannot be told with 40 test items" in words(0.05, -0.04, 0.14, 0.3, 40)
    assert "as well as" in words(0.0, 0.0, 0.0, 1.0)


def test_controls_need_a_test_result(project_for: Make, recipe_for: Recipes) -> None:
    project = project_for("vit")
    run = train(project, recipe_for("vit", epochs=1)).run
    with project.writing() as db:
        db.execute("DELETE FROM prediction WHERE run_id = ?", [run])
    with pytest.raises(ConfigurationError, match="no test result"):
        ask("controls", project, run=run)


def test_inverted_pictures_are_a_shift_and_the_splits_are_none(
    tmp_path: Path, recipe_for: Recipes
) -> None:
    with tiny.picture_project(tmp_path, 120) as project:
        run = train(project, recipe_for("resnet", epochs=1, batch_size=20)).run
        same = ask("shift", project, run=run, split="test")
        assert not same["differ"] and same["remedy"] is None and same["p"] > 0.01
        files = []
        for number, file in enumerate(sorted((tmp_path / "pictures").rglob("*.png"))[:30]):
            files.append(str(tmp_path / f"new{number}.png"))
            ImageOps.invert(Image.open(file)).save(files[-1])
        (tmp_path / "broken.png").write_bytes(b"no picture")
        told: list[Event] = []
        found = ask(
            "shift", project, told.append, run=run, files=[*files, str(tmp_path / "broken.png")]
        )
        assert found["differ"] and found["auc"] > 0.9 and found["items"] == [72, 30]
        assert found["words"].startswith("The new items look different")
        assert "Label some of the new items" in found["remedy"]["text"]
        assert found["about"] == "31 files: new0.png, new1.png, new2.png and 28 more"
        assert shifts.of_run(project, run) == {"test": same, "new": found}
        with pytest.raises(DataError, match="too few"):
            ask("shift", project, run=run, files=files[:3])
        with pytest.raises(ConfigurationError):
            ask("shift", project, run=run)


def test_a_run_that_changes_everything_forgets_and_says_so(
    tmp_path: Path, recipe_for: Recipes
) -> None:
    with tiny.picture_project(tmp_path, 100) as project:
        mild = recipe_for("vit", preset="full", lr=1e-6, epochs=1)
        wild = recipe_for("vit", preset="full", lr=0.1, epochs=8, warmup=0.0)
        found = {}
        for name, recipe in (("mild", mild), ("wild", wild)):
            told: list[Event] = []
            run = train(project, recipe).run
            watch_forgetting(project, run, told.append, Control())
            said = [event for event in told if isinstance(event, Remark)]
            stored = [r for r in remarks.of_run(project, run) if r.kind == "forgetting"]
            assert stored == said
            found[name] = said
            figures = ask("forgetting", project, run=run)
            assert figures["much"] == bool(said) and figures["items"] == 20
            assert figures["kept"] is not None, "the folder came with a head of three classes"
        assert found["mild"] == []
        (said,) = found["wild"]
        assert "was not measured" in said.text
        assert said.remedy == {
            "text": "Train as 'Probe, then fine-tune'", "changes": {"preset": "lp-ft", "lr": None},
        }  # fmt: skip


def test_a_frozen_backbone_forgets_nothing(project_for: Make, recipe_for: Recipes) -> None:
    project = project_for("resnet")
    for preset in ("feature-extraction", "scratch"):
        run = train(project, recipe_for("resnet", preset=preset, epochs=1)).run
        with pytest.raises(ConfigurationError, match="nothing to forget"):
            ask("forgetting", project, run=run)


def test_forgetting_is_said_only_when_it_is_sure() -> None:
    assert Forgetting(60, (0.3, 0.2, 0.4), None).much
    assert not Forgetting(60, (0.4, 0.2, 0.6), None).much
    assert Forgetting(60, (0.9, 0.8, 1.0), (0.2, 0.1, 0.4)).much


@pytest.mark.parametrize("model", ["resnet", "vit", "bert", "sound"])
def test_advice_shows_its_facts_and_is_the_same_again(
    model: str, project_for: Make, recipe_for: Recipes
) -> None:
    project, recipe = project_for(model), recipe_for(model)
    found = ask("advise", project, **recipe.to_wire())
    assert found == ask("advise", project, **recipe.to_wire())
    labels_, source, probe = found["facts"]
    assert labels_["name"] == "labels" and labels_["value"] == 7
    assert (source["value"] is None) == (model == "vit"), "no batch norm, no record of the source"
    assert source["words"] in found["why"] and probe["words"] in found["why"]
    assert len(found["stages"]) >= 3 and found["stages"][-1]["title"] != "Head"
    replace(recipe, preset=found["preset"], phases=tuple(found["phases"])).validate()
    assert runs.all_runs(project) == []


def test_time_that_does_not_suffice_is_said(project_for: Make, recipe_for: Recipes) -> None:
    found = ask("advise", project_for("vit"), seconds=1e-9, **recipe_for("vit").to_wire())
    assert found["stages"] == []
    assert any(words.startswith("There was no time to try: Embeddings") for words in found["why"])


def gain(title: str, value: float, low: float, high: float, p: float) -> Gain:
    difference = Difference("balanced_accuracy", 90, 0.7, 0.7 + value, value, low, high, p)
    return Gain(title, difference)


ROW = [Stage("Stem", ("stem",), ("stem.bn",)), Stage("Stage 1", ("one",)), Stage("Head", ("fc",))]
FLAT = [gain("Stem", 0.01, -0.05, 0.07, 0.6), gain("Stage 1", 0.02, -0.04, 0.08, 0.5)]


@pytest.mark.parametrize(
    ("count", "far", "low", "gains", "preset", "word"),
    [
        (50, 0.1, 0.97, FLAT, "feature-extraction", "little"),
        (5, 0.1, 0.6, FLAT, "refine", "ask again"),
        (5, 0.6, 0.6, FLAT, "norms", "not tried"),
        (50, 0.6, 0.6, FLAT, "refine", "longer training may"),
        (50, 0.1, 0.6, [FLAT[0], gain("Stage 1", 0.09, 0.01, 0.2, 0.03)], "last-block", "last"),
        (50, 0.1, 0.6, [gain("Stem", 0.09, 0.01, 0.2, 0.03), FLAT[1]], "lp-ft", "told apart"),
    ],
)
def test_what_is_recommended_follows_from_the_facts(
    count: int, far: float, low: float, gains: list[Gain], preset: str, word: str
) -> None:
    facts = (
        Fact("labels", count, count, count, "labels"), Fact("distance", far, far, far, "far"),
        Fact("linear probe", low + 0.01, low, low + 0.02, "probe"),
    )  # fmt: skip
    found = recommend(*facts, Probed(gains, []), ROW, 10)
    assert found.preset == preset and word in found.why[0] and not found.phases
    overlap = "The intervals overlap: which stage is best cannot be told."
    assert overlap in found.why


def test_stages_that_were_not_tried_are_not_judged() -> None:
    facts = [Fact(name, 50.0, 0.6, 0.7, name) for name in ("labels", "distance", "linear probe")]
    some = recommend(*facts, Probed(FLAT[:1], ["Stage 1"]), ROW, 10)
    assert some.why[0].startswith("No stage that was tried gained for sure")
    none = recommend(*facts, Probed([], ["Stem", "Stage 1"]), ROW, 10)
    assert none.why[0].startswith("No stage was tried")


def test_a_stage_that_stands_out_learns_alone_with_the_head() -> None:
    facts = [Fact(name, 30.0, 0.6, 0.7, name) for name in ("labels", "distance", "linear probe")]
    gains = [gain("Stem", 0.2, 0.12, 0.28, 0.001), gain("Stage 1", 0.02, -0.04, 0.08, 0.5)]
    found = recommend(*facts, Probed(gains, []), ROW, 10)
    assert found.title == "Head, then stem" and [p["epochs"] for p in found.phases] == [5, 5]
    assert [name for name, rule in found.phases[1]["plan"].items() if rule[0]] == ["fc", "stem"]
    assert not any("overlap" in words for words in found.why)


def test_a_stage_that_helps_is_found_and_everything_is_put_back(
    digits: Project, recipe_for: Recipes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Random features of real digits: the last stage, trained alone, gains for sure."""
    from engine.models.stages import stages
    from engine.training.bench import Bench
    from engine.training.stage_probe import probe_stages

    monkeypatch.setattr("engine.training.stage_probe.RATE", 3e-3)  # of random weights
    recipe = recipe_for("resnet", preset="feature-extraction", batch_size=16)
    with Bench.open(digits, recipe, lambda event: None, Control()) as bench:
        before = {n: t.clone() for n, t in bench.network.model.state_dict().items()}
        row = stages(bench.network)
        found = probe_stages(bench, row, 600, lambda *_: None)
        after = bench.network.model.state_dict()
    changed = {name for name in before if not torch.equal(before[name], after[name])}
    assert changed and all(name.startswith(bench.network.head) for name in changed)
    gains = {one.title: one.difference for one in found.gains}
    assert list(gains) == [stage.title for stage in row[:-1]] and not found.left_out
    assert gains["Stage 2"].sure and gains["Stage 2"].value > 0.1


def test_labels_by_lot_leave_nothing_to_find(tmp_path: Path, recipe_for: Recipes) -> None:
    """No stage and no probe may claim anything where labels mean nothing."""
    with tiny.picture_project(tmp_path, 120) as project:
        draw, names = random.Random(1), [cls.id for cls in classes.all_classes(project)]
        labels.give(
            project, [(one.id, draw.choice(names)) for one in items.each(project)], "t", "hand"
        )
        found = ask("advise", project, **recipe_for("resnet", batch_size=16).to_wire())
        probe = found["facts"][2]
        assert probe["low"] <= 0.5 <= probe["high"]
        assert not any(one["low"] > 0 for one in found["stages"])
