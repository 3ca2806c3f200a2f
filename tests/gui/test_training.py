"""The Train page: the recipe, what is shown live, and what the database brings back."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt

from engine.errors import TrainingError
from engine.events import Activity, Failed, LogLine, PhaseStarted, Remark, Stuck
from engine.store import datasets, remarks, runs
from engine.store.project import Project
from gui import children
from gui.training.curves import Curves
from gui.widgets.plot import MOST_POINTS, thinned
from tests.gui.script_child import ScriptChild, epochs, finished


def store_run(project: Path, state: str = "finished") -> int:
    """A run of before, as the child stores one."""
    with Project.open(project, hold=False) as opened:
        data = datasets.snapshot(opened)
        run = runs.create(
            opened, dataset_id=data.id, model={"name": "squeezenet1_1"}, weights_hash="w",
            recipe={"model": "squeezenet1_1", "preset": "feature-extraction", "epochs": 4},
            plan=[{"title": "Head only", "plan": {}, "epochs": 4, "lr": 0.005}], seed=0,
            versions={}, device="CPU",
        )  # fmt: skip
        steps = [("step/loss", n, n / 5, 1 / (1 + n)) for n in range(1, 21)]
        ends = [("validation/loss", 5 * n, float(n), 0.5 / n) for n in range(1, 5)]
        for name in ("validation/balanced_accuracy", "validation/accuracy"):
            ends += [(name, 5 * n, float(n), 0.6 + n / 20) for n in range(1, 5)]
        runs.add_metrics(opened, run, steps + ends)
        runs.progress(opened, run, epochs=4, seconds=12.0, samples_per_second=80.0,
                      best_validation=0.8)  # fmt: skip
        runs.end(opened, run, state)
    return run


@pytest.fixture
def training(make_window, project: Path, qtbot):
    """A window on its Train page with a model chosen; `children` is what it will start."""

    def make(*scripted: ScriptChild):
        waiting = list(scripted)
        window = make_window(project, make_child=lambda: waiting.pop(0))
        window.session.set(model={"name": "squeezenet1_1", "title": "S", "weights": None})
        qtbot.waitUntil(lambda: window.session.facts.model is not None)
        window.show_page("training")
        return window, window.page

    return make


def test_without_data_or_model_it_says_what_comes_first(make_window, tmp_path, project, qtbot):
    Project.create(tmp_path / "Empty.graft", "image-classification").close()
    window = make_window(tmp_path / "Empty.graft")
    window.show_page("training")
    assert window.page.stack.currentWidget() is window.page.no_data
    assert not window.page.train.isEnabled()


def test_a_wrong_field_is_said_at_the_field(training) -> None:
    window, page = training()
    for name, text in (("epochs", "0"), ("lr", "fast"), ("label_smoothing", "2"), ("clip", "-1")):
        field = page.form._fields[name]
        old = field.text()
        field.setText(text)
        page.begin()
        assert not page.form._wrong[name].isHidden(), name
        assert field.property("wrong") is True
        assert window.session.live is None
        field.setText(old)
        field.editingFinished.emit()
        assert page.form._wrong[name].isHidden()


def test_the_recipe_is_kept_and_given_to_the_child(training, qtbot) -> None:
    child = ScriptChild(finished())
    window, page = training(child)
    page.form._fields["epochs"].setText("4")
    page.form._fields["lr"].setText("0.01")
    page.form.ticks["class_balanced"].setChecked(True)
    qtbot.waitUntil(lambda: window.session.facts.recipe.get("epochs") == 4)
    assert window.session.facts.recipe == {"epochs": 4, "lr": 0.01, "class_balanced": True}
    qtbot.mouseClick(page.train, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: child.request is not None and window.session.live is None)
    recipe = child.request.arguments["recipe"]
    assert (recipe["model"], recipe["epochs"], recipe["lr"]) == ("squeezenet1_1", 4, 0.01)
    assert recipe["class_balanced"] is True
    assert child.request.project == str(window.session.project.folder)


def test_phases_made_by_hand_bring_their_own_epochs_and_rate(training, qtbot) -> None:
    window, page = training()
    phase = {"title": "Head", "plan": {"": [False, 1.0]}, "epochs": 4, "lr": 0.01}
    window.session.set_recipe({"epochs": 7, "phases": [phase]})
    field = page.form._fields["epochs"]
    qtbot.waitUntil(lambda: not field.isEnabled())
    assert field.text() == "" and field.placeholderText() == "as the phases say"
    page.form.ticks["checkpointing"].setChecked(True)
    qtbot.waitUntil(lambda: window.session.facts.recipe.get("checkpointing") is True)
    assert window.session.facts.recipe["epochs"] == 7  # for when a preset is chosen again
    window.session.set_recipe({"phases": None})
    qtbot.waitUntil(field.isEnabled)
    assert field.text() == "7"


def test_a_run_is_followed_live(training, qtbot) -> None:
    child = ScriptChild(epochs(2), waits=True)
    window, page = training(child)
    page.begin()
    qtbot.waitUntil(lambda: page.figures.epoch.value == "2 / 4")
    qtbot.waitUntil(lambda: page.figures.best.value == "0.670")
    assert page.figures.pace.value == "120 / s"
    assert page.figures.time.value == "8 s"
    assert page.figures.interval.value.count("0.") == 2
    x, y = page._curves.get("step/loss")
    assert len(x) == len(y) == 10
    qtbot.waitUntil(lambda: page.loss._curves["training"].getData()[0] is not None)
    qtbot.waitUntil(lambda: len(page.loss._curves["training"].getData()[0]) == 10)
    assert any("computed once, 100 records" in line for line in page.notes.lines)
    assert not window.strip.isHidden()
    assert window.rail.steps["training"].state == "50%"
    assert not page.train.isEnabled()

    page.controls.pause.click()
    assert page.controls.pause.text() == "Resume"
    page.controls.pause.click()
    page.controls.after.click()
    qtbot.waitUntil(lambda: window.session.live is None)
    assert child.commands == ["pause", "resume", "stop-after-epoch"]
    assert window.strip.isHidden()
    assert page.train.isEnabled()


def test_a_cache_that_was_there_is_said(training, qtbot) -> None:
    script = epochs(1)
    script[1] = PhaseStarted(1, 1, "Head only", 1026, "features", 100, 0)
    _, page = training(ScriptChild(script, waits=True))
    page.begin()
    qtbot.waitUntil(lambda: any("computed before" in line for line in page.notes.lines))


def test_what_the_child_warns_of_and_silence_are_said(training, qtbot) -> None:
    oom = "Out of memory: the batch is 16 now, with 2 steps together; the effective batch stays 32."
    script = [*epochs(1), LogLine(oom, "warning"), Stuck(61.0, "epoch 1 of 4")]
    window, page = training(ScriptChild(script, waits=True))
    page.begin()
    qtbot.waitUntil(lambda: any("No sign of life for 1 m 01" in line for line in page.notes.lines))
    assert oom in page.notes.lines
    work = window.strip._box.itemAt(0).widget()
    assert "no sign of life" in work.words.text()


def test_a_remark_brings_its_remedy_and_one_click_takes_it(training, project, qtbot) -> None:
    remedy = {"text": "Leave more frozen", "changes": {"preset": "last-block", "patience": 3}}
    run = store_run(project)
    with Project.open(project, hold=False) as opened:
        remarks.add(opened, Remark(run, 3, "overfitting", "It learns them by heart.", remedy))
        remarks.add(opened, Remark(run, 4, "dead", "Nothing was learned."))
    window, page = training()
    qtbot.waitUntil(lambda: "Nothing was learned." in page.notes.lines)
    assert page.notes.lines.count("It learns them by heart.") == 1
    page.notes.text.setFocus()
    qtbot.keyClick(page.notes.text, Qt.Key.Key_Tab)  # the link is reached and pressed by key
    qtbot.keyClick(page.notes.text, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: window.session.facts.preset == "last-block")
    assert window.session.facts.recipe["patience"] == 3
    assert page.notes.lines[-1] == "Set for the next run: Leave more frozen."


def test_an_error_of_the_run_is_shown_in_the_page(training, project, qtbot) -> None:
    store_run(project, "failed")  # what the child of the script would have stored
    error = TrainingError("The loss is not a number", "It grew without end.", "Lower the rate.")
    window, page = training(ScriptChild([*epochs(1), Failed(error.to_wire())]))
    page.begin()
    qtbot.waitUntil(lambda: page.error is not None)
    assert page.error.title == error.title
    assert window.session.live is None
    qtbot.waitUntil(page.train.isEnabled)


def test_a_run_that_does_not_stop_can_be_ended(training, project, qtbot, monkeypatch) -> None:
    store_run(project, "interrupted")
    monkeypatch.setattr(children, "PATIENCE", 50)
    window, page = training(ScriptChild(epochs(1), waits=True, deaf=True))
    page.begin()
    qtbot.waitUntil(lambda: window.session.live.epoch == 1)
    page.controls.stop.click()
    qtbot.waitUntil(lambda: page.controls.kill.isVisible())
    page.controls.kill.click()
    qtbot.waitUntil(lambda: window.session.live is None)
    assert page.error is None  # it was asked for


def test_a_second_run_cannot_begin_beside_the_first(training, qtbot) -> None:
    window, page = training(ScriptChild([Activity("Loading")], waits=True))
    page.begin()
    live = window.session.live
    page.begin()
    window.session.train({"model": "x"})
    assert window.session.live is live


def test_a_run_that_learns_is_not_mixed_with_the_one_before(training, project, qtbot) -> None:
    store_run(project)
    window, page = training(ScriptChild(epochs(1, run=2), waits=True))
    qtbot.waitUntil(lambda: len(page._curves.get("step/loss")[0]) == 20)
    page.begin()
    store_run(project)  # as the child stores the second
    qtbot.waitUntil(lambda: window.session.live.epoch == 1)
    window.session.refresh()
    qtbot.waitUntil(lambda: len(page.runs.table.rows.rows) == 2)
    page.runs.table.choose(lambda run: run.id == 1)  # and by hand
    qtbot.wait(300)
    assert len(page._curves.get("step/loss")[0]) == 5
    assert page.figures.best.value == "0.660"
    assert not any(line.startswith("Run 1") for line in page.notes.lines)


def test_a_reopened_window_draws_the_same_curves(make_window, project: Path, qtbot) -> None:
    run = store_run(project)
    window = make_window(project)
    window.show_page("training")
    page = window.page
    qtbot.waitUntil(lambda: len(page._curves.get("step/loss")[0]) == 20)
    assert page.run.id == run
    assert page.figures.epoch.value == "4 / 4"
    assert page.figures.best.value == "0.800"
    x, y = page.loss._curves["validation"].getData()
    assert list(x) == [1, 2, 3, 4]
    assert y == pytest.approx([0.5, 0.25, 0.5 / 3, 0.125])
    assert any("It finished after 4 epochs" in line for line in page.notes.lines)


def test_an_interrupted_run_is_resumed_with_one_click(training, project, qtbot) -> None:
    run = store_run(project, "interrupted")
    child = ScriptChild([*epochs(3, run=run)], waits=True)
    window, page = training(child)
    qtbot.waitUntil(lambda: page.runs.resume.isVisible())
    qtbot.mouseClick(page.runs.resume, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: child.request is not None)
    assert child.request.arguments["resume"] == run
    qtbot.waitUntil(lambda: window.session.live.epoch == 3)


def test_labels_given_since_get_a_split_before_training(training, qtbot, project) -> None:
    child = ScriptChild([*epochs(1)], waits=True)
    window, page = training(child)
    with window.session.project.writing() as db:
        db.execute("UPDATE item SET split = NULL WHERE id IN (2, 3)")
    page.begin()
    qtbot.waitUntil(lambda: child.request is not None)
    rows = window.session.project.db.execute("SELECT split FROM item WHERE id IN (2, 3)")
    assert all(row[0] for row in rows)


def test_series_keep_peaks_when_thinned_and_drop_what_is_no_number() -> None:
    x = np.arange(50_000.0)
    y = np.sin(x)
    y[31_234] = 9.0
    few_x, few_y = thinned(x, y)
    assert len(few_x) <= MOST_POINTS + 2
    assert few_y.max() == 9.0
    assert np.all(np.diff(few_x) >= 0)
    curves = Curves({"step/loss": [(1, 0.1, 1.0), (2, 0.2, float("nan")), (3, 0.3, 0.5)]})
    assert list(curves.get("step/loss")[0]) == [0.1, 0.3]
    assert list(curves.training_loss[0]) == [0.1, 0.3]
    fast = {"step/loss": [(1, 0.1, 1.0)], "train/loss": [(1, 1.0, 0.9), (2, 2.0, 0.8)]}
    assert list(Curves(fast).training_loss[0]) == [1.0, 2.0]


def test_stop_before_the_run_began_starts_no_child(training, qtbot) -> None:
    window, page = training()  # no child may be made
    page.begin()
    page.controls.stop.click()
    qtbot.waitUntil(lambda: window.session.live is None)
    assert page.error is None
