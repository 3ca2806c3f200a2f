"""Splits: no group in two of them ever, shares kept, stratified, the same for the same seed."""

from collections import Counter, defaultdict

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import ConfigurationError, DataError
from engine.store import classes, items, labels
from engine.store.items import NewItem
from engine.store.splits import (
    SPLITS,
    Member,
    assign,
    reunite,
    split_project,
    take_from_train,
)

members = st.lists(
    st.tuples(st.integers(0, 4), st.one_of(st.none(), st.sampled_from("abcdefgh"))), max_size=120
).map(lambda rows: [Member(id, label, group) for id, (label, group) in enumerate(rows)])


@given(members, st.integers(0, 9))
def test_no_group_is_in_two_splits_and_every_item_in_one(found, seed):
    given_ = assign(found, seed=seed)
    assert set(given_) == {member.id for member in found}
    assert set(given_.values()) <= set(SPLITS)
    groups = defaultdict(set)
    for member in found:
        if member.group:
            groups[member.group].add(given_[member.id])
    assert all(len(splits) == 1 for splits in groups.values())


@given(members, st.integers(0, 9), st.randoms(use_true_random=False))
def test_the_same_seed_gives_the_same_splits_in_whatever_order_items_come(found, seed, random):
    shuffled = list(found)
    random.shuffle(shuffled)
    assert assign(found, seed=seed) == assign(shuffled, seed=seed)


def test_another_seed_gives_another_split():
    found = [Member(id, id % 3) for id in range(90)]
    assert assign(found, seed=1) != assign(found, seed=2)


@given(st.lists(st.integers(10, 300), min_size=1, max_size=6), st.integers(0, 9))
def test_shares_are_kept_in_every_class(sizes, seed):
    found = [
        Member(number * 1000 + one, number)
        for number, size in enumerate(sizes)
        for one in range(size)
    ]
    given_ = assign(found, seed=seed)
    for number, size in enumerate(sizes):
        counts = Counter(given_[m.id] for m in found if m.label == number)
        assert abs(counts["train"] - 0.7 * size) <= 2
        assert abs(counts["validation"] - 0.15 * size) <= 2
        assert abs(counts["test"] - 0.15 * size) <= 2


@given(st.integers(20, 60), st.integers(1, 6), st.integers(0, 9))
def test_shares_are_kept_roughly_with_many_small_groups(groups, size, seed):
    found = [
        Member(group * 10 + one, group % 2, f"g{group}")
        for group in range(groups)
        for one in range(size)
    ]
    counts = Counter(assign(found, seed=seed).values())
    assert abs(counts["train"] / len(found) - 0.7) < 0.15
    assert counts["validation"] and counts["test"]


@given(st.integers(1, 30), st.integers(0, 9))
def test_a_class_of_one_item_goes_to_train(others, seed):
    found = [Member(id, 0) for id in range(others)] + [Member(999, 1)]
    assert assign(found, seed=seed)[999] == "train"


@given(members, st.integers(0, 9))
def test_every_class_that_has_no_group_can_be_learnt(found, seed):
    alone = [Member(member.id, member.label) for member in found]
    given_ = assign(alone, seed=seed)
    learnt = {member.label for member in alone if given_[member.id] == "train"}
    assert learnt == {member.label for member in alone}


def test_items_that_came_with_a_split_keep_it_and_their_group_follows():
    found = [Member(1, 0, "p", "test"), Member(2, 0, "p"), *(Member(n, 0) for n in range(3, 40))]
    given_ = assign(found)
    assert given_[1] == given_[2] == "test"


def test_a_group_that_came_torn_is_refused():
    with pytest.raises(DataError, match="group"):
        assign([Member(1, 0, "p", "test"), Member(2, 0, "p", "train")])


@pytest.mark.parametrize(
    "shares",
    [
        {"train": 0.0, "test": 1.0},
        {"train": 1.0, "test": -0.1},
        {"train": 1.0, "holdout": 0.2},
        {"train": float("nan")},
        {},
    ],
)
def test_shares_that_make_no_sense_are_refused(shares):
    with pytest.raises(ConfigurationError) as caught:
        assign([Member(1, 0)], shares)
    assert caught.value.subject == "split"


