"""The start page, and how a page gives way in a narrow window."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt

from engine.store.project import Project
from gui import session as remembered


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


def test_a_narrow_window_folds_the_details_into_a_drawer(make_window, project, qtbot) -> None:
    window = make_window(project)
    page = window.page
    qtbot.waitUntil(lambda: page.full.classes.isVisible())
    assert page.drawer.isHidden()
    window.resize(1000, 700)
    qtbot.waitUntil(lambda: not page.full.classes.isVisible())
    assert page.drawer.isVisible()
    qtbot.mouseClick(page.drawer, Qt.MouseButton.LeftButton)
    assert page.full.classes.isVisible()
    window.resize(1300, 800)
    qtbot.waitUntil(lambda: page.drawer.isHidden())
    assert page.full.classes.isVisible()
