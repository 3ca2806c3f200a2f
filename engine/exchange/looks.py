"""What an import has seen of files before it stores anything: so one that was cancelled goes on.

A cache: losing it costs the time of looking again.
"""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Iterable
from dataclasses import asdict, replace
from pathlib import Path

from engine.errors import GraftError, StorageError
from engine.store.database import connect
from engine.store.items import NewItem

Key = tuple[str, int, float]  # absolute path, bytes, when it was changed


class Looks:
    """Items as they were found in files, by file and its state. Usable from any thread."""

    def __init__(self, cache: Path) -> None:
        cache.mkdir(parents=True, exist_ok=True)
        self._file = cache / "looks.sqlite"
        self._lock = threading.Lock()
        try:
            self._db = self._open()
        except (StorageError, sqlite3.DatabaseError):
            self._file.unlink(missing_ok=True)
            self._db = self._open()

    def get(self, key: Key) -> NewItem | None:
        with self._lock:
            row = self._db.execute(
                "SELECT item, problem FROM look WHERE path = ? AND bytes = ? AND modified = ?", key
            ).fetchone()
        if row is None:
            return None
        problem = GraftError.from_wire(json.loads(row[1])) if row[1] else None
        return NewItem(**json.loads(row[0]), problem=problem)

    def put(self, found: Iterable[tuple[Key, NewItem]]) -> None:
        rows = []
        for key, item in found:
            problem = json.dumps(item.problem.to_wire()) if item.problem else None
            wire = asdict(replace(item, problem=None))
            del wire["problem"]
            rows.append((*key, json.dumps(wire), problem))
        with self._lock, self._db:
            self._db.executemany("INSERT OR REPLACE INTO look VALUES (?, ?, ?, ?, ?)", rows)

    def close(self, done: bool = False) -> None:
        """`done`: the import was stored, so nobody will go on with it."""
        if done:
            with self._db:
                self._db.execute("DELETE FROM look")
        self._db.close()

    def _open(self) -> sqlite3.Connection:
        made = connect(self._file).conn
        made.execute(
            "CREATE TABLE IF NOT EXISTS look (path TEXT, bytes INTEGER, modified REAL, "
            "item TEXT NOT NULL, problem TEXT, PRIMARY KEY (path, bytes, modified)) WITHOUT ROWID"
        )
        return made
