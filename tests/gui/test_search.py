"""The search on the Train page: the form, what is asked, and the trials while they go on."""

from __future__ import annotations

import os
from pathlib import Path
from types import SimpleNamespace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QMessageBox

from engine.errors import CrashedRun, StorageError, TrainingError
from engine.events import Failed, StepLogged
from engine.store.project import Project
from gui import children
from gui.keys import KeySheet
from gui.searching import LiveSearch
from gui.training.search_plot import BEST
from tests.gui.script_child import ScriptChild
from tests.gui.searched import (
    choose_model,
    lines,
    searches,
    searching,
    some_trials,
    store_study,
)

__all__ = ["searches"]

LEFT, CONTROL = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.ControlModifier


def test_it_is_reached_by_mouse_and_key_and_stands_in_the_sheet(searches, qtbot) -> None:
    window, page = searches()
    assert page.stack.currentWidget() is page.no_search
    assert page.search.form.isVisible() and not page.form.isVisible()
    assert page.seek.isVisible() and not page.train.isVisible()
    qtbot.mouseClick(page.views.buttons()[0], LEFT)
    assert page.search.form.isHidden() and not page.form.isHidden()
    assert page.train.isVisible() and not page.seek.isVisible()
    window.show_keys()
    sheet = window.findChild(KeySheet)
    said = {part.text() for part in sheet.findChildren(QLabel)}
    assert {"Ctrl+T", "One run, or a search"} <= said
    sheet.accept()


@pytest.mark.parametrize(
    ("field", "text", "subject"),
    [("lr_from", "5", "lr"), ("lr_to", "fast", "lr"), ("minutes", "0", "minutes"),
     ("minutes", "", "minutes"), ("minutes", "inf", "minutes"), ("trials", "0", "trials"),
     ("trials", "1.5", "trials"), ("workers", "0", "workers"), ("study", " ", "study"),
     ("workers", str((os.cpu_count() or 1) + 1), "workers"), ("storage", "here", "storage")],
)  # fmt: skip
def test_what_is_wrong_is_said_at_its_field(searches, qtbot, field, text, subject) -> None:
    window, page = searches()
    form = page.search.form
    form._fields[field].setText(text)
    qtbot.keyClick(page, Qt.Key.Key_Return, CONTROL)
    assert form._fields[field].property("wrong") is True
    assert form._wrong[subject].isVisible() and form._wrong[subject].text()
    assert window.session.live is None and page.error is None


@pytest.mark.parametrize("subject", ["preset", "augmentation"])
def test_something_must_be_ticked(searches, qtbot, subject: str) -> None:
    window, page = searches()
    form = page.search.form
    for tick in (form.presets if subject == "preset" else form.augmentations).values():
        tick.setChecked(False)
    qtbot.mouseClick(page.seek, LEFT)
    assert form._wrong[subject].isVisible()
    assert window.session.live is None


def test_what_is_missing_comes_first(searches, make_window, texts, tmp_path, project, qtbot):
    Project.create(tmp_path / "Empty.graft", "image-classification").close()
    empty = make_window(tmp_path / "Empty.graft")
    empty.show_page("training")
    empty.page.show_view("search")
    qtbot.waitUntil(lambda: empty.page.stack.currentWidget() is empty.page.no_data)
    assert not empty.page.seek.isEnabled()
    _, page = searches(model=False)
    assert page.stack.currentWidget() is page.no_model
    assert page.seek.toolTip() == "Choose a model first"
    written = make_window(texts)
    written.show_page("training")
    form = written.page.search.form
    assert not form.augmentations and "light" not in str(form._wrong)


def test_a_project_that_can_only_be_read_says_so(make_window, project, qtbot, monkeypatch) -> None:
    choose_model(project)
    with Project.open(project) as stored:
        store_study(stored, [("finished", 0.9)])
    monkeypatch.setattr("engine.store.project.writable", lambda folder: False)
    window = make_window(project)
    window.show_page("training")
    page = window.page
    page.show_view("search")
    qtbot.waitUntil(lambda: 1 in lines(page))
    assert "can only be read" in page.sentence.text()
    assert not page.seek.isEnabled() and not page.search.notes.use.isEnabled()


