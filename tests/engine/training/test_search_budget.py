"""The minutes of a search: a pause takes none of them."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from types import SimpleNamespace

import pytest

from engine.events import Event, RunStarted
from engine.store.project import Project
from engine.training.control import Control
from engine.training.recipe import Recipe
from engine.training.search import search
from engine.training.search_budget import Budget

Make = Callable[[str], Project]
Recipes = Callable[..., Recipe]


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    made = SimpleNamespace(now=1000.0)
    time_of = SimpleNamespace(monotonic=lambda: made.now)
    for module in ("control", "search_budget"):
        monkeypatch.setattr(f"engine.training.{module}.time", time_of)
    return made


def test_pauses_do_not_count(clock: SimpleNamespace) -> None:
    control = Control()
    control.command("pause")
    clock.now += 50  # before the search began
    budget = Budget(60, control)
    clock.now += 100
    assert (budget.spent, budget.left) == (0, 60)
    control.command("resume")
    clock.now += 20
    for _ in range(2):  # said twice, it is one pause
        control.command("pause")
        clock.now += 500
    control.command("resume")
    control.command("resume")
    clock.now += 30
    assert (budget.spent, budget.left, budget.over) == (50, 10, False)
    control.command("pause")
    clock.now += 500
    control.command("stop")  # ends the pause, too
    clock.now += 10
    assert budget.over and control.stood == 50 + 100 + 1000 + 500


@pytest.mark.parametrize("workers", [1, 2])
def test_a_paused_search_has_its_minutes_afterwards(
    project_for: Make, recipe_for: Recipes, workers: int
) -> None:
    """Paused for longer than it may take; without that, its only trial ends by the time."""
    control, paused = Control(), 5.0

    def emit(event: Event) -> None:
        if isinstance(event, RunStarted) and not control.stood:
            control.command("pause")
            threading.Timer(paused, control.command, ["resume"]).start()

    project, recipe = project_for("vit"), recipe_for("vit", epochs=5000)
    minutes = 0.06 if workers == 1 else 0.2  # the workers have to load the libraries first
    space = {"presets": ["full"], "augmentations": ["none"], "lr": [1e-4, 1e-3]}
    wanted = {"recipe": recipe.to_wire(), "space": space, "minutes": minutes, "workers": workers}
    began = time.monotonic()
    found = search(project, wanted, emit, control)
    took = time.monotonic() - began
    assert paused <= control.stood < paused + 1
    assert took > paused + 60 * minutes - 1
    assert {one["reason"] for one in found["trials"]} == {"the time of the search was over"}
