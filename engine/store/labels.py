"""Labels: append-only. The current one of an item is the last that was given."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from engine.store.project import Project


@dataclass(frozen=True)
class Label:
    """One entry of an item's history."""

    id: int
    item_id: int
    class_id: int | None  # None: taken back
    reader: str
    how: str  # hand, suggestion, import
    at: str  # ISO 8601, UTC


def give(
    project: Project, labels: Iterable[tuple[int, int | None]], reader: str, how: str = "hand"
) -> int:
    """Labels items: pairs of item id and class id (None takes the label back).

    Returns:
        how many were given.
    """
    now = datetime.now(UTC).isoformat(timespec="milliseconds")
    with project.writing() as db:
        db.execute("INSERT OR IGNORE INTO reader (name) VALUES (?)", [reader])
        reader_id = db.execute("SELECT id FROM reader WHERE name = ?", [reader]).fetchone()[0]
        cursor = db.conn.executemany(
            "INSERT INTO label (item_id, class_id, reader_id, how, at) VALUES (?, ?, ?, ?, ?)",
            ((item, cls, reader_id, how, now) for item, cls in labels),
        )
        return int(cursor.rowcount)


def history(project: Project, item: int) -> list[Label]:
    rows = project.db.execute(
        "SELECT label.id, item_id, class_id, reader.name, how, at FROM label "
        "JOIN reader ON reader.id = label.reader_id WHERE item_id = ? ORDER BY label.id",
        [item],
    )
    return [Label(*row) for row in rows]