def fill(project, rows):
    """Items from (label, group, split); returns their ids."""
    source = items.source_id(project, project.folder)
    items.add(
        project,
        source,
        [
            NewItem(f"{number}.png", "image", f"h{number}", 1, group=group, split=split)
            for number, (_, group, split) in enumerate(rows)
        ],
    )
    ids = list(items.ids(project))
    known = classes.ensure(project, sorted({label for label, _, _ in rows if label}))
    labels.give(
        project, [(id, known[label]) for id, (label, _, _) in zip(ids, rows, strict=True) if label],
        "tester",
    )  # fmt: skip
    return ids


def splits_of(project, ids):
    return [item.split for item in items.load(project, ids)]


def test_new_labels_do_not_move_old_items(project):
    ids = fill(project, [("ab"[n % 2], None, None) for n in range(40)])
    counts = split_project(project)
    assert sum(counts.values()) == 40 and all(counts.values())
    before = splits_of(project, ids)
    source = items.source_id(project, project.folder)
    items.add(project, source, [NewItem(f"new{n}.png", "image", f"n{n}", 1) for n in range(20)])
    fresh = [id for id in items.ids(project) if id not in set(ids)]
    labels.give(project, [(id, 1) for id in fresh], "tester")
    split_project(project)
    assert splits_of(project, ids) == before
    assert None not in splits_of(project, fresh)


def test_unlabelled_and_broken_items_get_no_split(project):
    ids = fill(project, [("a", None, None), (None, None, None), ("b", None, None)])
    items.set_checked(project, [(ids[2], DataError("x", "y", "z"))])
    split_project(project)
    assert splits_of(project, ids) == ["train", None, None]


def test_a_group_is_kept_together_with_members_that_take_no_part_now(project):
    """A broken item in test keeps its patient's other pictures out of train."""
    ids = fill(project, [("a", "p", "test"), *[("a", None, None)] * 9, ("a", "p", None)])
    items.set_checked(project, [(ids[0], DataError("x", "y", "z"))])
    split_project(project)
    assert splits_of(project, [ids[-1]]) == ["test"]


def test_a_torn_group_goes_whole_to_where_most_of_it_is(project):
    ids = fill(
        project,
        [("a", "p", "train"), ("a", "p", "test"), ("a", "p", "test"), ("a", "q", "train"),
         ("a", "r", "validation"), ("a", "r", "train"), (None, "p", None)],
    )  # fmt: skip
    found = reunite(project)
    assert [(one.group, one.chosen) for one in found] == [("p", "test"), ("r", "train")]
    assert found[0].found == ("train", "test")
    assert splits_of(project, ids) == ["test"] * 3 + ["train"] * 3 + [None]
    assert reunite(project) == []


def test_a_missing_split_is_taken_from_train_whole_groups_together(project):
    rows = [("ab"[n % 2], f"g{n // 4}", "train") for n in range(80)]
    ids = fill(project, [*rows, (None, "g0", "train"), ("a", None, "validation")])
    taken = take_from_train(project, ["test"])
    assert 8 <= taken["test"] <= 20
    torn = project.db.execute(
        "SELECT group_key FROM item WHERE split IS NOT NULL GROUP BY group_key "
        "HAVING count(DISTINCT split) > 1 AND group_key IS NOT NULL"
    ).fetchall()
    assert torn == []
    assert splits_of(project, [ids[-1]]) == ["validation"]


def test_groups_that_come_later_do_not_stay_torn(project):
    ids = fill(project, [("ab"[n % 2], None, None) for n in range(40)])
    split_project(project)
    items.set_groups(project, [(id, f"p{n // 5}") for n, id in enumerate(ids)])
    split_project(project)
    torn = project.db.execute(
        "SELECT group_key FROM item GROUP BY group_key HAVING count(DISTINCT split) > 1"
    ).fetchall()
    assert torn == []
