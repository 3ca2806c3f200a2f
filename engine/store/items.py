"""Items: the examples of a project, and what is known of their files."""

from __future__ import annotations

import json
import os
import sqlite3
from array import array
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engine.errors import GraftError
from engine.store.project import Project


@dataclass(frozen=True)
class NewItem:
    """An item as an importer finds it. `label` and `group` may be absent."""

    path: str  # from the source's folder, '/' between parts
    kind: str  # image, text, audio
    hash: str
    bytes: int
    modified: float = 0.0
    position: int = 0
    text: str | None = None
    width: int | None = None
    height: int | None = None
    mode: str | None = None
    frames: int = 1
    label: str | None = None
    group: str | None = None
    split: str | None = None
    problem: GraftError | None = None


@dataclass(frozen=True)
class Item:
    """An item as the store holds it, with its current label."""

    id: int
    folder: str
    path: str
    position: int
    kind: str
    text: str | None
    hash: str
    bytes: int
    width: int | None
    height: int | None
    mode: str | None
    frames: int
    group: str | None
    split: str | None
    state: str  # indexed, checked, broken
    problem: GraftError | None
    class_id: int | None
    flagged: bool = False
    classes: tuple[int, ...] = ()  # of an item that can have several, beside `class_id`

    @property
    def file(self) -> Path:
        return Path(self.folder) / self.path

    @property
    def name(self) -> str:
        """The file's name, or the row of a table."""
        name = self.path.rsplit("/", 1)[-1]
        return f"{name}, row {self.position}" if self.position else name


_COLUMNS = """
    item.id, item.source_id, item.path, item.position, item.kind, item.text, item.hash,
    item.bytes, item.width, item.height, item.mode, item.frames, item.group_key, item.split,
    item.state, item.problem,
    (SELECT class_id FROM standing WHERE standing.item_id = item.id),
    coalesce((SELECT flagged FROM current_note WHERE current_note.item_id = item.id), 0),
    (SELECT group_concat(class_id) FROM current_mark
        WHERE current_mark.item_id = item.id AND kind = 'class' AND blind = 0)
"""


def known_source(project: Project, folder: Path) -> int | None:
    """The id of a source folder that the project knows."""
    absolute = Path(os.path.abspath(folder))
    return next((id for id, place in sources(project) if place == absolute), None)


def source_id(project: Project, folder: Path) -> int:
    """The id of a source folder, made known to the project when it is new."""
    absolute = Path(os.path.abspath(folder))
    known = known_source(project, folder)
    if known is not None:
        return known
    with project.writing() as db:
        db.execute(
            "INSERT OR IGNORE INTO source (folder, relative) VALUES (?, ?)",
            [str(absolute), _relative(absolute, project.folder)],
        )
        row = db.execute("SELECT id FROM source WHERE folder = ?", [str(absolute)]).fetchone()
    return int(row[0])


def add(
    project: Project, source: int, items: Iterable[NewItem], import_id: int | None = None
) -> tuple[int, int]:
    """Stores items, those known already (same place) brought up to date.

    A known item keeps what was found out about it while its content is the same,
    and keeps its split and group where `items` name none.

    Args:
        import_id: the import that brings them.

    Returns:
        how many were new, how many were known.
    """
    new = known = 0
    with project.writing() as db:
        for item in items:
            state = "broken" if item.problem else "indexed"
            problem = json.dumps(item.problem.to_wire()) if item.problem else None
            cursor = db.conn.execute(
                "INSERT OR IGNORE INTO item (source_id, path, position, kind, text, hash, bytes, "
                "modified, width, height, mode, frames, group_key, split, state, problem, "
                "import_id) "
                "VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
                [
                    source, item.path, item.position, item.kind, item.text, item.hash, item.bytes,
                    item.modified, item.width, item.height, item.mode, item.frames, item.group,
                    item.split, state, problem, import_id,
                ],
            )  # fmt: skip
            if cursor.rowcount:
                new += 1
                continue
            known += 1
            place = (source, item.path, item.position)
            db.conn.execute(
                "UPDATE item SET modified = ?, group_key = coalesce(?, group_key), "
                "split = coalesce(?, split) WHERE source_id = ? AND path = ? AND position = ?",
                [item.modified, item.group, item.split, *place],
            )
            db.conn.execute(
                "UPDATE item SET text = ?, hash = ?, bytes = ?, width = ?, height = ?, mode = ?, "
                "frames = ?, state = ?, problem = ? "
                "WHERE source_id = ? AND path = ? AND position = ? "
                "AND (hash != ? OR state = 'broken')",
                [
                    item.text, item.hash, item.bytes, item.width, item.height, item.mode,
                    item.frames, state, problem, *place, item.hash,
                ],
            )  # fmt: skip
    return new, known


