"""A search is many real runs: pruned, ended, resumed and shared, and none of them is lost."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
import warnings
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from engine.errors import ConfigurationError, GraftError
from engine.events import Event, Remark, RunStarted, Trial
from engine.store import remarks, runs
from engine.store.project import Project
from engine.training import study as studies
from engine.training.control import Control
from engine.training.recipe import Recipe
from engine.training.search import search
from engine.training.search_space import Order

Make = Callable[[str], Project]
Recipes = Callable[..., Recipe]
SPACE = {"presets": ["feature-extraction", "full"], "augmentations": ["none"], "lr": [1e-4, 1e-1]}


def ask(
    project: Project, recipe: Recipe, emit: Callable[[Event], None] | None = None, **more: object
) -> dict[str, object]:
    control = more.pop("control", None) or Control()
    arguments = {"recipe": recipe.to_wire(), "space": SPACE, "minutes": 2.0, **more}
    told = emit or (lambda event: None)
    return search(project, arguments, told, control)  # type: ignore[arg-type, no-any-return]


def test_trials_are_runs_and_a_search_goes_on(project_for: Make, recipe_for: Recipes) -> None:
    project, recipe = project_for("vit"), recipe_for("vit", epochs=2)
    told: list[Event] = []
    found = ask(project, recipe, told.append, trials=3)
    trials = found["trials"]
    assert [one["state"] for one in trials] == ["finished"] * 3
    for one in trials:
        run = runs.load(project, one["run"])
        assert run.state == "finished" and run.best_validation == one["value"]
        assert run.recipe["preset"] == one["choices"]["preset"]
        assert run.recipe["lr"] == pytest.approx(one["choices"]["lr"], rel=0.01)
    assert found["best"]["value"] == max(one["value"] for one in trials)
    ended = [event for event in told if isinstance(event, Trial) and event.state == "finished"]
    assert [event.number for event in ended] == [0, 1, 2] and ended[0].best
    again = ask(project, recipe, trials=2)
    assert [one["number"] for one in again["trials"]] == [0, 1, 2, 3, 4]
    with pytest.raises(ConfigurationError, match="something else"):
        ask(project, recipe_for("vit", epochs=3), trials=1)
    other = ask(project, recipe_for("vit", epochs=3), trials=1, study="longer")
    assert [one["number"] for one in other["trials"]] == [0]


def test_what_lags_is_cut_short_and_says_so(project_for: Make, recipe_for: Recipes) -> None:
    project, recipe = project_for("vit"), recipe_for("vit", epochs=8, batch_size=8)
    wide = {**SPACE, "presets": ["full"], "lr": [1e-7, 2e-2]}
    found = ask(project, recipe, trials=12, space=wide)
    pruned = [one for one in found["trials"] if one["state"] == "pruned"]
    assert pruned, "rates of 1e-7 learn nothing in two epochs"
    for one in pruned:
        assert runs.load(project, one["run"]).state == "stopped" and one["epochs"] < 8
        (said,) = [r for r in remarks.of_run(project, one["run"]) if r.kind == "search"]
        assert said.text.startswith("Stopped by the search: after ")


def test_it_stops_at_once_when_asked(project_for: Make, recipe_for: Recipes) -> None:
    project, control = project_for("vit"), Control()
    told: list[Event] = []

    def emit(event: Event) -> None:
        told.append(event)
        if isinstance(event, RunStarted):
            threading.Timer(0.2, control.command, ["stop"]).start()

    started = time.monotonic()
    recipe = recipe_for("vit", epochs=5000)
    found = ask(project, recipe, emit, control=control)
    assert time.monotonic() - started < 20
    (one,) = found["trials"]
    assert one["state"] == "stopped" and runs.load(project, one["run"]).state == "stopped"
    assert any(isinstance(event, Remark) and event.kind == "search" for event in told)


def test_the_time_ends_it(project_for: Make, recipe_for: Recipes) -> None:
    found = ask(project_for("vit"), recipe_for("vit", epochs=5000), minutes=0.1)
    assert 1 <= len(found["trials"]) <= 2 and found["seconds"] < 30
    assert found["trials"][0]["reason"] == "the time of the search was over"


def test_a_recipe_that_cannot_run_ends_the_search(project_for: Make, recipe_for: Recipes) -> None:
    project = project_for("vit")
    with pytest.raises(GraftError):
        ask(project, replace(recipe_for("vit"), weights=None, model="no-such-model"))


def test_bad_orders_name_their_field(project_for: Make, recipe_for: Recipes) -> None:
    recipe = recipe_for("vit").to_wire()
    for wrong, subject in (
        ({"pruner": "axe"}, "pruner"), ({"minutes": 0}, "minutes"), ({"workers": 0}, "workers"),
        ({"space": {"lr": [1.0, 0.1]}}, "lr"), ({"space": {"presets": ["x"]}}, "preset"),
    ):  # fmt: skip
        with pytest.raises(ConfigurationError) as refused:
            Order.of({"recipe": recipe, **wrong}, "image")
        assert refused.value.subject == subject


def test_several_workers_share_a_study(project_for: Make, recipe_for: Recipes) -> None:
    project = project_for("vit")
    told: list[Event] = []
    found = ask(project, recipe_for("vit", epochs=2), told.append, trials=4, workers=2)
    assert len(found["trials"]) >= 4
    assert {one["state"] for one in found["trials"]} <= {"finished", "pruned"}
    assert len({one["run"] for one in found["trials"]}) == len(found["trials"])
    assert len([e for e in told if isinstance(e, Trial) and e.state == "finished"]) >= 3


def test_a_killed_worker_costs_its_trial_alone(project_for: Make, recipe_for: Recipes) -> None:
    """One of two is killed in its first trial; the other one searches on."""
    project = project_for("vit")
    killed: list[int] = []

    def emit(event: Event) -> None:
        if isinstance(event, RunStarted) and not killed:
            (pid,) = project.db.execute("SELECT pid FROM run WHERE id = ?", [event.run]).fetchone()
            killed.append(event.run)
            os.kill(pid, signal.SIGKILL)

    found = ask(project, recipe_for("vit", epochs=30), emit, trials=3, workers=2)
    lost = [one for one in found["trials"] if one["run"] == killed[0]]
    assert [one["state"] for one in lost] == ["failed"]
    assert runs.load(project, killed[0]).state == "interrupted"
    assert sum(one["state"] in ("finished", "pruned") for one in found["trials"]) >= 2


def test_a_lost_worker_gives_up_its_own_trials_alone(
    project_for: Make, recipe_for: Recipes
) -> None:
    """Two machines that began at once share the study; each knows its workers by name."""
    project, recipe = project_for("vit"), recipe_for("vit", epochs=2)
    order = Order.of({"recipe": recipe.to_wire(), "space": SPACE}, "image")
    here, there = studies.worker_name(), studies.worker_name()
    assert here != there
    with studies.opened(project, order) as study, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it asks for `optimize`, and this is what that does
        for name in (here, there):
            study.ask().set_user_attr(studies.WORKER, name)
        assert studies.give_up(study, here) == [0]
        assert studies.give_up(study, here) == []
        assert [one["state"] for one in studies.summary(study)] == ["failed", "running"]


def test_a_machine_that_fell_silent_is_noticed_by_its_heartbeat(
    project_for: Make, recipe_for: Recipes
) -> None:
    """Its trial was begun elsewhere and nobody here heard of its end."""
    project, recipe = project_for("vit"), recipe_for("vit", epochs=2)
    order = Order.of({"recipe": recipe.to_wire(), "space": SPACE, "heartbeat": 1}, "image")
    with studies.opened(project, order) as study, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it asks for `optimize`, and this is what that does
        silent = study.ask()
        study._storage.record_heartbeat(silent._trial_id)
    time.sleep(4.5)
    found = ask(project, recipe, trials=1, heartbeat=1)
    assert [one["state"] for one in found["trials"]] == ["failed", "finished"]


def test_the_window_never_loads_optuna() -> None:
    code = (
        "import sys, engine.training.process, engine.training.search_space, engine.evaluation;"
        "import engine.training.guards, engine.training.watching, engine.evaluation.comparing;"
        "engine.training.guards.guards();"
        "assert not {'optuna', 'torch', 'sqlalchemy'} & set(sys.modules), 'loaded'"
    )
    root = Path(__file__).parents[3]
    subprocess.run([sys.executable, "-c", code], cwd=root, check=True)
