"""Whether a project is whole: its files, its databases, its splits, its checkpoints."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from engine.errors import DataError, GraftError, StorageError
from engine.events import Emit
from engine.progress import Cancel, silent, track
from engine.store import checkpoints, items
from engine.store.project import Project


def check_project(
    project: Project, emit: Emit = silent, cancel: Cancel | None = None
) -> list[GraftError]:
    """Everything found that is not as it should be; nothing is changed.

    Raises:
        Cancelled: the person asked for the end.
    """
    return [
        *_databases(project),
        *_leaks(project),
        *_items(project, emit, cancel),
        *_tensors(project, emit, cancel),
    ]


def _databases(project: Project) -> Iterator[GraftError]:
    for db, path in (
        (project.db, project.database),
        (project.checkpoints_db, project.checkpoint_database),
    ):
        said = db.execute("PRAGMA quick_check(1)").fetchone()[0]
        broken = db.execute("PRAGMA foreign_key_check").fetchone()
        if said != "ok" or broken is not None:
            yield StorageError(
                "A database is damaged",
                f"{path.name}: {said if said != 'ok' else 'a row points to nothing'}.",
                "Restore it from a backup.",
                subject=str(path),
            )


def _leaks(project: Project) -> Iterator[GraftError]:
    rows = project.db.execute(
        "SELECT group_key, group_concat(DISTINCT split) FROM item WHERE group_key IS NOT NULL "
        "AND split IS NOT NULL GROUP BY group_key HAVING count(DISTINCT split) > 1"
    )
    for group, splits in rows:
        yield DataError(
            "A group is in two splits",
            f"Items of group {group} are in {splits.replace(',', ' and ')}.",
            "Make the split anew.",
            subject=str(group),
        )


def _items(project: Project, emit: Emit, cancel: Cancel | None) -> Iterator[GraftError]:
    total = items.counts(project)["items"]
    for item in track(items.each(project), total, "Looking at the files", emit, cancel):
        if item.problem is not None:
            yield item.problem
        elif item.kind != "text":
            problem = _file(item)
            if problem is not None:
                yield problem


def _file(item: items.Item) -> GraftError | None:
    path = Path(item.file)
    try:
        size = path.stat().st_size
    except OSError:
        return DataError(
            "A file is missing",
            f"{path} is not there any more.",
            "Put it back, or tell the project where its folder is now.",
            subject=str(path),
        )
    if size != item.bytes:
        return DataError(
            "A file has changed",
            f"{path} had {item.bytes} bytes when it was imported and has {size} now.",
            "Import the folder again to take the new content.",
            subject=str(path),
        )
    return None


def _tensors(project: Project, emit: Emit, cancel: Cancel | None) -> Iterator[GraftError]:
    rows = project.checkpoints_db.execute("SELECT DISTINCT hash FROM checkpoint_tensor").fetchall()
    for (hash,) in track(rows, len(rows), "Looking at the checkpoints", emit, cancel):
        try:
            checkpoints.read(project, hash)
        except StorageError as error:
            yield error
