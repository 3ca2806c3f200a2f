"""Opening SQLite the one way Graft does, and saying in words what it refuses."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlite_utils import Database

from engine.errors import GraftError, ResourceError, StorageError

BUSY_SECONDS = 60.0  # a large import stores all it brings at once; a label waits for it


def connect(path: Path, *, readonly: bool = False) -> Database:
    """Opens a database file: WAL, foreign keys on, waiting for other writers.

    The file is created when absent and not `readonly`.

    Raises:
        StorageError: the file is no database, or cannot be opened.
    """
    with told(path):
        if readonly:
            connection = _open_readonly(path)
        else:
            connection = sqlite3.connect(path, timeout=BUSY_SECONDS, check_same_thread=False)
        try:
            connection.execute("PRAGMA schema_version")
            if not readonly:
                connection.execute("PRAGMA journal_mode=WAL")
                connection.execute("PRAGMA synchronous=NORMAL")
            connection.execute("PRAGMA foreign_keys=ON")
            connection.execute("PRAGMA cache_size=-16000")  # KiB
        except BaseException:
            connection.close()
            raise
        return Database(connection)


def _open_readonly(path: Path) -> sqlite3.Connection:
    # A WAL beside the file means that somebody writes, or was cut short: SQLite then needs
    # its index, which stands beside it too. Without a WAL the file holds all there is, and
    # 'immutable' reads it where no index could be made.
    wal = path.with_name(path.name + "-wal")
    uri = f"{path.absolute().as_uri()}?mode=ro"
    connection = _connect_uri(uri if wal.exists() else f"{uri}&immutable=1")
    try:
        connection.execute("PRAGMA schema_version")
    except sqlite3.OperationalError:
        connection.close()
        if not wal.exists() or wal.stat().st_size > 0:
            raise
        return _connect_uri(f"{uri}&immutable=1")
    return connection


def _connect_uri(uri: str) -> sqlite3.Connection:
    return sqlite3.connect(uri, uri=True, timeout=BUSY_SECONDS, check_same_thread=False)


@contextmanager
def writing(db: Database) -> Iterator[Database]:
    """One transaction that either happens whole or not at all.

    It takes the write lock at the start, so that it waits its turn instead of
    failing halfway. Inside another `writing` it is a part of that one.
    """
    with told(_file_of(db)):
        if db.conn.in_transaction:
            with db.atomic():
                yield db
            return
        db.conn.execute("BEGIN IMMEDIATE")
        try:
            yield db
        except BaseException:
            db.rollback()
            raise
        try:
            db.conn.execute("COMMIT")
        except BaseException:
            db.rollback()
            raise


@contextmanager
def told(path: Path) -> Iterator[None]:
    """Turns what SQLite refuses into words a person can act on."""
    try:
        yield
    except sqlite3.DatabaseError as error:
        known = _explain(error, path)
        if known is None:
            raise
        raise known from error


def _explain(error: sqlite3.DatabaseError, path: Path) -> GraftError | None:
    said = str(error).lower()
    if "disk i/o" in said:
        return StorageError(
            "The disk does not do what it should",
            f"Reading or writing {path.name} failed ({error}).",
            "Check that the disk is still connected and healthy, and that no quota or limit on "
            "the size of files is reached. Then open the project again.",
        )
    if "disk is full" in said:
        return ResourceError(
            "The disk is full",
            f"{path.name} could not be written ({error}).",
            "Free some space on the disk that holds the project and try again. "
            "Everything stored before is still there.",
        )
    if "readonly" in said or "read-only" in said:
        return StorageError(
            "The project cannot be written",
            f"{path.name} is read-only for this account.",
            "Copy the project folder to a place you can write to, or ask for the right to write.",
        )
    if "locked" in said or "busy" in said:
        return StorageError(
            "The project is busy",
            f"Another program has held {path.name} for more than {BUSY_SECONDS:.0f} seconds.",
            "Close other copies of Graft and tools that have the project open, then try again.",
        )
    if "not a database" in said or "malformed" in said:
        return StorageError(
            "The project file is damaged",
            f"{path.name} is not a readable SQLite database ({error}).",
            "Restore the file from a backup. Copies made before updates lie beside it.",
        )
    if "unable to open" in said:
        return StorageError(
            "The project cannot be opened",
            f"{path.name} could not be opened: it is missing, or this account may not read it.",
            "Check that the folder exists and that you may read it.",
        )
    return None


def _file_of(db: Database) -> Path:
    row = db.conn.execute("PRAGMA database_list").fetchone()
    return Path(row[2]) if row and row[2] else Path("memory")
