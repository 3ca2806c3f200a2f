"""The Data page while it is worked on, for the guide: labelling, classes, readers.

python tools/tour_data.py [FOLDER]      only this part of the tour
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from driving import Tour  # noqa: E402

from gui.theme import THEME  # noqa: E402


def tour_data(tour: Tour) -> None:
    """Of a project with labelled digits that is open."""
    tour.go("data")
    page = tour.window.page
    tour.wait(lambda: page.full.browser.model.rowCount() > 0, "items")
    page.full.browser.grid.select_row(3)
    _themed(tour, "data")
    page.full.classes.edit.click()
    tour.take("data-classes")
    page.full.class_editor.meaning.setPlainText("A closed loop above and a stroke below it.")
    page.full.class_editor.keep()
    page.full.class_editor.closed.emit()
    tour.take("data-meaning")
    page.full.browser.filters.state.choose("unlabelled")
    tour.take("data-nothing")
    page.full.browser.filters.state.choose("all")
    tour.settle()
    _second_reading(tour)
    _copy(tour)
    for width, height in ((1024, 680), (1920, 1080)):
        tour.window.resize(width, height)
        tour.take(f"data-{width}")
    tour.window.resize(1440, 900)


def _second_reading(tour: Tour) -> None:
    page = tour.window.page
    page.show_readers()
    tour.take("data-readers")
    page.readers.name.setText("Bob, second reader")
    page.readers.name.editingFinished.emit()
    page._read_blind(True)
    tour.wait(lambda: page.full.browser.model.rowCount() > 0, "what is not read yet")
    tour.take("data-second")
    page.full.browser.grid.select_row(0)
    tour.settle()
    for number in range(40):
        facts = tour.window.session.facts
        assert facts is not None
        place = page.full.browser.model.row_of(page.full.browser.current_id)
        digit = 1 + (place // 9 + (number % 7 == 0)) % 5
        QTest.keyClick(page.full.browser.grid, Qt.Key(Qt.Key.Key_0 + digit))
        tour.settle(0.05)
    page._read_blind(False)
    page.show_readers()
    _themed(tour, "data-agreement")
    page._decide()
    tour.take("data-deciding")
    page.full.browser.filters.state.choose("all")
    tour.settle()


def _copy(tour: Tour) -> None:
    """A copy that was worked on elsewhere."""
    from engine.store import labels
    from engine.store.project import Project

    project = tour.window.session.project
    assert project is not None
    folder = tour.work / "stick.graft"
    shutil.copytree(project.folder, folder, ignore=shutil.ignore_patterns("lock*", "cache"))
    with Project.open(folder) as copy:
        labels.give(copy, [(id, 1 + id % 5) for id in range(1, 30)], "Carla")
    labels.give(project, [(id, 2) for id in range(10, 14)], "Ann")
    page = tour.window.page
    page.show_readers()
    page.readers.look_at(folder)
    tour.take("data-copy")
    page.readers.take.click()
    tour.take("data-copied")
    page.readers.closed.emit()


def _themed(tour: Tour, name: str) -> None:
    for theme in ("light", "dark"):
        THEME.choose(theme)
        tour.take(f"{name}-{theme}")
    THEME.choose("light")


if __name__ == "__main__":
    from tour import main

    main(Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "docs" / "pictures", only="data")
