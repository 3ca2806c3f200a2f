"""kill -9 at any moment, then resume: the same final weights, to the last bit."""

from __future__ import annotations

import json
import multiprocessing
import os
import random
import signal
import time
from collections.abc import Callable, Iterator
from multiprocessing import forkserver
from multiprocessing.connection import Connection
from pathlib import Path

import pytest

from engine.store import checkpoints, runs
from engine.store.project import Project
from engine.training.recipe import Recipe
from tests import tiny

KILLS = 10


def train_in_child(pipe: Connection, folder: str, wire: str, resume: int | None) -> None:
    """In a process of its own: says when it begins to work, then trains to the end."""
    from engine.training import loop
    from engine.training.run import train

    loop.SAVE_EVERY = 0.2  # the run takes seconds, not hours

    with Project.open(Path(folder)) as project:
        runs.mark_interrupted(project)
        pipe.send("ready")
        ended = train(project, Recipe.from_wire(json.loads(wire)), resume=resume)
        pipe.send(ended.state)


def final_weights(folder: Path) -> dict[str, str]:
    with Project.open(folder) as project:
        last = checkpoints.latest(project, 1)
        assert last is not None
        found = checkpoints.hashes(project, last.id)
    return {name: hash for name, hash in found.items() if name.startswith("model/")}


@pytest.fixture
def _server() -> Iterator[None]:
    """Ends the process that the children were forked from."""
    yield
    forkserver._forkserver._stop()  # type: ignore[attr-defined]


@pytest.mark.usefixtures("_server")
def test_killed_at_ten_random_moments(tmp_path: Path, recipe_for: Callable[..., Recipe]) -> None:
    recipe = recipe_for("vit", preset="lp-ft", epochs=60, augmentation="light", views=2)
    wire = json.dumps(recipe.to_wire())
    # The server has the libraries loaded; each child starts in a few milliseconds.
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["engine.training.run", "engine.tasks.registry"])

    def start(folder: Path, resume: int | None) -> tuple[multiprocessing.Process, Connection]:
        ours, theirs = context.Pipe()
        process = context.Process(
            target=train_in_child, args=(theirs, str(folder), wire, resume), daemon=False
        )
        process.start()
        theirs.close()
        assert ours.poll(120) and ours.recv() == "ready"
        return process, ours

    whole = tiny.picture_project(tmp_path / "whole").folder
    began = time.monotonic()
    process, pipe = start(whole, None)
    assert pipe.recv() == "finished"
    length = time.monotonic() - began
    process.join()

    hurt = tiny.picture_project(tmp_path / "hurt").folder
    draw = random.Random(5)
    kills = 0
    for _ in range(KILLS * 3):
        process, pipe = start(hurt, 1 if _has_run(hurt) else None)
        if kills < KILLS:
            time.sleep(draw.uniform(0, length / (KILLS + 1)))
        else:
            process.join(120)
        finished = pipe.poll(0) and pipe.recv() == "finished"
        os.kill(process.pid or 0, signal.SIGKILL) if process.is_alive() else None
        process.join()
        if finished:
            break
        kills += 1
    assert kills >= KILLS - 2, "the run ended before it could be killed often enough"
    with Project.open(hurt) as project:
        assert runs.load(project, 1).state == "finished"
        assert [run.id for run in runs.all_runs(project)] == [1]
    assert final_weights(hurt) == final_weights(whole)


def _has_run(folder: Path) -> bool:
    with Project.open(folder) as project:
        runs.mark_interrupted(project)
        return bool(runs.all_runs(project))
