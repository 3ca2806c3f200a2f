"""Notes on items: flags, skips and words; append-only, the last counts."""

from __future__ import annotations

from collections.abc import Iterable

from engine.labels.edits import Note
from engine.store import readers, stamps
from engine.store.project import Project


def write(project: Project, notes: Iterable[Note], reader: str) -> None:
    at = stamps.now()
    with project.writing() as db:
        reader_id = readers.ensure(project, reader)
        db.conn.executemany(
            "INSERT INTO note (item_id, reader_id, flagged, skipped, text, at) "
            "VALUES (?1, ?2, ?3, ?4, ?5, max(?6, coalesce("
            "(SELECT max(at) FROM note WHERE item_id = ?1), '')))",
            (
                (one.item_id, reader_id, one.flagged, one.skipped, one.text, at)
                for one in notes
            ),
        )  # fmt: skip


def of(project: Project, wanted: Iterable[int]) -> dict[int, Note]:
    """The note of each of these items; an empty one where there is none."""
    found = {}
    for id in wanted:
        row = project.db.execute(
            "SELECT flagged, skipped, text FROM note WHERE item_id = ? "
            "ORDER BY at DESC, id DESC LIMIT 1",
            [id],
        ).fetchone()
        found[id] = Note(id, bool(row[0]), bool(row[1]), str(row[2])) if row else Note(id)
    return found
