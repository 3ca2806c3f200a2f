"""Ranking: what is measured on real networks, and what the words make of it."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engine.errors import ConfigurationError, DataError, GraftError
from engine.evaluation.ranking import Candidate, Ranking, Truth, ranking
from engine.events import Activity, Event
from engine.store.project import Project
from engine.training.control import Control, StopNow
from engine.training.counsel import OPERATIONS
from engine.training.recipe import Recipe
from tests import far, tiny
from tests.engine.training.test_guards import digits

__all__ = ["digits"]


def ask(project: Project, *models: Path, emit: Any = None, control: Any = None) -> dict[str, Any]:
    arguments = {
        "recipe": Recipe("any").to_wire(),
        "models": [{"name": place.name, "weights": str(place)} for place in models],
    }
    said = OPERATIONS["rank"](project, arguments, emit or (lambda _: None), control or Control())
    found: dict[str, Any] = json.loads(json.dumps(said))
    return found


@pytest.fixture(scope="module")
def far_away(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return far.taught(tmp_path_factory.mktemp("models") / "far-away")


@pytest.fixture(scope="module")
def untaught(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny.resnet(tmp_path_factory.mktemp("models") / "untaught")


def test_weights_from_another_domain_are_told_to_do_harm(
    digits: Project, far_away: Path, untaught: Path
) -> None:
    found = ask(digits, far_away, untaught)
    by_name = {place["name"]: place for place in found["places"]}
    assert by_name["far-away"]["value"] < by_name["untaught"]["value"]
    assert "does harm" in by_name["far-away"]["warning"]
    assert any(words.startswith("far-away does worse") for words in found["warnings"])
    assert not by_name["untaught"]["harmful"]


def test_it_keeps_its_answer_and_computes_nothing_twice(
    digits: Project, untaught: Path, far_away: Path
) -> None:
    first = ask(digits, untaught, far_away)
    assert digits.setting("ranking") == first
    again = ask(digits, far_away, untaught)
    assert all(place["computed"] == 0 for place in again["places"])
    same = [("name", "value", "low", "high", "logme", "level", "warning")] * 2
    for one, other, keys in zip(first["places"], again["places"], same, strict=True):
        assert [one[key] for key in keys] == [other[key] for key in keys]
    assert first["words"] == again["words"]


def test_a_model_that_cannot_be_read_does_not_stop_the_others(
    digits: Project, untaught: Path, tmp_path: Path
) -> None:
    broken = tiny.resnet(tmp_path / "broken")
    weights = broken / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:500])
    found = ask(digits, broken, untaught)
    assert [place["name"] for place in found["places"]] == ["untaught"]
    assert [one["title"] for one in found["left_out"]] == ["broken"]
    assert found["left_out"][0]["why"]
    with pytest.raises(ConfigurationError, match="No model could be ranked"):
        ask(digits, broken)


def test_test_items_are_not_looked_at(digits: Project, untaught: Path) -> None:
    held = digits.db.execute("SELECT count(*) FROM item WHERE split = 'test'").fetchone()[0]
    everything = digits.db.execute("SELECT count(*) FROM item").fetchone()[0]
    assert held and ask(digits, untaught)["items"] == everything - held


def test_it_stops_at_once_and_keeps_nothing(tmp_path: Path, untaught: Path) -> None:
    with tiny.picture_project(tmp_path) as project:
        control = Control()

        def stop(event: Event) -> None:
            if isinstance(event, Activity) and event.text.startswith("Describing"):
                control.command("stop")

        with pytest.raises(StopNow):
            ask(project, untaught, emit=stop, control=control)
        assert project.setting("ranking") is None


def test_texts_are_ranked_too(tmp_path: Path) -> None:
    """A bag of words tells these texts apart, and a network that knows nothing does not."""
    with tiny.text_project(tmp_path, 80) as project:
        found = ask(project, tiny.bert(tmp_path / "bert"))
    assert found["plain"] > 0.95
    assert found["places"][0]["warning"]
    assert "the words alone" in found["warnings"][0]


def test_files_that_are_gone_are_said_to_be(tmp_path: Path, untaught: Path) -> None:
    with tiny.picture_project(tmp_path) as project:
        for file in tmp_path.rglob("*.png"):
            file.unlink()
        with pytest.raises(DataError, match="Too few items can be read"):
            ask(project, untaught)


def test_labels_are_needed(tmp_path: Path, untaught: Path) -> None:
    with (
        tiny.picture_project(tmp_path, 6, ("a", "b", "c", "d", "e", "f")) as project,
        pytest.raises(GraftError) as raised,
    ):
        ask(project, untaught)
    assert "label" in raised.value.remedy.lower()


TRUTH = {item: item % 4 for item in range(200)}


def answers(right: float, seed: int) -> dict[int, int]:
    draw = np.random.default_rng(seed)
    return {
        item: true if draw.random() < right else (true + 1 + int(draw.integers(3))) % 4
        for item, true in TRUTH.items()
    }


def model(name: str, parameters: int, right: float, seconds: float = 0.01) -> Candidate:
    said = answers(right, sum(map(ord, name)))
    return Candidate(name, name.title(), "", parameters, 4 * parameters, said, 0.0, seconds, 0, 0)


def made(*candidates: Candidate, plain: float = 0.25) -> Ranking:
    return ranking(candidates, Truth(TRUTH, 4, 0), answers(plain, 5), "the colours alone")


def test_a_clear_order_is_said_to_be_clear() -> None:
    found = made(model("small", 1_000_000, 0.6), model("large", 9_000_000, 0.9))
    assert [place.name for place in found.places] == ["large", "small"]
    assert not found.places[1].level and found.places[1].behind.value > 0.15
    assert found.words[1] == "It is surely better than the next, Small."
    assert found.warnings == []


def test_a_difference_within_noise_is_called_that_and_the_smaller_model_named() -> None:
    found = made(model("small", 1_000_000, 0.85, 0.004), model("large", 9_000_000, 0.86, 0.04))
    second = found.places[1]
    assert second.level
    assert any("within noise" in words for words in found.words)
    if found.places[0].name == "large":
        assert "Small has 11% of its parameters and is 10.0 times as fast" in found.words[-1]
    else:
        assert found.words[-1] == "Large is larger and buys nothing on these items."


def test_of_many_models_that_are_alike_none_is_called_better() -> None:
    """The best and the worst of ten differ by luck alone, and more than any two of them do."""
    alike = [model(f"m{number}", 1_000_000, 0.6) for number in range(10)]
    found = made(*alike)
    behind = [place.behind for place in found.places[1:]]
    assert any(one.sure for one in behind)  # looked at alone, chance would pass for a difference
    assert all(place.level for place in found.places)
    clear = made(*alike, model("good", 2_000_000, 0.85))
    assert clear.places[0].name == "good" and not any(one.level for one in clear.places[1:])
    fewest = made(*(model(f"n{number}", 1_000, 0.5) for number in range(16)), model("x", 9, 0.95))
    assert not any(one.level for one in fewest.places[1:])


def test_two_weights_of_one_model_are_two_places() -> None:
    good, bad = model("same", 1_000, 0.9), replace(model("same", 1_000, 0.4), weights="other.pth")
    bad = replace(bad, said=answers(0.4, 99))
    found = made(bad, good)
    assert [place.weights for place in found.places] == ["", "other.pth"]
    assert found.places[0].value > 0.8 > 0.6 > found.places[1].value


def test_models_that_know_nothing_are_refused_in_words() -> None:
    found = made(model("one", 10, 0.25), model("two", 20, 0.25))
    assert "most frequent class" in found.warnings[0]
    some = made(model("one", 10, 0.5), plain=0.6)
    assert "No model here is surely better than the colours alone" in some.warnings[0]
    assert some.places[0].warning == "A probe on the colours alone is surely better."
    (place,) = made(model("one", 10, 0.5), plain=0.5).places
    assert place.warning == "It is not surely better than the colours alone."
    far_behind = replace(model("far", 10, 0.3), untaught=answers(0.3, 77))
    (place,) = made(far_behind, plain=0.7).places
    assert place.warning.endswith("A probe on the colours alone is surely better.")
