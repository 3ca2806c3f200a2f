"""All that is asked about items is asked about sounds, too, by networks that read pictures."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from engine.exchange.importing import import_source
from engine.store import items, labels
from engine.store.project import Project
from engine.training.control import Control
from engine.training.counsel import OPERATIONS
from engine.training.describing import describe
from engine.training.recipe import Recipe
from engine.training.run import train
from engine.training.worker import predict
from tests import tiny

Recipes = Callable[..., Recipe]


def ask(name: str, project: Project, **arguments: Any) -> Any:
    said = OPERATIONS[name](project, arguments, lambda event: None, Control())
    return json.loads(json.dumps(said))


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    with tiny.sound_project(tmp_path, 120) as made:
        yield made


def test_what_is_asked_of_a_run(project: Project, recipe_for: Recipes, tmp_path: Path) -> None:
    run = train(project, recipe_for("sound", preset="full", lr=0.02, epochs=4, batch_size=20)).run
    by_kind = {row["kind"]: row["value"] for row in ask("controls", project, run=run)["rows"]}
    assert by_kind["majority"] == 0.5 and by_kind["small-net"] > 0.9
    assert by_kind["linear-probe"] > 0.9
    same = ask("shift", project, run=run, split="test")
    assert not same["differ"]
    new = [tiny.write_wav(tmp_path / f"{n}.wav", tiny.tone(3000, 0.9, n)) for n in range(20)]
    found = ask("shift", project, run=run, files=[*map(str, new)])
    assert found["differ"] and found["items"] == [72, 20]
    assert found["remedy"]["changes"] == {}, "views of sounds do not differ"
    (tmp_path / "bad.wav").write_bytes(b"no sound")
    wanted = [project_sound(project, "a"), project_sound(project, "b"), tmp_path / "bad.wav"]
    said = predict(
        project, {"files": [*map(str, wanted)]}, lambda event: None, Control()
    )  # of the newest run
    assert [one["class"] for one in said] == ["a", "b", None]
    assert said[2]["problem"]["title"]
    figures = ask("forgetting", project, run=run)
    assert figures["items"] > 0


def project_sound(project: Project, name: str) -> Path:
    return next(item.file for item in items.each(project) if f"{name}/" in item.path)


def test_models_are_ranked_and_described(project: Project, model_folder: Any) -> None:
    place = model_folder("sound")
    found = ask(
        "rank", project, recipe=Recipe("any").to_wire(),
        models=[{"name": "tiny", "weights": str(place)}],
    )  # fmt: skip
    assert found["places"][0]["value"] > 0.9
    assert "spectrogram" in json.dumps(found)
    recipe = Recipe(str(place), str(place)).to_wire()
    told = describe(project, recipe, lambda event: None, Control())
    assert told["kind"] == "image" and told["input"] == [32, 32] and told["length"] == 0


def test_labels_are_suggested(project: Project, recipe_for: Recipes) -> None:
    truth = {item.id: item.class_id for item in items.each(project)}
    few = [id for id in truth if id > 12]
    labels.give(project, [(id, None) for id in few], "tester")
    project.db.execute("UPDATE item SET split = NULL")
    found = ask("suggest", project, recipe=recipe_for("sound").to_wire(), once=True)
    assert (found["described"], found["suggested"], found["accuracy"]) == (120, 108, 1.0)
    assert ask("map-items", project)["items"] == 120


def test_what_was_recorded_is_learned(
    shared_data: Callable[[str], Path], tmp_path: Path, recipe_for: Recipes
) -> None:
    """Spoken digits of one speaker: two words are told apart by what ships with Graft."""
    folder = shared_data("audio_fsdd")
    for digit in ("0", "6"):
        (tmp_path / "said" / digit).mkdir(parents=True)
        for file in (folder / "train" / digit).glob(f"{digit}_*.wav"):
            (tmp_path / "said" / digit / file.name).symlink_to(file)
    with Project.create(tmp_path / "p", "audio-classification") as project:
        report = import_source(project, tmp_path / "said", group_pattern=r"_([a-z]+)_")
        assert report.new == 120 and report.broken == 0
        assert {item.group for item in items.each(project)} >= {"george", "jackson"}
        recipe = Recipe("graft-starter", preset="feature-extraction", epochs=5)
        ended = train(project, recipe)
        assert ended.state == "finished" and ended.test["accuracy"] > 0.6
