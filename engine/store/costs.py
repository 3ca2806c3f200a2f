"""What a run took, beside what was expected of it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from engine.store import checkpoints
from engine.store.project import Project


@dataclass(frozen=True)
class Costs:
    """What is None was not measured."""

    peak_memory: int | None  # bytes: of the process on a CPU, allocated on a GPU
    epoch_seconds: float | None  # median of the last phase's whole epochs, validation included
    checkpoint_bytes: int | None  # that the best checkpoint added to the starting point
    price: dict[str, Any] | None  # what was expected: a Price's wire form


def of_run(project: Project, run: int) -> Costs:
    row = project.db.execute(
        "SELECT peak_memory, epoch_seconds, checkpoint_bytes, price FROM run WHERE id = ?", [run]
    ).fetchone()
    memory, seconds, size, price = row or (None, None, None, None)
    return Costs(memory, seconds, size, json.loads(price) if price else None)


def expect(project: Project, run: int, price: Mapping[str, Any]) -> None:
    with project.writing() as db:
        db.execute("UPDATE run SET price = ? WHERE id = ?", [json.dumps(dict(price)), run])


def store(project: Project, run: int, peak_memory: int, epoch_seconds: float | None) -> None:
    with project.writing() as db:
        db.execute(
            "UPDATE run SET peak_memory = max(coalesce(peak_memory, 0), ?), "
            "epoch_seconds = coalesce(?, epoch_seconds) WHERE id = ?",
            [peak_memory, epoch_seconds, run],
        )


def weigh(project: Project, run: int) -> None:
    """Notes what the best checkpoint added; the starting point must still be there."""
    start, best = checkpoints.first(project, run), checkpoints.best(project, run)
    if start is None or best is None:
        return
    size = project.checkpoints_db.execute(
        "SELECT coalesce(sum(tensor.bytes), 0) FROM checkpoint_tensor AS held "
        "JOIN tensor ON tensor.hash = held.hash "
        "WHERE held.checkpoint_id = ? AND held.name LIKE 'model/%' AND held.hash NOT IN "
        "(SELECT hash FROM checkpoint_tensor WHERE checkpoint_id = ?)",
        [best.id, start.id],
    ).fetchone()[0]
    with project.writing() as db:
        db.execute("UPDATE run SET checkpoint_bytes = ? WHERE id = ?", [int(size), run])
