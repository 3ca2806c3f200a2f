"""The Layers page when something is missing: the network, the right to write, room."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt

from engine.errors import ModelError
from engine.events import Done, Failed
from engine.store.project import Project
from tests.gui.layered import Answers, answers, described
from tests.gui.layered_page import states

Key = Qt.Key
LEFT = Qt.MouseButton.LeftButton
CONTROL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier


def test_layers_that_cannot_be_read_say_why_and_are_tried_again(
    make_window, project: Path, qtbot
) -> None:
    error = ModelError("The model is not known", "No such model.", "Choose another.")
    child = Answers(describe=[Failed(error.to_wire())])
    window = make_window(project, make_child=child)
    window.session.set(model={"name": "resnet18", "title": "ResNet-18", "weights": None})
    window.show_page("layers")
    page = window.page
    qtbot.waitUntil(lambda: page.error is not None)
    assert page.error.title == error.title
    assert page.again.isVisible() and page.known.isHidden()
    child.answers["describe"] = [Done(described())]
    qtbot.mouseClick(page.again, LEFT)
    qtbot.waitUntil(lambda: page.learning is not None)
    assert page.error is None and page.known.isVisible()


def test_a_project_for_reading_shows_all_and_changes_nothing(
    make_window, project: Path, qtbot, monkeypatch
) -> None:
    with Project.open(project) as made:
        chosen = {"name": "resnet18", "title": "ResNet-18", "weights": None}
        made.settings_set(model=chosen, preset="last-block")
    monkeypatch.setattr("engine.store.project.writable", lambda folder: False)
    window = make_window(project, make_child=answers())
    window.show_page("layers")
    page = window.page
    qtbot.waitUntil(lambda: page.learning is not None)
    assert page.session.project.readonly
    before = states(page)
    page.tree.setFocus()
    qtbot.keyClick(page.tree, Key.Key_L)
    page.strip.setFocus()
    qtbot.keyClick(page.strip, Key.Key_Home)
    page.editor.choose_preset("full")
    page.editor.add_phase()
    assert states(page) == before
    assert not page.editor.stack.count()
    assert not page.tools.edits[0].isEnabled() and not page.phases.add.isEnabled()
    assert page.cost.trainable.value == "950"  # what it costs is said all the same
    page.plans.click()
    page.saved.name.setText("mine")
    assert not page.saved.keep.isEnabled()
    qtbot.wait(50)
    assert page.error is None


@pytest.mark.parametrize("size", [(1440, 900), (900, 600)])
def test_a_narrow_window_folds_the_details(open_layers, qtbot, size: tuple[int, int]) -> None:
    page = open_layers()
    page.window().resize(*size)
    wide = size[0] >= page.fold
    qtbot.waitUntil(lambda: page.cost.isVisible() == wide)
    assert page.drawer.isVisible() != wide
    page.drawer.setChecked(True)
    assert page.cost.isVisible()
    assert page.tree.viewport().width() > 0 and page.tree.isVisible()
