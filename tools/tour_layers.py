"""The Layers page in all its states, for the guide.

python tools/tour_layers.py [FOLDER]      only this part of the tour
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from driving import USUAL, Tour  # noqa: E402

from gui.theme import THEME  # noqa: E402

STUDY = 240.0  # seconds that advice may take before its picture is left out


def ready(tour: Tour) -> Any:
    """The page once its network is there and nothing is being measured."""
    page = tour.window.page
    tour.wait(lambda: page.learning is not None or page.error, "the layers")
    tour.wait(lambda: not page.studies.measure.busy, "the measurement")
    return page


def node(page: Any, title: str) -> Any:
    return next(one for one in page.studies.network.tree.nodes if title in (one.title, one.default))


def presets(tour: Tour) -> None:
    tour.go("layers")
    tour.take("layers-loading", 0.05)
    page = ready(tour)
    tour.take("layers")
    page.editor.choose_preset("lp-ft")
    page.editor.choose_phase(1)
    ready(tour)
    tour.take("layers-phases")
    page.editor.choose_preset("last-block")
    tour.take("layers-last-block")
    page.edits.drag(page.strip.boundary - 3)
    page.strip.setFocus()
    tour.take("layers-boundary", 0.2)
    page.edits.boundary(page.strip.boundary)


def by_hand(tour: Tour) -> None:
    """A plan of one's own: a pattern, factors, a plan with a name."""
    page = tour.window.page
    page.tools.pattern_button.click()
    page.tools.pattern.field.setText("layer*.bn*")
    tour.take("layers-pattern")
    page.tools.pattern.freeze.click()
    page.tools.pattern_button.click()
    page.edits.decay(0.5)
    block = node(page, "layer3.1")
    page.edits.learn([block], False)
    page.tree.choose(block.children[0])
    page.tree.choose(node(page, "Stage 4"))
    page.tree.setFocus()
    page.plans.click()
    page.saved.name.setText("Late layers, slower step by step, norms as they were")
    page.saved.keep.click()
    tour.wait(lambda: tour.window.session.facts.plans, "the plan")
    tour.take("layers-own-plan")
    page.plans.click()
    page.tools.search.setText("conv2")
    tour.take("layers-search")
    page.tools.search.clear()


def studies(tour: Tour) -> None:
    """What a child finds out: a price that is too high, a rate, advice."""
    session, page = tour.window.session, tour.window.page
    page.editor.choose_preset("full")
    session.set_recipe({"batch_size": 16384})
    tour.settle()
    page.studies.measure.give_up()
    tour.take("layers-too-much")
    session.set_recipe({"batch_size": None})
    tour.settle()
    page.editor.choose_preset("last-block")
    page.rate.seek.click()
    tour.wait(lambda: len(page.rate._points) > 30 or not page.rate.busy, "half of the rates")
    scroll = page.body._side.findChild(type(page.body._side.layout().itemAt(0).widget()))
    scroll.ensureWidgetVisible(page.rate)
    tour.save(tour.window, "layers-rate-running")
    tour.wait(lambda: not page.rate.busy, "the rates")
    tour.settle()
    scroll.ensureWidgetVisible(page.rate)
    tour.take("layers-rate")
    page.advice.ask.click()
    tour.wait(lambda: not page.advice.busy, "the advice")
    if page.advice.advice is not None:
        page.advice.more.click()
        tour.settle()
        scroll.ensureWidgetVisible(page.advice)
        tour.take("layers-advice")


def other_networks(tour: Tour) -> None:
    """Adapters, repeats in one row, many blocks, a carried plan, and what cannot be read."""
    session, page = tour.window.session, tour.window.page
    page.editor.choose_preset("lora")
    tour.wait(lambda: not page.known.isHidden() or page.error, "the adapters")
    carrier = node(page, "layer4.1")
    page.tree.choose(carrier)
    page.tree.expand(page.tree.rows.index_of(carrier))
    ready(tour)
    tour.take("layers-lora")
    weights = session.facts.model
    session.set(model={"name": "convnext_tiny", "title": "ConvNeXt Tiny", "weights": None})
    tour.wait(lambda: session.facts.model["name"] == "convnext_tiny", "the choice")
    page.editor.choose_preset("full")
    ready(tour)
    tour.wait(lambda: page.learning and not page.known.isHidden(), "the layers")
    fold = next(one for one in page.studies.network.tree.nodes if one.title.startswith("9 ×"))
    page.tree.choose(fold)
    page.tree.expand(page.tree.rows.index_of(fold))
    page.keeping.rename("Stage 2", "Textures, shapes and what else a long name may hold")
    tour.take("layers-folded")
    page.plans.click()
    page.saved.use.click()
    tour.take("layers-carried")
    page.plans.click()
    broken = str(tour.work / "no-such-model")
    session.set(model={"name": broken, "title": "no-such-model", "weights": broken})
    tour.wait(lambda: page.error is not None, "the error")
    tour.take("layers-error")
    session.set(model=weights, preset="feature-extraction")
    session.set_recipe({"phases": None})
    tour.wait(lambda: session.facts.model == weights, "the choice")
    ready(tour)


def looks(tour: Tour) -> None:
    page = ready(tour)
    page.editor.choose_preset("last-block")
    page.edits.learn([node(page, "layer3.1")], True)
    page.tree.choose(node(page, "layer3.1"))
    THEME.choose("dark")
    tour.take("layers-dark", 0.6)
    THEME.choose("light")
    for wide, high in ((1280, 800), (2560, 1440), (1000, 640)):
        tour.window.resize(wide, high)
        tour.take(f"layers-{wide}x{high}", 0.6)
    page.drawer.setChecked(True)
    tour.take("layers-drawer")
    page.drawer.setChecked(False)
    tour.window.resize(*USUAL)
    page.editor.choose_preset("feature-extraction")
    tour.settle()


def tour_layers(tour: Tour) -> None:
    presets(tour)
    by_hand(tour)
    studies(tour)
    other_networks(tour)
    looks(tour)


if __name__ == "__main__":
    from tour import main

    target = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "docs" / "pictures"
    main(target, only="layers")
