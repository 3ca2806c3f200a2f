"""The rate finder: its suggestion trains well, is steady, and absent where no rate helps."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from engine.events import Event, RatePoint
from engine.store import runs
from engine.store.project import Project
from engine.training import range_test
from engine.training.recipe import Recipe
from engine.training.run import train
from tests.engine.training.test_counsel import ask

Make = Callable[[str], Project]
Recipes = Callable[..., Recipe]


@pytest.mark.parametrize(
    ("model", "preset"), [("resnet", "feature-extraction"), ("resnet", "full"), ("vit", "full")]
)
def test_a_suggested_rate_trains_better_than_far_ones(
    model: str, preset: str, project_for: Make, recipe_for: Recipes
) -> None:
    project = project_for(model)
    recipe = recipe_for(model, preset=preset, epochs=6)
    told: list[Event] = []
    found = ask("find-lr", project, told.append, **recipe.to_wire())
    points = [event for event in told if isinstance(event, RatePoint)]
    assert [[p.rate, p.loss, p.smooth] for p in points] == found["points"]
    assert points[0].rate == range_test.LOWEST and len(points) > 30
    assert range_test.LOWEST < found["suggested"] < range_test.HIGHEST
    assert ask("find-lr", project, **recipe.to_wire()) == found, "the same seed, the same curve"

    def loss(rate: float) -> float:
        run = train(project, replace(recipe, lr=rate)).run
        return runs.metrics(project, run)["train/loss"][-1][2]

    best = loss(found["suggested"])
    assert best < loss(found["suggested"] / 300)
    if model == "vit":  # the others separate these few pictures at any rate, however high
        assert best < loss(min(10.0, found["suggested"] * 300)) + 0.02


def test_the_suggestion_is_steady_over_seeds(project_for: Make, recipe_for: Recipes) -> None:
    project = project_for("vit")
    rates = [
        ask("find-lr", project, **recipe_for("vit", preset="full", seed=seed).to_wire())
        for seed in range(5)
    ]
    logs = np.log10([one["suggested"] for one in rates])
    assert logs.max() - logs.min() < 1.0, rates


def curve(*parts: tuple[int, float]) -> list[float]:
    """Losses that go in straight lines from each (place, loss) to the next."""
    places, losses = zip(*parts, strict=True)
    found = np.interp(np.arange(places[-1] + 1), places, losses)
    return [float(loss) for loss in found]


def test_the_rule_lies_within_the_valley() -> None:
    rates = [float(rate) for rate in range_test.rates()]
    valley = curve((0, 2.3), (40, 2.3), (65, 0.5), (80, 3.0))
    found = range_test.suggest(rates, valley)
    assert found.rate is not None and rates[42] < found.rate < rates[63]
    rising = range_test.suggest(rates, curve((0, 2.3), (60, 2.31), (80, 9.0)))
    assert rising.rate is None and "No rate" in rising.words
    assert range_test.suggest(rates, [2.0, float("nan")]).rate is None
