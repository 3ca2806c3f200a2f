"""The real child process: train, pause, stop, kill, crash, and the death of its parent."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from engine.errors import CrashedRun
from engine.events import Activity, Done, EpochEnded, Event, Failed, StepLogged
from engine.store import checkpoints, runs
from engine.store.project import Project
from engine.training.process import Child, Request
from engine.training.recipe import Recipe
from tests import tiny

ROOT = Path(__file__).parents[2]
Recipes = Callable[..., Recipe]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    with tiny.picture_project(tmp_path) as project:
        return project.folder


def request(folder: Path, recipe: Recipe) -> Request:
    return Request("train", str(folder), {"recipe": recipe.to_wire()})


def test_it_trains_pauses_and_ends_leaving_nothing(folder: Path, recipe_for: Recipes) -> None:
    child = Child()
    child.start(request(folder, recipe_for("vit", epochs=30)))
    told: list[Event] = []
    for event in child.events():
        told.append(event)
        if isinstance(event, EpochEnded) and event.epoch == 2:
            child.command("pause")
        if isinstance(event, Activity) and event.text == "Paused":
            time.sleep(0.3)
            child.command("resume")
    assert isinstance(told[-1], Done) and told[-1].result["state"] == "finished"
    assert any(isinstance(e, Activity) and e.text == "Paused" for e in told)
    assert not psutil.pid_exists(child.pid or 0)
    with Project.open(folder) as project:
        assert runs.latest(project).epochs == 30


def test_stop_saves_and_killing_is_told(folder: Path, recipe_for: Recipes) -> None:
    child = Child()
    child.start(request(folder, recipe_for("vit", preset="full", epochs=5000)))
    asked = 0.0
    for event in child.events():
        if isinstance(event, EpochEnded) and event.epoch == 1:
            asked = time.monotonic()
            child.command("stop")
        last = event
    assert isinstance(last, Done) and last.result["state"] == "stopped"
    assert time.monotonic() - asked < 20
    with Project.open(folder) as project:
        saved = checkpoints.latest(project, last.result["run"], resumable=True)
        assert saved is not None and saved.epoch >= 1
    killed = Child()
    killed.start(Request("train", str(folder), {"resume": last.result["run"]}))
    for event in killed.events():
        if isinstance(event, EpochEnded):
            killed.kill()
        end = event
    assert isinstance(end, Failed)
    error = end.to_error()
    assert isinstance(error, CrashedRun) and "signal 9" in error.cause
    with Project.open(folder) as project:
        assert runs.mark_interrupted(project) == [last.result["run"]]
        assert runs.load(project, last.result["run"]).state == "interrupted"


def test_an_error_for_people_comes_as_one(folder: Path) -> None:
    child = Child()
    child.start(request(folder, Recipe(model="nothing-like-it")))
    end = list(child.events())[-1]
    assert isinstance(end, Failed)
    assert end.error["kind"] == "model" and end.error["remedy"]


def test_a_bug_leaves_its_traceback(folder: Path) -> None:
    child = Child()
    child.start(Request("describe", str(folder), {"model": 3}))
    end = list(child.events())[-1]
    assert isinstance(end, Failed) and isinstance(end.to_error(), CrashedRun)
    assert "Traceback" in end.error["details"]


def test_silence_is_told_with_what_it_was_doing(
    folder: Path, recipe_for: Recipes, monkeypatch: pytest.MonkeyPatch
) -> None:
    child = Child()
    child.start(request(folder, recipe_for("vit", preset="full", epochs=5000)))
    stuck = None
    for event in child.events(poll=0.2, silence=1.0):
        if isinstance(event, StepLogged) and child.pid:
            os.kill(child.pid, signal.SIGSTOP)  # a process that hangs
        if type(event).__name__ == "Stuck" and "epoch" in event.doing:
            stuck = event
            child.kill()
    assert stuck is not None and stuck.seconds >= 1.0
    assert "step" in stuck.doing


def test_it_saves_and_ends_when_its_parent_dies(folder: Path, recipe_for: Recipes) -> None:
    script = textwrap.dedent(
        """
        import json, sys
        from engine.events import EpochEnded
        from engine.training.process import Child, Request
        if __name__ == "__main__":
            child = Child()
            child.start(Request("train", sys.argv[1], {"recipe": json.loads(sys.argv[2])}))
            for event in child.events():
                if isinstance(event, EpochEnded):
                    print(child.pid, flush=True)
        """
    )
    import json

    file = folder.parent / "parent.py"
    file.write_text(script, encoding="utf-8")
    recipe = recipe_for("vit", preset="full", epochs=5000)
    parent = subprocess.Popen(
        [sys.executable, str(file), str(folder), json.dumps(recipe.to_wire())],
        stdout=subprocess.PIPE, text=True, env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert parent.stdout is not None
    child = psutil.Process(int(parent.stdout.readline()))
    parent.kill()
    parent.wait()
    parent.stdout.close()
    child.wait(30)
    with Project.open(folder) as project:
        run = runs.all_runs(project)[0]
        assert run.state == "stopped"
        saved = checkpoints.latest(project, run.id, resumable=True)
        assert saved is not None and saved.step > 0


def test_one_made_ahead_of_need_and_not_needed_ends(folder: Path) -> None:
    child = Child()
    assert child.pid is not None
    child.close()
    assert not psutil.pid_exists(child.pid)
