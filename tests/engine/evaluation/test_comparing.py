"""Runs side by side: only what both judged is compared, and settings that differ are named."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from engine.errors import ConfigurationError
from engine.evaluation import comparing
from engine.store import datasets, items, labels, runs
from engine.store.project import Project
from engine.store.runs import Prediction
from tests import tiny

PLAN = [
    {"title": "Head only", "plan": {"": [False, 1.0], "fc": [True, 1.0]}, "epochs": 3, "lr": 0.1}
]


@pytest.fixture
def three(tmp_path: Path) -> Iterator[Project]:
    """Pictures of three classes, 30 of them for the test."""
    with tiny.picture_project(tmp_path, 150, ("a", "b", "c")) as project:
        yield project


def record(project: Project, wrong: int, device: str = "CPU, 2 threads", **recipe: object) -> int:
    """A run that has the first `wrong` test items wrong."""
    data = datasets.snapshot(project)
    run = runs.create(
        project, dataset_id=data.id, model={}, weights_hash="x", plan=PLAN, seed=0, versions={},
        recipe={"model": "m", "preset": "full", "batch_size": 8, **recipe}, device=device,
    )  # fmt: skip
    said = []
    for number, one in enumerate(datasets.examples(project, data.id, "test")):
        answer = (one.target + (number < wrong)) % len(data.classes)
        rows = np.full(len(data.classes), 0.1, "<f4")
        rows[answer] = 0.8
        said.append(Prediction(one.item_id, "test", one.target, answer, rows.tobytes()))
    runs.store_predictions(project, run, said)
    runs.progress(project, run, epochs=3, seconds=10.0, samples_per_second=1, best_validation=0.5)
    runs.end(project, run, "finished")
    return run


def test_the_better_run_is_named_with_its_interval(three: Project) -> None:
    a, b, c = record(three, 18), record(three, 3), record(three, 4)
    found = comparing.better(three, a, b)
    assert found.words.startswith("Run 2 is better than Run 1: +50.0 points of balanced accuracy")
    assert found.left_out == 0 and set(found.differences) == {
        "accuracy", "balanced_accuracy", "macro_f1",
    }  # fmt: skip
    assert comparing.better(three, b, a).words.startswith("Run 1 is worse than Run 2")
    assert "cannot be told with 30 test items" in comparing.better(three, b, c).words


def test_items_that_changed_are_left_out_and_counted(three: Project) -> None:
    a = record(three, 10)
    data = datasets.snapshot(three)
    tested = datasets.examples(three, data.id, "test")
    by_name = {name: id for id, name in three.db.execute("SELECT id, name FROM class")}
    moved = [one for one in tested if data.classes[one.target] == "a"][:4]
    labels.give(three, [(one.item_id, by_name["b"]) for one in moved], "tester", "hand")
    b = record(three, 0)
    found = comparing.better(three, a, b)
    assert found.left_out == 4 and found.differences["accuracy"].items == 26
    assert "4 items were left out" in found.words


def test_runs_without_common_items_are_refused(three: Project) -> None:
    a, b = record(three, 1), record(three, 2)
    with three.writing() as db:
        db.execute("DELETE FROM prediction WHERE run_id = ?", [b])
    with pytest.raises(ConfigurationError, match="cannot be compared"):
        comparing.better(three, a, b)


def test_the_table_and_what_was_set_differently(three: Project) -> None:
    a = record(three, 3, preset="lp-ft")
    b = record(three, 6, "NVIDIA H200, 2 processes", lr=0.5)
    one, two = comparing.table(three, [a, b])
    assert (one.preset, one.items, one.on_gpu, one.device_seconds) == ("lp-ft", 30, False, 10.0)
    assert two.on_gpu and two.device_seconds == 20.0
    assert one.metrics["accuracy"] == pytest.approx(0.9)
    low, high = one.intervals["balanced_accuracy"]
    assert low < one.metrics["balanced_accuracy"] < high
    found = comparing.differences(three, [a, b])
    assert found["preset"] == ["lp-ft", "full"] and found["lr"] == [None, 0.5]
    assert set(found) == {"preset", "lr", "device"}


def test_a_run_that_failed_has_a_line_without_figures(three: Project) -> None:
    data = datasets.snapshot(three)
    run = runs.create(
        three, dataset_id=data.id, model={}, weights_hash="", recipe={}, plan=[], seed=0,
        versions={}, device="CPU",
    )  # fmt: skip
    (line,) = comparing.table(three, [run])
    assert line.metrics == {} and line.items == 0
    assert items.counts(three)["test"] == 30
