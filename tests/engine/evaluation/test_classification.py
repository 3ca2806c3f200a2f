"""Every figure against scikit-learn, on what people have and on what breaks formulas."""

import json
import time
import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics as reference

from engine.evaluation.classification import Summary, metrics, summary, wilson


def outputs(items: int, classes: int, seed: int, skill: float = 2.0):
    random = np.random.default_rng(seed)
    targets = random.integers(0, classes, items)
    scores = random.normal(size=(items, classes))
    scores[np.arange(items), targets] += skill
    shares = np.exp(scores) / np.exp(scores).sum(1, keepdims=True)
    return targets, shares.astype(np.float32)


sizes = st.tuples(st.integers(1, 60), st.integers(2, 12), st.integers(0, 2**32 - 1))


@given(sizes)
@settings(max_examples=60, deadline=None)
def test_figures_are_those_of_scikit_learn(size):
    targets, probabilities = outputs(*size)
    predicted = probabilities.argmax(1)
    mine = metrics(targets, probabilities)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it warns of classes without items
        balanced = reference.balanced_accuracy_score(targets, predicted)
        f1 = reference.f1_score(targets, predicted, average="macro", zero_division=0)
    assert mine["accuracy"] == pytest.approx(reference.accuracy_score(targets, predicted))
    assert mine["balanced_accuracy"] == pytest.approx(balanced)
    assert mine["macro_f1"] == pytest.approx(f1)
    names = range(probabilities.shape[1])
    even = probabilities.astype(np.float64)
    even /= even.sum(1, keepdims=True)
    assert mine["loss"] == pytest.approx(reference.log_loss(targets, even, labels=names), abs=1e-5)


@given(sizes)
@settings(max_examples=30, deadline=None)
def test_the_table_of_classes_is_that_of_scikit_learn(size):
    targets, probabilities = outputs(*size)
    predicted = probabilities.argmax(1)
    result = summary(targets, probabilities)
    names = range(probabilities.shape[1])
    expected = reference.precision_recall_fscore_support(
        targets, predicted, labels=names, zero_division=0
    )
    np.testing.assert_allclose(np.array(result.per_class), np.array(expected).T)
    table = reference.confusion_matrix(targets, predicted, labels=names)
    np.testing.assert_array_equal(result.confusion, table)
    assert result.items == len(targets)


@given(sizes)
@settings(max_examples=40, deadline=None)
def test_intervals_are_intervals(size):
    targets, probabilities = outputs(*size)
    result = summary(targets, probabilities)
    assert list(result.metrics) == list(result.intervals)
    for name, (low, high) in result.intervals.items():
        assert low <= high
        assert name == "loss" or 0 <= low <= high <= 1
    low, high = result.intervals["accuracy"]
    assert low <= result.metrics["accuracy"] <= high


def test_wilson_is_the_textbook_one():
    # Newcombe (1998), Statistics in Medicine 17:857, the score method without correction.
    assert wilson(81, 263) == pytest.approx((0.2553, 0.3662), abs=1e-4)
    assert wilson(15, 148) == pytest.approx((0.0624, 0.1605), abs=1e-4)
    assert wilson(0, 20) == pytest.approx((0.0, 0.1611), abs=1e-4)
    assert wilson(29, 29) == pytest.approx((0.8830, 1.0), abs=1e-4)


def test_resampling_agrees_with_drawing_item_by_item():
    """The quick way (drawing the table's cells) against the plain one."""
    targets, probabilities = outputs(300, 4, seed=3, skill=1.0)
    predicted = probabilities.argmax(1)
    random = np.random.default_rng(1)
    plain = []
    for _ in range(500):
        drawn = random.integers(0, 300, 300)
        plain.append(reference.f1_score(targets[drawn], predicted[drawn], average="macro"))
    result = summary(targets, probabilities)
    assert result.intervals["macro_f1"] == pytest.approx(
        np.percentile(plain, (2.5, 97.5)), abs=0.01
    )


def test_intervals_cover_the_truth_about_as_often_as_they_say():
    truth = metrics(*outputs(200_000, 3, seed=0, skill=1.0))
    kept = dict.fromkeys(truth, 0)
    for trial in range(100):
        result = summary(*outputs(150, 3, seed=trial + 1, skill=1.0))
        for name, (low, high) in result.intervals.items():
            kept[name] += low <= truth[name] <= high
    assert min(kept.values()) >= 86, kept


def test_the_same_seed_gives_the_same_intervals():
    data = outputs(50, 3, seed=1)
    assert summary(*data, seed=7).intervals == summary(*data, seed=7).intervals
    assert summary(*data, seed=7).intervals != summary(*data, seed=8).intervals


def test_wire_form_survives_json():
    result = summary(*outputs(40, 3, seed=2))
    back = Summary.from_wire(json.loads(json.dumps(result.to_wire())))
    assert back.metrics == result.metrics
    assert back.intervals == result.intervals
    assert back.per_class == result.per_class
    np.testing.assert_array_equal(back.confusion, result.confusion)


def test_ten_thousand_items_and_77_classes_take_a_moment():
    targets, probabilities = outputs(10_000, 77, seed=0)
    started = time.perf_counter()
    summary(targets, probabilities)
    assert time.perf_counter() - started < 5  # about 0.3 s; loose, for a loaded machine


def test_a_certain_miss_has_a_large_loss_and_not_an_endless_one():
    figures = metrics([0], [[0.0, 1.0]])
    assert 50 < figures["loss"] < 200


@pytest.mark.parametrize(
    ("targets", "probabilities"),
    [([], np.zeros((0, 2))), ([0, 1], [[1.0, 0.0]]), ([2], [[1.0, 0.0]]), ([-1], [[1.0, 0.0]])],
)
def test_what_does_not_fit_is_refused(targets, probabilities):
    with pytest.raises(ValueError, match="match|within"):
        metrics(targets, probabilities)