def ids(project: Project) -> array[int]:
    """All ids, in the order the items came (int64)."""
    return array("q", (row[0] for row in project.db.execute("SELECT id FROM item ORDER BY id")))


def load(project: Project, wanted: Iterable[int]) -> list[Item]:
    """The items with these ids, in that order; ids that are not there are left out."""
    wanted = list(wanted)
    found: dict[int, Item] = {}
    folders = _folders(project)
    for start in range(0, len(wanted), 500):
        part = wanted[start : start + 500]
        marks = ",".join("?" * len(part))
        rows = project.db.execute(
            f"SELECT {_COLUMNS} FROM item WHERE item.id IN ({marks})",
            part,
        )
        found.update((row[0], _item(row, folders)) for row in rows)
    return [found[id] for id in wanted if id in found]


def each(project: Project, where: str = "1") -> Iterator[Item]:
    """Every item that passes `where` (SQL of ours, never of a person), a page at a time."""
    last = -1
    folders = _folders(project)
    while True:
        rows = project.db.execute(
            f"SELECT {_COLUMNS} FROM item "
            f"WHERE item.id > ? AND ({where}) ORDER BY item.id LIMIT 500",
            [last],
        ).fetchall()
        if not rows:
            return
        yield from (_item(row, folders) for row in rows)
        last = rows[-1][0]


def counts(project: Project) -> dict[str, int]:
    """Numbers for the headline: items, labelled, broken, and each split."""
    row = project.db.execute(
        "SELECT count(*), coalesce(sum(state = 'broken'), 0), coalesce(sum(split = 'train'), 0), "
        "coalesce(sum(split = 'validation'), 0), coalesce(sum(split = 'test'), 0), "
        "count(DISTINCT group_key) FROM item"
    ).fetchone()
    labelled = project.db.execute(
        "SELECT count(*) FROM (SELECT item_id FROM standing WHERE class_id IS NOT NULL "
        "UNION SELECT item_id FROM current_mark WHERE kind = 'class' AND blind = 0)"
    ).fetchone()[0]
    names = ("items", "broken", "train", "validation", "test", "groups")
    return {**dict(zip(names, row, strict=True)), "labelled": labelled}


def set_checked(project: Project, found: Iterable[tuple[int, GraftError | None]]) -> None:
    """Records what a full read of each item's file said."""
    with project.writing() as db:
        db.conn.executemany(
            "UPDATE item SET state = ?, problem = ? WHERE id = ?",
            (
                ("broken" if bad else "checked", json.dumps(bad.to_wire()) if bad else None, id)
                for id, bad in found
            ),
        )


def set_sizes(project: Project, sizes: Iterable[tuple[int, int, int]]) -> None:
    """Corrects sizes (item id, width, height in px) that a header told otherwise."""
    with project.writing() as db:
        db.conn.executemany(
            "UPDATE item SET width = ?, height = ? WHERE id = ? "
            "AND (width IS NOT ? OR height IS NOT ?)",
            ((width, height, id, width, height) for id, width, height in sizes),
        )


def set_groups(project: Project, groups: Iterable[tuple[int, str | None]]) -> None:
    with project.writing() as db:
        db.conn.executemany(
            "UPDATE item SET group_key = ? WHERE id = ?", ((group, id) for id, group in groups)
        )


def sources(project: Project) -> list[tuple[int, Path]]:
    """Each source's id and the folder where it is now (it may have moved with the project)."""
    found = []
    for id, folder, relative in project.db.execute("SELECT id, folder, relative FROM source"):
        found.append((id, _resolve(folder, relative, project.folder)))
    return found


def relocate(project: Project, source: int, folder: Path) -> None:
    """Says that a source's files lie in `folder` now."""
    absolute = Path(os.path.abspath(folder))
    with project.writing() as db:
        db.execute(
            "UPDATE source SET folder = ?, relative = ? WHERE id = ?",
            [str(absolute), _relative(absolute, project.folder), source],
        )


def _item(row: sqlite3.Row | tuple[Any, ...], folders: dict[int, str]) -> Item:
    values = list(row)
    values[1] = folders[values[1]]
    values[15] = GraftError.from_wire(json.loads(values[15])) if values[15] else None
    values[17] = bool(values[17])
    values[18] = tuple(sorted(int(id) for id in (values[18] or "").split(",") if id))
    return Item(*values)


def _folders(project: Project) -> dict[int, str]:
    return {id: str(folder) for id, folder in sources(project)}


def _relative(folder: Path, base: Path) -> str | None:
    try:
        return Path(os.path.relpath(folder, os.path.abspath(base))).as_posix()
    except ValueError:  # another drive
        return None


def _resolve(folder: str, relative: str | None, base: Path) -> Path:
    if not os.path.isdir(folder) and relative is not None:
        moved = Path(os.path.normpath(Path(os.path.abspath(base)) / relative))
        if moved.is_dir():
            return moved
    return Path(folder)
