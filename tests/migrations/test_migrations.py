"""Projects of every released schema open today; newer ones are refused; a copy is kept.

The dumps beside this file are what a Graft of that schema left on disk. They
never change; a new schema adds a dump.
"""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from sqlite_utils import Migrations

from engine.errors import ResourceError, StorageError
from engine.store import (
    checkpoints,
    classes,
    database,
    datasets,
    items,
    labels,
    migrating,
    runs,
    schema,
)
from engine.store.project import Project

HERE = Path(__file__).parent
DUMPS = sorted({file.name.split("_")[0] for file in HERE.glob("m*_project.sql")})


def restore(folder, dump):
    folder.mkdir()
    for name in ("project", "checkpoints"):
        with closing(sqlite3.connect(folder / f"{name}.sqlite")) as db:
            db.executescript((HERE / f"{dump}_{name}.sql").read_text(encoding="utf-8"))
    return folder


@pytest.fixture
def next_step(monkeypatch):
    """A Graft with one more migration than today's."""

    def add(step, name="m999_more"):
        later = Migrations(schema.project.name)
        later._migrations = list(schema.project._migrations)
        later(name=name)(step)
        monkeypatch.setattr(schema, "project", later)

    return add


def add_column(db):
    db.execute("ALTER TABLE item ADD COLUMN note TEXT")
    db.execute("UPDATE item SET note = 'was ' || path")


def copies(folder):
    return sorted(folder.glob("*-before-update-*.sqlite"))


@pytest.mark.parametrize("dump", DUMPS)
def test_an_old_project_opens_with_all_that_was_in_it(tmp_path, dump):
    with Project.open(restore(tmp_path / "films.graft", dump)) as project:
        assert project.name == "films" and project.task == "image-classification"
        counts = items.counts(project)
        assert (counts["items"], counts["labelled"], counts["broken"]) == (21, 20, 1)
        assert counts["groups"] == 10 and counts["train"] + counts["test"] > 10
        broken = next(item for item in items.each(project) if item.state == "broken")
        assert broken.problem is not None and broken.problem.title == "The file is empty"
        assert [cls.name for cls in classes.all_classes(project)] == ["cat", "dog"]
        history = labels.history(project, 1)
        assert [(one.reader, one.how) for one in history] == [("import", "import"), ("Ann", "hand")]
        run = runs.latest(project)
        assert run.model == {"name": "tiny"} and runs.metrics(project, run.id)["train/loss"]
        assert runs.predictions(project, run.id, "test")
        assert datasets.load(project, run.dataset_id).classes == ("cat", "dog")
        found = checkpoints.best(project, run.id)
        assert found is not None and found.state == {"a": 1}
        (hash,) = checkpoints.hashes(project, found.id).values()
        assert checkpoints.read(project, hash).data == b"abcd"
        labels.give(project, [(2, None)], "Bob")
        assert project.db.execute("PRAGMA integrity_check").fetchone()[0] == "ok"


@pytest.mark.parametrize("dump", DUMPS)
def test_an_old_project_gets_the_schema_of_a_new_one(tmp_path, dump):
    def tables(project):
        sql = (
            "SELECT type, name, sql FROM sqlite_master WHERE name NOT LIKE 'sqlite_%' ORDER BY 1,2"
        )
        return [
            (kind, name, " ".join((text or "").replace('"', "").split()))
            for db in (project.db, project.checkpoints_db)
            for kind, name, text in db.execute(sql)
        ]

    with (
        Project.open(restore(tmp_path / "old.graft", dump)) as old,
        Project.create(tmp_path / "new", "image-classification") as new,
    ):
        assert tables(old) == tables(new)


def test_an_older_project_is_brought_up_to_date_and_a_copy_kept(tmp_path, next_step):
    folder = restore(tmp_path / "films.graft", "m001")
    next_step(add_column)
    with Project.open(folder) as project:
        note = project.db.execute("SELECT note FROM item WHERE path = '3.png'").fetchone()[0]
        assert note == "was 3.png" and items.counts(project)["items"] == 21
    (copy,) = copies(folder)
    with closing(sqlite3.connect(copy)) as db:
        assert "note" not in [row[1] for row in db.execute("PRAGMA table_info(item)")]
        assert db.execute("SELECT count(*) FROM item").fetchone()[0] == 21
    Project.open(folder).close()
    assert copies(folder) == [copy], "nothing was pending, so nothing is copied"


