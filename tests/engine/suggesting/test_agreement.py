"""The hidden tenth, and what agreement with and without suggestions says."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from engine.evaluation.classification import wilson
from engine.suggesting.agreement import ENOUGH, agreement, hidden, newcombe

HASHES = [f"{number:064x}" for number in range(20_000)]


def test_a_tenth_is_hidden_and_always_the_same() -> None:
    first = hidden("project", HASHES)
    assert 0.09 < first.mean() < 0.11
    assert np.array_equal(first, hidden("project", HASHES))
    assert np.array_equal(first[::-1], hidden("project", HASHES[::-1])), "whatever the order"
    other = hidden("another", HASHES)
    assert 0.005 < (first & other).mean() < 0.015, "another project draws by itself"
    assert not hidden("project", [], 0.1).size and hidden("project", HASHES[:9], 1.0).all()


@given(st.text(), st.lists(st.text(max_size=8), max_size=20))
def test_any_key_and_any_hash_will_do(key: str, hashes: list[str]) -> None:
    encodable = [one.encode("utf-8", "ignore").decode() for one in (key, *hashes)]
    found = hidden(encodable[0], encodable[1:])
    for one, is_hidden in zip(encodable[1:], found, strict=True):
        assert hidden(encodable[0], [one])[0] == is_hidden


def test_newcombes_own_example() -> None:
    """56 of 70 less 48 of 80, method 10 of the paper: 0.0524 to 0.3339."""
    value, low, high = newcombe(56, 70, 48, 80)
    assert value == pytest.approx(0.2)
    assert (round(low, 4), round(high, 4)) == (0.0524, 0.3339)


@given(st.integers(0, 60), st.integers(0, 60), st.integers(0, 60), st.integers(0, 60))
def test_the_interval_holds_the_difference(a: int, of_a: int, b: int, of_b: int) -> None:
    a, b = min(a, of_a), min(b, of_b)
    value, low, high = newcombe(a, of_a, b, of_b)
    assert -1 <= low <= value <= high <= 1
    back = newcombe(b, of_b, a, of_a)
    assert back[1:] == pytest.approx((-high, -low))


def test_the_interval_holds_the_truth_about_19_times_in_20() -> None:
    draw = np.random.default_rng(0)
    held = 0
    for _ in range(2000):
        _, low, high = newcombe(int(draw.binomial(200, 0.9)), 200, int(draw.binomial(25, 0.8)), 25)
        held += low <= 0.1 <= high
    assert stats.binomtest(held, 2000, 0.95).pvalue > 1e-3 or held / 2000 > 0.95


def test_a_reader_who_follows_is_noticed() -> None:
    seen = np.repeat([True, False], [400, 60])
    equal = np.concatenate([np.arange(400) < 390, np.arange(60) < 42])
    found = agreement(seen, equal)
    assert found.sways and found.words.startswith("Suggestions seem to sway the reader")
    assert found.with_shown == (390 / 400, *wilson(390, 400))
    assert found.with_hidden[0] == 0.7 and found.difference[1] > 0


def test_no_difference_is_called_that() -> None:
    seen = np.repeat([True, False], [400, 60])
    equal = np.concatenate([np.arange(400) < 360, np.arange(60) < 53])
    found = agreement(seen, equal)
    assert not found.sways and found.words.startswith("No sign")
    assert "would go unnoticed" in found.words


def test_too_few_labels_say_nothing() -> None:
    seen = np.repeat([True, False], [400, ENOUGH - 1])
    found = agreement(seen, seen)
    assert not found.sways and found.words.startswith("Too early")
    nothing = agreement([], [])
    assert nothing.shown == nothing.hidden == 0 and nothing.words.startswith("Too early")
    with pytest.raises(ValueError, match="do not match"):
        agreement([True], [True, False])
