"""Fewer dimensions, the same neighbours."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.suggesting import reduction


@given(st.integers(1, 40), st.integers(1, 30), st.integers(0, 50))
def test_any_shape_is_reduced(count: int, width: int, seed: int) -> None:
    features = np.random.default_rng(seed).standard_normal((count, width)).astype(np.float32)
    found = reduction.of(features, 8).reduce(features)
    assert found.shape[0] == count and 1 <= found.shape[1] <= 8
    assert found.dtype == np.float32 and np.isfinite(found).all()


def test_distances_are_kept_where_all_axes_are() -> None:
    features = np.random.default_rng(0).standard_normal((200, 20)).astype(np.float32)
    made = reduction.of(features)
    rows = (reduction.unit(features) - made.middle) / made.spread
    found = made.reduce(features)
    wanted = np.linalg.norm(rows[:50, None] - rows[None, :50], axis=2)
    own = np.linalg.norm(found[:50, None] - found[None, :50], axis=2)
    ratio = (own / np.maximum(wanted, 1e-9))[~np.eye(50, dtype=bool)]
    assert ratio.std() / ratio.mean() < 0.02
    assert np.square(found).sum(1).mean() == pytest.approx(1, rel=0.05)


def test_more_features_than_items_and_constant_features() -> None:
    features = np.zeros((12, 300), np.float32)
    features[:, :4] = np.random.default_rng(0).standard_normal((12, 4))
    found = reduction.of(features).reduce(features)
    assert np.isfinite(found).all() and found.shape[1] == 11


def test_the_same_features_give_the_same_axes_in_half_precision_too() -> None:
    features = np.random.default_rng(0).standard_normal((500, 64)).astype(np.float32)
    first, again = reduction.of(features), reduction.of(features.copy())
    assert np.array_equal(first.axes, again.axes)
    half = reduction.of(features.astype(np.float16)).reduce(features.astype(np.float16))
    assert np.abs(np.abs(half) - np.abs(first.reduce(features))).mean() < 0.05


def test_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="no item"):
        reduction.of(np.empty((0, 5), np.float32))
