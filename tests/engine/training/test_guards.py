"""Each guard sees its trouble in runs that really had it, and is quiet on healthy ones."""

from __future__ import annotations

import random
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from engine.events import EpochStarted, Event, Remark
from engine.exchange.digits import write_digits
from engine.exchange.importing import import_source
from engine.store import classes, items, labels, remarks, runs
from engine.store.project import Project
from engine.training.control import Control
from engine.training.guards import guards
from engine.training.history import History, from_series
from engine.training.recipe import Recipe
from engine.training.run import train
from tests import tiny

Make = Callable[[str], Project]
Recipes = Callable[..., Recipe]


@pytest.fixture(scope="module")
def digits(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    """Six handwritten digits, 36 of each: real, and learnable by a tiny network."""
    folder = tmp_path_factory.mktemp("digits")
    write_digits(folder / "all", range(6))
    for digit in sorted((folder / "all").iterdir()):
        (folder / "some" / digit.name).mkdir(parents=True)
        for file in sorted(digit.glob("*.png"))[:36]:
            shutil.copy(file, folder / "some" / digit.name / file.name)
    with Project.create(folder / "digits.graft", "image-classification") as project:
        import_source(project, folder / "some")
        yield project


def remarks_of(project: Project, recipe: Recipe) -> list[Remark]:
    told: list[Event] = []
    ended = train(project, recipe, told.append)
    said = [event for event in told if isinstance(event, Remark)]
    assert remarks.of_run(project, ended.run) == said, "what is told is what is stored"
    return said


def test_the_guards_are_those_in_the_folder() -> None:
    assert set(guards()) == {"dead-training", "overfitting", "rate-too-high"}


def test_overfitting_is_seen_and_says_where_to_go_back(tmp_path: Path, recipe_for: Recipes) -> None:
    """Eight labels of ten are drawn by lot: what is learned beyond the rest does not hold."""
    with tiny.picture_project(tmp_path, 400) as project:
        draw, names = random.Random(0), [cls.id for cls in classes.all_classes(project)]
        wrong = [(one.id, draw.choice(names)) for one in items.each(project) if draw.random() < 0.8]
        labels.give(project, wrong, "tester", "hand")
        recipe = recipe_for(
            "resnet", preset="full", lr=1e-2, epochs=16, batch_size=32, augmentation="none"
        )
        (said,) = remarks_of(project, recipe)
        assert said.kind == "overfitting"
        series = runs.metrics(project, said.run)
        losses = {round(epoch): value for _, epoch, value in series["validation/loss"]}
        turn = min(losses, key=lambda epoch: losses[epoch])
        assert f"Since epoch {turn} " in said.text and turn < said.epoch
        assert said.remedy == {
            "text": "Vary the pictures more, and stop when 3 epochs bring nothing",
            "changes": {"augmentation": "light", "patience": 3},
        }
        replace(recipe, **said.remedy["changes"]).validate()


@pytest.mark.parametrize(("model", "rate"), [("bert", 1.0), ("resnet", 3.0)])
def test_a_rate_that_is_too_high_is_seen(
    model: str, rate: float, project_for: Make, recipe_for: Recipes
) -> None:
    recipe = recipe_for(model, preset="full", lr=rate, epochs=6, clip=0.0)
    said = remarks_of(project_for(model), recipe)
    assert [one.kind for one in said] == ["rate-too-high"]
    assert said[0].remedy and said[0].remedy["changes"]["lr"] < rate


def test_a_loss_that_is_no_number_is_seen(project_for: Make, recipe_for: Recipes) -> None:
    """Phases by hand keep their ratios when they are slowed down."""
    project = project_for("vit")
    first = remarks_of(project, recipe_for("vit", preset="lp-ft", epochs=4))
    assert first == []
    phases = tuple({**wire, "lr": 10.0, "warmup": 0.0} for wire in runs.load(project, 1).plan)
    phases[0]["lr"] = 5.0
    recipe = recipe_for("vit", phases=phases, clip=0.0, epochs=4)
    seen: list[Remark] = []
    for seed in range(3):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("engine.training.schedule.factor", lambda *_: 1e12)
            seen += remarks_of(project, replace(recipe, seed=seed))
    assert seen and {one.kind for one in seen} == {"rate-too-high"}
    assert all("no number" in one.text for one in seen)
    changed = seen[0].remedy
    assert changed and [wire["lr"] for wire in changed["changes"]["phases"]] == [0.5, 1.0]


def test_dead_training_is_seen(project_for: Make, recipe_for: Recipes) -> None:
    project = project_for("resnet")
    (said,) = remarks_of(project, recipe_for("resnet", preset="full", lr=1e-9, epochs=6))
    assert said.kind == "dead-training" and said.epoch == 3
    assert said.remedy == {
        "text": "Train with the preset's own learning rate", "changes": {"lr": None},
    }  # fmt: skip


def test_gradients_of_zero_are_seen(project_for: Make, recipe_for: Recipes) -> None:
    """Every unit is switched off, as a wild first epoch leaves them; only the head's bias moves."""
    project = project_for("resnet")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("torch.nn.functional.relu", lambda x, **_: x * 0)
        patch.setattr("torch.nn.ReLU.forward", lambda self, x: x * 0)
        recipe = recipe_for("resnet", preset="full", lr=1e-3, epochs=6, weight_decay=0.0)
        said = remarks_of(project, recipe)
    assert [one.kind for one in said] == ["dead-training"]


HEALTHY = [
    ("resnet", {"preset": "scratch", "lr": 3e-3, "epochs": 6}),
    ("resnet", {"preset": "feature-extraction", "lr": 1e-2, "epochs": 12}),
    ("resnet", {"preset": "lp-ft", "lr": 2e-2, "epochs": 10}),
    ("resnet", {"preset": "gradual", "lr": 1e-2, "epochs": 12}),
    ("vit", {"preset": "full", "lr": 1e-2, "epochs": 10}),
]


@pytest.mark.parametrize(("model", "choices"), HEALTHY)
def test_healthy_runs_are_left_in_peace(
    model: str, choices: dict[str, object], digits: Project, recipe_for: Recipes
) -> None:
    for seed in range(3):
        said = remarks_of(digits, recipe_for(model, batch_size=16, seed=seed, **choices))
        assert said == [], f"seed {seed}: {said}"


def test_a_guards_word_follows_from_the_record_alone(
    project_for: Make, recipe_for: Recipes
) -> None:
    project = project_for("resnet")
    recipe = recipe_for("resnet", preset="full", lr=1e-9, epochs=4)
    (said,) = remarks_of(project, recipe)
    epochs = from_series(runs.metrics(project, said.run))
    history = History(recipe, "balanced_accuracy", epochs[: said.epoch], 4)
    found = guards()["dead-training"](history)
    assert found is not None and found.text == said.text


def test_a_resumed_run_is_not_told_twice(project_for: Make, recipe_for: Recipes) -> None:
    project = project_for("resnet")
    recipe = recipe_for("resnet", preset="full", lr=1e-9, epochs=8)
    control = Control()

    def stop_in_the_fifth(event: Event) -> None:
        if isinstance(event, EpochStarted) and event.epoch == 5:
            control.command("stop")

    ended = train(project, recipe, stop_in_the_fifth, control)
    assert ended.state == "stopped" and len(remarks.of_run(project, ended.run)) == 1
    train(project, None, resume=ended.run)
    assert [one.kind for one in remarks.of_run(project, ended.run)] == ["dead-training"]
