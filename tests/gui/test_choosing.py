"""The start page, the Model page and the Layers page."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt

from engine.errors import ModelError
from engine.events import Done, Failed
from engine.freezing.presets import PRESETS
from engine.store.project import Project
from gui import session as remembered
from gui.layers.reading import read
from tests.gui.script_child import ScriptChild

STAGES = [
    {"title": "Stem", "modules": ["features.0"], "parameters": 100},
    {"title": "Stage 1", "modules": ["features.1", "features.2"], "parameters": 300},
    {"title": "Stage 2", "modules": ["features.3"], "parameters": 500},
    {"title": "Head", "modules": ["classifier"], "parameters": 100},
]
DESCRIBED = {"title": "squeezenet1_1", "parameters": 1000, "input": [224, 224], "stages": STAGES,
             "phases": [], "cut": "features.3"}  # fmt: skip


def test_a_project_is_made_with_keys_and_remembered(make_window, tmp_path: Path, qtbot) -> None:
    window = make_window()
    page = window.page
    page.folder.setText(str(tmp_path))
    page.task.choose("text-classification")
    qtbot.keyClicks(page.project_name, "Tickets")
    qtbot.keyClick(page.project_name, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: window.session.facts is not None)
    assert window.page.name == "data"
    assert window.session.facts.task == "text-classification"
    assert remembered.recent() == [tmp_path / "Tickets.graft"]


@pytest.mark.parametrize("name", ["", "a/b", "what?"])
def test_a_name_that_cannot_be_is_said_at_the_field(make_window, name: str) -> None:
    page = make_window().page
    page.project_name.setText(name)
    page.create_button.click()
    assert not page.wrong.isHidden()
    assert page.project_name.property("wrong") is True


def test_a_project_that_is_there_already_is_an_error(make_window, project: Path, qtbot) -> None:
    page = make_window().page
    page.folder.setText(str(project.parent))
    page.project_name.setText(project.stem)
    page.create_button.click()
    qtbot.waitUntil(lambda: page.error is not None)
    assert page.error.title == "The project exists already"
    assert page.create_button.isEnabled()


def test_a_project_open_elsewhere_is_refused(make_window, project: Path, qtbot) -> None:
    window = make_window()
    with Project.open(project):
        window.open(project)
        qtbot.waitUntil(lambda: window.page.error is not None)
    assert window.page.error.title == "The project is open in another Graft"


def test_models_are_searched_and_chosen_with_keys(make_window, project: Path, qtbot) -> None:
    window = make_window(project)
    window.show_page("models")
    page = window.page
    qtbot.waitUntil(lambda: page.stack.currentWidget() is page.full)
    everything = len(page.table.rows.rows)
    assert everything > 50
    page.search.setText("squeeze 1_1")
    qtbot.waitUntil(lambda: len(page.table.rows.rows) == 1)
    page.table.choose(lambda row: True)
    qtbot.keyClick(page.table, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: window.session.facts.model is not None)
    assert window.session.facts.model["name"] == "squeezenet1_1"
    assert page.card.use.text() == "In use"
    assert "not on this machine" in page.card.where.text()  # and what to put where
    assert "squeezenet1_1" in page.card.where.text()
    page.search.setText("no such model")
    assert not page.nothing.isHidden()
    page.where.chosen.emit("here")


def test_weights_of_ones_own_are_for_the_model_of_their_name(
    make_window, project: Path, tmp_path: Path, qtbot
) -> None:
    window = make_window(project)
    window.show_page("models")
    page = window.page
    qtbot.waitUntil(lambda: page.stack.currentWidget() is page.full)
    page.use_weights(tmp_path / "resnet18.safetensors")
    qtbot.waitUntil(lambda: window.session.facts.model is not None)
    chosen = window.session.facts.model
    assert chosen["name"] == "resnet18"
    assert chosen["weights"] == str(tmp_path / "resnet18.safetensors")
    folder = tmp_path / "my-bert"
    folder.mkdir()
    page.use_weights(folder)
    qtbot.waitUntil(lambda: window.session.facts.model["name"] == str(folder))


@pytest.mark.parametrize("preset", list(PRESETS))
def test_every_preset_can_be_read_from_the_stages(preset: str) -> None:
    reading = read(STAGES, preset, 12, None)
    assert reading.parameters == 1000
    assert sum(phase.epochs for phase in reading.phases) == 12
    for number, learns in enumerate(reading.learns):
        assert 3 in learns  # the head always learns
        assert reading.trainable(number) == sum(STAGES[n]["parameters"] for n in learns)
    if preset in ("full", "scratch"):
        assert reading.prefix(0) == 0
    if preset == "feature-extraction":
        assert reading.prefix(0) == 3
        assert reading.trainable(0) == 100


def choose_model(window, qtbot) -> None:
    window.session.set(model={"name": "squeezenet1_1", "title": "SqueezeNet", "weights": None})
    qtbot.waitUntil(lambda: window.session.facts.model is not None)


def test_layers_show_what_learns_under_each_preset(make_window, project: Path, qtbot) -> None:
    asked: list[ScriptChild] = []

    def make() -> ScriptChild:
        asked.append(ScriptChild([Done(DESCRIBED)]))
        return asked[-1]

    window = make_window(project, make_child=make)
    window.show_page("layers")
    page = window.page
    assert page.stack.currentWidget() is page.empty
    choose_model(window, qtbot)
    qtbot.waitUntil(lambda: not page.known.isHidden())
    rows = page.table.rows.rows
    assert [row["title"] for row in rows] == ["Stem", "Stage 1", "Stage 2", "Head"]
    assert [row["learns"] for row in rows] == [False, False, False, True]
    assert page.trainable.value == "100"
    assert page.kept.value == "90%"

    last = next(one for one in page.presets.buttons() if one.text() == "Last block")
    qtbot.mouseClick(last, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: page.trainable.value == "600")
    assert window.session.facts.preset == "last-block"
    assert [row["learns"] for row in page.table.rows.rows] == [False, False, True, True]
    assert page.when.text() == PRESETS["last-block"].when
    assert len(asked) == 1  # the network was described once, for all presets
    assert asked[0].request.arguments["model"] == "squeezenet1_1"


def test_layers_that_cannot_be_read_say_why_and_are_tried_again(
    make_window, project: Path, qtbot
) -> None:
    error = ModelError("The weights are not on this machine", "No file.", "Put it there.")
    children = [ScriptChild([Failed(error.to_wire())]), ScriptChild([Done(DESCRIBED)])]
    window = make_window(project, make_child=lambda: children.pop(0))
    choose_model(window, qtbot)
    window.show_page("layers")
    page = window.page
    qtbot.waitUntil(lambda: page.error is not None)
    assert page.error.title == error.title
    window.show_page("models")
    window.show_page("layers")
    qtbot.waitUntil(lambda: not page.known.isHidden())
    assert page.error is None


def test_a_narrow_window_folds_the_details_into_a_drawer(make_window, project, qtbot) -> None:
    window = make_window(project)
    page = window.page
    qtbot.waitUntil(lambda: page.classes.isVisible())
    assert page.drawer.isHidden()
    window.resize(1000, 700)
    qtbot.waitUntil(lambda: not page.classes.isVisible())
    assert page.drawer.isVisible()
    qtbot.mouseClick(page.drawer, Qt.MouseButton.LeftButton)
    assert page.classes.isVisible()
    window.resize(1300, 800)
    qtbot.waitUntil(lambda: page.drawer.isHidden())
    assert page.classes.isVisible()