def test_an_update_that_fails_changes_nothing_and_the_copy_is_there(tmp_path, next_step):
    folder = restore(tmp_path / "films.graft", "m001")

    def halfway(db):
        add_column(db)
        raise sqlite3.OperationalError("database or disk is full")

    next_step(halfway)
    with pytest.raises(ResourceError):
        Project.open(folder)
    with closing(sqlite3.connect(folder / "project.sqlite")) as db:
        assert "note" not in [row[1] for row in db.execute("PRAGMA table_info(item)")]
    assert len(copies(folder)) == 1


def test_half_a_copy_is_not_left_and_nothing_is_updated_without_one(
    tmp_path, next_step, monkeypatch
):
    folder = restore(tmp_path / "films.graft", "m001")
    next_step(add_column)
    real = sqlite3.connect

    def tight(place, *more, **options):
        made = real(place, *more, **options)
        if "before-update" in str(place):
            made.execute("PRAGMA max_page_count = 3")
        return made

    monkeypatch.setattr(migrating.sqlite3, "connect", tight)
    with pytest.raises(ResourceError, match="disk is full"):
        Project.open(folder)
    monkeypatch.undo()
    assert copies(folder) == []
    with closing(sqlite3.connect(folder / "project.sqlite")) as db:
        assert "note" not in [row[1] for row in db.execute("PRAGMA table_info(item)")]


@pytest.mark.parametrize("name", ["project", "checkpoints"])
def test_a_newer_project_is_refused_and_left_alone(tmp_path, name):
    folder = restore(tmp_path / "films.graft", DUMPS[-1])
    with closing(sqlite3.connect(folder / f"{name}.sqlite")) as db:
        db.execute(
            "INSERT INTO _sqlite_migrations (migration_set, name, applied_at) "
            "VALUES (?, 'm777_mind_reading', '2031-01-01')",
            [f"graft-{name}"],
        )
        db.commit()
    with pytest.raises(StorageError, match="newer Graft") as caught:
        Project.open(folder)
    assert "m777_mind_reading" in caught.value.cause and "Update Graft" in caught.value.remedy
    assert copies(folder) == []
    with pytest.raises(StorageError, match="newer Graft"):
        Project.open(folder, readonly=True)


def test_nothing_is_updated_beside_a_part_from_a_newer_graft(tmp_path):
    folder = restore(tmp_path / "films.graft", DUMPS[0])
    with closing(sqlite3.connect(folder / "checkpoints.sqlite")) as db:
        db.execute(
            "INSERT INTO _sqlite_migrations (migration_set, name, applied_at) "
            "VALUES ('graft-checkpoints', 'm777_mind_reading', '2031-01-01')"
        )
        db.commit()
    with pytest.raises(StorageError, match="newer Graft"):
        Project.open(folder)
    assert copies(folder) == []


def test_an_older_project_that_can_only_be_read_is_refused_in_words(tmp_path, next_step):
    folder = restore(tmp_path / "films.graft", DUMPS[-1])
    with Project.open(folder, readonly=True) as project:
        assert items.counts(project)["items"] == 21
    next_step(add_column)
    with pytest.raises(StorageError, match="older Graft"):
        Project.open(folder, readonly=True)


def test_a_second_opener_finds_it_updated(tmp_path, next_step):
    folder = restore(tmp_path / "films.graft", "m001")
    next_step(add_column)
    with Project.open(folder), Project.open(folder, hold=False) as second:
        assert second.db.execute("SELECT count(note) FROM item").fetchone()[0] == 21
    assert len(copies(folder)) == 1


def test_a_copy_is_consistent_while_somebody_writes(tmp_path):
    folder = restore(tmp_path / "films.graft", "m001")
    db = database.connect(folder / "project.sqlite")
    with database.writing(db):
        db.execute("DELETE FROM metric")
    copy = migrating.keep_copy(db, folder / "project.sqlite")
    db.close()
    with closing(sqlite3.connect(copy)) as kept:
        assert kept.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
        assert kept.execute("SELECT count(*) FROM metric").fetchone()[0] == 0
