"""The Model page: how soon it is there with 300 models, and how soon a letter is answered.

    python -m benchmarks.models

In a window of its own, offscreen where there is no screen. The catalogue is filled up to 300
with copies under other names. A letter counts from the key to the last row painted.
"""

from __future__ import annotations

import dataclasses
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

from benchmarks.layers import percentile, timed
from benchmarks.window import run_loop, small_project  # also chooses the platform

MANY, VISITS = 300, 5
TYPED = ("resnet", "vit base", "image net small", "conv")


def fill_up() -> None:
    from engine.models import catalogue

    known = catalogue.entries()
    more = [
        dataclasses.replace(known[place % len(known)], name=f"copy-{place}", title=f"Copy {place}")
        for place in range(MANY - len(known))
    ]
    every = {entry.name: entry for entry in [*known, *more]}
    catalogue._all = lambda: every  # type: ignore[assignment]
    assert len(catalogue.entries()) >= MANY


def opening(window: Any, app: Any) -> float:
    """Seconds from the visit, the page not yet made, to a painted list."""
    window.show_page("data")
    old = window.pages.pop("models", None)
    if old is not None:
        window.stack.removeWidget(old)
        old.deleteLater()
    app.processEvents()
    began = time.perf_counter()
    window.show_page("models")
    page = window.page
    while not page.table.rows.rows:
        app.processEvents()
    app.processEvents()
    return time.perf_counter() - began


def letters(page: Any, app: Any) -> list[float]:
    from PySide6.QtTest import QTest

    page.filters.kind.choose("")  # all are listed
    field, found = page.filters.search, []
    for words in TYPED:
        for letter in words:
            found.append(timed(app, lambda letter=letter: QTest.keyClicks(field, letter)))
        for _ in words:
            found.append(timed(app, field.backspace))
    return found


def main() -> None:
    from PySide6.QtCore import QSettings

    from gui.app import application
    from gui.window import Window

    with tempfile.TemporaryDirectory(prefix="graft-models-") as place:
        folder = Path(place)
        QSettings.setDefaultFormat(QSettings.Format.IniFormat)
        QSettings.setPath(QSettings.Format.IniFormat, QSettings.Scope.UserScope, str(folder / "s"))
        app = application(["graft"])
        window = Window(keep_warm=True)
        window.resize(1440, 900)
        window.show()
        window.open(small_project(folder))
        while window.session.facts is None:
            run_loop(0.01)
        run_loop(15.0)  # by then pages are loaded and a child waits
        fill_up()
        opened = [opening(window, app) for _ in range(VISITS)]
        listed = len(window.page.rows)
        typed = letters(window.page, app)
        views = [
            (name, timed(app, lambda name=name: window.page.show_view(name)))
            for name in ("scatter", "compare", "rank", "list")
        ]
        window.close()
    print(f"The Model page with {listed} models")
    for what, value, wanted in (
        ("first visit to a painted list", f"{1000 * opened[0]:.0f} ms", "300 ms"),
        ("later visits, median", f"{1000 * statistics.median(opened[1:]):.0f} ms", "300 ms"),
        ("letter in the search, p95", f"{percentile(typed, 0.95):.1f} ms", "16 ms"),
        ("  longest", f"{max(typed):.1f} ms", "16 ms"),
        *((f"view '{name}'", f"{ms:.0f} ms", "") for name, ms in views),
    ):
        print(f"  {what:40} {value:>10}   {wanted}")


if __name__ == "__main__":
    main()
