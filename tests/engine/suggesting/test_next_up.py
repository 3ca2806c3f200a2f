"""Orders: uncertain ones first, far ones first, groups and copies apart."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.datasets import load_digits

from engine.suggesting import next_up, reduction
from engine.suggesting.next_up import APART, Ground, ground, orders, spread, uncertainty
from engine.suggesting.probe import fit, suggest


def circle(count: int, groups: object = None, copies: object = None) -> Ground:
    turns = 2 * np.pi * np.arange(count) / count
    rows = np.stack([np.cos(turns), np.sin(turns)], axis=1).astype(np.float32)
    own = np.arange(count)
    return Ground(
        rows, np.zeros(count, bool),
        own if groups is None else np.asarray(groups),
        own if copies is None else np.asarray(copies),
    )  # fmt: skip


def test_uncertainty_is_one_less_the_margin() -> None:
    given_ = np.asarray([[0.5, 0.5, 0.0], [1.0, 0.0, 0.0], [0.2, 0.3, 0.5]], np.float32)
    assert np.allclose(uncertainty(given_), [1, 0, 0.8])


def test_diversity_goes_to_the_farthest_first() -> None:
    places = circle(8)
    found = orders(places, np.asarray([0]), np.arange(1, 8), np.ones(7, np.float32))
    walked = (1 + found["diversity"]).tolist()
    assert walked[0] == 4, "opposite the labelled one"
    assert set(walked[1:3]) == {2, 6}, "then the quarters"


def test_the_mix_heeds_both() -> None:
    places, doubt = circle(12), np.full(11, 0.5, np.float32)
    doubt[[2, 8]] = 1.0  # items 3 and 9, opposite each other
    found = orders(places, np.asarray([0]), np.arange(1, 12), doubt)
    assert set((1 + found["mix"][:2]).tolist()) == {3, 9}
    assert (1 + found["diversity"])[0] == 6


def test_those_that_lie_alone_wait() -> None:
    draw = np.random.default_rng(0)
    close = draw.standard_normal((95, 1, 3)) * 0.05 + np.eye(3)[draw.integers(0, 3, 95)][:, None]
    odd = -np.abs(draw.standard_normal((5, 3)))
    reduced = np.concatenate([close[:, 0], odd]).astype(np.float32)
    own = np.arange(100)
    places = ground(reduced, own, own)
    found = orders(places, np.empty(0, np.int64), own, np.ones(100, np.float32))
    assert not set(found["diversity"][:3].tolist()) & set(range(95, 100))
    kinds = {int(np.argmax(reduced[place])) for place in found["diversity"][:3]}
    assert kinds == {0, 1, 2}, "one of each heap"


def test_copies_come_last_and_so_do_copies_of_labelled_items() -> None:
    places = circle(6, copies=[0, 1, 1, 2, 0, 3])
    found = orders(places, np.asarray([0]), np.arange(1, 6), np.linspace(1, 0, 5, dtype=np.float32))
    for name in next_up.ORDERS:
        assert set((1 + found[name][-2:]).tolist()) == {2, 4}, name


def test_groups_are_spread() -> None:
    groups = np.repeat(np.arange(20), 30)
    found = spread(np.arange(600), groups, page=150)[:100]
    for start in range(100 - APART):
        assert len(set(groups[found[start : start + APART]].tolist())) == APART


def test_few_groups_stop_nothing() -> None:
    found = spread(np.arange(50), np.zeros(50, np.int64))
    assert found.tolist() == list(range(50))


@given(st.integers(0, 60), st.integers(0, 40), st.integers(0, 99))
@settings(max_examples=40)
def test_every_item_stands_once_in_every_order(waiting: int, labelled: int, seed: int) -> None:
    draw = np.random.default_rng(seed)
    count = waiting + labelled
    if not count:
        return
    reduced = draw.standard_normal((count, 4)).astype(np.float32)
    reduced[draw.random(count) < 0.2] = 0.0  # rows of zeros, and so copies
    places = ground(reduced, draw.integers(0, 5, count), draw.integers(0, count, count))
    mixed = draw.permutation(count)
    doubt = draw.random(waiting).astype(np.float32)
    found = orders(places, mixed[waiting:], mixed[:waiting], doubt)
    for name in next_up.ORDERS:
        assert sorted(found[name].tolist()) == list(range(waiting)), name


def test_on_real_handwriting_every_order_needs_fewer_labels_than_chance() -> None:
    """How right the probe is with 70 labels, ten seeds together; the first 20 are the same."""
    pixels, targets = load_digits(return_X_y=True)
    pixels, targets = pixels.astype(np.float32), targets.astype(np.int64)
    reduced = reduction.of(pixels).reduce(pixels)
    own = np.arange(len(targets))
    places = ground(reduced, own, own)
    right = dict.fromkeys(("random", *next_up.ORDERS), 0.0)
    for seed in range(4):
        mixed = np.random.default_rng(seed).permutation(own)
        first = np.concatenate([mixed[targets[mixed] == c][:2] for c in range(10)])
        for name in right:
            taught = first
            while len(taught) < 70:
                waiting = np.setdiff1d(mixed, taught)
                if name == "random":
                    taught = np.concatenate([taught, mixed[np.isin(mixed, waiting)][:10]])
                    continue
                known = fit(reduced[taught], targets[taught])
                doubt = uncertainty(suggest(known, reduced[waiting]))
                more = waiting[orders(places, taught, waiting, doubt)[name][:10]]
                taught = np.concatenate([taught, more])
            known = fit(reduced[taught], targets[taught])
            right[name] += float((suggest(known, reduced).argmax(1) == targets).mean()) / 4
    for name in next_up.ORDERS:
        assert right[name] > right["random"], right
