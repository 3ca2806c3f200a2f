"""What guards said of a run, to be read again when it is over."""

from __future__ import annotations

import json

from engine.events import Remark
from engine.store.project import Project


def add(project: Project, remark: Remark) -> None:
    with project.writing() as db:
        db.execute(
            "INSERT INTO run_remark (run_id, epoch, kind, text, remedy) VALUES (?, ?, ?, ?, ?)",
            [
                remark.run, remark.epoch, remark.kind, remark.text,
                json.dumps(remark.remedy) if remark.remedy else None,
            ],
        )  # fmt: skip


def replace(project: Project, remark: Remark) -> None:
    """Instead of what was said of the same kind before."""
    with project.writing() as db:
        db.execute(
            "DELETE FROM run_remark WHERE run_id = ? AND kind = ?", [remark.run, remark.kind]
        )
        add(project, remark)


def of_run(project: Project, run: int) -> list[Remark]:
    """In the order in which they were said."""
    rows = project.db.execute(
        "SELECT epoch, kind, text, remedy FROM run_remark WHERE run_id = ? ORDER BY id", [run]
    )
    return [
        Remark(run, epoch, kind, text, json.loads(remedy) if remedy else None)
        for epoch, kind, text, remedy in rows
    ]


def forget_after(project: Project, run: int, epoch: int) -> None:
    """Drops what was said after `epoch`, before a resumed run goes there again."""
    with project.writing() as db:
        db.execute("DELETE FROM run_remark WHERE run_id = ? AND epoch > ?", [run, epoch])
