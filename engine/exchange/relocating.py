"""Finding the files of a source again after its folder has moved."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from engine.errors import ConfigurationError, DataError
from engine.events import Emit
from engine.exchange.naming import is_hidden, storable
from engine.media.hashing import hash_file
from engine.progress import Cancel, silent, track
from engine.store import items, places
from engine.store.project import Project


@dataclass(frozen=True)
class RelocateReport:
    found: int  # items whose file is there
    renamed: int  # of those, found under another name or in another folder
    missing: list[str]  # paths of items that were not found


def relocate(
    project: Project,
    source_id: int,
    folder: Path,
    emit: Emit = silent,
    cancel: Cancel | None = None,
) -> RelocateReport:
    """Finds the files of a source in `folder`, by content, whatever they are called there.

    Run `engine.media.checking.check_items` afterwards: found items are to be checked.

    Raises:
        Cancelled: on request; nothing has changed then.
        ConfigurationError: no such source, or `folder` is another source of the project.
        DataError: `folder` cannot be read, or holds none of the files.
    """
    folder = Path(os.path.abspath(folder))
    _refuse_unusable(project, source_id, folder)
    by_hash, sizes = _wanted(project, source_id)
    moved: list[tuple[int, str]] = []
    renamed = 0
    total = sum(1 for _ in _files(folder))
    for path in track(_files(folder), total, "Looking for the files", emit, cancel):
        hash = _content(folder / path, sizes)
        waiting = by_hash.get(hash, {}) if hash else {}
        if not waiting:
            continue
        # Of identical files the one that kept its name is itself.
        old = path if path in waiting else next(iter(waiting))
        if old != path and _kept(folder / old, hash):
            continue
        moved.append((waiting.pop(old), path))
        renamed += old != path
    missing = sorted(path for waiting in by_hash.values() for path in waiting)
    if missing and not moved:
        raise DataError(
            "None of the files are here",
            f"{folder} holds no file with the content of one of the {len(missing)} items.",
            "Choose the folder that the pictures lie in now.",
            subject=str(folder),
        )
    places.move(project, source_id, folder, moved)
    return RelocateReport(len(moved), renamed, missing)


def _refuse_unusable(project: Project, source_id: int, folder: Path) -> None:
    known = dict(items.sources(project))
    if source_id not in known:
        raise ConfigurationError(
            "There is no such source",
            f"The project has no source {source_id}.",
            f"Choose one of: {', '.join(str(id) for id in known)}.",
            subject="source",
        )
    if not folder.is_dir():
        raise DataError(
            "There is no such folder",
            f"{folder} is not there or is no folder.",
            "Choose the folder that the files lie in now.",
            subject=str(folder),
        )
    if any(id != source_id and place == folder for id, place in known.items()):
        raise ConfigurationError(
            "The folder belongs to other items",
            f"{folder} is a source of the project already.",
            "Choose the folder that these files lie in now.",
            subject="folder",
        )


def _wanted(project: Project, source: int) -> tuple[dict[str, dict[str, int]], set[int]]:
    """Items with a file: content hash -> path -> id, and the sizes in bytes they have."""
    by_hash: dict[str, dict[str, int]] = defaultdict(dict)
    sizes: set[int] = set()
    rows = project.db.execute(
        "SELECT id, path, hash, bytes FROM item "
        "WHERE source_id = ? AND position = 0 AND hash != ''",
        [source],
    )
    for id, path, hash, size in rows:
        by_hash[hash][path] = id
        sizes.add(size)
    return by_hash, sizes


def _files(folder: Path) -> Iterator[str]:
    for place, inner, names in os.walk(folder):
        inner[:] = sorted(name for name in inner if not is_hidden(name))
        for name in sorted(names):
            path = os.path.relpath(os.path.join(place, name), folder).replace(os.sep, "/")
            if not is_hidden(name) and storable(path):
                yield path


def _content(path: Path, sizes: set[int]) -> str | None:
    """The hash of a file that by its size may be an item's; None for others."""
    try:
        if path.stat().st_size not in sizes:
            return None
        return hash_file(path)
    except (OSError, DataError):
        return None  # what cannot be read is not found, and is named among the missing


def _kept(path: Path, hash: str | None) -> bool:
    """Whether the file that an item had is at its old place still."""
    try:
        return hash_file(path) == hash
    except DataError:
        return False
