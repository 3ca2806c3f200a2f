"""A few real steps say what an epoch takes; a run notes what it took; nothing is left behind."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from engine.errors import ModelError
from engine.events import Activity, Event
from engine.freezing.outline import stages_of
from engine.freezing.plan import TRAINABLE, Plan
from engine.freezing.presets import PRESETS, Phase, learns
from engine.freezing.price import price
from engine.progress import silent
from engine.store import costs, runs
from engine.store.project import Project
from engine.training import measuring, memory, process, worker
from engine.training.control import Control, StopNow
from engine.training.describing import describe
from engine.training.measuring import measure
from engine.training.recipe import Recipe
from engine.training.run import train
from engine.training.stopwatch import Stopwatch

Projects = Callable[[str], Project]
Recipes = Callable[..., Recipe]


@pytest.fixture(autouse=True)
def _short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(measuring, "SECONDS", 0.1)


@pytest.mark.parametrize("model", ["resnet", "bert"])
def test_a_measurement_prices_every_plan(
    model: str, project_for: Projects, recipe_for: Recipes
) -> None:
    project, recipe = project_for(model), recipe_for(model, batch_size=1)
    heard: list[Event] = []
    before = set(project.folder.rglob("*"))
    found = measure(project, recipe.to_wire(), heard.append, Control())
    left = {place for place in set(project.folder.rglob("*")) - before if "measuring" in place.name}
    assert not left and not runs.all_runs(project)
    assert any(isinstance(event, Activity) for event in heard)
    told = describe(project, recipe.to_wire(), silent, Control())
    units = found["timing"]["units"]
    assert set(units) <= {name for stage in told["stages"] for name in stage["modules"]}
    assert all(seconds > 0 for seconds in found["timing"]["forward"])
    assert 0 < found["machine"]["base"] < found["machine"]["memory"]
    row = stages_of(told)

    def epoch(plan: Plan) -> float:
        seconds = price(told, plan, recipe, **found).epoch_seconds
        assert seconds is not None and seconds > 0
        return seconds

    assert epoch(learns(row, 1)) < epoch(Plan({"": TRAINABLE}))
    for preset in PRESETS.values():
        for phase in preset.make(row, 4, None):
            epoch(phase.plan)


def test_measuring_can_be_ended(project_for: Projects, recipe_for: Recipes) -> None:
    control = Control()
    control.command("stop")
    with pytest.raises(StopNow):
        measure(project_for("resnet"), recipe_for("resnet").to_wire(), silent, control)


def test_window_and_worker_know_the_operation() -> None:
    assert set(process.OPERATIONS) == set(worker.OPERATIONS)
    assert worker.OPERATIONS["measure"] is measure and worker.OPERATIONS["describe"] is describe


@pytest.mark.parametrize("model", ["resnet", "bert"])
@pytest.mark.parametrize("learning", ["head", "half", "all"])
def test_a_run_notes_what_it_took(
    model: str, learning: str, project_for: Projects, recipe_for: Recipes
) -> None:
    project = project_for(model)
    told = describe(project, recipe_for(model).to_wire(), silent, Control())
    row = stages_of(told)
    counts = {"head": learns(row, 1), "half": learns(row, 2), "all": Plan({"": TRAINABLE})}
    plan = counts[learning]
    recipe = recipe_for(model, phases=(Phase("x", plan, 2, 1e-2).to_wire(),))
    said = price(told, plan, recipe)
    ended = train(project, recipe, price=said.to_wire())
    took = costs.of_run(project, ended.run)
    assert took.price is not None and took.price["trainable"] == said.trainable
    assert took.price["cut"] == said.cut
    assert took.checkpoint_bytes == said.checkpoint
    assert took.epoch_seconds is not None and 0 < took.epoch_seconds < 60
    assert took.peak_memory is not None and 10 << 20 < took.peak_memory <= memory.peak()


def test_what_was_not_measured_is_none(project_for: Projects) -> None:
    assert costs.of_run(project_for("resnet"), 7) == costs.Costs(None, None, None, None)


def test_a_description_says_where_things_stand(project_for: Projects, recipe_for: Recipes) -> None:
    project = project_for("bert")
    told = describe(project, recipe_for("bert").to_wire(), silent, Control())
    assert told["weights_here"] and told["kind"] == "text" and told["input"] is None
    assert 4 <= told["length"] <= told["longest"] <= 32
    assert sum(told["items"].values()) == 24 and told["machine"]["memory"] > 0
    with pytest.raises(ModelError):
        describe(project, {"model": "nobody/knows-this"}, silent, Control())


def test_a_catalogued_model_is_described_before_it_is_here(
    project_for: Projects, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("GRAFT_MODELS", str(tmp_path))
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    told = describe(project_for("resnet"), {"model": "resnet18"}, silent, Control())
    assert told["title"] == "ResNet 18" and not told["weights_here"]


class Slow(nn.Module):
    """Takes its time both ways."""

    def __init__(self, seconds: float) -> None:
        super().__init__()
        self.seconds = seconds

    def forward(self, x: Tensor) -> Tensor:
        time.sleep(self.seconds)
        found: Tensor = _Sleep.apply(x, self.seconds)
        return found


class _Sleep(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, seconds: float) -> Tensor:
        ctx.seconds = seconds
        return x.clone()

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, None]:
        time.sleep(2 * ctx.seconds)
        return gradient, None


def test_the_stopwatch_tells_parts_apart() -> None:
    model = nn.Sequential(Slow(0.01), Slow(0.05), Slow(0.02))
    watch = Stopwatch(model, ["0", "1", "2"], torch.device("cpu"))
    with watch.running():
        watch.begin()
        model(torch.ones(2, requires_grad=True)).sum().backward()
        watch.end()
    for seconds, least in zip(watch.forward, (0.01, 0.05, 0.02), strict=True):
        assert least <= seconds < least + 0.03
    for seconds, least in zip(watch.back, (0.02, 0.1, 0.04), strict=True):
        assert least <= seconds < least + 0.03
    assert not any(part._forward_hooks or part._forward_pre_hooks for part in model)
