"""What tests of the search share: what a child says of trials, and a record of earlier ones."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt

from engine.events import Activity, Event, LogLine, RunEnded, RunStarted, Trial
from engine.store import classes, datasets, runs
from engine.store.project import Project
from engine.store.runs import Prediction
from engine.training.recipe import Recipe
from engine.training.search_space import Order
from tests.gui.script_child import ScriptChild

MODEL = {"name": "squeezenet1_1", "title": "SqueezeNet", "weights": None}
SPACE = {"lr": [1e-4, 1e-1], "presets": ["feature-extraction", "last-block"],
         "augmentations": ["none", "light"]}  # fmt: skip


def choices(lr: float = 1e-3, preset: str = "last-block", augmentation: str = "none") -> Any:
    return {"lr": lr, "preset": preset, "augmentation": augmentation}


def begun(number: int, run: int, **chosen: Any) -> list[Event]:
    """A trial that has gone through its first epoch."""
    sizes = {"train": 80, "validation": 20, "test": 20}
    started = RunStarted(run, f"Run {run}", "squeezenet1_1", "last-block", 4, sizes, "CPU", 10, 100)
    said = [Trial("search", number, run, "running", choices(**chosen), epoch, value)
            for epoch, value in ((0, None), (1, 0.5))]  # fmt: skip
    return [started, *said]


def trial(
    number: int, state: str, value: float | None, best: bool = False, run: int | None = None,
    **chosen: Any,
) -> list[Event]:  # fmt: skip
    """A trial from its beginning to its end."""
    run = number + 1 if run is None else run
    ended = RunEnded(run, "finished" if state == "finished" else "stopped", 4)
    last = Trial("search", number, run, state, choices(**chosen), 4, value, best)
    return [*begun(number, run, **chosen), ended, last]


def searching(left: float = 400.0) -> Activity:
    return Activity("Searching, 0 trials so far", 0, 600, left)


def store_study(
    project: Project, values: Sequence[tuple[str, float | None]], name: str = "search",
    recipe: dict[str, Any] | None = None, space: Any = None, minutes: float = 1.0,
) -> list[int]:  # fmt: skip
    """A search of before, as the engine leaves it: Optuna's file, and a run for each trial.

    `values`: state and value of each trial. Returns the runs.
    """
    import optuna

    from engine.training import study as studies

    known = optuna.trial.TrialState
    states = {"finished": known.COMPLETE, "pruned": known.PRUNED, "failed": known.FAIL}
    wire = Recipe(**{"model": MODEL["name"], "epochs": 4, **(recipe or {})}).to_wire()
    order = Order.of({"recipe": wire, "space": space or SPACE, "study": name,
                      "minutes": minutes}, "image")  # fmt: skip
    made = []
    with studies.opened(project, order) as study:
        for number, (state, value) in enumerate(values):
            chosen = choices(
                1e-3 * (1 + number % 90), ("last-block", "feature-extraction")[number % 2]
            )
            made.append(store_run(project, {**wire, **chosen}, state, value))
            distributions = {
                "lr": optuna.distributions.FloatDistribution(*order.space.lr, log=True),
                "preset": optuna.distributions.CategoricalDistribution(order.space.presets),
                "augmentation": optuna.distributions.CategoricalDistribution(
                    order.space.augmentations
                ),
            }
            reached = {} if value is None else {1: value / 2, 3: value, 4: value * 0.9}
            study.add_trial(
                optuna.trial.create_trial(
                    state=states[state], params=chosen, distributions=distributions,
                    value=value if state == "finished" else None, intermediate_values=reached,
                    user_attrs={"run": made[-1]},
                )
            )  # fmt: skip
    return made


def store_run(project: Project, recipe: dict[str, Any], state: str, value: float | None) -> int:
    """A run with what it said of the validation items: right in a share of `value` of them."""
    data = datasets.snapshot(project)
    run = runs.create(
        project, dataset_id=data.id, model={"name": recipe["model"]}, weights_hash="w",
        recipe=recipe, plan=[{"title": "Last block", "plan": {}, "epochs": 4, "lr": 0.005}], seed=0,
        versions={}, device="CPU",
    )  # fmt: skip
    ends = [
        ("validation/balanced_accuracy", n, float(n), (value or 0) * n / 4) for n in (1, 2, 3, 4)
    ]
    runs.add_metrics(project, run, [*ends, ("validation/loss", 1, 1.0, 0.5)])
    runs.progress(project, run, epochs=4, seconds=12.0, samples_per_second=80.0,
                  best_validation=value)  # fmt: skip
    runs.end(project, run, "finished" if state == "finished" else "stopped")
    said = []
    examples = datasets.examples(project, data.id, "validation")
    count = len(classes.all_classes(project))
    for place, one in enumerate(examples):
        right = place < round((value or 0) * len(examples))
        answer = one.target if right else (one.target + 1) % count
        shares = bytearray()
        for cls in range(count):
            shares += struct.pack("<f", 0.9 if cls == answer else 0.1 / max(1, count - 1))
        said.append(Prediction(one.item_id, "validation", one.target, answer, bytes(shares)))
    runs.store_predictions(project, run, said)
    return run


def choose_model(project: Path, **settings: Any) -> None:
    with Project.open(project) as stored:
        stored.settings_set(model=MODEL, recipe={"epochs": 4}, **settings)


@pytest.fixture
def searches(make_window, project: Path, qtbot):
    """A window on the search of its Train page; the children are what it will start."""

    def make(*scripted: ScriptChild, model: bool = True):
        if model:
            choose_model(project)
        waiting = list(scripted)
        window = make_window(project, make_child=lambda: waiting.pop(0))
        window.show_page("training")
        qtbot.keyClick(window, Qt.Key.Key_T, Qt.KeyboardModifier.ControlModifier)
        qtbot.waitUntil(lambda: not window.session.jobs.busy)
        return window, window.page

    return make


def some_trials() -> list:
    said = [searching(), *trial(0, "finished", 0.7, best=True, lr=1e-3)]
    said += trial(1, "pruned", 0.4, lr=1e-2, preset="feature-extraction")
    said += trial(2, "finished", 0.9, best=True, lr=3e-3, augmentation="light")
    said.append(LogLine("Trial 4 failed. The loss is not a number: It grew.", "warning"))
    return [*said, *trial(3, "failed", None, lr=9e-2), *begun(4, 5, lr=2e-3)]


def lines(page) -> dict[int, list[str]]:
    """The table of trials: by number, what each column shows."""
    table = page.search.trials.table.rows
    return {
        row.number + 1: [column.show(row) for column in table.columns][1:] for row in table.rows
    }
