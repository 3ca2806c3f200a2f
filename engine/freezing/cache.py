"""The frozen-feature cache: what a frozen prefix put out, for each item and view, on disk.

One SQLite file a key. The key is a hash of all that the features depend on, so
a wrong hit cannot happen and nothing need ever be invalidated; deleting the
folder loses nothing but time.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from filelock import FileLock
from torch import Tensor

from engine.errors import StorageError
from engine.freezing.replay import Cut
from engine.models.network import Network
from engine.store.database import connect, told, writing

Key = tuple[str, int]  # content hash of the item, view
Record = dict[str, np.ndarray]  # 'features' and, for texts, the live inputs


class FeatureCache:
    """Feature records by (content hash, view). Bounded memory: nothing is held here."""

    def __init__(self, folder: Path, key: str) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.path = folder / f"{key[:32]}.sqlite"
        # One at a time: several workers of a search may want the same file for the first time.
        with FileLock(folder / "lock"):
            try:
                self._db = _open(self.path)
            except (StorageError, sqlite3.DatabaseError):
                # Damaged: it holds nothing that cannot be computed again.
                self.path.unlink(missing_ok=True)
                self._db = _open(self.path)

    def missing(self, keys: Iterable[Key]) -> list[Key]:
        """Those that are not there, in their order, each once."""
        find = "SELECT 1 FROM feature WHERE hash = ? AND view = ?"
        wanted = dict.fromkeys(keys)
        return [key for key in wanted if self._db.conn.execute(find, key).fetchone() is None]

    def put(self, records: Mapping[Key, Record]) -> None:
        """Stores a batch whole or not at all. Raises ResourceError when the disk is full."""
        with writing(self._db) as db:
            db.conn.executemany(
                "INSERT OR REPLACE INTO feature VALUES (?, ?, ?, ?)",
                ((*key, *_pack(record)) for key, record in records.items()),
            )

    def get(self, keys: Sequence[Key]) -> list[Record]:
        """One record a key, all of which must be there."""
        find = "SELECT layout, data FROM feature WHERE hash = ? AND view = ?"
        with told(self.path):
            return [_unpack(*self._db.conn.execute(find, key).fetchone()) for key in keys]

    def close(self) -> None:
        self._db.conn.close()


def feature_key(network: Network, cut: Cut, extra: Mapping[str, Any]) -> str:
    """A hash of everything the features depend on except the item and the view.

    Args:
        extra: JSON-ready: longest text, precision.
    """
    state = network.model.state_dict()
    frozen = [network.model.get_submodule(name) for name in cut.skipped]
    facts = {
        "form": 1,
        "cut": cut.module,
        "architecture": _without_classes(network.description.architecture),
        "preprocess": network.description.preprocess,
        "pooling": network.description.pooling,
        "modules": [repr(module) for module in frozen],
        **extra,
    }
    digest = hashlib.sha256(json.dumps(facts, sort_keys=True).encode())
    before = set(cut.before)
    for name, tensor in state.items():
        owner = name.rpartition(".")[0]
        # A module that is never called itself counts with the one around it, which uses it.
        inside = any(up in before for up in _upwards(owner))
        if inside or cut.module.startswith(owner + ".") or not owner:
            digest.update(name.encode())
            digest.update(_bytes(tensor))
    for file in sorted(network.files):
        digest.update(hashlib.sha256(network.files[file]).digest())
    return digest.hexdigest()


def _upwards(name: str) -> Iterator[str]:
    while name:
        yield name
        name = name.rpartition(".")[0]


def _without_classes(architecture: Mapping[str, Any]) -> dict[str, Any]:
    """The prefix does not depend on the classes, so runs with others share its features."""
    own = ("num_labels", "id2label", "label2id", "problem_type", "pad_token_id")
    return {key: value for key, value in architecture.items() if key not in own}


def _bytes(tensor: Tensor) -> memoryview:
    return tensor.detach().cpu().contiguous().reshape(-1).view(torch.uint8).numpy().data


def _open(path: Path) -> Any:
    new = not path.exists()
    db = connect(path)
    if new:
        # Records are tens of kilobytes and more; small pages would chain them in hundreds.
        db.conn.execute("PRAGMA journal_mode=DELETE")
        db.conn.execute("PRAGMA page_size=32768")
        db.conn.execute("VACUUM")
        db.conn.execute("PRAGMA journal_mode=WAL")
    db.execute(
        "CREATE TABLE IF NOT EXISTS feature ("
        "hash TEXT NOT NULL, view INTEGER NOT NULL, layout TEXT NOT NULL, data BLOB NOT NULL, "
        "PRIMARY KEY (hash, view))"
    )
    return db


def _pack(record: Record) -> tuple[str, bytes]:
    layout = [[name, array.dtype.str, list(array.shape)] for name, array in record.items()]
    return json.dumps(layout), b"".join(
        np.ascontiguousarray(array).tobytes() for array in record.values()
    )


def _unpack(layout: str, data: bytes) -> Record:
    record = {}
    start = 0
    for name, dtype, shape in json.loads(layout):
        count = int(np.prod(shape, dtype=np.int64))
        record[name] = np.frombuffer(data, dtype, count, start).reshape(shape)
        start += record[name].nbytes
    return record
