"""Stored runs to hold against each other, as a child leaves them, and what they said of items."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QApplication, QWidget

from engine.store import datasets, runs
from engine.store.project import Project
from engine.store.runs import Prediction
from tests import tiny

ITEMS = 60  # 12 of them for the test, 12 for validation


@pytest.fixture
def judged_runs(tmp_path: Path) -> Callable[..., Path]:
    """A project with a run for each number of wrong test items."""

    def make(*wrong: int, names: tuple[str, ...] = ("a", "b"), **recipe: Any) -> Path:
        with tiny.picture_project(tmp_path, ITEMS, names) as project:
            for number in wrong:
                store(project, number, **recipe)
            return project.folder

    return make


def store(
    project: Project, wrong: int = 0, *, state: str = "finished", device: str = "CPU, 2 threads",
    splits: tuple[str, ...] = ("test", "validation"), model: str = "resnet18", **recipe: Any,
) -> int:  # fmt: skip
    """A run that has the first `wrong` items of each of the splits wrong."""
    data = datasets.snapshot(project)
    run = runs.create(
        project, dataset_id=data.id, model={"name": model}, weights_hash="w", seed=0, versions={},
        plan=[{"title": "Head only", "plan": {"": [False, 1.0]}, "epochs": 4, "lr": 0.005}],
        recipe={"model": model, "preset": "last-block", "epochs": 4, "lr": None, **recipe},
        device=device,
    )  # fmt: skip
    ends = [("validation/loss", n, float(n), 1 / (n + run)) for n in range(1, 5)]
    ends += [
        ("validation/balanced_accuracy", n, float(n), 0.6 + (n + run) / 40) for n in range(1, 5)
    ]
    runs.add_metrics(project, run, ends)
    for split in splits:
        tell(project, run, wrong, split)
    runs.progress(project, run, epochs=4, seconds=75.0, samples_per_second=9, best_validation=0.8)
    runs.end(project, run, state)
    return run


def tell(project: Project, run: int, wrong: int, split: str) -> None:
    data = datasets.load(project, runs.load(project, run).dataset_id)
    said = []
    for number, one in enumerate(datasets.examples(project, data.id, split)):
        answer = (one.target + (number < wrong)) % len(data.classes)
        rows = np.full(len(data.classes), 0.1, "<f4")
        rows[answer] = 0.8
        said.append(Prediction(one.item_id, split, one.target, answer, rows.tobytes()))
    runs.store_predictions(project, run, said)


def open_view(make_window: Any, folder: Path, view: str, **options: Any) -> Any:
    """The window's Results page on one of its views."""
    window = make_window(folder, **options)
    window.show_page("results")
    window.page.show_view(view)
    return window.page


def drop_on(widget: QWidget, *paths: Path) -> None:
    """What a drag from the file manager sends."""
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    place, action, none = QPoint(20, 20), Qt.DropAction.CopyAction, Qt.KeyboardModifier.NoModifier
    enter = QDragEnterEvent(place, action, data, Qt.MouseButton.LeftButton, none)
    QApplication.sendEvent(widget, enter)
    assert enter.isAccepted()
    QApplication.sendEvent(
        widget, QDropEvent(QPointF(place), action, data, Qt.MouseButton.LeftButton, none)
    )
