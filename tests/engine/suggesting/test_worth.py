"""Learning curves: power laws found again, gains that come true, and silence where it is due."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.datasets import load_digits

from engine.errors import Cancelled
from engine.suggesting import reduction
from engine.suggesting.curve import fitted
from engine.suggesting.probe import fit, suggest
from engine.suggesting.worth import LEAST, MORE, worth

Arrays = tuple[np.ndarray, np.ndarray]


@pytest.fixture(scope="module")
def digits() -> Arrays:
    pixels, targets = load_digits(return_X_y=True)
    mixed = np.random.default_rng(0).permutation(len(targets))
    pixels = pixels[mixed].astype(np.float32)
    return reduction.of(pixels).reduce(pixels), targets[mixed].astype(np.int64)


@given(st.floats(0.5, 0.99), st.floats(0.2, 1.5), st.floats(0.15, 0.95))
def test_a_power_law_is_found_again(top: float, drop: float, exponent: float) -> None:
    sizes = np.geomspace(20, 400, 6)
    made = fitted(sizes, (top - drop * sizes**-exponent)[None])
    assert made.at(600.0)[0] == pytest.approx(top - drop * 600**-exponent, abs=0.01)
    assert made.gain(400.0, 100)[0] == pytest.approx(
        drop * (400**-exponent - 500**-exponent), abs=0.005
    )


def test_nothing_grows_beyond_one() -> None:
    sizes = np.asarray([10.0, 20, 40, 80])
    made = fitted(sizes, np.asarray([[0.2, 0.4, 0.65, 0.95]]))
    assert made.top[0] <= 1 and made.at(1e9)[0] <= 1


@pytest.mark.parametrize("labels", [150, 400])
def test_what_it_says_comes_true_on_real_handwriting(digits: Arrays, labels: int) -> None:
    """The gain of balanced accuracy that came with more labels, by the mean of 12 draws."""
    features, targets = digits
    said = worth(features[:labels], targets[:labels])
    assert said.state == "gain" and said.low > 0
    came = []
    for seed in range(12):
        mixed = np.random.default_rng(seed).permutation(len(targets))
        ends = []
        for count in (labels, labels + said.more):
            probe = fit(features[mixed[:count]], targets[mixed[:count]])
            rest = mixed[labels + MORE :]
            right = suggest(probe, features[rest]).argmax(1) == targets[rest]
            ends.append(np.mean([right[targets[rest] == c].mean() for c in range(10)]))
        came.append(ends[1] - ends[0])
    assert said.low <= np.mean(came) <= said.high
    assert abs(said.now - 0.94) < 0.06


def test_more_labels_are_worth_less_and_less(digits: Arrays) -> None:
    few = worth(digits[0][:200], digits[1][:200])
    many = worth(digits[0][:1200], digits[1][:1200])
    assert few.gain > 2 * many.gain
    assert many.state == "stop" and "time to stop" in many.words({})
    assert [n for n, *_ in few.points] == sorted(n for n, *_ in few.points)


def test_the_class_that_lacks_labels_is_named(digits: Arrays) -> None:
    """Of one digit that others are taken for there are few labels, of the rest many."""
    features, targets = digits
    some = np.isin(targets, [1, 8, 0])
    features, targets = features[some], targets[some]
    keep = np.concatenate([
        np.flatnonzero(targets == c)[: 8 if c == 8 else 60] for c in (0, 1, 8)
    ])  # fmt: skip
    keep = np.random.default_rng(0).permutation(keep)
    said = worth(features[keep], targets[keep])
    assert said.by_class is not None
    assert max(said.by_class, key=lambda c: said.by_class[c][0]) == 8  # type: ignore[index]
    if said.best is not None:
        assert said.best == 8 and "eight" in said.words({8: "eight"})


def test_few_labels_say_nothing(digits: Arrays) -> None:
    said = worth(digits[0][: LEAST - 1], digits[1][: LEAST - 1])
    assert said.state == "few" and said.words({}).startswith("Too few labels")
    one = worth(digits[0][:60], np.zeros(60, np.int64))
    assert one.state == "few"


def test_labels_of_chance_promise_no_gain(digits: Arrays) -> None:
    draw = np.random.default_rng(0)
    states = {worth(digits[0][:120], draw.integers(0, 3, 120), seed=s).state for s in range(4)}
    assert states <= {"unsure", "stop"}


def test_the_same_labels_say_the_same_and_groups_widen(digits: Arrays) -> None:
    features, targets = digits[0][:200], digits[1][:200]
    assert worth(features, targets) == worth(features, targets)
    groups = np.arange(200) // 20
    said = worth(features, targets, groups=groups)
    assert np.isfinite([said.gain, said.low, said.high]).all()


def test_it_ends_when_asked(digits: Arrays) -> None:
    def stop(done: int, total: int) -> None:
        if done == 3:
            raise Cancelled

    with pytest.raises(Cancelled):
        worth(digits[0][:100], digits[1][:100], tell=stop)
