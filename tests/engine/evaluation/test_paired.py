"""The paired test is exact, calibrated, and never claims what few items cannot show."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import binomtest, kstest

from engine.evaluation.paired import METRICS, compare, mcnemar


@pytest.mark.parametrize(("a", "b"), [(0, 0), (1, 0), (3, 12), (40, 41), (200, 260), (0, 9)])
def test_mcnemar_is_the_exact_binomial_test(a: int, b: int) -> None:
    wanted = binomtest(a, a + b).pvalue if a + b else 1.0
    assert mcnemar(a, b) == pytest.approx(wanted, rel=1e-9)
    assert mcnemar(a, b) == mcnemar(b, a)


def test_many_items_go_by_the_normal_law_and_hardly_differ() -> None:
    assert mcnemar(2600, 2401) == pytest.approx(binomtest(2600, 5001).pvalue, rel=0.02)


def two(items: int, right: tuple[float, float], seed: int) -> tuple[np.ndarray, ...]:
    """Classes of uneven size, and two models of given accuracy with independent errors."""
    draw = np.random.default_rng(seed)
    true = draw.choice(3, items, p=[0.6, 0.3, 0.1])
    said = []
    for share in right:
        wrong = draw.random(items) >= share
        said.append(np.where(wrong, (true + draw.integers(1, 3, items)) % 3, true))
    return true, *said


@pytest.mark.parametrize("metric", METRICS)
def test_models_that_do_equally_well_are_rarely_told_apart(metric: str) -> None:
    found = [compare(*two(80, (0.8, 0.8), seed), 3, metric, seed) for seed in range(120)]
    assert np.mean([one.p < 0.05 for one in found]) <= 0.1
    assert np.mean([one.sure for one in found]) <= 0.1
    # Not only at 0.05: small p-values are no more frequent than chance makes them.
    assert kstest([one.p for one in found], "uniform", alternative="greater").pvalue > 1e-3


@pytest.mark.parametrize("metric", METRICS)
def test_a_real_difference_is_found_with_its_interval(metric: str) -> None:
    found = [compare(*two(300, (0.7, 0.85), seed), 3, metric, seed) for seed in range(20)]
    assert all(one.value > 0 for one in found)
    assert np.mean([one.sure for one in found]) > 0.8
    true = compare(*two(60_000, (0.7, 0.85), 99), 3, metric).value
    assert np.mean([one.low <= true <= one.high for one in found]) >= 0.8


def test_what_is_sure_and_its_interval_agree() -> None:
    """Five items that differ, all one way: bootstrap would be sure, the exact test is not."""
    true = np.zeros(30, dtype=int)
    a, b = true.copy(), true.copy()
    a[:5] = 1
    found = compare(true, a, b, 2)
    assert found.p == pytest.approx(2 / 32) and not found.sure
    assert found.low == 0.0 < found.value <= found.high


@pytest.mark.parametrize("metric", METRICS)
def test_figures_are_those_of_scikit_learn(metric: str) -> None:
    from sklearn import metrics

    true, a, b = two(200, (0.6, 0.8), 3)
    score = {
        "accuracy": metrics.accuracy_score,
        "balanced_accuracy": metrics.balanced_accuracy_score,
        "macro_f1": lambda t, p: metrics.f1_score(t, p, average="macro"),
    }[metric]
    found = compare(true, a, b, 3, metric)
    assert found.a == pytest.approx(score(true, a)) and found.b == pytest.approx(score(true, b))
    assert found.value == pytest.approx(found.b - found.a)
    assert compare(true, a, b, 3, metric) == found, "the same seed, the same figures"


def test_what_cannot_be_compared_is_refused() -> None:
    with pytest.raises(ValueError, match="items"):
        compare([0, 1], [0], [0, 1], 2)
    with pytest.raises(ValueError, match="kappa"):
        compare([0, 1], [0, 1], [0, 1], 2, "kappa")
