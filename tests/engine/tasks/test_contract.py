"""Every task keeps the contract: declared, built, read, collated, judged, with a blank."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch

from engine.errors import ConfigurationError, DataError
from engine.store import datasets
from engine.store.project import TASKS, Project
from engine.tasks.registry import names, task
from engine.training.recipe import Recipe

MODEL = {
    "audio-classification": "sound", "image-classification": "vit", "text-classification": "bert",
}  # fmt: skip


def test_the_projects_tasks_are_the_tasks() -> None:
    assert names() == sorted(TASKS)
    with pytest.raises(ConfigurationError, match="Unknown task"):
        task("mind-reading")


@pytest.mark.parametrize("name", TASKS)
def test_contract(
    name: str, project_for: Callable[[str], Project], recipe_for: Callable[..., Recipe]
) -> None:
    one, recipe = task(name), recipe_for(MODEL[name])
    assert one.name == name and one.title and one.item_kind in ("image", "text", "audio")
    project = project_for(MODEL[name])
    dataset = datasets.snapshot(project)
    examples = datasets.examples(project, dataset.id, "train")
    network = one.build(recipe, 2, True)
    reader = one.reader(network, recipe)
    items = [reader(example, 0) for example in examples[:3]]
    inputs = one.prepare(network, one.collate(network, [*items, reader.blank()]))
    outputs = network(inputs)
    probabilities = one.probabilities(outputs).detach()
    assert probabilities.shape == (4, 2) and probabilities.dtype == torch.float32
    assert torch.allclose(probabilities.sum(dim=1), torch.ones(4))
    targets, weights = torch.tensor([0, 1, 0, 1]), torch.tensor([1.0, 1.0, 1.0, 0.0])
    loss = one.loss(outputs, targets, weights, recipe)
    without = one.loss(outputs[:3], targets[:3], weights[:3], recipe)
    assert loss.ndim == 0 and torch.allclose(loss, without)  # weight 0 counts for nothing
    assert one.metric in one.metrics(np.array([0, 1]), np.array([[0.9, 0.1], [0.2, 0.8]]))
    assert set(one.tally(outputs, targets)) <= {"accuracy"}


def test_a_view_is_the_same_for_the_same_seed_and_another_for_another(
    project_for: Callable[[str], Project], recipe_for: Callable[..., Recipe]
) -> None:
    one, recipe = task("image-classification"), recipe_for("vit", augmentation="strong")
    project = project_for("vit")
    example = datasets.examples(project, datasets.snapshot(project).id, "train")[0]
    reader = one.reader(one.build(recipe, 2, True), recipe)
    first, again, other = (reader(example, seed)["pixels"] for seed in (5, 5, 7))
    assert np.array_equal(first, again) and not np.array_equal(first, other)
    assert first.shape == reader(example, 0)["pixels"].shape == reader.blank()["pixels"].shape


def test_an_empty_text_is_told(recipe_for: Callable[..., Recipe]) -> None:
    one, recipe = task("text-classification"), recipe_for("bert")
    reader = one.reader(one.build(recipe, 2, True), recipe)
    with pytest.raises(DataError, match="empty"):
        reader(datasets.Example(1, "text", Path(), "  ", "", 0), 0)


def test_long_texts_are_cut_to_what_the_model_takes(recipe_for: Callable[..., Recipe]) -> None:
    one, recipe = task("text-classification"), recipe_for("bert", max_length=500)
    network = one.build(recipe, 2, True)
    reader = one.reader(network, recipe)
    item = reader(datasets.Example(1, "text", Path(), "card " * 300, "", 0), 0)
    assert len(item["input_ids"]) == 40  # the tiny model has 40 positions
    network(one.collate(network, [item]))


def test_a_size_that_the_model_cannot_take(recipe_for: Callable[..., Recipe]) -> None:
    one = task("image-classification")
    small = one.build(recipe_for("resnet", image_size=48), 2, True)
    assert small.preprocess.crop == (48, 48)
    large = Recipe(model="vit_b_32", image_size=100)  # no multiple of its patches
    with pytest.raises(ConfigurationError, match="cannot take this size"):
        one.build(large, 2, False)
