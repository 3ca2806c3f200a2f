"""Checkpoints: lists of tensors, each tensor stored once under the hash of its content.

A frozen tensor never changes, so a checkpoint costs what was trained. Blobs go
in small transactions; the row that makes a checkpoint visible comes last, so
one that a crash or a full disk cut short does not exist.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlite_utils import Database

from engine.errors import StorageError
from engine.store.database import told, writing
from engine.store.project import Project

PART = 8 << 20  # bytes in one blob, and so in one small transaction


@dataclass(frozen=True)
class Raw:
    """A tensor without a library: C-contiguous bytes in machine order (little-endian)."""

    dtype: str  # torch's name without the module: 'float32', 'int64', 'bfloat16', ...
    shape: tuple[int, ...]
    data: memoryview | bytes

    @property
    def hash(self) -> str:
        digest = hashlib.blake2b(f"{self.dtype}{self.shape}".encode(), digest_size=20)
        digest.update(self.data)
        return digest.hexdigest()


@dataclass(frozen=True)
class Checkpoint:
    id: int
    run_id: int
    epoch: int
    step: int
    best: bool
    resumable: bool
    value: float | None
    state: dict[str, Any]


_COLUMNS = "id, run_id, epoch, step, best, resumable, value, state"


def save(
    project: Project,
    run: int,
    tensors: Mapping[str, Raw | str],
    *,
    epoch: int,
    step: int,
    best: bool,
    value: float | None,
    state: Mapping[str, Any],
    resumable: bool = True,
) -> int:
    """Stores a checkpoint; it is visible once this returns and not before.

    Args:
        tensors: by name; a string in place of a tensor is the hash of one that
            an earlier checkpoint of this run stored and that has not changed.

    Raises:
        ResourceError: the disk is full. What was stored before is untouched.
    """
    db = project.checkpoints_db
    hashes: dict[str, str] = {}
    with told(project.checkpoint_database):
        for name, tensor in tensors.items():
            hashes[name] = tensor if isinstance(tensor, str) else _put(db, tensor)
        with writing(db):
            _put_again(db, tensors, hashes)
            cursor = db.execute(
                "INSERT INTO checkpoint (run_id, epoch, step, best, resumable, value, state, "
                "created) VALUES (?,?,?,?,?,?,?,?)",
                [
                    run, epoch, step, int(best), int(resumable), value, json.dumps(dict(state)),
                    datetime.now(UTC).isoformat(timespec="milliseconds"),
                ],
            )  # fmt: skip
            id = int(cursor.lastrowid or 0)
            db.conn.executemany(
                "INSERT INTO checkpoint_tensor VALUES (?, ?, ?)",
                ((id, name, hash) for name, hash in hashes.items()),
            )
    return id


def latest(project: Project, run: int, *, resumable: bool = False) -> Checkpoint | None:
    return _one(project, run, "resumable = 1" if resumable else "1")


def first(project: Project, run: int) -> Checkpoint | None:
    """The starting point, as long as the run goes on."""
    return _one(project, run, "step = 0")


def best(project: Project, run: int) -> Checkpoint | None:
    return _one(project, run, "best = 1") or _one(project, run, "1")


def hashes(project: Project, checkpoint: int) -> dict[str, str]:
    """Which tensor stands under which name."""
    rows = project.checkpoints_db.execute(
        "SELECT name, hash FROM checkpoint_tensor WHERE checkpoint_id = ? ORDER BY name",
        [checkpoint],
    )
    return dict(rows.fetchall())


def read(project: Project, hash: str) -> Raw:
    """Raises StorageError when the tensor is missing or its bytes are not what was stored."""
    db = project.checkpoints_db
    with told(project.checkpoint_database):
        row = db.execute("SELECT dtype, shape FROM tensor WHERE hash = ?", [hash]).fetchone()
        parts = db.execute("SELECT data FROM part WHERE hash = ? ORDER BY number", [hash])
        raw = Raw(row[0], tuple(json.loads(row[1])), b"".join(p[0] for p in parts)) if row else None
    if raw is None or raw.hash != hash:
        raise StorageError(
            "A checkpoint is damaged",
            f"Tensor {hash} in {project.checkpoint_database.name} is missing or has changed.",
            "Restore checkpoints.sqlite from a backup, or train the run again.",
        )
    return raw


def prune(project: Project, run: int, keep: Iterable[int], resumable: int | None = None) -> None:
    """Removes the run's checkpoints except `keep`, and the tensors only they held.

    Args:
        resumable: the only one that keeps its optimizer state; None: none does.
    """
    db = project.checkpoints_db
    kept = set(keep)
    with writing(db):
        rows = db.execute("SELECT id FROM checkpoint WHERE run_id = ?", [run]).fetchall()
        for (id,) in rows:
            if id == resumable:
                continue
            names = "name LIKE 'optimizer/%'" if id in kept else "1"
            gone = db.execute(
                f"SELECT DISTINCT hash FROM checkpoint_tensor WHERE checkpoint_id = ? AND {names}",
                [id],
            ).fetchall()
            db.execute(f"DELETE FROM checkpoint_tensor WHERE checkpoint_id = ? AND {names}", [id])
            if id in kept:
                db.execute("UPDATE checkpoint SET resumable = 0 WHERE id = ?", [id])
            else:
                db.execute("DELETE FROM checkpoint WHERE id = ?", [id])
            _drop_unused(db, [hash for (hash,) in gone])


def sweep(project: Project) -> int:
    """Removes tensors that no checkpoint holds (left by a crash). Nothing may be training.

    Returns:
        bytes freed inside the file.
    """
    db = project.checkpoints_db
    with writing(db):
        freed = db.execute(
            "SELECT coalesce(sum(bytes), 0) FROM tensor "
            "WHERE hash NOT IN (SELECT hash FROM checkpoint_tensor)"
        ).fetchone()[0]
        db.execute("DELETE FROM tensor WHERE hash NOT IN (SELECT hash FROM checkpoint_tensor)")
        db.execute("DELETE FROM part WHERE hash NOT IN (SELECT hash FROM tensor)")
    return int(freed)


def _put(db: Database, tensor: Raw) -> str:
    """Stores a tensor unless it is there. Its own row comes last, after all its parts."""
    hash = tensor.hash
    if _whole(db, hash):
        return hash
    data = memoryview(tensor.data)
    parts = max(1, -(-len(data) // PART))
    for number in range(parts):
        with writing(db):
            db.execute(
                "INSERT OR REPLACE INTO part VALUES (?, ?, ?)",
                [hash, number, data[number * PART : (number + 1) * PART]],
            )
    with writing(db):
        db.execute(
            "INSERT OR IGNORE INTO tensor VALUES (?, ?, ?, ?, ?)",
            [hash, tensor.dtype, json.dumps(tensor.shape), len(data), parts],
        )
    return hash


def _put_again(db: Database, tensors: Mapping[str, Raw | str], hashes: Mapping[str, str]) -> None:
    """Restores a tensor that another run pruned between our parts and our checkpoint."""
    for name, hash in hashes.items():
        if _whole(db, hash):
            continue
        tensor = tensors[name]
        if isinstance(tensor, str):
            raise StorageError(
                "A checkpoint could not be completed",
                f"The unchanged tensor {name} is no longer in the file.",
                "Save again: the tensor is then stored anew.",
            )
        _put(db, tensor)


def _whole(db: Database, hash: str) -> bool:
    row = db.execute(
        "SELECT parts = (SELECT count(*) FROM part WHERE part.hash = tensor.hash) "
        "FROM tensor WHERE hash = ?",
        [hash],
    ).fetchone()
    return bool(row and row[0])


def _drop_unused(db: Database, hashes: list[str]) -> None:
    for hash in hashes:
        used = db.execute(
            "SELECT 1 FROM checkpoint_tensor WHERE hash = ? LIMIT 1", [hash]
        ).fetchone()
        if used is None:
            db.execute("DELETE FROM tensor WHERE hash = ?", [hash])
            db.execute("DELETE FROM part WHERE hash = ?", [hash])


def _one(project: Project, run: int, where: str) -> Checkpoint | None:
    row = project.checkpoints_db.execute(
        f"SELECT {_COLUMNS} FROM checkpoint WHERE run_id = ? AND {where} ORDER BY id DESC LIMIT 1",
        [run],
    ).fetchone()
    if row is None:
        return None
    id, run_id, epoch, step, best, resumable, value, state = row
    return Checkpoint(
        id, run_id, epoch, step, bool(best), bool(resumable), value, json.loads(state)
    )
