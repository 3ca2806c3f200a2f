"""On a graphics card: the same promises as on the processor. Skipped where there is none."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
import torch

from engine.events import Event, LogLine
from engine.freezing.plan import TRAINABLE, Plan
from engine.freezing.presets import Phase
from engine.freezing.price import price
from engine.progress import silent
from engine.room import room
from engine.store import costs, runs
from engine.store.project import Project
from engine.training.control import Control
from engine.training.describing import describe
from engine.training.measuring import measure
from engine.training.recipe import Recipe
from engine.training.run import train
from tests import tiny

pytestmark = pytest.mark.skipif(not torch.cuda.is_available(), reason="no graphics card here")

ROOT = Path(__file__).parents[2]
Make = Callable[[str], Project]
Recipes = Callable[..., Recipe]


@pytest.fixture
def many(tmp_path: Path) -> Iterator[Project]:
    with tiny.picture_project(tmp_path, 160) as project:
        yield project


def said(project: Project, run: int) -> np.ndarray:
    found = runs.predictions(project, run, "test")
    return np.stack([np.frombuffer(one.probabilities, "<f4") for one in found])


@pytest.mark.parametrize("model", ["resnet", "vit", "bert"])
@pytest.mark.parametrize("precision", ["no", "bf16", "fp16"])
def test_the_processor_says_what_the_card_said(
    model: str, precision: str, project_for: Make, recipe_for: Recipes
) -> None:
    project = project_for(model)
    ended = train(project, recipe_for(model, preset="full", precision=precision))
    assert ended.state == "finished", ended.error
    assert torch.cuda.get_device_name() in runs.load(project, ended.run).device
    before = said(project, ended.run)
    done = subprocess.run(
        [sys.executable, "main.py", "evaluate", str(project.folder), "--split", "test", "--json"],
        cwd=ROOT, env={**os.environ, "CUDA_VISIBLE_DEVICES": ""}, capture_output=True, text=True,
        timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    near = 1e-3 if precision == "no" else 0.03
    assert np.abs(said(project, ended.run) - before).max() < near


@pytest.mark.parametrize("model", ["resnet", "vit", "bert"])
def test_the_cache_changes_nothing(model: str, project_for: Make, recipe_for: Recipes) -> None:
    results = []
    for cache in (True, False):
        project = project_for(model)
        chosen = recipe_for(model, preset="last-block", precision="no", cache=cache)
        ended = train(project, chosen)
        assert ended.state == "finished", ended.error
        results.append(said(project, ended.run))
    assert np.abs(results[0] - results[1]).max() < 1e-3


def test_a_card_that_is_too_small_takes_the_batch_in_pieces(many: Project) -> None:
    total = torch.cuda.get_device_properties(0).total_memory
    torch.cuda.empty_cache()
    torch.cuda.set_per_process_memory_fraction(2.5e9 / total)
    lines = []

    def hear(event: Event) -> None:
        if isinstance(event, LogLine):
            lines.append(event.text)

    try:
        ended = train(
            many,
            Recipe("mobilenet_v2", preset="scratch", epochs=1, batch_size=96, precision="no"),
            hear,
        )
    finally:
        torch.cuda.set_per_process_memory_fraction(1.0)
        torch.cuda.empty_cache()
    assert ended.state == "finished", ended.error
    assert any("memory" in line and "48" in line for line in lines), lines


@pytest.mark.parametrize("precision", ["no", "bf16"])
def test_what_it_takes_was_said_before(many: Project, precision: str) -> None:
    phase = Phase("all", Plan({"": TRAINABLE}), 2, 1e-4).to_wire()
    wire = {"model": "mobilenet_v2", "preset": "scratch", "batch_size": 32}
    measured = measure(many, {**wire, "precision": precision}, silent, Control())
    described = describe(many, wire, silent, Control())
    recipe = Recipe.from_wire({**wire, "precision": precision, "phases": [phase], "cache": False})
    expected = price(described, Plan({"": TRAINABLE}), recipe, **measured)
    ended = train(many, recipe)
    assert ended.state == "finished", ended.error
    assert costs.of_run(many, ended.run).peak_memory == pytest.approx(expected.total, rel=0.2)


def test_the_window_hears_of_the_card() -> None:
    found = room()
    assert found.graphics
    assert found.bytes == pytest.approx(torch.cuda.get_device_properties(0).total_memory, rel=0.1)
