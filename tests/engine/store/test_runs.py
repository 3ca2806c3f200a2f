"""Runs: what made one never changes; what came of it is all there."""

import os
import sqlite3
import struct
import subprocess
import sys

import psutil
import pytest

from engine.errors import ConfigurationError, DataError, TrainingError
from engine.store import classes, datasets, items, labels, runs
from engine.store.items import NewItem
from engine.store.splits import split_project


@pytest.fixture
def run(project):
    source = items.source_id(project, project.folder)
    items.add(project, source, [NewItem(f"{n}.png", "image", f"h{n}", 1) for n in range(20)])
    known = classes.ensure(project, ["cat", "dog"])
    ids = list(items.ids(project))
    labels.give(project, [(id, known["cat" if id % 2 else "dog"]) for id in ids], "Ann")
    split_project(project)
    return make(project)


def make(project):
    return runs.create(
        project, dataset_id=datasets.snapshot(project).id, model={"name": "tiny", "layers": [1, 2]},
        weights_hash="w", recipe={"epochs": 3, "lr": None}, plan=[{"name": "head"}], seed=7,
        versions={"torch": "2"}, device="cpu",
    )  # fmt: skip


def test_what_made_a_run_comes_back(project, run):
    found = runs.load(project, run)
    assert found.name == f"Run {run}" and found.state == "running" and found.seed == 7
    assert found.model == {"name": "tiny", "layers": [1, 2]} and found.plan == [{"name": "head"}]
    assert found.recipe == {"epochs": 3, "lr": None} and found.task == "image-classification"
    assert found.error is None and found.ended is None


@pytest.mark.parametrize(
    "column",
    [
        "created",
        "task",
        "dataset_id",
        "model",
        "weights_hash",
        "recipe",
        "plan",
        "seed",
        "versions",
    ],
)
def test_what_made_a_run_never_changes(project, run, column):
    with pytest.raises(sqlite3.IntegrityError, match="never changes"), project.writing() as db:
        db.execute(f"UPDATE run SET {column} = {column}")


def test_how_it_went_and_ended(project, run):
    runs.progress(
        project, run, epochs=2, seconds=1.5, samples_per_second=90.0, best_validation=0.75
    )
    error = TrainingError("It blew up", "The loss is no number.", "Lower the rate.")
    runs.end(project, run, "failed", error)
    found = runs.load(project, run)
    assert (found.state, found.epochs, found.best_validation) == ("failed", 2, 0.75)
    assert found.error.to_wire() == error.to_wire()
    with pytest.raises(ConfigurationError, match="no trained model"):
        runs.latest(project)
    second = make(project)
    runs.end(project, second, "stopped")
    assert runs.latest(project).id == second
    assert [one.id for one in runs.all_runs(project)] == [second, run]


def test_no_such_run_names_those_there_are(project, run):
    with pytest.raises(ConfigurationError) as caught:
        runs.load(project, 99)
    assert str(run) in caught.value.remedy


def test_metrics_and_what_a_resumed_run_forgets(project, run):
    rows = [("train/loss", step, step / 10, 1 / (step + 1)) for step in range(5)]
    runs.add_metrics(project, run, [*rows, ("lr", 4, 0.4, 1e-3)])
    assert runs.metrics(project, run)["train/loss"] == [(s, e, v) for _, s, e, v in rows]
    runs.forget_after(project, run, 2)
    assert [step for step, _, _ in runs.metrics(project, run)["train/loss"]] == [0, 1, 2]
    assert "lr" not in runs.metrics(project, run)


def test_predictions_and_problems(project, run):
    ids = list(items.ids(project))
    said = [runs.Prediction(id, "test", 0, 1, struct.pack("<2f", 0.25, 0.75)) for id in ids[:3]]
    runs.store_predictions(project, run, said)
    runs.store_predictions(project, run, said[:1])
    assert runs.predictions(project, run, "test") == said
    assert runs.predictions(project, run, "train") == []
    runs.add_problem(project, run, ids[0], DataError("a", "b", "c"))
    ((item, problem),) = runs.problems(project, run)
    assert item == ids[0] and problem.title == "a"


def test_a_run_whose_process_died_is_interrupted_and_one_that_lives_is_not(project, run):
    assert runs.mark_interrupted(project) == []
    dead = subprocess.Popen([sys.executable, "-c", ""])
    started = psutil.Process(dead.pid).create_time()
    dead.wait()
    with project.writing() as db:
        db.execute("UPDATE run SET pid = ?, pid_started = ?", [dead.pid, started])
    assert runs.mark_interrupted(project) == [run]
    assert runs.load(project, run).state == "interrupted"
    runs.mark_running(project, run)
    assert runs.load(project, run).state == "running" and runs.load(project, run).ended is None


def test_a_number_that_was_given_to_another_process_since_is_no_sign_of_life(project, run):
    with project.writing() as db:
        db.execute("UPDATE run SET pid = ?, pid_started = 1.0", [os.getpid()])
    assert runs.mark_interrupted(project) == [run]
