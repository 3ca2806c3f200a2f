"""The pictures that the starter backbone learns from, and the script that teaches it."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors import safe_open
from safetensors.torch import load_file

from tools.starter import drawing, pretrain
from tools.starter.telling import COUNT
from tools.starter.views import views

SIZE = 48  # px


@pytest.fixture(scope="module")
def pool() -> drawing.Pool:
    return drawing.pool(3, 4, SIZE)


def test_a_class_is_a_formula_and_no_two_pictures_of_it_are_the_same(pool: drawing.Pool) -> None:
    assert pool.classes == 6
    assert torch.bincount(pool.targets).tolist() == [4] * 6
    pictures = pool.pictures.flatten(1).float()
    apart = torch.cdist(pictures, pictures)
    same = pool.targets[:, None] == pool.targets[None, :]
    others = ~torch.eye(len(pictures), dtype=torch.bool)
    assert apart[same & others].min() > 0
    assert apart[same & others].mean() < apart[~same].mean()
    again = drawing.pool(3, 4, SIZE)
    assert torch.equal(again.pictures, pool.pictures)


def test_shapes_drawn_anew_are_of_the_same_classes_as_a_pool() -> None:
    shapes = drawing.shapes(torch.device("cpu"), 3)
    pictures, targets = shapes.batch(10, SIZE, torch.Generator().manual_seed(1))
    assert pictures.shape == (10, 1, SIZE, SIZE)
    assert pictures.min() >= 0 and pictures.max() <= 1
    assert (pictures.amax((1, 2, 3)) > 0).all(), "a picture is empty"
    assert set(targets.tolist()) <= set(range(6))


@settings(deadline=None, max_examples=20)
@given(seed=st.integers(0, 2**31), size=st.sampled_from([32, 64, 90]))
def test_every_view_is_sound(pool: drawing.Pool, seed: int, size: int) -> None:
    draw = torch.Generator().manual_seed(seed)
    pictures, _ = pool.batch(9, SIZE, draw)
    pixels, told = views(pictures, size, draw)
    assert pixels.shape == (9, 3, size, size)
    assert told.shape == (9, COUNT)
    assert pixels.isfinite().all() and told.isfinite().all()
    assert pixels.abs().max() < 3  # normalised from 0 to 1
    assert told.abs().max() < 20


def test_teaching_goes_on_where_it_stopped_and_leaves_a_body_in_half_precision(
    tmp_path: Path, pool: drawing.Pool
) -> None:
    model = "regnet_x_400mf"
    source = drawing.pool(2, 3, pretrain.DRAWN)
    pretrain.pretrain(tmp_path, model, source, 0.02, 4)
    first = torch.load(tmp_path / "state.pt", weights_only=True)
    assert first["step"] > 0
    pretrain.pretrain(tmp_path, model, source, 0.05, 4)
    second = torch.load(tmp_path / "state.pt", weights_only=True)
    assert second["step"] > first["step"] and second["seconds"] >= 3
    held = load_file(tmp_path / "backbone.safetensors")
    assert not any(name.startswith("fc.") for name in held)
    assert all(tensor.dtype in (torch.float16, torch.int64) for tensor in held.values())
    with safe_open(tmp_path / "backbone.safetensors", "pt") as opened:
        assert opened.metadata()["architecture"] == model
    network = pretrain.pretrain(
        tmp_path / "next", model, source, 0.0, 4, tmp_path / "backbone.safetensors"
    )
    stem = network.state_dict()["stem.0.weight"]
    assert torch.equal(stem, held["stem.0.weight"].float())


def test_the_log_is_a_table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pretrain, "SAY", 1)
    pretrain.pretrain(tmp_path, "squeezenet1_1", drawing.pool(2, 3, pretrain.DRAWN), 0.02, 4)
    with (tmp_path / "log.csv").open(encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    assert [int(row["step"]) for row in rows] == list(range(1, len(rows) + 1))
    assert all(int(row["pictures"]) == 4 * int(row["step"]) for row in rows)
