"""The two-sample test: silent where there is no shift, and sure where there is one."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import kstest
from sklearn.datasets import load_digits
from sklearn.metrics import roc_auc_score

from engine.errors import DataError
from engine.evaluation.two_sample import STRENGTH, auc, logistic, two_sample


@pytest.fixture(scope="module")
def digits() -> np.ndarray:
    """Real handwritten digits as rows of 64 pixels."""
    return load_digits().data.astype(np.float64)


def test_the_auc_is_that_of_scikit_learn() -> None:
    draw = np.random.default_rng(0)
    scores, belongs = draw.integers(0, 9, 80).astype(float), draw.integers(0, 2, 80)
    assert auc(scores, belongs) == pytest.approx(roc_auc_score(belongs, scores))


def test_the_regression_is_that_of_scikit_learn(digits: np.ndarray) -> None:
    from sklearn.linear_model import LogisticRegression

    draw = np.random.default_rng(0)
    rows = draw.normal(size=(90, 8)) @ np.diag(np.linspace(0.5, 2, 8))
    belongs = (rows[:, 0] + draw.normal(size=90) > 0.8).astype(int)
    model = LogisticRegression(C=STRENGTH, class_weight="balanced", tol=1e-9, max_iter=1000)
    model.fit(rows, belongs)
    found = logistic(rows, belongs)
    assert found[:-1] == pytest.approx(model.coef_[0], abs=1e-4)
    assert found[-1] == pytest.approx(model.intercept_[0], abs=1e-4)


def test_without_a_shift_p_values_are_uniform(digits: np.ndarray) -> None:
    found = []
    for seed in range(30):
        order = np.random.default_rng(seed).permutation(len(digits))
        one, two = digits[order[:60]], digits[order[60:100]]
        found.append(two_sample(one, two, seed=seed, permutations=39))
    p = [one.p for one in found]
    assert kstest(p, "uniform").pvalue > 0.01, p
    assert sum(one.differ for one in found) == 0
    assert np.mean([one.low <= 0.5 <= one.high for one in found]) >= 0.8


@pytest.mark.parametrize("how", ["inverted", "blurred", "darker"])
def test_a_real_shift_is_found(how: str, digits: np.ndarray) -> None:
    order = np.random.default_rng(1).permutation(len(digits))
    one, two = digits[order[:150]], digits[order[150:250]].reshape(-1, 8, 8)
    if how == "inverted":
        two = 16 - two
    elif how == "blurred":
        two = (two + np.roll(two, 1, 1) + np.roll(two, 1, 2) + np.roll(two, -1, 2)) / 4
    else:
        two = two * 0.6
    found = two_sample(one, two.reshape(-1, 64))
    assert found.differ and found.auc > 0.75 and found.p == pytest.approx(1 / 201)
    assert found.low <= found.auc <= found.high and found.items == (150, 100)


def test_patients_are_not_taken_for_a_shift() -> None:
    """Ten items of each patient are alike: item by item it looks like a shift, and is none."""
    seen, naive = [], []
    for seed in range(8):
        draw = np.random.default_rng(seed)
        patients = draw.normal(size=(24, 8))
        items = np.repeat(patients, 10, axis=0) + 0.1 * draw.normal(size=(240, 8))
        marks = np.repeat(np.arange(24), 10)
        sides = (slice(0, 120), slice(120, 240))
        parts = [items[side] for side in sides]
        groups = (marks[sides[0]], marks[sides[1]])
        seen.append(two_sample(*parts, groups, seed=seed, permutations=99).p)
        naive.append(two_sample(*parts, seed=seed, permutations=99).p)
    assert np.mean(np.asarray(naive) <= 0.05) > 0.8, "the trap is real"
    assert np.mean(np.asarray(seen) <= 0.05) <= 0.25


def test_too_few_items_are_refused(digits: np.ndarray) -> None:
    with pytest.raises(DataError, match="too few"):
        two_sample(digits[:50], digits[:4])
    with pytest.raises(DataError, match="too few"):
        two_sample(digits[:50], digits[:50], (np.zeros(50), np.arange(50)))


def test_it_can_be_ended(digits: np.ndarray) -> None:
    def stop(done: int, total: int) -> None:
        if done == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        two_sample(digits[:50], digits[50:100], check=stop)


def test_features_that_never_change_tell_nothing() -> None:
    found = two_sample(np.ones((30, 4)), np.ones((30, 4)), permutations=19)
    assert found.auc == 0.5 and not found.differ
