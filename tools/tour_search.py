"""The search on the Train page in all its states, for the guide.

python tools/tour_search.py [FOLDER]      only this part of the tour
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from driving import USUAL, Tour  # noqa: E402

from gui.theme import THEME  # noqa: E402


def order(tour: Tour, **texts: str) -> Any:
    """The page with these words in the fields of its form."""
    page = tour.window.page
    for name, text in texts.items():
        page.search.form._fields[name].setText(text)
    return page


def search(tour: Tour, picture: str = "", after: int = 0) -> None:
    """Searches; takes a picture in the middle when it has a name."""
    session, page = tour.window.session, tour.window.page
    page.seek.click()
    tour.wait(lambda: session.live is not None, "the search to begin")
    live = session.live
    if picture:

        def far() -> bool:
            ended = len(live.trials) - len(live.running)
            busy = live.running and live.running[0].epochs > 1 and live.running[0].value
            return live.over or bool(ended >= after and busy)

        tour.wait(far, "some trials")
        page.search._draw()
        for _ in range(5):  # the legend is laid out anew
            tour.app.processEvents()
        tour.save(tour.window, picture)
    tour.wait(lambda: session.live is None, "the search to end")
    tour.settle()


def tour_search(tour: Tour) -> None:
    session = tour.window.session
    # Small pictures: many trials in the time that one would take otherwise.
    session.set_recipe({"epochs": 8, "lr": None, "phases": None, "image_size": 64})
    tour.settle()
    tour.go("training")
    tour.window.page.show_view("search")
    tour.take("search-ready")
    page = order(tour, storage="postgresql://graft@lab-server/search")
    search(tour)
    tour.take("search-error")
    page.clear_error()
    order(tour, lr_from="0.0001", lr_to="0.1", storage="", trials="14")
    for slow in ("refine", "lp-ft"):  # all else comes from the cache
        page.search.form.presets[slow].setChecked(False)
    page.search.form.presets["last-block"].setChecked(True)
    search(tour, "search-running", after=8)
    tour.wait(lambda: page.search.verdict.judged is not None, "the verdict")
    page.search.trials.choose(page.search.study.best.number)
    tour.take("search-finished", 0.8)
    THEME.choose("dark")
    tour.take("search-dark", 0.6)
    THEME.choose("light")
    for wide, high in ((1280, 800), (1000, 640)):
        tour.window.resize(wide, high)
        tour.take(f"search-{wide}x{high}", 0.6)
    page.drawer.setChecked(True)
    tour.take("search-drawer")
    page.drawer.setChecked(False)
    tour.window.resize(*USUAL)
    page.show_view("run")
    session.set_recipe({"image_size": None})
    tour.settle()


if __name__ == "__main__":
    from tour import main

    target = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "docs" / "pictures"
    main(target, only="search")
