"""The whole job in the window with mouse and keys, the real child and real digits."""

from __future__ import annotations

import subprocess
import sys
from functools import partial
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QApplication, QWidget

from engine.exchange.digits import write_digits
from tests.gui.conftest import SHARED

MADE = """
import sys, torch, torchvision
from safetensors.torch import save_file
torch.manual_seed(0)
save_file(torchvision.models.squeezenet1_1(weights=None).state_dict(), sys.argv[1])
"""
LEFT = Qt.MouseButton.LeftButton
MINUTE = 60_000  # ms


@pytest.fixture
def weights(tmp_path: Path) -> Path:
    """Real weights where they are at hand, else random ones in the same file format."""
    real = SHARED / "weights_squeezenet1_1" / "squeezenet1_1.safetensors"
    if real.is_file():
        return real.resolve()
    made = tmp_path / "squeezenet1_1.safetensors"
    subprocess.run([sys.executable, "-c", MADE, str(made)], check=True, timeout=120)
    return made


@pytest.fixture
def digits(tmp_path: Path) -> Path:
    """Some forty of each of three digits."""
    folder = tmp_path / "digits"
    write_digits(folder, classes=(0, 1, 7))
    for one in folder.iterdir():
        for file in sorted(one.iterdir())[40:]:
            file.unlink()
    return folder


def drop_on(widget: QWidget, path: Path) -> None:
    """What a drag from the file manager sends."""
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path))])
    place, action, none = QPoint(20, 20), Qt.DropAction.CopyAction, Qt.KeyboardModifier.NoModifier
    enter = QDragEnterEvent(place, action, data, LEFT, none)
    QApplication.sendEvent(widget, enter)
    assert enter.isAccepted()
    QApplication.sendEvent(widget, QDropEvent(QPointF(place), action, data, LEFT, none))


