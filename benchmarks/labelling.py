"""The labeller with 100,000 items: open, scroll, label, filter, sort, and 500 boxes.

    python -m benchmarks.labelling

Prints one table. The pictures are made here (JPEG, 640 x 480), 100,000 names of 400 files. A
window of its own is driven offscreen where there is no screen, with real keys, wheel and mouse.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import psutil

ROOT = Path(__file__).resolve().parents[1]
if sys.platform.startswith("linux") and not os.environ.get("DISPLAY"):
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

ITEMS, FILES, BOXES = 100_000, 400, 500
LABELS, FRAMES = 300, 300
PATIENCE = 60.0  # seconds for any one step
FRAME = 1 / 60


def large_project(folder: Path) -> Path:
    """Half of its items are labelled."""
    from PIL import Image

    from engine.labels.marks import Mark, new_uid
    from engine.labels.shapes import Box
    from engine.media.hashing import hash_file
    from engine.store import classes, items, labels, marks
    from engine.store.items import NewItem
    from engine.store.project import Project

    pictures = folder / "pictures"
    pictures.mkdir()
    draw = np.random.default_rng(0)
    known = []
    for number in range(FILES):
        coarse = draw.integers(0, 255, (30, 40, 3), np.uint8)
        file = pictures / f"original-{number:03}.jpg"
        Image.fromarray(coarse).resize((640, 480), Image.Resampling.BICUBIC).save(file, quality=90)
        known.append((file, hash_file(file), file.stat().st_size))
    path = folder / "Large.graft"
    with Project.create(path, "image-classification") as made:
        source = items.source_id(made, pictures)
        new = []
        for number in range(ITEMS):
            file, hash, size = known[number % FILES]
            name = f"{number % 97:02}/{number:06}.jpg"
            (pictures / name).parent.mkdir(exist_ok=True)
            os.link(file, pictures / name)
            new.append(
                NewItem(name, "image", hash, size, float(number % 977), width=640, height=480)
            )
        items.add(made, source, new)
        ids = list(classes.ensure(made, ["normal", "fracture", "unclear"]).values())
        labels.give(made, ((n + 1, ids[n % 3]) for n in range(0, ITEMS, 2)), "Ann")
        corners = draw.uniform(0, 560, (BOXES, 2))
        boxes = [Box(x, min(y, 420), x + 60, min(y, 420) + 50) for x, y in corners]
        marks.put(made, [Mark(new_uid(), ITEMS, ids[0], box) for box in boxes], "Ann")
    return path


class Driver:
    """The window, and how long things take in it."""

    def __init__(self, folder: Path) -> None:
        from PySide6.QtCore import QSettings

        QSettings.setDefaultFormat(QSettings.Format.IniFormat)
        scope = QSettings.Scope.UserScope
        QSettings.setPath(QSettings.Format.IniFormat, scope, str(folder / "settings"))
        from gui.app import application
        from gui.window import Window

        self.app = application(["graft"])
        self.window = Window(keep_warm=False)
        self.window.resize(1440, 900)
        self.window.show()
        self.rest(1.0)

    @property
    def page(self) -> Any:
        return self.window.pages["data"]

    def rest(self, seconds: float) -> None:
        until = time.perf_counter() + seconds
        while time.perf_counter() < until:
            self.app.processEvents()
            time.sleep(0.002)

    def until(self, ready: Callable[[], Any]) -> float:
        """Seconds until it is so. It sleeps between two looks, as the window's own loop does: one
        that never sleeps takes the interpreter away from the threads that work."""
        began = time.perf_counter()
        while not ready():
            self.app.processEvents()
            time.sleep(0.0005)
            if time.perf_counter() - began > PATIENCE:
                raise TimeoutError
        return time.perf_counter() - began


def opening(driver: Driver, project: Path) -> float:
    """Seconds until the items are listed and the first of them is on the screen."""
    began = time.perf_counter()
    driver.window.open(project)
    driver.until(lambda: "data" in driver.window.pages)
    driver.until(lambda: driver.page.full.browser.model.rowCount() == ITEMS)
    driver.until(lambda: driver.page.full.browser.current is not None)
    driver.page.full.browser.grid.viewport().repaint()
    return time.perf_counter() - began


def scrolling(driver: Driver) -> list[float]:
    """Ms that each frame took, of a wheel that turns sixty times a second."""
    from PySide6.QtCore import QPoint, QPointF, Qt
    from PySide6.QtGui import QWheelEvent
    from PySide6.QtWidgets import QApplication

    view = driver.page.full.browser.grid.viewport()
    times = []
    for _ in range(FRAMES):
        began = time.perf_counter()
        wheel = QWheelEvent(
            QPointF(50, 50), view.mapToGlobal(QPointF(50, 50)), QPoint(), QPoint(0, -120),
            Qt.MouseButton.NoButton, Qt.KeyboardModifier.NoModifier,
            Qt.ScrollPhase.NoScrollPhase, False,
        )  # fmt: skip
        QApplication.sendEvent(view, wheel)
        driver.app.processEvents()
        view.repaint()
        took = time.perf_counter() - began
        times.append(took * 1000)
        driver.rest(max(0.0, FRAME - took))
    return times


def labelling(driver: Driver) -> tuple[list[float], list[float]]:
    """Ms from a key to the label in SQLite (asked by another connection), and to that and the
    next picture on the screen."""
    import sqlite3

    from PySide6.QtCore import Qt
    from PySide6.QtTest import QTest

    page, grid = driver.page, driver.page.full.browser.grid
    project = driver.window.session.project
    other = sqlite3.connect(project.database, timeout=10)
    grid.select_row(2000)
    grid.setFocus()
    driver.rest(1.0)
    shown: list[int] = []
    page.full.viewer.room.shown.connect(lambda: shown.append(page.full.viewer.item.id))
    durable, whole = [], []
    for number in range(LABELS):
        row = grid.currentIndex().row()
        item, following = page.full.browser.model.id_at(row), page.full.browser.model.id_at(row + 1)
        said = other.execute("SELECT count(*) FROM label WHERE item_id = ?", [item]).fetchone()[0]
        before = page.full.browser.current.class_id
        classes = [cls.id for cls in driver.window.session.facts.classes]
        digit = next(n for n, cls in enumerate(classes, 1) if cls != before and (n + number) % 2)
        began = time.perf_counter()
        QTest.keyClick(grid, Qt.Key(Qt.Key.Key_0 + digit))

        def stored(item: int = item, said: int = said) -> bool:
            sql = "SELECT count(*) FROM label WHERE item_id = ?"
            return bool(other.execute(sql, [item]).fetchone()[0] > said)

        driver.until(stored)
        durable.append((time.perf_counter() - began) * 1000)
        driver.until(lambda following=following: following in shown)
        page.full.viewer.picture.repaint()
        whole.append((time.perf_counter() - began) * 1000)
        driver.rest(0.1)  # ten labels a second are more than a reader gives
    other.close()
    return durable, whole


def listing(driver: Driver) -> dict[str, float]:
    """Ms that filters, searches and orders take until the list is there."""
    browser = driver.page.full.browser
    arrived: list[int] = []
    browser.arrived.connect(lambda: arrived.append(1))
    found = {}

    def ask(name: str, change: Callable[[], Any]) -> None:
        driver.rest(0.3)
        arrived.clear()
        began = time.perf_counter()
        change()
        driver.until(lambda: arrived)
        browser.grid.viewport().repaint()
        found[name] = (time.perf_counter() - began) * 1000

    for state in ("unlabelled", "labelled", "flagged", "all"):
        ask(f"filter: {state}", lambda state=state: browser.filters.state.choose(state))
    for order in ("name", "newest", "labelled-last", "added"):
        ask(f"order: {order}", lambda order=order: browser.filters.order.choose(order))
    ask("class", lambda: browser.filters.by_class.setCurrentIndex(1))
    ask("any class", lambda: browser.filters.by_class.setCurrentIndex(0))

    def search(words: str) -> None:
        browser.filters.search.setText(words)
        browser.refresh()  # what Enter does; typing waits a moment for the next letter

    ask("search", lambda: search("0123"))
    ask("no search", lambda: search(""))
    return found


def dragging(driver: Driver) -> list[float]:
    """Ms that each frame of a drag took, with 500 boxes on the picture."""
    from PySide6.QtCore import QPointF, Qt
    from PySide6.QtTest import QTest

    page = driver.page
    page.full.browser.show_item(ITEMS)
    driver.until(lambda: len(page.full.desk.shown) == BOXES)
    driver.until(lambda: page.full.viewer.picture.raster is not None)
    canvas = page.full.viewer.picture
    canvas.setFocus()
    QTest.keyClick(canvas, Qt.Key.Key_V)
    driver.rest(0.5)
    box = page.full.desk.shown[0].shape
    start = QPointF((box.left + box.right) / 2, (box.top + box.bottom) / 2)
    press = canvas.to_widget(start).toPoint()
    QTest.mousePress(canvas, Qt.MouseButton.LeftButton, pos=press)
    times = []
    for step in range(FRAMES):
        began = time.perf_counter()
        way = QPointF(80 * np.sin(step / 20), 60 * np.cos(step / 20))
        QTest.mouseMove(canvas, canvas.to_widget(start + way).toPoint())
        driver.app.processEvents()
        took = time.perf_counter() - began
        times.append(took * 1000)
        driver.rest(max(0.0, FRAME - took))
    QTest.mouseRelease(canvas, Qt.MouseButton.LeftButton, pos=press)
    driver.rest(0.5)
    return times


def at(times: list[float], percent: float) -> str:
    return f"{np.percentile(times, percent):.1f} ms"


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="graft-labelling-") as place:
        folder = Path(place)
        project = large_project(folder)
        driver = Driver(folder)
        rows = [("open, first item on the screen", f"{opening(driver, project):.2f} s", "1 s")]
        driver.rest(4.0)  # what is loaded ahead of need
        frames = scrolling(driver)
        rows.append(("a frame while scrolling, p95", at(frames, 95), "16 ms"))
        durable, whole = labelling(driver)
        rows.append(("key to label in SQLite, p50", at(durable, 50), ""))
        rows.append(("key to label in SQLite, p99", at(durable, 99), ""))
        rows.append(("key to label in SQLite and next picture, p50", at(whole, 50), ""))
        rows.append(("key to label in SQLite and next picture, p99", at(whole, 99), "50 ms"))
        asked = listing(driver)
        slowest = max(asked, key=lambda name: asked[name])
        rows.append((f"slowest of {len(asked)} filters and orders ({slowest})",
                     f"{asked[slowest]:.0f} ms", "200 ms"))  # fmt: skip
        drags = dragging(driver)
        rows.append(("a frame of a drag among 500 boxes, p95", at(drags, 95), "16 ms"))
        memory = psutil.Process().memory_info().rss / 1e6
        rows.append(("memory of the window's process", f"{memory:.0f} MB", "500 MB"))
        driver.window.close()
        driver.rest(0.2)
    for what, value, wanted in rows:
        print(f"{what:62} {value:>12}   {wanted}")


if __name__ == "__main__":
    main()
