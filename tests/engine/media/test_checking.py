"""The media check: every item read once in full, in steps that can be broken off."""

import os
import sqlite3
import tracemalloc
from contextlib import closing

import pytest

from engine.errors import Cancelled, ResourceError
from engine.events import Activity
from engine.media import checking, looking
from engine.media.checking import check_items
from engine.media.hashing import hash_file, hash_text
from engine.media.images import inspect
from engine.media.thumbnails import Thumbnails
from engine.progress import Cancel
from engine.store import items
from engine.store.items import NewItem


@pytest.fixture
def fill(project, tmp_path, draw):
    def make(count):
        found = []
        for number in range(count):
            path = draw(tmp_path / "data" / f"{number}.png", number)
            facts = inspect(path)
            found.append(
                NewItem(path.name, "image", hash_file(path), path.stat().st_size,
                        width=facts.width, height=facts.height)
            )  # fmt: skip
        items.add(project, items.source_id(project, tmp_path / "data"), found)
        return tmp_path / "data"

    return make


def states(project):
    return {item.path: item.state for item in items.each(project)}


def test_sound_items_are_checked_and_have_thumbnails(project, fill):
    fill(7)
    report = check_items(project)
    assert (report.checked, report.broken, report.problems) == (7, 0, [])
    assert set(states(project).values()) == {"checked"}
    thumbnails = Thumbnails(project.cache)
    assert all(thumbnails.kept(item.hash) for item in items.each(project))
    thumbnails.close()
    assert check_items(project).checked == 0, "nothing is looked at twice"


def test_each_kind_of_trouble_has_its_words_and_the_rest_goes_on(project, fill):
    folder = fill(6)
    (folder / "0.png").unlink()
    (folder / "1.png").write_bytes((folder / "2.png").read_bytes())
    (folder / "3.png").write_bytes(b"")
    report = check_items(project)
    assert (report.checked, report.broken) == (3, 3)
    problems = {item.path: item.problem.title for item in items.each(project) if item.problem}
    assert problems == {
        "0.png": "The file is gone", "1.png": "The file has changed",
        "3.png": "The file has changed",
    }  # fmt: skip
    assert all(problem.remedy and problem.subject for problem in report.problems)


def test_damage_that_the_header_does_not_show_is_found(project, tmp_path, draw):
    path = draw(tmp_path / "data/a.png", 1, (200, 200))
    path.write_bytes(path.read_bytes()[:-60])
    items.add(
        project,
        items.source_id(project, path.parent),
        [NewItem("a.png", "image", hash_file(path), path.stat().st_size)],
    )
    assert check_items(project).broken == 1
    assert states(project) == {"a.png": "broken"}


def test_a_size_that_the_header_told_wrong_is_corrected(project, fill):
    fill(1)
    with project.writing() as db:
        db.execute("UPDATE item SET width = 1, height = 1")
    check_items(project)
    (item,) = items.each(project)
    assert (item.width, item.height) == (12, 10)


def test_texts_are_checked_too(text_project):
    source = items.source_id(text_project, text_project.folder)
    items.add(
        text_project,
        source,
        [
            NewItem("t.csv", "text", hash_text("hi"), 2, position=2, text="hi"),
            NewItem("t.csv", "text", hash_text(" "), 1, position=3, text=" "),
        ],
    )
    report = check_items(text_project)
    assert (report.checked, report.broken) == (1, 1)


def test_it_can_be_broken_off_and_goes_on_where_it_was(project, fill, monkeypatch):
    monkeypatch.setattr(checking, "BATCH", 5)
    fill(60)
    cancel = Cancel()
    read = []
    real = looking.look

    def count(path, *sizes):
        read.append(path.name)
        if len(read) == 20:
            cancel.set()
        return real(path, *sizes)

    monkeypatch.setattr(looking, "look", count)
    with pytest.raises(Cancelled):
        check_items(project, cancel=cancel)
    done = sum(state == "checked" for state in states(project).values())
    assert 5 <= done < 60
    read.clear()
    report = check_items(project)
    assert report.checked == 60 - done == len(read)
    assert set(states(project).values()) == {"checked"}


def test_it_says_how_far_it_is(project, fill):
    fill(9)
    said = []
    check_items(project, said.append)
    assert said[0] == Activity("Checking items", 0, 9)
    assert said[-1].done == said[-1].total == 9


def test_a_full_disk_keeps_what_was_recorded(project, fill, monkeypatch):
    monkeypatch.setattr(checking, "BATCH", 5)
    folder = fill(10)
    for number in range(5, 10):
        os.remove(folder / f"{number}.png")
    recorded = []
    real = items.set_checked

    def then_full(project, found):
        if recorded:
            pages = project.db.execute("PRAGMA page_count").fetchone()[0]
            project.db.execute(f"PRAGMA max_page_count = {pages}")
            found = [(id, problem) for id, problem in found]
            for _, problem in found:
                problem.details = "x" * 100_000
        recorded.append(True)
        real(project, found)

    monkeypatch.setattr(items, "set_checked", then_full)
    with pytest.raises(ResourceError):
        check_items(project)
    assert sorted(states(project).values()) == ["checked"] * 5 + ["indexed"] * 5


def test_memory_does_not_grow_with_the_number_of_items(project, fill):
    fill(1)
    with closing(sqlite3.connect(project.database)) as db:
        row = db.execute("SELECT source_id, hash, bytes FROM item").fetchone()
        # One file under many names, so that making it does not take long.
        db.executemany(
            "INSERT INTO item (source_id, path, position, kind, hash, bytes) "
            "VALUES (?, '0.png', ?, 'image', ?, ?)",
            ((row[0], n + 1, row[1], row[2]) for n in range(3000)),
        )
        db.commit()
    peaks = []
    for part in (500, 2500):
        tracemalloc.start()
        with project.writing() as db:
            db.execute("UPDATE item SET state = 'checked'")
            db.execute(f"UPDATE item SET state = 'indexed' WHERE id <= {part}")
        check_items(project)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < peaks[0] * 1.5, peaks