def test_the_whole_job(make_window, tmp_path: Path, digits: Path, weights: Path, qtbot) -> None:
    window = make_window(keep_warm=True)
    control = Qt.KeyboardModifier.ControlModifier
    wait = partial(qtbot.waitUntil, timeout=2 * MINUTE)  # other work may run beside it

    # A new project
    page = window.page
    page.folder.setText(str(tmp_path))
    page.project_name.setFocus()
    qtbot.keyClicks(page.project_name, "Digits")
    qtbot.mouseClick(page.create_button, LEFT)
    wait(lambda: window.session.facts is not None)

    # Import
    page = window.page
    drop_on(page, digits)
    wait(lambda: page.sheet.steps.currentIndex() == 1)
    qtbot.mouseClick(page.sheet.form.button, LEFT)
    wait(lambda: page.sheet.report is not None)
    wait(lambda: window.session.facts.counts["items"] == 120)
    page.sheet.close_sheet()
    wait(lambda: page.full.browser.model.rowCount() == 120 and page.full.browser.model.loaded > 0)

    # A model with its weights
    qtbot.keyClick(window, Qt.Key.Key_2, control)
    page = window.page
    wait(lambda: page.stack.currentWidget() is page.full)
    wait(lambda: page.table.current is not None)
    drop_on(page, weights)
    wait(lambda: page._question is not None)
    here_only = next(one for one in page._question.buttons if one.text() == "Use it here only")
    qtbot.mouseClick(here_only, LEFT)
    wait(lambda: window.session.facts.model is not None)
    assert window.session.facts.model["name"] == "squeezenet1_1"

    # What learns: the real child describes the network
    qtbot.keyClick(window, Qt.Key.Key_3, control)
    page = window.page
    wait(lambda: bool(page.learning or page.error))
    assert page.error is None
    states = [page.learning.of(stage).kind for stage in page.studies.network.stages]
    assert states == ["frozen"] * (len(states) - 1) + ["learns"]
    buttons = page.presets.segments.buttons()
    next(one for one in buttons if one.text() == "Feature extraction").click()

    # Train
    qtbot.keyClick(window, Qt.Key.Key_4, control)
    page = window.page
    field = page.form._fields["epochs"]
    field.setFocus()
    field.selectAll()
    qtbot.keyClicks(field, "3")
    qtbot.keyClick(field, Qt.Key.Key_Return)
    wait(lambda: window.session.facts.recipe.get("epochs") == 3)
    qtbot.mouseClick(page.train, LEFT)
    wait(lambda: window.session.live is not None)
    wait(lambda: window.session.live is None, timeout=3 * MINUTE)
    assert page.error is None
    wait(lambda: window.session.facts.usable != [])
    run = window.session.facts.runs[0]
    assert (run.state, run.epochs) == ("finished", 3)
    assert len(page._curves.get("validation/loss")[0]) == 3

    # Results, and the pictures in a cell
    qtbot.mouseClick(page.runs.results, LEFT)
    page = window.page
    assert page.name == "results"
    wait(lambda: page.judged is not None)
    assert page.judged.summary.items == window.session.facts.counts["test"]
    true, predicted = int(page.judged.targets[0]), int(page.judged.predicted[0])
    at = page.matrix.cell_rect(true, predicted).center().toPoint()
    qtbot.mouseClick(page.matrix, LEFT, pos=at)
    there = page.judged.summary.confusion[true, predicted]
    wait(lambda: page.cell.model.rowCount() == there)
    qtbot.mouseClick(page.cell.open, LEFT)
    assert window.page.name == "data"

    # Use it on a file it has not seen
    qtbot.keyClick(window, Qt.Key.Key_6, control)
    page = window.page
    drop_on(page, next((digits / "7").iterdir()))
    wait(lambda: page.predictions.model.rowCount() == 1)
    row = page.predictions.model.rows[0]
    assert row["class"] in ("0", "1", "7")
    assert sum(row["probabilities"].values()) == pytest.approx(1.0, abs=1e-4)
    assert page.error is None

    # Close it and find all of it again
    folder = window.session.project.folder
    window.close()
    again = make_window(folder)
    again.show_page("training")
    wait(lambda: len(again.page._curves.get("validation/loss")[0]) == 3)
    again.show_page("results")
    wait(lambda: again.page.judged is not None)


def test_pause_stop_and_resume_with_the_real_child(
    make_window, tmp_path: Path, digits: Path, weights: Path, qtbot
) -> None:
    from engine.exchange.importing import import_source
    from engine.store.project import Project

    folder = tmp_path / "Digits.graft"
    with Project.create(folder, "image-classification") as made:
        import_source(made, digits)
        made.settings_set(
            model={"name": "squeezenet1_1", "title": "SqueezeNet", "weights": str(weights)},
            recipe={"epochs": 400},
        )
    window = make_window(folder)
    window.show_page("training")
    wait = partial(qtbot.waitUntil, timeout=2 * MINUTE)
    page = window.page
    qtbot.mouseClick(page.train, LEFT)
    wait(lambda: window.session.live.epoch >= 2)

    page.controls.pause.click()
    wait(lambda: window.session.live.activity == "Paused")
    page.controls.pause.click()
    paused_at = window.session.live.epoch
    wait(lambda: window.session.live.epoch > paused_at)

    page.controls.stop.click()
    wait(lambda: window.session.live is None)
    wait(lambda: window.session.facts.runs[0].state == "stopped")
    before = window.session.facts.runs[0].epochs
    assert before >= paused_at - 1

    wait(lambda: page.runs.resume.isEnabled() and page.runs.resume.isVisible())
    qtbot.mouseClick(page.runs.resume, LEFT)
    wait(lambda: window.session.live is not None)
    wait(lambda: window.session.live.epoch > before + 1)
    window.session.live.kill()
    wait(lambda: window.session.live is None)
    assert page.error.kind == "crashed"  # nobody had asked it to stop
