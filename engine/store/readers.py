"""Readers: the people who label, by name."""

from __future__ import annotations

from engine.store.project import Project


def ensure(project: Project, name: str) -> int:
    """The id of a reader, made known when the name is new."""
    with project.writing() as db:
        db.execute("INSERT OR IGNORE INTO reader (name) VALUES (?)", [name])
        return int(db.execute("SELECT id FROM reader WHERE name = ?", [name]).fetchone()[0])


def names(project: Project) -> list[str]:
    """All who said anything, in the order they came."""
    rows = project.db.execute(
        "SELECT name FROM reader WHERE EXISTS (SELECT 1 FROM label WHERE reader_id = reader.id) "
        "OR EXISTS (SELECT 1 FROM mark WHERE reader_id = reader.id) ORDER BY id"
    )
    return [str(row[0]) for row in rows]