def test_what_the_child_is_asked(searches, qtbot) -> None:
    child = ScriptChild([searching()], waits=True)
    _window, page = searches(child)
    form = page.search.form
    form._fields["lr_from"].setText("0,0001")
    form._fields["trials"].setText("12")
    form.presets["full"].click()
    form.augmentations["strong"].click()
    qtbot.mouseClick(form.more, LEFT)
    form.pruner.choose("hyperband")
    qtbot.mouseClick(page.seek, LEFT)
    qtbot.waitUntil(lambda: child.request is not None)
    asked = child.request.arguments
    assert child.request.operation == "search"
    assert asked["recipe"]["model"] == "squeezenet1_1" and asked["recipe"]["epochs"] == 4
    presets = ["refine", "feature-extraction", "lp-ft", "full"]
    assert asked["space"] == {
        "lr": [1e-4, 0.02], "presets": presets, "augmentations": ["none", "light"],
    }  # fmt: skip
    told = {name: asked[name] for name in ("minutes", "trials", "workers", "study", "pruner")}
    assert told == {
        "minutes": 10.0, "trials": 12, "workers": 1, "study": "search", "pruner": "hyperband",
    }  # fmt: skip
    assert asked["storage"] is None


def test_it_is_followed_live(searches, qtbot) -> None:
    child = ScriptChild(some_trials(), waits=True)
    window, page = searches(child)
    qtbot.mouseClick(page.seek, LEFT)
    qtbot.waitUntil(lambda: len(lines(page)) == 5)
    qtbot.waitUntil(lambda: lines(page)[5][0] == "at work")
    found = lines(page)
    assert found[3] == ["best", "0.900", "3.00e-3", "Last block", "light", "4", "3"]
    assert [found[n][0] for n in (1, 2, 4)] == ["finished", "stopped early", "failed"]
    assert found[4][1] == "–"

    plots = page.search.plots
    x, y = plots.trials._curves[BEST].getData()
    assert list(x) == [1, 3] and list(y) == [0.7, 0.9]
    drawn = [(dot.x, dot.y, plots.trials._hollow(dot)) for dot in plots.trials._dots]
    assert drawn == [(1, 0.7, False), (2, 0.4, True), (3, 0.9, False), (5, 0.5, True)]
    assert plots.rates.kinds == ["Feature extraction", "Last block"]
    assert [round(dot.x, 2) for dot in plots.rates._dots] == [-3, -2, -2.52, -2.7]

    assert page.search.figures.trials.value == "5"
    assert page.search.figures.best.value == "0.900"
    assert page.search.figures.time.value.startswith("6 m")
    assert any("Trial 3 is the best so far: 0.900 with last block" in line
               for line in page.search.notes.lines)  # fmt: skip
    assert any("Trial 4 failed." in line for line in page.search.notes.lines)
    assert "trial 5, epoch 2 of 4 · 4 done" in page.sentence.text()
    assert not page.search.form.isVisible()
    assert window.rail.steps["training"].state == "33%"

    # One trains at a time, and says so
    assert not page.seek.isEnabled()
    qtbot.keyClick(window, Qt.Key.Key_T, CONTROL)
    assert not page.train.isEnabled()
    assert "the search is at work" in page.sentence.text()
    page.begin()
    window.session.train({"model": "x"})
    assert window.session.live.study == "search"
    qtbot.keyClick(window, Qt.Key.Key_T, CONTROL)

    # Pause, resume and stop, in the page and in the strip
    work = window.strip._box.itemAt(0).widget()
    assert "trial 5, epoch 2 of 4" in work.words.text()
    assert not page.controls.after.isVisible()
    qtbot.keyClick(window, Qt.Key.Key_P, CONTROL)
    assert page.controls.pause.text() == work.pause.text() == "Resume"
    assert work.words.text().startswith("paused")
    qtbot.mouseClick(work.pause, LEFT)
    qtbot.mouseClick(work.stop, LEFT)
    assert child.commands == ["pause", "resume", "stop"]
    qtbot.waitUntil(lambda: window.session.live is None)
    assert window.strip.isHidden() and page.error is None


