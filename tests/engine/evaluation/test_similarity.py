"""Linear CKA: blind to turning and scale, near zero for strangers, with an honest interval."""

from __future__ import annotations

import numpy as np
import pytest

from engine.evaluation.similarity import cka


def test_turned_and_scaled_descriptions_are_the_same() -> None:
    draw = np.random.default_rng(0)
    features = draw.normal(size=(40, 10))
    turn, _ = np.linalg.qr(draw.normal(size=(10, 10)))
    value, low, high = cka(features, 3 * features @ turn + 5)
    assert value == pytest.approx(1) and low > 0.99 and high == pytest.approx(1)


def test_strangers_have_nothing_in_common_though_items_are_few() -> None:
    """20 items of 500 features: the plain estimate says 0.9 and more."""
    values = []
    for seed in range(10):
        draw = np.random.default_rng(seed)
        one, two = draw.normal(size=(20, 500)), draw.normal(size=(20, 500))
        values.append(cka(one, two)[0])
        grams = [(part - part.mean(0)) @ (part - part.mean(0)).T for part in (one, two)]
        plain = (grams[0] * grams[1]).sum() / np.sqrt((grams[0] ** 2).sum() * (grams[1] ** 2).sum())
        assert plain > 0.9
    assert np.mean(values) < 0.15


def test_the_interval_holds_the_value_of_many_items() -> None:
    draw = np.random.default_rng(1)
    basis = draw.normal(size=(6, 12))

    def pair(items: int) -> tuple[np.ndarray, np.ndarray]:
        common, own = draw.normal(size=(items, 6)), draw.normal(size=(items, 12))
        return common @ basis, 0.7 * common @ basis + own

    whole = cka(*pair(900))[0]
    inside = [low <= whole <= high for _, low, high in (cka(*pair(60)) for _ in range(40))]
    assert np.mean(inside) > 0.8 and 0.3 < whole < 0.95


def test_few_items_are_refused() -> None:
    with pytest.raises(ValueError, match="items"):
        cka(np.ones((3, 2)), np.ones((3, 2)))
    with pytest.raises(ValueError, match="items"):
        cka(np.ones((30, 2)), np.ones((29, 2)))
