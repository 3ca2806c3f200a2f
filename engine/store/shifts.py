"""Whether other items looked like those that a run learned from: the newest answer of each kind."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from engine.store.project import Project


def store(project: Project, run: int, answer: dict[str, Any]) -> None:
    """As engine.training.shift gives it; in place of an earlier one about the same split."""
    now = datetime.now(UTC).isoformat(timespec="milliseconds")
    with project.writing() as db:
        db.execute(
            "INSERT OR REPLACE INTO run_shift VALUES (?, ?, ?, ?)",
            [run, answer["split"], json.dumps(answer), now],
        )


def of_run(project: Project, run: int) -> dict[str, dict[str, Any]]:
    """By what was looked at: validation, test or new."""
    rows = project.db.execute("SELECT split, answer FROM run_shift WHERE run_id = ?", [run])
    return {split: json.loads(answer) for split, answer in rows}
