"""Kappa against scikit-learn and the published example, and what it says when it cannot know."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import cohen_kappa_score

from engine.evaluation.kappa import cohen, fleiss

readings = st.lists(st.tuples(st.integers(3, 6), st.integers(3, 6)), min_size=5, max_size=40)


@given(readings)
def test_two_readers_as_scikit_learn_has_it(said: list[tuple[int, int]]) -> None:
    first, second = [a for a, _ in said], [b for _, b in said]
    found = cohen(first, second)
    if len({*first, *second}) == 1:
        assert math.isnan(found.kappa) and "says nothing" in found.words
        return
    assert found.kappa == pytest.approx(cohen_kappa_score(first, second), abs=1e-9)
    assert found.same == pytest.approx(np.mean(np.equal(first, second)))
    assert cohen(second, first).kappa == pytest.approx(found.kappa)


def test_the_example_of_fleiss_1971() -> None:
    """Thirty patients, six psychiatrists: the paper's table is not ours; ten items and fourteen
    readers are the textbook's, with kappa 0.210."""
    table = [
        [0, 0, 0, 0, 14], [0, 2, 6, 4, 2], [0, 0, 3, 5, 6], [0, 3, 9, 2, 0], [2, 2, 8, 1, 1],
        [7, 7, 0, 0, 0], [3, 2, 6, 3, 0], [2, 5, 3, 2, 2], [6, 5, 2, 1, 0], [0, 2, 2, 3, 7],
    ]  # fmt: skip
    found = fleiss(np.asarray(table))
    assert found.kappa == pytest.approx(0.210, abs=5e-4)
    assert found.low < found.kappa < found.high and found.same == 0.1


def test_the_interval_covers_the_truth_and_groups_widen_it() -> None:
    covered, wide, narrow = 0, 0.0, 0.0
    for seed in range(60):
        draw = np.random.default_rng(seed)
        truth = draw.integers(0, 2, 120)
        second = np.where(draw.random(120) < 0.8, truth, 1 - truth)
        found = cohen(list(truth), list(second))
        covered += found.low <= 0.6 <= found.high  # 0.8 seen, 0.5 by chance
        patients = np.repeat(np.arange(12), 10)
        flipped = np.repeat(draw.random(12) < 0.2, 10)
        clustered = np.where(flipped, 1 - truth, truth)
        by_item = cohen(list(truth), list(clustered))
        by_patient = cohen(list(truth), list(clustered), list(patients))
        narrow += by_item.high - by_item.low
        wide += by_patient.high - by_patient.low
    assert covered >= 50
    assert wide > 1.5 * narrow


def test_too_few_items_claim_nothing() -> None:
    for found in (cohen([], []), cohen([1, 2], [1, 1]), fleiss(np.zeros((0, 3), np.int64))):
        assert math.isnan(found.kappa) and "too few" in found.words
