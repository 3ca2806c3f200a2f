"""The cheap controls that a run was held against."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from engine.store.project import Project

KINDS = ("run", "majority", "small-net", "linear-probe", "other-backbone")


@dataclass(frozen=True)
class ControlRow:
    """How one control did on a run's test items."""

    kind: str  # one of KINDS
    name: str  # for people
    value: float  # the metric that runs are selected by
    low: float | None = None  # its 95 % interval
    high: float | None = None
    # Of the run itself: 'verdict', 'more' and 'difference', as engine.training.controls says them.
    detail: dict[str, Any] = field(default_factory=dict)

    def to_wire(self) -> dict[str, Any]:
        return asdict(self)


def store(project: Project, run: int, rows: Sequence[ControlRow]) -> None:
    """In place of all that was stored of the run before."""
    with project.writing() as db:
        db.execute("DELETE FROM run_control WHERE run_id = ?", [run])
        db.conn.executemany(
            "INSERT INTO run_control VALUES (?, ?, ?, ?, ?, ?, ?)",
            (
                (run, row.kind, row.name, row.value, row.low, row.high, json.dumps(row.detail))
                for row in rows
            ),
        )


def of_run(project: Project, run: int) -> list[ControlRow]:
    """In the order of KINDS."""
    rows = project.db.execute(
        "SELECT kind, name, value, low, high, detail FROM run_control WHERE run_id = ?", [run]
    )
    found = [
        ControlRow(kind, name, value, low, high, json.loads(detail or "{}"))
        for kind, name, value, low, high, detail in rows
    ]
    return sorted(found, key=lambda row: (KINDS.index(row.kind), row.name))
