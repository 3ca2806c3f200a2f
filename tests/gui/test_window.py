"""The window: how it opens, its rail, its keys, its ends."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from PySide6.QtCore import QSettings, Qt
from PySide6.QtWidgets import QLabel, QMessageBox

from engine.errors import StorageError
from engine.store.project import Project
from gui.errors import BugReport, Hook
from gui.keys import KeySheet, all_actions
from gui.rail import STEPS
from tests.gui.script_child import ScriptChild, epochs

HEAVY = ("torch", "torchvision", "transformers", "sklearn", "scipy", "matplotlib")
PROBE = """
import json, sys, time
from pathlib import Path
from PySide6.QtCore import QSettings
QSettings.setDefaultFormat(QSettings.Format.IniFormat)
QSettings.setPath(QSettings.Format.IniFormat, QSettings.Scope.UserScope, sys.argv[2])
from gui.app import application
app = application(["graft"])
from gui.window import Window
window = Window(keep_warm=False)
window.show()
app.processEvents()
early = [name for name in ("numpy", "pyqtgraph", "sqlite_utils") if name in sys.modules]
window.open(Path(sys.argv[1]))
until = time.monotonic() + 20
while window.session.facts is None and time.monotonic() < until:
    app.processEvents()
for name in ("data", "models", "training", "results", "use"):
    window.show_page(name)
    for _ in range(20):
        app.processEvents()
        time.sleep(0.01)
shown = sorted(window.pages)
window.close()
heavy = [name for name in sys.argv[3:] if name in sys.modules]
print(json.dumps({"early": early, "heavy": heavy, "shown": shown}))
"""


def test_no_heavy_library_comes_into_the_windows_process(project: Path, tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROBE, str(project), str(tmp_path / "s"), *HEAVY],
        capture_output=True, text=True, timeout=120, check=False, cwd=Path(__file__).parents[2],
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout.splitlines()[-1])
    assert said["heavy"] == []
    assert said["early"] == []  # the window shows before it loads what only some pages need
    assert said["shown"] == ["data", "models", "results", "start", "training", "use"]


WARM = """
import sys, time
from PySide6.QtCore import QSettings
QSettings.setDefaultFormat(QSettings.Format.IniFormat)
QSettings.setPath(QSettings.Format.IniFormat, QSettings.Scope.UserScope, sys.argv[1])
from gui.app import application
app = application(["graft"])
from gui import window as module
module.WARM_AFTER = 10
from tests.gui.script_child import ScriptChild
window = module.Window(lambda: ScriptChild([]))
window.jobs.bug.connect(lambda bug: sys.exit(bug.details))
window.show()
until = time.monotonic() + 30
wanted = {name for name, _ in module._PAGES.values()}
while not wanted <= set(sys.modules) and time.monotonic() < until:
    app.processEvents()
    time.sleep(0.01)
