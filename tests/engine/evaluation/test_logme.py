"""LogME is the evidence it claims to be, and orders features as it should."""

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize
from scipy.stats import multivariate_normal

from engine.evaluation.logme import logme


def by_definition(features: np.ndarray, wanted: np.ndarray) -> float:
    """The largest evidence an item, found by another way: the density itself, searched."""

    def less(logs: np.ndarray) -> float:
        weights, noise = np.exp(np.clip(logs, -12, 12))  # one may well have no largest value
        spread = features @ features.T / weights + np.eye(len(wanted)) / noise
        return -multivariate_normal.logpdf(wanted, cov=spread) / len(wanted)

    found = [minimize(less, (a, b), method="Nelder-Mead").fun for a, b in ((0, 0), (4, 2), (8, 1))]
    return -min(found)


@given(
    seed=st.integers(0, 10_000), items=st.integers(12, 24), width=st.integers(1, 40),
    strength=st.floats(0.3, 3.0),
)  # fmt: skip
@example(seed=7671, items=13, width=35, strength=1.0)  # two hills
@settings(max_examples=8, deadline=None)
def test_it_is_the_largest_evidence_of_the_linear_model(seed, items, width, strength):
    draw = np.random.default_rng(seed)
    targets = np.arange(items) % 3
    features = draw.normal(size=(items, width))
    features[:, 0] += strength * targets
    expected = np.mean([by_definition(features, (targets == k).astype(float)) for k in range(3)])
    found = logme(features, targets)
    assert found == pytest.approx(expected, abs=2e-3)


def test_features_that_tell_classes_apart_score_higher():
    draw = np.random.default_rng(0)
    targets = np.repeat(np.arange(5), 30)
    noise = draw.normal(size=(150, 64))
    scores = [
        logme(noise + far * draw.normal(size=(5, 64))[targets], targets) for far in (0, 0.2, 0.5, 2)
    ]
    assert scores == sorted(scores) and scores[-1] > scores[0] + 0.5


def test_the_scale_and_the_turn_of_the_features_mean_nothing():
    draw = np.random.default_rng(1)
    targets = np.repeat(np.arange(3), 20)
    features = draw.normal(size=(60, 30)) + draw.normal(size=(3, 30))[targets]
    turn, _ = np.linalg.qr(draw.normal(size=(30, 30)))
    plain = logme(features, targets)
    assert logme(features @ turn, targets) == pytest.approx(plain, abs=1e-6)
    assert logme(features * 7.5, targets) == pytest.approx(plain, abs=1e-3)


def test_features_without_content_are_no_accident():
    targets = np.repeat(np.arange(2), 10)
    assert np.isfinite(logme(np.zeros((20, 8)), targets))
    assert logme(np.zeros((20, 8)), targets) < logme(np.eye(2)[targets], targets)


def test_lengths_must_agree():
    with pytest.raises(ValueError, match="3 targets"):
        logme(np.zeros((4, 2)), [0, 1, 1])
