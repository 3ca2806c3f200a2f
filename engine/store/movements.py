"""How far the parameters of a run went from where they began."""

from __future__ import annotations

from collections.abc import Sequence

from engine.store.project import Project


def store(project: Project, run: int, rows: Sequence[tuple[str, float, float]]) -> None:
    """Rows: a parameter's name, its way, its size where it began (both 2-norms)."""
    with project.writing() as db:
        db.execute("DELETE FROM run_movement WHERE run_id = ?", [run])
        db.conn.executemany(
            "INSERT INTO run_movement VALUES (?, ?, ?, ?)", ((run, *row) for row in rows)
        )


def of_run(project: Project, run: int) -> dict[str, tuple[float, float]]:
    """By parameter: its way and its size, as stored."""
    rows = project.db.execute(
        "SELECT name, distance, size FROM run_movement WHERE run_id = ?", [run]
    )
    return {name: (distance, size) for name, distance, size in rows}
