"""Readers beside each other: who read what, blind or not, and what is undecided."""

from __future__ import annotations

import pytest

from engine.evaluation.readers import readings
from engine.store import classes, items, labels
from engine.store.items import NewItem
from engine.store.labels import Saying
from engine.store.project import Project


@pytest.fixture
def read(project: Project) -> Project:
    """Ann reads twelve items; Bob ten of them blind, of which he sees two otherwise."""
    source = items.source_id(project, project.folder)
    items.add(project, source, [NewItem(f"{n}", "image", "h", 1) for n in range(12)])
    cat, dog = classes.ensure(project, ["cat", "dog"]).values()
    labels.give(project, [(id, (cat, dog)[id % 2]) for id in range(1, 13)], "Ann")
    other = {1: cat, 2: dog}
    sayings = [Saying(id, other.get(id, (cat, dog)[id % 2])) for id in range(1, 11)]
    labels.say(project, sayings, "Bob", blind=True)
    return project


def test_pairs_and_what_is_undecided(read: Project) -> None:
    found = readings(read)
    assert [(one.name, one.items, one.blind) for one in found.readers] == [
        ("Ann", 12, 0), ("Bob", 10, 10),
    ]  # fmt: skip
    (pair,) = found.pairs
    assert (pair.first, pair.second, pair.blind) == ("Ann", "Bob", 10)
    assert pair.agreement.items == 10 and pair.agreement.same == 0.8
    assert pair.agreement.kappa == pytest.approx(0.6)
    assert (found.disagreeing, found.decided, found.together) == (2, 0, None)


def test_a_decision_is_no_reading(read: Project) -> None:
    cat = classes.ensure(read, ["cat"])["cat"]
    labels.give(read, [(1, cat)], "Bob", "adjudication")
    found = readings(read)
    assert (found.disagreeing, found.decided) == (1, 1)
    assert found.pairs[0].agreement.same == 0.8


def test_three_readers_have_a_kappa_together(read: Project) -> None:
    cat, dog = classes.ensure(read, ["cat", "dog"]).values()
    labels.say(read, [Saying(id, (cat, dog)[id % 2]) for id in range(3, 13)], "Cleo", blind=True)
    found = readings(read)
    assert len(found.pairs) == 3 and found.together is not None
    assert found.together.items == 8 and found.together.same == 1.0
    assert found.together.kappa == pytest.approx(1.0)


def test_a_label_taken_back_is_no_reading(read: Project) -> None:
    labels.give(read, [(12, None)], "Ann")
    assert readings(read).readers[0].items == 11
