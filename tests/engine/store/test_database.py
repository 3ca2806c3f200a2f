"""Transactions, and what SQLite refuses, in words."""

import sqlite3
import threading
import time

import pytest

from engine.errors import ResourceError, StorageError
from engine.store import classes, database, items, labels
from engine.store.database import connect, writing
from engine.store.items import NewItem


def fill_disk(db, spare=4):
    """A full disk, as SQLite itself reports it."""
    pages = db.execute("PRAGMA page_count").fetchone()[0]
    db.execute(f"PRAGMA max_page_count = {pages + spare}")


def free_disk(db):
    db.execute("PRAGMA max_page_count = 1000000")


def fail():
    raise RuntimeError


def test_a_transaction_happens_whole_or_not_at_all(project):
    with pytest.raises(RuntimeError), project.writing() as db:  # noqa: PT012
        db.execute("INSERT INTO reader (name) VALUES ('a')")
        fail()
    assert project.db.execute("SELECT count(*) FROM reader").fetchone()[0] == 0


def test_a_transaction_inside_another_is_a_part_of_it(project):
    with pytest.raises(RuntimeError), project.writing():  # noqa: PT012
        project.settings_set(a=1)
        project.settings_set(b=2)
        fail()
    assert project.setting("a") is None and project.setting("b") is None
    with project.writing():
        project.settings_set(a=1)
        with pytest.raises(RuntimeError), project.writing():  # noqa: PT012
            project.settings_set(b=2)
            fail()
    assert project.setting("a") == 1 and project.setting("b") is None


def test_writers_wait_for_each_other(project):
    inside = threading.Event()

    def slow():
        with project.writing() as db:
            db.execute("INSERT INTO reader (name) VALUES ('slow')")
            inside.set()
            time.sleep(0.3)

    thread = threading.Thread(target=slow)
    thread.start()
    inside.wait()
    project.settings_set(late=1)
    thread.join()
    assert project.setting("late") == 1
    assert project.db.execute("SELECT count(*) FROM reader").fetchone()[0] == 1


def test_a_database_held_too_long_is_named(tmp_path, monkeypatch):
    monkeypatch.setattr(database, "BUSY_SECONDS", 0.1)
    first, second = connect(tmp_path / "x.sqlite"), connect(tmp_path / "x.sqlite")
    with (
        writing(first),
        pytest.raises(StorageError, match="busy"),
        writing(second),
    ):
        pass
    first.close()
    second.close()


def test_foreign_keys_are_on(project):
    with pytest.raises(sqlite3.IntegrityError), project.writing() as db:
        db.execute("INSERT INTO label (item_id, reader_id, how, at) VALUES (99, 99, 'hand', '')")


def test_a_full_disk_loses_no_label_that_was_given(project):
    source = items.source_id(project, project.folder)
    items.add(project, source, [NewItem(f"{n}.png", "image", "h", 1) for n in range(2000)])
    cat = classes.ensure(project, ["cat"])["cat"]
    ids = list(items.ids(project))
    labels.give(project, [(id, cat) for id in ids[:100]], "tester")
    fill_disk(project.db)
    with pytest.raises(ResourceError, match="disk is full") as caught:
        labels.give(project, [(id, cat) for id in ids for _ in range(20)], "tester")
    assert "still there" in caught.value.remedy
    assert items.counts(project)["labelled"] == 100
    free_disk(project.db)
    assert labels.give(project, [(ids[100], cat)], "tester") == 1


def test_a_full_disk_while_items_come_in_leaves_the_earlier_ones(project):
    source = items.source_id(project, project.folder)
    items.add(project, source, [NewItem("first.png", "image", "h", 1)])
    fill_disk(project.db)
    with pytest.raises(ResourceError):
        items.add(project, source, [NewItem(f"{n:0200}", "image", "h", 1) for n in range(5000)])
    assert items.counts(project)["items"] == 1
    assert project.db.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
