"""The map of the items with 10,000 and 100,000 of them: shown, panned, zoomed, selected.

    python -m benchmarks.mapping

Prints one table of ms, median / p95 / longest; each frame is an event of mouse, wheel or keys and
the painting that follows it. Places are made here, in 77 heaps, half of the items are labelled.
Driven offscreen where there is no screen; QT_SCALE_FACTOR=2 measures a fine one.
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

if sys.platform.startswith("linux") and not os.environ.get("DISPLAY"):
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

SIZES = (10_000, 100_000)
CLASSES, FRAMES = 77, 120
WIDE, HIGH = 800, 900  # px
PATIENCE = 60.0  # seconds for any one step


def mapped_project(folder: Path, number: int) -> Path:
    from engine.store import classes, items, labels
    from engine.store.items import NewItem
    from engine.store.project import Project
    from engine.suggesting import files

    draw = np.random.default_rng(0)
    path = folder / f"{number}.graft"
    with Project.create(path, "text-classification") as made:
        source = items.source_id(made, folder)
        items.add(
            made, source,
            (NewItem("all.csv", "text", f"h{n}", 10, position=n + 1, text=f"text {n}")
             for n in range(number)),
        )  # fmt: skip
        known = list(classes.ensure(made, [f"class {n:02}" for n in range(CLASSES)]).values())
        heap = draw.integers(0, CLASSES, number)
        labels.give(made, ((n + 1, known[heap[n]]) for n in range(0, number, 2)), "Ann")
        laid = np.zeros(number, files.PLACE)
        laid["item"] = np.arange(1, number + 1)
        middles = draw.uniform(-1, 1, (CLASSES, 2))
        laid["x"], laid["y"] = (middles[heap] + draw.normal(0, 0.06, (number, 2))).T
        features = np.zeros(number, files.feature(4))
        features["item"] = laid["item"]
        place = files.folder(made)
        files.write(place, "features-made", features)
        files.write(place, "map-made", laid)
        files.set_current(place, key="made", model="none", width=4, kind="text")
    return path


class Driver:
    """The map in a window of its own, and how long a frame takes in it."""

    def __init__(self) -> None:
        from gui.app import application
        from gui.children import Children
        from gui.data.mapping.map_view import MapView
        from gui.jobs import Jobs
        from gui.session import Session

        self.app = application(["graft"])
        self.session = Session(Jobs(), Children(keep_warm=False))
        self.view = MapView(self.session)
        self.view.resize(WIDE, HIGH)

    def until(self, ready: Callable[[], Any]) -> float:
        """Ms until it is so."""
        began = time.perf_counter()
        while not ready():
            self.app.processEvents()
            if time.perf_counter() - began > PATIENCE:
                raise TimeoutError
        return (time.perf_counter() - began) * 1000

    def frames(self, act: Callable[[int], None], number: int = FRAMES) -> list[float]:
        """Ms of each event and its painting."""
        times = []
        for step in range(number):
            began = time.perf_counter()
            act(step)
            self.view.chart.repaint()
            times.append((time.perf_counter() - began) * 1000)
            self.app.processEvents()
        return times

    def close(self) -> None:
        self.view.close()
        self.session.close()
        self.session.processes.close()
        self.session.jobs.close()


def measure(driver: Driver, number: int, folder: Path) -> list[tuple[str, list[float], str]]:
    from PySide6.QtCore import QPoint, QPointF, Qt
    from PySide6.QtTest import QTest

    view, chart = driver.view, driver.view.chart
    driver.session.open(mapped_project(folder, number))
    driver.until(lambda: driver.session.facts is not None)
    view.show()
    opened = driver.until(lambda: len(chart.points) == number)
    ids = chart.points.ids.copy()
    classes = np.array([cls.id for cls in driver.session.facts.classes])  # type: ignore[union-attr]
    middle, right = QPoint(300, 300), Qt.MouseButton.RightButton
    rows = [("read and shown", [opened], "")]
    everything = driver.frames(lambda step: chart.refresh(), 12)
    rows.append(("drawn anew", everything, ""))

    def wheel(notches: int) -> None:
        chart.zoom(1.25**notches, QPointF(middle))

    rows.append(
        ("zoom by one notch", driver.frames(lambda step: wheel(1 if step < 6 else -1), 12), "16")
    )
    wheel(4)
    time.sleep(0.15)
    driver.until(lambda: not chart._rest.isActive())
    chart.repaint()
    QTest.mousePress(chart, right, pos=middle)
    pan = driver.frames(
        lambda step: QTest.mouseMove(chart, middle + QPoint(round(250 * np.sin(step / 12)), step))
    )
    QTest.mouseRelease(chart, right, pos=middle)
    rows.append(("pan", pan, "16"))
    hover = driver.frames(lambda step: QTest.mouseMove(chart, QPoint(100 + 4 * step, 300)))
    rows.append(("hover", hover, "16"))
    chart.fit()
    chart.repaint()
    left = Qt.MouseButton.LeftButton
    loop = [
        QPoint(round(350 + 250 * np.cos(t)), round(300 + 250 * np.sin(t)))
        for t in np.linspace(0, 6.2, FRAMES)
    ]
    QTest.mousePress(chart, left, pos=loop[0])
    rows.append(
        ("lasso, drawing", driver.frames(lambda step: QTest.mouseMove(chart, loop[step])), "16")
    )
    let_go = driver.frames(lambda step: QTest.mouseRelease(chart, left, pos=loop[-1]), 1)
    rows.append((f"lasso, let go ({int(chart.chosen.sum()):,} selected)", let_go, "50"))
    label = driver.frames(
        lambda step: view.change({int(id): int(classes[step]) for id in ids[step::2000]}), 20
    )
    rows.append(("labels given to some", label, "50"))
    said = np.tile(classes, len(ids) // len(classes) + 1)[: len(ids)]
    rows.append(
        ("suggestions for all", driver.frames(lambda s: view.show_suggestions(ids, said), 5), "50")
    )
    arrows = driver.frames(lambda step: QTest.keyClick(chart, Qt.Key.Key_Right), 20)
    rows.append(("arrow key", arrows, "16"))
    view.hide()
    driver.session.close()
    return rows


def main() -> None:
    from PySide6.QtCore import QSettings

    with tempfile.TemporaryDirectory(prefix="graft-mapping-") as name:
        folder = Path(name)
        QSettings.setDefaultFormat(QSettings.Format.IniFormat)
        QSettings.setPath(QSettings.Format.IniFormat, QSettings.Scope.UserScope, name)
        driver = Driver()
        for number in SIZES:
            print(f"{number:,} items, {WIDE} x {HIGH} px")
            for what, times, most in measure(driver, number, folder):
                figures = (
                    f"{np.median(times):7.1f} {np.quantile(times, 0.95):7.1f} {max(times):7.1f}"
                )
                print(f"  {what:42} {figures} ms   {most}")
        driver.close()


if __name__ == "__main__":
    main()
