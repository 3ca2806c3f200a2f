"""Bringing an older project up to date, and refusing one from a newer Graft."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import datetime
from pathlib import Path

from sqlite_utils import Database, Migrations

from engine.errors import StorageError
from engine.store.database import connect, told


def migrate(path: Path, steps: Migrations) -> None:
    """Applies the steps that `path` lacks, keeping a copy of the older file beside it.

    Raises:
        StorageError: the file comes from a newer Graft, or is no Graft file.
        ResourceError: no room for the copy.
    """
    with told(path):
        new = not path.exists()
        db = connect(path)
        with closing(db.conn):
            refuse_newer(db, steps, path)
            pending = steps.pending(db)
            if not pending:
                return
            if not new:
                keep_copy(db, path)
            steps.apply(db)


def refuse_newer_file(path: Path, steps: Migrations) -> None:
    """Raises StorageError when the file at `path` holds a step this Graft does not know."""
    if not path.exists():
        return
    with told(path):
        db = connect(path)
        with closing(db.conn):
            refuse_newer(db, steps, path)


def refuse_outdated(db: Database, steps: Migrations, path: Path) -> None:
    """For a project that can only be read: raises StorageError unless it is of today's form."""
    with told(path):
        refuse_newer(db, steps, path)
        if steps.pending(db):
            raise StorageError(
                "This project is from an older Graft and cannot be brought up to date here",
                f"{path.name} would have to be changed, but this account may not write to it.",
                "Copy the project folder to a place you can write to and open the copy.",
            )


def refuse_newer(db: Database, steps: Migrations, path: Path) -> None:
    """Raises StorageError when `db` holds a step this Graft does not know."""
    tables = set(db.table_names())
    applied = {step.name for step in steps.applied(db)}
    if not applied and tables - {Migrations.migrations_table}:
        raise StorageError(
            "This is not a Graft project",
            f"{path.name} is a database, but not one that Graft made.",
            "Choose a folder that ends in .graft and was made by Graft.",
        )
    unknown = applied - {step.name for step in steps._migrations}
    if unknown:
        raise StorageError(
            "This project was made by a newer Graft",
            f"{path.name} holds things this version does not know ({', '.join(sorted(unknown))}).",
            "Update Graft, then open the project again. Nothing was changed.",
        )


def keep_copy(db: Database, path: Path) -> Path:
    """A consistent copy of an open database, beside it, named after the time."""
    stamp = datetime.now().strftime("%Y%m%d-%H%M%S")
    copy = path.with_name(f"{path.stem}-before-update-{stamp}.sqlite")
    try:
        with closing(sqlite3.connect(copy)) as target:
            db.conn.backup(target)
    except BaseException:
        copy.unlink(missing_ok=True)  # half a copy is worse than none
        raise
    return copy
