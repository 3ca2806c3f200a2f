"""Sounds as pictures: nothing is cut off, and what is stored is fed the same again."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from engine.errors import ConfigurationError, DataError
from engine.media import audio
from engine.models import catalogue, library
from engine.store import checkpoints, datasets, runs
from engine.store.datasets import Example
from engine.store.project import Project
from engine.tasks.registry import task
from engine.training import given, plain
from engine.training.recipe import Recipe
from engine.training.run import train
from engine.training.saving import load_network
from tests import tiny

Recipes = Callable[..., Recipe]


def example(path: Path) -> Example:
    return Example(1, "audio", path, None, "h", 0)


@pytest.mark.parametrize("channels", [1, None, 4])
def test_the_whole_spectrogram_is_seen(
    tmp_path: Path, recipe_for: Recipes, channels: int | None
) -> None:
    path = tiny.write_wav(tmp_path / "a.wav", tiny.tone(500, 3.0))
    one, recipe = task("audio-classification"), recipe_for("sound", channels=channels)
    network = one.build(recipe, 2, True)
    pixels = one.reader(network, recipe)(example(path), 0)["pixels"]
    assert pixels.shape == (channels or 3, *network.preprocess.crop)
    whole = audio.seen(path).resize(pixels.shape[:0:-1], Image.Resampling.BILINEAR)
    assert all(np.abs(plane - np.asarray(whole, int)).max() <= 1 for plane in pixels.astype(int))


@pytest.mark.parametrize("size", [None, 48])
def test_a_stored_network_is_fed_as_it_was(
    size: int | None, project_for: Callable[[str], Project], recipe_for: Recipes
) -> None:
    project = project_for("sound")
    ended = train(project, recipe_for("sound", epochs=1, image_size=size))
    run = runs.load(project, ended.run)
    best = checkpoints.best(project, ended.run)
    assert best is not None
    network = load_network(project, run, best)
    side = size or 32
    assert network.preprocess.crop == network.preprocess.resize == (side, side)


def test_views_do_not_differ(tmp_path: Path, recipe_for: Recipes) -> None:
    path = tiny.write_wav(tmp_path / "a.wav", tiny.tone(500, 0.4))
    one, recipe = task("audio-classification"), recipe_for("sound", augmentation="strong")
    reader = one.reader(one.build(recipe, 2, True), recipe)
    views = [reader(example(path), view)["pixels"] for view in (0, 1, 2)]
    assert all(np.array_equal(views[0], one) for one in views)


def test_a_broken_sound_is_told(tmp_path: Path, recipe_for: Recipes) -> None:
    (tmp_path / "a.wav").write_bytes(b"RIFF but no sound")
    one, recipe = task("audio-classification"), recipe_for("sound")
    reader = one.reader(one.build(recipe, 2, True), recipe)
    with pytest.raises(DataError):
        reader(example(tmp_path / "a.wav"), 0)
    with pytest.raises(ConfigurationError, match="about sounds"):
        given.examples(one, {"texts": ["a text"]})


def test_models_for_pictures_serve_sounds() -> None:
    assert catalogue.entries("audio-classification") == catalogue.entries("image-classification")
    assert library.found("audio-classification") == library.found("image-classification")
    assert "graft-starter" in {found.name for found in library.found("audio-classification")}


def test_the_plain_description_tells_pitches_apart(tmp_path: Path) -> None:
    project = tiny.sound_project(tmp_path)
    dataset = datasets.snapshot(project)
    examples = datasets.examples(project, dataset.id, "train")
    broken = example(tmp_path / "none.wav")
    places, rows = plain.described("audio", [*examples, broken], lambda done, total: None)
    assert list(places) == list(range(len(examples)))
    targets = np.array([one.target for one in examples])
    apart = rows[targets == 0].mean(0) - rows[targets == 1].mean(0)
    assert np.abs(apart).max() > 0.3
    assert "spectrogram" in plain.called("audio")
    project.close()
