"""Small JPEGs of pictures and sounds, kept by content in `cache/thumbnails.sqlite`.

A cache: losing it loses nothing. So what goes wrong with its file (deleted,
damaged, full disk, read-only project) costs time and never stops the work.
"""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Iterable
from pathlib import Path

from engine.errors import GraftError
from engine.media.audio import EXTENSIONS
from engine.media.hashing import hash_file
from engine.media.looking import Looking
from engine.media.shrinking import EDGE, encode
from engine.store.database import connect

__all__ = ["EDGE", "Thumbnails", "encode"]


class Thumbnails:
    """Usable from any thread; one object a project is enough.

    Args:
        folder: the project's cache folder; made when absent.
    """

    def __init__(self, folder: Path) -> None:
        self._file = Path(folder) / "thumbnails.sqlite"
        self._guard = threading.Lock()
        self._connection: sqlite3.Connection | None = None
        self._looking = Looking()

    def get(self, file: Path, hash: str, edge: int = EDGE) -> bytes:
        """JPEG bytes of the picture, its longer side at most `edge` px (never enlarged).

        Args:
            hash: of the content that `file` is known to hold. Should it hold something
                else by now, that is shown, but not kept under this hash.

        Raises:
            DataError: the thumbnail is not there yet and the file cannot be read.
        """
        kept = self.kept(hash, edge)
        if kept is not None:
            return kept
        sound = file.suffix.lower() in EXTENSIONS
        made = self._looking.sound(file, edge) if sound else self._looking.small(file, edge)
        if hash_file(file) == hash:
            self.put(hash, made, edge)
        return made

    def kept(self, hash: str, edge: int = EDGE) -> bytes | None:
        """The thumbnail if it is there."""
        with self._guard:
            try:
                row = (
                    self._open()
                    .execute("SELECT data FROM thumbnail WHERE hash = ? AND edge = ?", [hash, edge])
                    .fetchone()
                )
            except (sqlite3.Error, OSError, GraftError) as error:
                self._start_anew(error)
                return None
        return bytes(row[0]) if row else None

    def put(self, hash: str, data: bytes, edge: int = EDGE) -> None:
        self.put_all([(hash, data)], edge)

    def put_all(self, made: Iterable[tuple[str, bytes]], edge: int = EDGE) -> None:
        """Keeps thumbnails (hash, JPEG bytes), where that is possible."""
        rows = [(hash, edge, data) for hash, data in made]
        with self._guard:
            try:
                connection = self._open()
                with connection:
                    connection.executemany("INSERT OR REPLACE INTO thumbnail VALUES (?,?,?)", rows)
            except (sqlite3.Error, OSError, GraftError) as error:
                self._start_anew(error)

    def close(self) -> None:
        self._looking.close()
        with self._guard:
            self._drop()

    def _open(self) -> sqlite3.Connection:
        if self._connection is not None and self._file.exists():
            return self._connection
        self._drop()
        folder = self._file.parent
        if os.access(folder if folder.exists() else folder.parent, os.W_OK):
            folder.mkdir(parents=True, exist_ok=True)
            connection = connect(self._file).conn
            connection.execute(
                "CREATE TABLE IF NOT EXISTS thumbnail (hash TEXT, edge INTEGER, data BLOB NOT NULL,"
                " PRIMARY KEY (hash, edge)) WITHOUT ROWID"
            )
        else:
            connection = connect(self._file, readonly=True).conn
        self._connection = connection
        return connection

    def _drop(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _start_anew(self, error: Exception) -> None:
        """After trouble: a damaged file goes, so that the next call makes a new one."""
        self._drop()
        cause = error.__cause__ if isinstance(error, GraftError) else error
        said = str(cause).lower()
        if "not a database" in said or "malformed" in said or "no such" in said:
            for suffix in ("", "-wal", "-shm"):
                try:
                    self._file.with_name(self._file.name + suffix).unlink(missing_ok=True)
                except OSError:  # held open elsewhere or read-only: work goes on without it
                    return
