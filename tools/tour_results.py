"""Runs side by side and the checks of a run, for the guide.

python tools/tour_results.py [FOLDER]      only this part of the tour
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from driving import USUAL, Tour  # noqa: E402
from PIL import Image, ImageOps  # noqa: E402
from PySide6.QtCore import Qt  # noqa: E402

from gui.theme import THEME  # noqa: E402

SIDE = 64  # px of pictures and of what the weights were earned on: a training takes seconds


def train(tour: Tour, preset: str, **recipe: Any) -> None:
    session = tour.window.session
    session.set(preset=preset, recipe=recipe)
    tour.wait(lambda: session.facts.preset == preset and session.facts.recipe == recipe, "settings")
    tour.train()


def one_run(tour: Tour) -> None:
    """What the comparison says as long as there is one run."""
    tour.go("results")
    tour.window.page.show_view("compare")
    tour.take("results-compare-empty")
    tour.window.page.show_view("result")


def compare(tour: Tour) -> None:
    page = show(tour, "compare")
    view = page.compare
    tour.wait(lambda: len(view.comparing.lines) == len(view.comparing.runs), "the figures")
    third = view.comparing.runs[2].id
    if third not in view.comparing.places:
        view.comparing.turn(third)
    settled(tour)
    view.picker.setFocus(Qt.FocusReason.TabFocusReason)
    tour.take("results-compare")
    bar = view.full.verticalScrollBar()
    bar.setValue(bar.maximum())
    tour.take("results-compare-settings")
    bar.setValue(0)


def checks(tour: Tour, data: Path) -> None:
    page = show(tour, "checks")
    view = page.checks
    tour.take("results-checks-ready")
    view.controls.ask.click()
    tour.wait(
        lambda: view.controls.bar.maximum() > 0 or not view.controls.busy,
        "progress of the controls",
    )
    tour.save(tour.window, "results-checks-running")
    tour.wait(lambda: not view.controls.busy, "the controls")
    view.shift.which.choose("new")
    view.shift.new.add([inverted(tour, data)])
    tour.wait(lambda: len(view.shift.new), "the files")
    tour.settle()
    view.shift.ask.click()
    tour.wait(lambda: not view.shift.busy, "the shift")
    tour.take("results-checks")


def inverted(tour: Tour, data: Path) -> Path:
    """Pictures as another scanner would give them, and a file that is none."""
    folder = tour.work / "new scanner"
    if not folder.is_dir():
        folder.mkdir()
        for number, file in enumerate(sorted(data.rglob("*.png"))[::20]):
            ImageOps.invert(Image.open(file).convert("L")).save(folder / f"new{number:02}.png")
        (folder / "not a picture.png").write_text("this is no picture")
    return folder


def looks(tour: Tour) -> None:
    for view, states in (
        ("compare", ("dark", (1280, 800), (1000, 640))), ("checks", ("dark", (1000, 640))),
    ):  # fmt: skip
        show(tour, view)
        for state in states:
            if state == "dark":
                THEME.choose("dark")
                tour.take(f"results-{view}-dark", 0.6)
                THEME.choose("light")
            else:
                tour.window.resize(*state)
                tour.take(f"results-{view}-{state[0]}x{state[1]}", 0.6)
        tour.window.resize(*USUAL)
    tour.window.page.show_view("result")
    tour.settle()


def show(tour: Tour, view: str) -> Any:
    tour.go("results")
    page = tour.window.page
    page.show_view(view)
    tour.settle(0.2)
    return page


def settled(tour: Tour) -> None:
    comparing = tour.window.page.compare.comparing
    tour.wait(
        lambda: all(comparing.verdict(run) is not None for run in comparing.others), "the verdicts"
    )
    tour.wait(lambda: comparing.together is not None, "the curves")


def tour_results(tour: Tour, data: Path) -> None:
    """Needs two runs that have ended; trains a third, that takes seconds."""
    slow = {"epochs": 30, "lr": 0.0003, "label_smoothing": 0.1, "image_size": SIDE}
    train(tour, "feature-extraction", **slow)
    compare(tour)
    checks(tour, data)
    looks(tour)
    shutil.rmtree(tour.work / "new scanner")


def alone(tour: Tour, data: Path) -> None:
    """From a project with a chosen model, without the rest of the tour."""
    train(tour, "feature-extraction", epochs=30, image_size=SIDE)
    one_run(tour)
    train(tour, "last-block", epochs=3, image_size=SIDE)
    tour_results(tour, data)


if __name__ == "__main__":
    from tour import main

    target = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "docs" / "pictures"
    main(target, only="results")
