"""The map: near stays near, the same gives the same, what comes moves little."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.datasets import load_digits
from sklearn.neighbors import KNeighborsClassifier

from engine.errors import Cancelled
from engine.suggesting import projection, reduction
from engine.suggesting.projection import onto, project

Arrays = tuple[np.ndarray, np.ndarray]


@pytest.fixture(scope="module")
def digits() -> Arrays:
    pixels, targets = load_digits(return_X_y=True)
    pixels = pixels[:900].astype(np.float32)
    return reduction.of(pixels).reduce(pixels), targets[:900]


def neighbours_agree(places: np.ndarray, targets: np.ndarray) -> float:
    odd = np.arange(len(targets)) % 2 == 0
    model = KNeighborsClassifier(10).fit(places[odd], targets[odd])
    return float(model.score(places[~odd], targets[~odd]))


def test_like_digits_lie_together_and_the_map_is_always_the_same(digits: Arrays) -> None:
    features, targets = digits
    features, targets = features[:500], targets[:500]
    first = project(features)
    assert first.places.shape == (500, 2) and first.landmarks.all()
    assert np.array_equal(first.places, project(features).places)
    assert neighbours_agree(first.places, targets) > 0.8
    assert 0.8 < np.quantile(np.abs(first.places), 0.99) < 1.2


def test_more_items_than_landmarks_are_placed_among_them(
    digits: Arrays, monkeypatch: pytest.MonkeyPatch
) -> None:
    features, targets = digits
    monkeypatch.setattr(projection, "LANDMARKS", 300)
    found = project(features)
    assert found.landmarks.sum() == 300
    assert neighbours_agree(found.places, targets) > 0.8


def test_few_that_come_leave_the_map_as_it_is_and_many_turn_it_little(digits: Arrays) -> None:
    features, targets = digits
    before = project(features[:500])
    known = np.concatenate([np.arange(500), np.full(100, -1)])
    few = project(features[:600], before, known)
    assert np.array_equal(few.places[:500], before.places)
    assert neighbours_agree(few.places, targets[:600]) > 0.8
    known = np.concatenate([np.arange(500), np.full(400, -1)])
    many = project(features, before, known)
    moved = np.linalg.norm(many.places[:500] - before.places, axis=1)
    size = np.linalg.norm(before.places - before.places.mean(0), axis=1)
    assert np.median(moved) < 0.3 * np.median(size)
    assert neighbours_agree(many.places, targets) > 0.85


def test_it_tells_how_far_and_ends_when_asked(digits: Arrays) -> None:
    told: list[tuple[int, int]] = []
    project(digits[0][:200], tell=lambda done, total: told.append((done, total)))
    assert told[0][0] == 0 and told[-1][0] == told[-1][1]
    assert [done for done, _ in told] == sorted(done for done, _ in told)

    def stop(done: int, total: int) -> None:
        if done:
            raise Cancelled

    with pytest.raises(Cancelled):
        project(digits[0][:200], tell=stop)


@given(st.floats(-3, 3), st.floats(0.1, 5), st.booleans(), st.integers(0, 20))
def test_a_turned_map_is_turned_back(turn: float, scale: float, mirror: bool, seed: int) -> None:
    old = np.random.default_rng(seed).standard_normal((12, 2)).astype(np.float32)
    turned = old @ np.asarray([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]])
    turned = (turned * [1, -1 if mirror else 1] * scale + 7).astype(np.float32)
    assert np.allclose(onto(turned, old, np.ones(12, bool)), old, atol=1e-3)


@given(st.integers(1, 9), st.integers(1, 5))
@settings(max_examples=25)
def test_a_handful_of_items_has_a_map(count: int, width: int) -> None:
    rows = np.random.default_rng(count).standard_normal((count, width)).astype(np.float32)
    found = project(rows)
    assert found.places.shape == (count, 2) and np.isfinite(found.places).all()
