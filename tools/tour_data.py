"""The Data page while it is worked on, for the guide: labelling, help, marks, readers, exchange.

python tools/tour_data.py [FOLDER]      only this part of the tour
"""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path
from typing import Any

from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QScrollArea, QWidget

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from driving import USUAL, Tour  # noqa: E402

from gui.theme import THEME  # noqa: E402

LEFT, NONE = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
FILMS = 96
STARTER = {"name": "graft-starter", "title": "Graft starter", "weights": None}


def tour_data(tour: Tour) -> None:
    """A project of its own: drawn films, of which some are labelled."""
    from tools.films import write_films

    films = write_films(tour.work / "films", FILMS)
    tour.window.session.close()
    tour.make("Wrist fractures", "image-classification")
    tour.import_data(tour.work / "films")
    _label_some(tour, films)
    full = tour.window.page.full
    _help(tour, full)
    _marks(tour, full)
    _classes(tour, full)
    _readers(tour)
    _exchange(tour)
    for width, height in ((1024, 680), (1920, 1080)):
        tour.window.resize(width, height)
        tour.take(f"data-{width}")
    tour.window.resize(*USUAL)


def _label_some(tour: Tour, films: list[tuple[Path, bool]]) -> None:
    from engine.store import classes, items, labels

    project = tour.window.session.project
    assert project is not None
    names = ["fracture", "no fracture", "unclear"]
    fracture, sound, unclear = classes.ensure(project, names).values()
    known = {path.name: is_broken for path, is_broken in films}
    given = [
        (item.id, fracture if known[item.path] else sound)
        for item in items.each(project)
        if item.id % 3
    ][:40]
    labels.give(project, [*given, (3, unclear), (6, unclear)], "Anna")
    tour.window.session.set(model=STARTER, recipe={"image_size": 64})
    tour.window.session.refresh(items=True)
    tour.settle()


def _help(tour: Tour, full: Any) -> None:
    full.suggestion.go.click()
    tour.wait(
        lambda: full.suggestions.said is not None and full.suggestions.said.described == FILMS,
        "the films to be described",
    )
    full.browser.filters.state.choose("unlabelled")
    full.browser.filters.order.choose("by_mix")
    tour.settle()
    full.browser.grid.select_row(3)
    full.browser.grid.setFocus()
    themed(tour, "data")
    full.suggestion.threshold.setText("0.9")
    full.suggestion.all.click()
    tour.take("data-accept-all")
    full.worth.line.ask.click()
    tour.wait(lambda: not full.worth._asked.busy, "what labels are worth")
    _in_view(full.worth)
    tour.take("data-worth")
    full.browser.filters.state.choose("all")
    full.browser.view.buttons()[1].click()
    tour.wait(lambda: full.browser.map.full.isVisible(), "the map")
    tour.take("data-map")
    full.browser.view.buttons()[0].click()
    tour.settle()


def _in_view(card: QWidget) -> None:
    """Scrolls the details to a card."""
    above = card.parentWidget()
    while above is not None and not isinstance(above, QScrollArea):
        above = above.parentWidget()
    assert above is not None
    above.ensureWidgetVisible(card)


def _marks(tour: Tour, full: Any) -> None:
    canvas = full.viewer.picture
    full.browser.grid.select_row(0)
    tour.wait(lambda: canvas.raster is not None, "the film")
    tour.settle()
    canvas.setFocus()
    for key, points in (
        (Qt.Key.Key_B, [(100, 180), (190, 290)]),
        (Qt.Key.Key_R, [(250, 300), (262, 330), (270, 360)]),
    ):
        QTest.keyClick(canvas, key)
        _drag(tour, canvas, points)
        QTest.keyClick(canvas, Qt.Key.Key_Escape)
    QTest.keyClick(canvas, Qt.Key.Key_P)
    for x, y in ((300, 120), (345, 130), (340, 220), (290, 210)):
        QTest.mouseClick(canvas, LEFT, NONE, _at(canvas, x, y))
    QTest.keyClick(canvas, Qt.Key.Key_Return)
    QTest.keyClick(canvas, Qt.Key.Key_V)
    tour.take("data-marks")
    QTest.keyClick(canvas, Qt.Key.Key_L)
    _drag(tour, canvas, [(60, 420), (340, 430)])
    QTest.keyClick(canvas, Qt.Key.Key_M)
    tour.wait(lambda: full.viewer.room.model.raster is not None, "what the model sees")
    tour.take("data-reading")
    QTest.keyClick(canvas, Qt.Key.Key_M)
    QTest.keyClick(canvas, Qt.Key.Key_V)