window.close()
print(*(wanted - set(sys.modules)))
"""


def test_a_window_at_rest_loads_what_its_pages_need(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", WARM, str(tmp_path / "s")],
        capture_output=True, text=True, timeout=120, check=False, cwd=Path(__file__).parents[2],
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == []


def test_steps_wait_for_a_project(make_window, project: Path, qtbot) -> None:
    window = make_window()
    assert not any(step.isEnabled() for step in window.rail.steps.values())
    qtbot.keyClick(window, Qt.Key.Key_2, Qt.KeyboardModifier.ControlModifier)
    assert window.page.name == "start"
    window.open(project)
    qtbot.waitUntil(lambda: window.session.facts is not None)
    assert window.page.name == "data"
    assert window.rail.project.text() == "Colours"
    assert window.rail.steps["data"].state == "13" or "12" in window.rail.steps["data"].state


def test_ctrl_and_digits_go_to_pages(make_window, project: Path, qtbot) -> None:
    window = make_window(project)
    keys = (Qt.Key.Key_1, Qt.Key.Key_2, Qt.Key.Key_4, Qt.Key.Key_5, Qt.Key.Key_6)
    names = ("data", "models", "training", "results", "use")
    for key, name in zip(keys, names, strict=True):
        qtbot.keyClick(window, key, Qt.KeyboardModifier.ControlModifier)
        assert window.page.name == name
        assert window.rail.steps[name].isChecked()


def test_the_sheet_of_keys_is_made_from_the_actions(make_window, project: Path, qtbot) -> None:
    window = make_window(project)
    qtbot.keyClick(window, Qt.Key.Key_F1)
    sheets = window.findChildren(KeySheet)
    assert len(sheets) == 1
    words = {part.text() for part in sheets[0].findChildren(QLabel)}
    known = all_actions(window)
    assert {"Pages", "Data", "Everywhere"} <= known.keys()
    assert len(known["Pages"]) == len(STEPS)
    for actions in known.values():
        assert {action.text() for action in actions} <= words
    sheets[0].accept()


def test_a_project_that_is_none_is_an_error_in_the_page(make_window, tmp_path: Path, qtbot) -> None:
    window = make_window()
    window.open(tmp_path)
    qtbot.waitUntil(lambda: window.page.error is not None)
    assert window.page.error.title == "There is no project here"
    assert window.session.project is None


def test_leaving_a_project_frees_it(make_window, project: Path, qtbot) -> None:
    window = make_window(project)
    window.show_page("models")
    window.rail.leave.emit()
    assert window.page.name == "start"
    assert set(window.pages) == {"start"}
    with Project.open(project):  # nobody holds it any more
        pass


def test_closing_while_a_run_trains_asks(make_window, project: Path, qtbot) -> None:
    child = ScriptChild(epochs(), waits=True)
    window = make_window(project, make_child=lambda: child)
    window.session.train({"model": "squeezenet1_1", "epochs": 4})
    qtbot.waitUntil(lambda: window.session.live.epoch == 2)

    window.close()
    box = window.findChild(QMessageBox)
    assert window.isVisible()
    _press(box, "Keep training", qtbot)
    assert window.isVisible()
    assert child.commands == []

    window.close()
    box = next(one for one in window.findChildren(QMessageBox) if one.isVisible())
    _press(box, "Stop and save", qtbot)
    qtbot.waitUntil(lambda: not window.isVisible())
    assert child.commands == ["stop"]


def _press(box: QMessageBox, text: str, qtbot) -> None:
    button = next(one for one in box.buttons() if one.text() == text)
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)


@pytest.mark.parametrize("choice", ["light", "dark"])
def test_text_can_be_read_on_every_ground(choice: str) -> None:
    from PySide6.QtGui import QColor

    from gui.theme import CLASS_PALETTE, DARK, LIGHT, THEME, contrast

    colors = LIGHT if choice == "light" else DARK
    pairs = [
        ("text", "background"), ("text", "surface"), ("muted", "background"), ("muted", "surface"),
        ("accent_text", "surface"), ("accent_text", "background"), ("on_accent", "accent"),
        ("accent_text", "accent_soft"), ("text", "accent_soft"),
        ("good", "surface"), ("bad", "surface"), ("bad", "bad_soft"), ("text", "bad_soft"),
        ("frozen_text", "frozen_soft"), ("frozen_text", "surface"),
        ("trainable_text", "trainable_soft"), ("trainable_text", "surface"),
        ("on_reading", "reading"),
    ]  # fmt: skip
    for ink, ground in pairs:
        ratio = contrast(QColor(getattr(colors, ink)), QColor(getattr(colors, ground)))
        assert ratio >= 4.5, (ink, ground, ratio)
    for color in CLASS_PALETTE:
        assert contrast(THEME.ink_on(QColor(color)), QColor(color)) >= 4.5


def test_a_mistake_of_graft_gets_a_report_and_a_known_error_its_card(make_window, qtbot) -> None:
    window, hook = make_window(), Hook()
    hook.error.connect(window.show_error)
    hook.bug.connect(window.show_bug)
    try:
        raise ZeroDivisionError("by nothing")
    except ZeroDivisionError as error:
        hook._caught(type(error), error, error.__traceback__)
    report = window.findChild(BugReport)
    assert report.isVisible()
    assert "ZeroDivisionError: by nothing" in report.text.toPlainText()
    assert "test_window.py" in report.text.toPlainText()
    report.accept()
    known = StorageError("The disk is full", "No room.", "Make room.", details="12 bytes left")
    hook._caught(StorageError, known, None)
    assert window.page.error is known


@pytest.mark.parametrize("choice", ["light", "dark"])
def test_the_look_can_be_chosen_and_is_kept(make_window, project, choice: str, qtbot) -> None:
    from gui.theme import DARK, LIGHT, THEME

    window = make_window(project)
    window.show_page("training")
    THEME.choose(choice)
    try:
        assert THEME.colors is (DARK if choice == "dark" else LIGHT)
        ground = window.grab().toImage().pixelColor(window.width() // 2, window.height() - 3)
        assert ground == THEME.color("background")
        assert QSettings().value("theme") == choice
    finally:
        THEME.choose("system")


@pytest.mark.parametrize("allowed", ["0", "1"])
def test_the_rail_says_whether_downloads_are_allowed(
    make_window, project: Path, monkeypatch: pytest.MonkeyPatch, allowed: str
) -> None:
    monkeypatch.setenv("GRAFT_ONLINE", allowed)
    rail = make_window(project).rail
    assert rail.online.isVisible() == (allowed == "1")
    assert rail.offline.isVisible() == (allowed == "0")
