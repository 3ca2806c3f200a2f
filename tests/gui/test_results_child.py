"""Controls and shift, asked of the real child about a tiny network that was really trained."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from PySide6.QtCore import Qt

from engine.store import controls, runs
from tests.gui.result_runs import drop_on, open_view

LEFT = Qt.MouseButton.LeftButton
ROOT = Path(__file__).parents[2]
MINUTE = 60_000  # ms
TRAIN = """
import sys
from pathlib import Path
from engine import environment
environment.prepare()
from engine.training.recipe import Recipe
from engine.training.run import train
from tests import tiny
folder = Path(sys.argv[1])
model = tiny.resnet(folder / "model")
with tiny.picture_project(folder, 80) as project:
    train(project, Recipe("resnet", str(model), epochs=1, batch_size=16))
"""


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny network that was trained, in a process of its own."""
    folder = tmp_path_factory.mktemp("trained")
    subprocess.run([sys.executable, "-c", TRAIN, str(folder)], cwd=ROOT, check=True, timeout=120)
    return folder / "pictures.graft"


def test_the_real_child_answers_controls_and_they_are_there_again(
    make_window, trained: Path, qtbot
) -> None:
    page = open_view(make_window, trained, "checks")
    card = page.checks.controls
    qtbot.waitUntil(card.ask.isEnabled)
    qtbot.mouseClick(card.ask, LEFT)
    qtbot.waitUntil(lambda: not card.busy, timeout=MINUTE)
    assert card.error is None and card.result.isVisible()
    shown = card.verdict.text(), card.rest.text(), card.chart.accessibleName()
    assert "pre-training" in shown[0]
    assert len(card.chart.bars) == 5  # the run, three controls, and the starter as another backbone
    assert controls.of_run(page.session.project, 1)[0].detail["verdict"].startswith(shown[0])
    page.window().close()
    page = open_view(make_window, trained, "checks")
    card = page.checks.controls
    qtbot.waitUntil(lambda: card.result.isVisible())
    assert (card.verdict.text(), card.rest.text(), card.chart.accessibleName()) == shown


def test_the_real_child_tells_new_files_apart(make_window, trained: Path, tmp_path, qtbot) -> None:
    from PIL import Image, ImageOps

    for number, file in enumerate(sorted((trained.parent / "pictures").rglob("*.png"))[:24]):
        ImageOps.invert(Image.open(file)).save(tmp_path / f"new{number:02}.png")
    (tmp_path / "broken.png").write_bytes(b"no picture")
    page = open_view(make_window, trained, "checks")
    card = page.checks.shift
    drop_on(card, *sorted(tmp_path.glob("*.png")))
    qtbot.waitUntil(card.ask.isEnabled)
    qtbot.mouseClick(card.ask, LEFT)
    qtbot.waitUntil(lambda: not card.busy, timeout=MINUTE)
    assert card.error is None
    assert card.verdict.text() == "The new items look different from the training items"
    assert card.scale.bars[0].low > 0.5
    assert card.noted.text().startswith("broken.png was left out")
    assert len(runs.all_runs(page.session.project)) == 1