def _classes(tour: Tour, full: Any) -> None:
    full.classes.edit.click()
    full.class_editor.meaning.setPlainText("A line through both sides of the bone.")
    full.class_editor.keep()
    tour.take("data-classes")
    full.class_editor.closed.emit()
    full.browser.filters.search.setText("no such film")
    tour.take("data-nothing", 0.8)
    full.browser.filters.search.clear()
    tour.settle(0.6)


def _readers(tour: Tour) -> None:
    page = tour.window.page
    full = page.full
    page.show_readers()
    tour.take("data-readers")
    _read_as(page, "Bob")
    page.readers.second.click()
    tour.wait(lambda: full.browser.current is not None, "what Bob has not read")
    tour.take("data-second")
    full.browser.grid.setFocus()
    full.browser.grid.select_row(0)
    for number in range(30):
        tour.wait(lambda: full.browser.current is not None, "the next film")
        item = full.browser.current
        is_broken = int(item.path[5:8]) % 3 == 0
        full.give(1 if is_broken != (number % 8 == 3) else 2)
        tour.settle(0.05)
    page._read_blind(False)
    _read_as(page, "Anna")
    page.show_readers()
    themed(tour, "data-agreement")
    page.readers.disagreements_wanted.emit()
    tour.take("data-deciding")
    full.browser.show_all()
    tour.settle()
    _copy(tour)


def _copy(tour: Tour) -> None:
    """A copy that was worked on elsewhere."""
    from engine.store import labels
    from engine.store.project import Project

    project = tour.window.session.project
    assert project is not None
    folder = tour.work / "stick.graft"
    shutil.copytree(project.folder, folder, ignore=shutil.ignore_patterns("lock*", "cache"))
    with Project.open(folder) as copy:
        labels.give(copy, [(id, 1 + id % 2) for id in range(60, 80)], "Carla")
    labels.give(project, [(id, 2) for id in range(60, 64)], "Anna")
    page = tour.window.page
    page.show_readers()
    page.readers.look_at(folder)
    tour.take("data-copy")
    page.readers.take.click()
    tour.take("data-copied")
    page.readers.closed.emit()


def _exchange(tour: Tour) -> None:
    page = tour.window.page
    source = _annotations(tour.work / "annotated")
    page.begin_import()
    page.sheet.choose(source)
    page.sheet.where.setText("annotated/instances.json")
    tour.wait(lambda: page.sheet.form.forecast.table is not None, "the forecast")
    tour.take("import-forecast")
    page.sheet.closed.emit()
    page.begin_export()
    page.export.where.setText(str(Path("wrist-fractures-coco")))
    tour.take("data-export")
    page.export.closed.emit()
    tour.settle()


def _annotations(folder: Path) -> Path:
    """COCO boxes on drawn films, a few of them as they come out of real tools."""
    from tools.films import HIGH, WIDE, write_films

    films = write_films(folder, 12, seed=5)
    images = [
        {"id": n, "file_name": path.name, "width": WIDE, "height": HIGH}
        for n, (path, _) in enumerate(films)
    ]
    images.append({"id": 99, "file_name": "film-gone.dcm", "width": WIDE, "height": HIGH})
    boxes = [[150, 200, 60, 40], [380, 400, 80, 60], [10, 10, 0, 30], [450, 20, 30, 30]]
    document = {
        "images": images,
        "categories": [{"id": 1, "name": "fracture"}, {"id": 2, "name": "plate"}],
        "annotations": [
            {"id": n, "image_id": n % 12, "category_id": 1 + n % 2, "bbox": boxes[n % len(boxes)]}
            for n in range(30)
        ],
    }
    (folder / "instances.json").write_text(json.dumps(document), encoding="utf-8")
    return folder / "instances.json"


def _read_as(page: Any, name: str) -> None:
    page.readers.name.setText(name)
    page.readers.name.editingFinished.emit()


def _at(canvas: Any, x: float, y: float) -> QPoint:
    place: QPoint = canvas.to_widget(QPointF(x, y)).toPoint()
    return place


def _drag(tour: Tour, canvas: Any, points: list[tuple[int, int]]) -> None:
    QTest.mousePress(canvas, LEFT, NONE, _at(canvas, *points[0]))
    for point in points[1:]:
        QTest.mouseMove(canvas, _at(canvas, *point))
        tour.settle(0.05)
    QTest.mouseRelease(canvas, LEFT, NONE, _at(canvas, *points[-1]))
    tour.settle()


def themed(tour: Tour, name: str) -> None:
    for theme in ("light", "dark"):
        THEME.choose(theme)
        tour.take(f"{name}-{theme}")
    THEME.choose("light")


if __name__ == "__main__":
    from tour import main

    main(Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "docs" / "pictures", only="data")
