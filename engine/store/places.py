"""Items by where they lie: what an import finds known already, and files that moved."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from engine.store import items
from engine.store.project import Project


@dataclass(frozen=True)
class Known:
    """What the store holds of the item at a place, as far as an import needs it."""

    id: int
    hash: str
    bytes: int
    modified: float
    state: str
    group: str | None
    split: str | None
    class_id: int | None  # its current label
    imported: int | None  # the label that the last import gave it
    size: tuple[int, int] | None = None  # px


def at(
    project: Project, source: int, places: Iterable[tuple[str, int]]
) -> dict[tuple[str, int], Known]:
    """The items at these places (path, position) of a source, as far as there are any."""
    found: dict[tuple[str, int], Known] = {}
    for place in places:
        row = project.db.execute(
            "SELECT id, hash, bytes, modified, state, group_key, split, "
            "(SELECT class_id FROM standing WHERE standing.item_id = item.id), "
            "(SELECT class_id FROM label WHERE label.item_id = item.id AND how = 'import' "
            "ORDER BY label.id DESC LIMIT 1), width, height FROM item "
            "WHERE source_id = ? AND path = ? AND position = ?",
            [source, *place],
        ).fetchone()
        if row is not None:
            facts, (width, height) = list(row[:9]), row[9:]
            facts.append((width, height) if width and height else None)
            found[place] = Known(*facts)
    return found


def positions(project: Project, source: int, path: str, hash: str) -> list[int]:
    """Where in a table (rows of `path`) an item with this content stands, in order."""
    rows = project.db.execute(
        # All rows of a table share source and path; only the content tells few apart.
        "SELECT position FROM item INDEXED BY item_hash "
        "WHERE hash = ? AND source_id = ? AND path = ? ORDER BY position",
        [hash, source, path],
    )
    return [int(row[0]) for row in rows]


def move(project: Project, source: int, folder: Path, moved: Iterable[tuple[int, str]]) -> None:
    """Says that a source lies in `folder` now, and under which paths these items lie in it.

    Moved items are to be checked anew. All of it happens, or nothing.
    """
    moved = list(moved)
    with project.writing() as db:
        items.relocate(project, source, folder)
        # Out of each other's way first: files may have swapped their names.
        db.conn.executemany(
            "UPDATE item SET path = char(1) || id || char(1) || path WHERE id = ?",
            ((id,) for id, _ in moved),
        )
        for id, path in moved:
            # The place may still belong to an item whose file is gone.
            db.execute(
                "UPDATE item SET path = path || ' (lost ' || id || ')' "
                "WHERE source_id = ? AND path = ? AND position = 0",
                [source, path],
            )
            db.execute(
                "UPDATE item SET path = ?, state = 'indexed', problem = NULL WHERE id = ?",
                [path, id],
            )


def last_position(project: Project, source: int) -> int:
    """The last row that a table of this source has given an item, 0 if none."""
    row = project.db.execute("SELECT max(position) FROM item WHERE source_id = ?", [source])
    return int(row.fetchone()[0] or 0)
