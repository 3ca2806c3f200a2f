"""What accepting in bulk would do: counts and how many are expected to be wrong."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.suggesting.preview import above, preview


def test_hidden_and_unsure_suggestions_stay_out() -> None:
    sure = np.asarray([0.95, 0.9, 0.99, 0.5], np.float32)
    hidden = np.asarray([False, False, True, False])
    assert above(sure, hidden, 0.9).tolist() == [0, 1]


def test_counts_and_errors_add_up() -> None:
    found = preview(np.asarray([7, 7, 9]), np.asarray([0.9, 0.8, 1.0], np.float32))
    assert found.items == 3 and found.by_class == {7: 2, 9: 1}
    assert found.wrong == pytest.approx(0.3) and (found.low, found.high) == (0, 1)
    nothing = preview(np.asarray([], np.int64), np.asarray([], np.float32))
    assert (nothing.items, nothing.wrong, nothing.low, nothing.high) == (0, 0.0, 0, 0)


@pytest.mark.parametrize("count", [30, 1000, 1400])
def test_the_interval_holds_what_is_drawn(count: int) -> None:
    draw = np.random.default_rng(count)
    sure = draw.uniform(0.8, 1.0, count).astype(np.float32)
    found = preview(np.zeros(count, np.int64), sure)
    wrong = (draw.random((4000, count)) > sure).sum(1)
    assert ((found.low <= wrong) & (wrong <= found.high)).mean() > 0.94


@given(st.lists(st.floats(0, 1, width=32), max_size=50))
def test_the_interval_is_one(sure: list[float]) -> None:
    found = preview(np.zeros(len(sure), np.int64), np.asarray(sure, np.float32))
    assert 0 <= found.low <= found.high <= found.items
    assert found.low - 1e-3 <= found.wrong + 1 and found.wrong - 1 <= found.high + 1e-3