def test_its_minutes_stand_still_while_it_is_paused(tmp_path: Path, monkeypatch) -> None:
    clock = SimpleNamespace(now=100.0)
    monkeypatch.setattr("gui.searching.time", SimpleNamespace(monotonic=lambda: clock.now))
    wanted = {"study": "search", "minutes": 10.0, "recipe": {"epochs": 4}}
    live = LiveSearch(None, tmp_path, wanted)
    live._hear(searching(400.0))
    clock.now += 100
    assert live.fraction == 0.5
    live.pause()
    clock.now += 1000
    live.pause()
    assert live.fraction == 0.5
    live._hear(searching(290.0))  # of several workers one may tell of it while they stand still
    live.resume()
    live.resume()
    clock.now += 50
    live._hear(StepLogged(1, 1, 0.5, 0.1, 0.1, 10.0, None))
    assert live.seconds_left == 240 and "stand still" in live.pausing


def test_a_press_on_a_dot_chooses_its_trial(searches, qtbot) -> None:
    _, page = searches(ScriptChild(some_trials(), waits=True))
    page.seek.click()
    qtbot.waitUntil(lambda: len(page.search.plots.trials._dots) == 4)
    plot = page.search.plots.trials
    qtbot.waitUntil(lambda: plot.view.height() > 60)
    item = plot.view.getPlotItem().vb
    at = plot.view.mapFromScene(item.mapViewToScene(item.viewRect().center()))
    spot = plot.view.mapFromScene(item.mapViewToScene(plot._scatter.points()[1].pos()))
    assert at != spot
    qtbot.mouseClick(plot.view.viewport(), LEFT, pos=spot)
    assert page.search.trials.table.current.number == 1
    assert len(plot._ring.points()) == 1 and plot._ring.points()[0].pos().x() == 2


def test_a_search_that_does_not_stop_can_be_ended(searches, qtbot, monkeypatch) -> None:
    monkeypatch.setattr(children, "PATIENCE", 50)
    window, page = searches(ScriptChild(some_trials(), waits=True, deaf=True))
    page.seek.click()
    qtbot.waitUntil(lambda: len(lines(page)) == 5)
    page.controls.stop.click()
    qtbot.waitUntil(lambda: page.controls.kill.isVisible())
    assert "every trial so far" in window.strip._box.itemAt(0).widget().words.text()
    page.controls.kill.click()
    qtbot.waitUntil(lambda: window.session.live is None)
    assert page.error is None  # it was asked for


def test_closing_the_window_asks(searches, qtbot) -> None:
    child = ScriptChild([searching()], waits=True)
    window, page = searches(child)
    page.seek.click()
    qtbot.waitUntil(lambda: child.request is not None)
    window.close()
    box = window.findChild(QMessageBox)
    assert window.isVisible() and "Search is still trying settings." in box.text()
    stay = next(one for one in box.buttons() if one.text() == "Keep searching")
    qtbot.mouseClick(stay, LEFT)
    window.close()
    box = next(one for one in window.findChildren(QMessageBox) if one.isVisible())
    stop = next(one for one in box.buttons() if one.text() == "Stop and save")
    qtbot.mouseClick(stop, LEFT)
    qtbot.waitUntil(lambda: not window.isVisible())
    assert child.commands == ["stop"]


def test_errors_are_said_in_words(searches, qtbot) -> None:
    far = StorageError("The study cannot be opened", "It could not be reached.", "Check it.",
                       subject="storage")  # fmt: skip
    broken = TrainingError("The loss is not a number", "It grew without end.", "Lower the rate.")
    crash = CrashedRun("The training process ended unexpectedly", "Signal 9.", "Resume the run.")
    ends = [ScriptChild([Failed(error.to_wire())]) for error in (far, broken, crash)]
    _window, page = searches(*ends)
    form = page.search.form
    form._fields["storage"].setText("postgresql://nowhere/x")
    page.seek.click()
    qtbot.waitUntil(lambda: page.error is not None)
    assert page.error.title == far.title
    assert form._wrong["storage"].isVisible() and "could not be reached" in (
        form._wrong["storage"].text()
    )
    assert page.stack.currentWidget() is page.no_search
    for error, title in ((broken, broken.title), (crash, "The search ended unexpectedly")):
        page.clear_error()
        qtbot.waitUntil(page.seek.isEnabled)
        page.seek.click()
        qtbot.waitUntil(lambda: page.error is not None)
        assert page.error.title == title, error
    assert "goes on where it was" in page.error.remedy
