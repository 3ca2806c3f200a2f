"""What a run promises: same result, resumable, honest about trouble."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable

import numpy as np
import pytest
import torch

from engine.errors import ConfigurationError, DataError
from engine.events import CheckpointSaved, EpochEnded, Event, LogLine, PhaseStarted, StepLogged
from engine.models.network import Network
from engine.store import checkpoints, classes, items, labels, runs
from engine.store.project import Project
from engine.training.control import Control
from engine.training.evaluating import evaluate_run
from engine.training.recipe import Recipe
from engine.training.run import train

Make = Callable[[str], Project]
Recipes = Callable[..., Recipe]


def weights(project: Project, run: int) -> dict[str, str]:
    """The hash of every tensor of the model as a run left it."""
    last = checkpoints.latest(project, run)
    assert last is not None
    found = checkpoints.hashes(project, last.id)
    return {name: hash for name, hash in found.items() if name.startswith("model/")}


def probabilities(project: Project, run: int, split: str = "test") -> np.ndarray:
    said = runs.predictions(project, run, split)
    return np.stack([np.frombuffer(one.probabilities, "<f4") for one in said])


@pytest.mark.parametrize("preset", ["feature-extraction", "last-block", "lp-ft", "gradual", "full"])
@pytest.mark.parametrize("model", ["resnet", "vit", "bert", "sound"])
def test_every_preset_trains_and_judges(
    model: str, preset: str, project_for: Make, recipe_for: Recipes
) -> None:
    project = project_for(model)
    ended = train(project, recipe_for(model, preset=preset))
    assert ended.state == "finished"
    assert ended.epochs == 3
    assert set(ended.test) >= {"accuracy", "balanced_accuracy", "macro_f1", "loss"}
    recorded = runs.load(project, ended.run)
    assert recorded.state == "finished" and recorded.best_validation == ended.best_validation
    assert len(runs.predictions(project, ended.run, "test")) == items.counts(project)["test"]


def test_it_learns_what_can_be_learned(project_for: Make, recipe_for: Recipes) -> None:
    project = project_for("vit")
    ended = train(project, recipe_for("vit", preset="full", epochs=12, lr=5e-3))
    assert ended.test["accuracy"] == 1.0


@pytest.mark.parametrize("model", ["resnet", "vit", "bert", "sound"])
@pytest.mark.parametrize("preset", ["feature-extraction", "last-block"])
def test_the_cache_changes_no_result(
    model: str, preset: str, project_for: Make, recipe_for: Recipes
) -> None:
    project = project_for(model)
    told: list[Event] = []
    cached = train(project, recipe_for(model, preset=preset), told.append)
    plain = train(project, recipe_for(model, preset=preset, cache=False))
    assert any(isinstance(e, PhaseStarted) and e.cut and e.computed for e in told)
    difference = np.abs(probabilities(project, cached.run) - probabilities(project, plain.run))
    assert difference.max() < 1e-4


def test_a_second_run_computes_no_feature_again(project_for: Make, recipe_for: Recipes) -> None:
    project = project_for("vit")
    train(project, recipe_for("vit"))
    told: list[Event] = []
    train(project, recipe_for("vit", lr=1e-3, epochs=1), told.append)
    phase = next(e for e in told if isinstance(e, PhaseStarted))
    assert phase.computed == 0 and phase.cached == 24


@pytest.mark.parametrize("model", ["resnet", "vit", "bert", "sound"])
def test_same_seed_same_result_to_the_last_bit(
    model: str, project_for: Make, recipe_for: Recipes
) -> None:
    recipe = recipe_for(model, preset="lp-ft", augmentation="light", views=2, epochs=4)
    one, two = project_for(model), project_for(model)
    first, second = train(one, recipe), train(two, recipe)
    again = train(one, recipe)  # with the features of the first run in the cache
    assert weights(one, first.run) == weights(two, second.run) == weights(one, again.run)
    other = train(one, recipe_for(model, preset="lp-ft", epochs=4, seed=8))
    assert weights(one, other.run) != weights(one, first.run)


class StopAt:
    """Asks a run to stop when it reaches a step."""

    def __init__(self, step: int, command: str = "stop") -> None:
        self.control = Control()
        self.events: list[Event] = []
        self._step, self._command = step, command

    def __call__(self, event: Event) -> None:
        self.events.append(event)
        if isinstance(event, StepLogged) and event.step >= self._step:
            self.control.command(self._command)


@pytest.mark.parametrize("every", [0.0, 1000.0])
def test_best_and_last_are_kept_however_often_is_saved(
    every: float, project_for: Make, recipe_for: Recipes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("engine.training.loop.SAVE_EVERY", every)
    project = project_for("vit")
    told: list[Event] = []
    recipe = recipe_for("vit", preset="lp-ft", epochs=8, lr=0.05, refit=False)
    ended = train(project, recipe, told.append)
    epochs = [e for e in told if isinstance(e, EpochEnded)]
    best = checkpoints.best(project, ended.run)
    last = checkpoints.latest(project, ended.run)
    assert best is not None and last is not None and last.epoch == 8
    assert best.epoch == max(e.epoch for e in epochs if e.best)
    assert ended.best_validation == max(e.metrics["validation/balanced_accuracy"] for e in epochs)
    saved = [e.epoch for e in told if isinstance(e, CheckpointSaved)]
    assert set(saved) >= {4, 8} and (every > 0 or saved == list(range(1, 9)))


@pytest.mark.parametrize("model", ["vit", "bert", "sound"])
@pytest.mark.parametrize("step", [1, 4, 8])
def test_a_stopped_run_resumes_to_the_same_weights(
    model: str, step: int, project_for: Make, recipe_for: Recipes,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setattr("engine.training.pace.LOG_EVERY", 0.0)
    recipe = recipe_for(model, preset="lp-ft", epochs=4)
    whole = project_for(model)
    uninterrupted = train(whole, recipe)
    project = project_for(model)
    stop = StopAt(step)
    stopped = train(project, recipe, stop, stop.control)
    assert stopped.state == "stopped" and runs.load(project, stopped.run).state == "stopped"
    resumed = train(project, None, resume=stopped.run)
    assert resumed.state == "finished" and resumed.run == stopped.run
    assert weights(project, resumed.run) == weights(whole, uninterrupted.run)
    mine, its = runs.metrics(project, resumed.run), runs.metrics(whole, uninterrupted.run)
    assert mine["validation/loss"] == its["validation/loss"]
    assert mine["train/loss"] == its["train/loss"]


def test_stop_after_this_epoch_keeps_and_judges(project_for: Make, recipe_for: Recipes) -> None:
    project = project_for("vit")
    stop = StopAt(1, "stop-after-epoch")
    ended = train(project, recipe_for("vit", epochs=5), stop, stop.control)
    assert ended.state == "stopped" and ended.epochs == 1
    assert ended.test and runs.latest(project).id == ended.run


def test_a_finished_run_is_not_resumed(project_for: Make, recipe_for: Recipes) -> None:
    project = project_for("vit")
    ended = train(project, recipe_for("vit", epochs=1))
    with pytest.raises(ConfigurationError, match="cannot be resumed"):
        train(project, None, resume=ended.run)


def test_early_stopping(project_for: Make, recipe_for: Recipes) -> None:
    project = project_for("vit")
    ended = train(project, recipe_for("vit", epochs=40, patience=2, lr=1e-9))
    assert ended.state == "finished" and ended.epochs < 40


def test_too_little_memory_halves_the_pieces_and_keeps_the_batch(
    project_for: Make, recipe_for: Recipes, monkeypatch: pytest.MonkeyPatch
) -> None:
    recipe = recipe_for("vit", preset="full", batch_size=8)
    plain = project_for("vit")
    expected = train(plain, recipe)
    forward = Network.forward

    def limited(self: Network, inputs: dict[str, torch.Tensor]) -> torch.Tensor:
        if torch.is_grad_enabled() and len(inputs["pixels"]) > 3:
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2 GiB")
        return forward(self, inputs)

    monkeypatch.setattr(Network, "forward", limited)
    project = project_for("vit")
    told: list[Event] = []
    ended = train(project, recipe, told.append)
    said = [e.text for e in told if isinstance(e, LogLine)]
    assert any("pieces of 3" in text and "batch of 8 stays" in text for text in said)
    assert ended.test["loss"] == pytest.approx(expected.test["loss"], abs=1e-4)


def test_not_even_one_item_fits(
    project_for: Make, recipe_for: Recipes, monkeypatch: pytest.MonkeyPatch
) -> None:
    forward = Network.forward

    def never(self: Network, inputs: dict[str, torch.Tensor]) -> torch.Tensor:
        if torch.is_grad_enabled():
            raise torch.OutOfMemoryError("CUDA out of memory.")
        return forward(self, inputs)

    monkeypatch.setattr(Network, "forward", never)
    project = project_for("vit")
    ended = train(project, recipe_for("vit", preset="full"))
    assert ended.state == "failed" and ended.error is not None
    assert ended.error["kind"] == "resource"


def test_a_loss_that_is_no_number_stops_the_run(
    project_for: Make, recipe_for: Recipes, monkeypatch: pytest.MonkeyPatch
) -> None:
    forward = Network.forward
    calls = []

    def poisoned(self: Network, inputs: dict[str, torch.Tensor]) -> torch.Tensor:
        logits = forward(self, inputs)
        if torch.is_grad_enabled():
            calls.append(1)
            if len(calls) > 5:
                logits = logits * float("nan")
        return logits

    monkeypatch.setattr(Network, "forward", poisoned)
    project = project_for("vit")
    ended = train(project, recipe_for("vit", preset="full"))
    assert ended.state == "failed" and ended.error is not None
    assert ended.error["title"] == "The loss is not a number"
    assert ended.checkpoint is not None  # the last good one
    stored = checkpoints.hashes(project, ended.checkpoint)
    assert stored and runs.load(project, ended.run).error is not None


def test_a_full_disk_during_a_checkpoint_costs_that_checkpoint_only(
    project_for: Make, recipe_for: Recipes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("engine.training.loop.SAVE_EVERY", 0.0)
    project = project_for("vit")
    told: list[Event] = []

    def emit(event: Event) -> None:
        told.append(event)
        db = project.checkpoints_db.conn
        if isinstance(event, CheckpointSaved) and event.epoch == 1:
            pages = db.execute("PRAGMA page_count").fetchone()[0]
            db.execute(f"PRAGMA max_page_count={pages}")
        if isinstance(event, LogLine) and "could not be saved" in event.text:
            db.execute("PRAGMA max_page_count=1000000")

    ended = train(project, recipe_for("vit", preset="full", epochs=4), emit)
    assert any(isinstance(e, LogLine) and "disk is full" in e.text for e in told)
    assert ended.state == "finished" and ended.epochs == 4
    saved = [e.epoch for e in told if isinstance(e, CheckpointSaved)]
    assert 1 in saved and 4 in saved and len(saved) == 3


def test_a_disk_that_stays_full_fails_the_run_in_words_and_keeps_the_checkpoint(
    project_for: Make, recipe_for: Recipes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("engine.training.loop.SAVE_EVERY", 0.0)
    project = project_for("vit")

    def emit(event: Event) -> None:
        db = project.checkpoints_db.conn
        if isinstance(event, CheckpointSaved) and event.epoch == 1:
            pages = db.execute("PRAGMA page_count").fetchone()[0]
            db.execute(f"PRAGMA max_page_count={pages}")

    ended = train(project, recipe_for("vit", preset="full", epochs=3), emit)
    assert ended.state == "failed" and ended.error is not None
    assert ended.error["kind"] == "resource"
    kept = checkpoints.latest(project, ended.run)
    assert kept is not None and kept.epoch == 1
    project.checkpoints_db.conn.execute("PRAGMA max_page_count=1000000")
    resumed = train(project, None, resume=ended.run)
    assert resumed.state == "finished" and resumed.epochs == 3


def test_vanished_and_damaged_files_are_left_out_and_told(
    project_for: Make, recipe_for: Recipes
) -> None:
    project = project_for("vit")
    train_items = [i for i in items.each(project) if i.split == "train"]
    train_items[0].file.unlink()
    train_items[1].file.write_bytes(train_items[1].file.read_bytes()[:60])
    for cache in (True, False):
        told: list[Event] = []
        ended = train(project, recipe_for("vit", preset="last-block", cache=cache), told.append)
        assert ended.state == "finished"
        found = dict(runs.problems(project, ended.run))
        assert set(found) == {train_items[0].id, train_items[1].id}
        assert sum(isinstance(e, LogLine) and "left out" in e.text for e in told) == 2


def test_when_no_item_can_be_read_the_reason_is_told(
    project_for: Make, recipe_for: Recipes
) -> None:
    """Nothing is missing or damaged here: the pictures have other channels than the model."""
    ended = train(project_for("resnet"), recipe_for("resnet", channels=5))
    assert ended.state == "failed" and ended.error is not None
    assert "left out" in ended.error["cause"] and "channels" in ended.error["cause"]


def test_an_old_run_stays_as_it_was_after_labels_change(
    project_for: Make, recipe_for: Recipes
) -> None:
    project = project_for("vit")
    ended = train(project, recipe_for("vit"))
    before = evaluate_run(project, runs.load(project, ended.run), "test", lambda e: None, Control())
    ids = classes.ensure(project, ["a", "b", "c"])
    labels.give(project, [(item.id, ids["c"]) for item in items.each(project)][::2], "other")
    after = evaluate_run(project, runs.load(project, ended.run), "test", lambda e: None, Control())
    assert before == after
    assert after["classes"] == ["a", "b"]


def test_what_made_a_run_never_changes(project_for: Make, recipe_for: Recipes) -> None:
    project = project_for("vit")
    ended = train(project, recipe_for("vit", epochs=1))
    recorded = runs.load(project, ended.run)
    assert len(recorded.weights_hash) == 64 and recorded.versions["torch"] == torch.__version__
    for column in ("recipe", "plan", "weights_hash", "dataset_id", "seed", "versions", "model"):
        with pytest.raises(sqlite3.IntegrityError, match="never changes"):
            project.db.execute(f"UPDATE run SET {column} = 1 WHERE id = ?", [ended.run])


@pytest.mark.parametrize("names", [("a",), ("a", "b")])
def test_too_few_classes_or_items(
    names: tuple[str, ...], tmp_path: object, recipe_for: Recipes
) -> None:
    from pathlib import Path

    from tests import tiny

    with tiny.picture_project(Path(str(tmp_path)), len(names), names) as project:
        with pytest.raises(DataError) as caught:
            train(project, recipe_for("vit"))
        assert caught.value.cause and caught.value.remedy


def test_curves_are_in_the_record(project_for: Make, recipe_for: Recipes) -> None:
    project = project_for("vit")
    told: list[Event] = []
    ended = train(project, recipe_for("vit"), told.append)
    series = runs.metrics(project, ended.run)
    epochs = [e for e in told if isinstance(e, EpochEnded)]
    assert [value for _, _, value in series["validation/accuracy"]] == [
        e.metrics["validation/accuracy"] for e in epochs
    ]
    assert series["step/loss"] and series["step/lr"] and series["train/accuracy"]
