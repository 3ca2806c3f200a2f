"""In the end the validation items are learned, too; what was said of them before stays."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from engine.events import Event, LogLine
from engine.progress import silent
from engine.store import checkpoints, datasets, runs
from engine.store.project import Project
from engine.training.control import Control
from engine.training.evaluating import evaluate_run
from engine.training.recipe import Recipe
from engine.training.run import train
from tests.engine.training.test_run import weights

Make = Callable[[str], Project]
Recipes = Callable[..., Recipe]


def said(project: Project, run: int, split: str) -> np.ndarray:
    return np.stack(
        [np.frombuffer(one.probabilities, "<f4") for one in runs.predictions(project, run, split)]
    )


@pytest.mark.parametrize("model", ["vit", "bert"])
def test_the_weights_change_and_the_validation_figures_do_not(
    model: str, project_for: Make, recipe_for: Recipes
) -> None:
    project = project_for(model)
    heard: list[Event] = []
    plain = train(project, recipe_for(model, epochs=4, refit=False))
    again = train(project, recipe_for(model, epochs=4), heard.append)
    assert any(isinstance(e, LogLine) and "once more" in e.text for e in heard)
    assert plain.best_validation == again.best_validation
    assert np.array_equal(
        said(project, plain.run, "validation"), said(project, again.run, "validation")
    )
    assert not np.array_equal(said(project, plain.run, "test"), said(project, again.run, "test"))
    best = checkpoints.best(project, again.run)
    assert best is not None and best.state["refit"]
    # Judged again, validation still is what it was before its items were learned.
    found = evaluate_run(project, runs.load(project, again.run), "validation", silent, Control())
    assert found["metrics"]["accuracy"] == pytest.approx(
        (said(project, plain.run, "validation").argmax(1) == _targets(project, plain.run)).mean()
    )


def _targets(project: Project, run: int) -> np.ndarray:
    return np.asarray([one.target for one in runs.predictions(project, run, "validation")])


def test_it_is_what_learning_from_both_splits_gives(project_for: Make, recipe_for: Recipes) -> None:
    """Told to, it learns with other plans too; the same seed gives the same bits."""
    project = project_for("resnet")
    recipe = recipe_for("resnet", preset="lp-ft", epochs=4, refit=True)
    one, two = (train(project, recipe) for _ in range(2))
    assert weights(project, one.run) == weights(project, two.run)
    for preset, again in (("lp-ft", True), ("refine", True), ("last-block", False)):
        left = train(project, recipe_for("resnet", preset=preset, epochs=4))
        best = checkpoints.best(project, left.run)
        # Of itself where the head learns first: then nothing is lost by going to the end.
        assert best is not None and best.state["refit"] is again
    dataset = datasets.load(project, runs.load(project, one.run).dataset_id)
    assert dataset.sizes["validation"] > 0
