"""The data of a run stays what it was, whatever happens to labels, splits and files."""

import sqlite3

import pytest

from engine.errors import DataError
from engine.store import classes, datasets, items, labels
from engine.store.items import NewItem
from engine.store.splits import SPLITS, split_project


@pytest.fixture
def filled(project):
    source = items.source_id(project, project.folder)
    items.add(project, source, [NewItem(f"{n}.png", "image", f"h{n}", 1) for n in range(30)])
    known = classes.ensure(project, ["unused", "cat", "dog"])
    labels.give(
        project,
        [(id, known[("cat", "dog")[n % 2]]) for n, id in enumerate(items.ids(project))],
        "Ann",
    )
    split_project(project)
    return project


def content(project, id):
    return {split: datasets.examples(project, id, split) for split in SPLITS}


def test_the_same_data_is_one_record(filled):
    first = datasets.snapshot(filled)
    assert datasets.snapshot(filled) == first
    assert first.classes == ("cat", "dog") and sum(first.sizes.values()) == 30
    assert datasets.load(filled, first.id) == first
    assert list(datasets.targets(filled, first.id, "test")) == [
        example.target for example in datasets.examples(filled, first.id, "test")
    ]


def test_a_record_does_not_change_when_labels_splits_and_classes_do(filled):
    before = datasets.snapshot(filled)
    held = content(filled, before.id)
    ids = list(items.ids(filled))
    known = classes.ensure(filled, ["cat", "dog", "eel"])
    labels.give(filled, [(id, known["eel"]) for id in ids[:9]], "Bob")
    labels.give(filled, [(ids[10], None)], "Bob")
    split_project(filled, seed=5, keep=False)
    items.set_checked(filled, [(ids[11], DataError("a", "b", "c"))])
    after = datasets.snapshot(filled)
    assert after.id != before.id and after.classes == ("cat", "dog", "eel")
    assert datasets.load(filled, before.id) == before
    assert content(filled, before.id) == held


@pytest.mark.parametrize("table", ["dataset", "dataset_item"])
def test_nobody_rewrites_a_record(filled, table):
    datasets.snapshot(filled)
    with pytest.raises(sqlite3.IntegrityError, match="never changes"), filled.writing() as db:
        db.execute(f"UPDATE {table} SET hash = 'other'")


def test_each_way_of_having_nothing_to_learn_has_its_words(project):
    source = items.source_id(project, project.folder)
    with pytest.raises(DataError, match="nothing to train on"):
        datasets.snapshot(project)
    items.add(project, source, [NewItem(f"{n}", "image", f"h{n}", 1) for n in range(10)])
    ids = list(items.ids(project))
    known = classes.ensure(project, ["cat", "dog"])
    labels.give(project, [(id, known["cat"]) for id in ids], "Ann")
    split_project(project)
    with pytest.raises(DataError, match="only one class"):
        datasets.snapshot(project)
    labels.give(project, [(ids[0], known["dog"])], "Ann")
    split_project(project, keep=False)
    assert datasets.snapshot(project).sizes["train"] >= 2
    with project.writing() as db:
        db.execute("UPDATE item SET split = 'test' WHERE id = ?", [ids[0]])
    with pytest.raises(DataError, match="cannot teach"):
        datasets.snapshot(project)
    with project.writing() as db:
        db.execute("UPDATE item SET split = 'train'")
    with pytest.raises(DataError, match="no validation"):
        datasets.snapshot(project)
