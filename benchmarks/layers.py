"""The Layers page: how soon a network's tree is on the screen, how soon a click is answered.

    python -m benchmarks.layers [MODEL ...]

Prints one table for each model, taken in a window of its own with a real child; offscreen
where there is no screen. A click counts from the mouse button to the last figure painted.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.window import Pauses, run_loop, small_project  # also chooses the platform

MODELS = ("efficientnet_v2_l", "resnet18", "google-bert/bert-base-uncased")
Row = tuple[str, str, str]


def timed(app: Any, work: Callable[[], object]) -> float:
    """ms until the work is done and all it changed is painted."""
    began = time.perf_counter()
    work()
    app.processEvents()
    return 1000 * (time.perf_counter() - began)


def percentile(times: list[float], share: float) -> float:
    return sorted(times)[min(len(times) - 1, int(share * len(times)))]


def on_screen(window: Any, app: Any) -> float:
    """Seconds from the visit of the page to a painted tree, with a child that waits."""
    began = time.perf_counter()
    window.show_page("layers")
    page = window.page
    while page.learning is None:
        app.processEvents()
        time.sleep(0.001)
    app.processEvents()
    return time.perf_counter() - began


def clicks(page: Any, app: Any) -> list[float]:
    """Each stage's pill is clicked, several times over."""
    from PySide6.QtCore import Qt
    from PySide6.QtTest import QTest

    from gui.layers.cells import pill_rect
    from gui.layers.tree_model import LEARNING

    found = []
    for stage in page.studies.network.stages * 3:
        index = page.tree.rows.index_of(stage, LEARNING)
        if not index.isValid():  # it stands in a row of repeats
            continue
        page.tree.scrollTo(index)
        app.processEvents()
        place = pill_rect(page.tree.visualRect(index)).center()
        before = page.learning
        click = lambda place=place: QTest.mouseClick(  # noqa: E731
            page.tree.viewport(), Qt.MouseButton.LeftButton, pos=place
        )
        found.append(timed(app, click))
        assert page.learning is not before, "the click changed nothing"
    return found


def boundary(page: Any, app: Any) -> list[float]:
    """The boundary goes through the whole network, as with a mouse that is held."""
    places = [*range(page.strip.most, -1, -1)]
    found = [timed(app, lambda place=place: page.edits.drag(place)) for place in places]
    page.edits.boundary(places[-1])
    return found


def searches(page: Any, app: Any) -> list[float]:
    words = "norm 1"
    return [
        timed(app, lambda n=n: page.tree.search(words[:n])) for n in [*range(1, len(words) + 1), 0]
    ]


def measure(window: Any, app: Any) -> list[Row]:
    from gui.layers.network import Described

    shown = on_screen(window, app)
    page = window.page
    description = page.studies.network.description
    builds = [timed(app, lambda: Described(description, {})) for _ in range(5)]
    modules, rows = len(description["modules"]), len(page.studies.network.tree.nodes)
    first = clicks(page, app)
    dragged = boundary(page, app)
    found = searches(page, app)
    opened = timed(app, page.tree.expandAll)
    bar, pauses = page.tree.verticalScrollBar(), Pauses()
    for step in range(200):
        bar.setValue(bar.maximum() * step // 200)
        run_loop(0.01)
    p99, longest = pauses.stop()
    open_clicks = clicks(page, app)
    return [
        (f"tree on screen, {modules:,} modules, {rows:,} rows", f"{shown:.2f} s", "1 s"),
        ("  of that in the window: rows made", f"{statistics.median(builds):.1f} ms", ""),
        ("click on a stage to all figures, median", f"{statistics.median(first):.1f} ms", "100 ms"),
        ("  longest", f"{max(first):.1f} ms", "100 ms"),
        ("  longest, all rows open", f"{max(open_clicks):.1f} ms", "100 ms"),
        ("boundary dragged by a block, p95", f"{percentile(dragged, 0.95):.1f} ms", "100 ms"),
        ("letter in the search, longest", f"{max(found):.1f} ms", ""),
        ("all rows opened", f"{opened:.1f} ms", ""),
        ("scrolling through all rows, p99", f"{p99:.1f} ms", "16 ms"),
        ("  longest", f"{longest:.1f} ms", "50 ms"),
    ]


def prepare(folder: Path, name: str) -> Path:
    """A project of the right kind that has chosen the model."""
    from engine.models import catalogue
    from engine.store.project import Project

    entry = catalogue.find(name)
    if entry is not None and entry.task.startswith("text"):
        path = folder / "Texts.graft"
        Project.create(path, "text-classification").close()
    else:
        path = small_project(folder)
    with Project.open(path) as made:
        made.settings_set(model={"name": name, "title": name, "weights": None}, preset="last-block")
    return path


def run(name: str) -> None:
    from PySide6.QtCore import QSettings

    from gui.app import application
    from gui.window import Window

    with tempfile.TemporaryDirectory(prefix="graft-layers-") as place:
        folder = Path(place)
        QSettings.setDefaultFormat(QSettings.Format.IniFormat)
        QSettings.setPath(QSettings.Format.IniFormat, QSettings.Scope.UserScope, str(folder / "s"))
        app = application(["graft"])
        window = Window(keep_warm=True)
        window.resize(1440, 900)
        window.show()
        window.open(prepare(folder, name))
        while window.session.facts is None:
            run_loop(0.01)
        run_loop(15.0)  # by then a child waits with its libraries loaded
        print(name)
        for what, value, wanted in measure(window, app):
            print(f"  {what:54} {value:>12}   {wanted}")
        window.close()


def main() -> None:
    names = sys.argv[1:]
    if len(names) == 1:
        run(names[0])
        return
    import subprocess

    for name in names or MODELS:  # each in a process of its own
        subprocess.run([sys.executable, "-m", "benchmarks.layers", name], check=True)


if __name__ == "__main__":
    main()
