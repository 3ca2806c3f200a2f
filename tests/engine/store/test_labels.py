"""Labels are append-only; the current one is the last that was given."""

import sqlite3

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.errors import ConfigurationError
from engine.store import classes, items, labels
from engine.store.items import NewItem
from engine.store.project import Project


@pytest.fixture
def ids(project):
    source = items.source_id(project, project.folder)
    items.add(project, source, [NewItem(f"{n}.png", "image", "h", 1) for n in range(4)])
    return list(items.ids(project))


def current(project):
    return {item.id: item.class_id for item in items.each(project) if item.class_id is not None}


NAMES = st.sampled_from([None, "cat", "dog", "eel"])


@settings(max_examples=12)
@given(st.lists(st.tuples(st.integers(0, 3), NAMES), max_size=25))
def test_the_current_label_is_the_last_and_the_history_holds_all(tmp_path_factory, said):
    folder = tmp_path_factory.mktemp("p")
    with Project.create(folder / "p", "image-classification") as project:
        source = items.source_id(project, project.folder)
        items.add(project, source, [NewItem(f"{n}", "image", "h", 1) for n in range(4)])
        ids = list(items.ids(project))
        known: dict = {None: None, **classes.ensure(project, ["cat", "dog", "eel"])}
        expected: dict[int, list] = {id: [] for id in ids}
        for number, name in said:
            assert labels.give(project, [(ids[number], known[name])], "Ann") == 1
            expected[ids[number]].append(known[name])
        for id in ids:
            assert [one.class_id for one in labels.history(project, id)] == expected[id]
        last = {id: given_[-1] for id, given_ in expected.items() if given_ and given_[-1]}
        assert current(project) == last
        assert items.counts(project)["labelled"] == len(last)
        counts = classes.counts(project)
        assert sum(counts.values()) == len(last)


def test_who_what_when_and_how_are_kept(project, ids):
    cat = classes.ensure(project, ["cat"])["cat"]
    labels.give(project, [(ids[0], cat)], "Ann", "hand")
    labels.give(project, [(ids[0], None)], "Bob", "suggestion")
    first, second = labels.history(project, ids[0])
    assert (first.reader, first.how, first.class_id) == ("Ann", "hand", cat)
    assert (second.reader, second.how, second.class_id) == ("Bob", "suggestion", None)
    assert first.at <= second.at and first.at.endswith("+00:00")


@pytest.mark.parametrize("sql", ["UPDATE label SET class_id = NULL", "DELETE FROM label"])
def test_no_label_is_changed_or_removed(project, ids, sql):
    labels.give(project, [(ids[0], classes.ensure(project, ["cat"])["cat"])], "Ann")
    with pytest.raises(sqlite3.IntegrityError, match="append-only"), project.writing() as db:
        db.execute(sql)
    assert len(labels.history(project, ids[0])) == 1


def test_many_labels_are_given_whole_or_not_at_all(project, ids):
    cat = classes.ensure(project, ["cat"])["cat"]
    with pytest.raises(sqlite3.IntegrityError):
        labels.give(project, [(ids[0], cat), (10**6, cat)], "Ann")
    assert current(project) == {}


def test_an_unknown_way_is_refused(project, ids):
    with pytest.raises(sqlite3.IntegrityError):
        labels.give(project, [(ids[0], None)], "Ann", "telepathy")


def test_classes_keep_their_order_and_have_names(project):
    first = classes.ensure(project, ["dog", "cat"])
    assert classes.ensure(project, ["eel", "cat"])["cat"] == first["cat"]
    assert [cls.name for cls in classes.all_classes(project)] == ["dog", "cat", "eel"]
    with pytest.raises(ConfigurationError):
        classes.ensure(project, ["fox", "  "])
    assert [cls.name for cls in classes.all_classes(project)] == ["dog", "cat", "eel"]
