"""Freeze plans that a person gave a name, to use again on this model or another."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from engine.errors import ConfigurationError
from engine.store.project import Project

_COLUMNS = "id, name, model, phases, stages, created, changed"


@dataclass(frozen=True)
class SavedPlan:
    """Phases with a name. What they mean is known to `engine.freezing.presets.Phase`."""

    id: int
    name: str
    model: str
    phases: tuple[dict[str, Any], ...]  # wire forms
    stages: tuple[tuple[str, tuple[str, ...]], ...]  # title, modules; of that model
    created: str  # ISO 8601, UTC
    changed: str


def all_plans(project: Project) -> list[SavedPlan]:
    """By name."""
    rows = project.db.execute(
        f"SELECT {_COLUMNS} FROM freeze_plan ORDER BY name COLLATE NOCASE, id"
    )
    return [_plan(row) for row in rows]


def save(
    project: Project, name: str, model: str, phases: Sequence[dict[str, Any]],
    stages: Sequence[tuple[str, Sequence[str]]],
) -> None:  # fmt: skip
    """Keeps phases under a name; one of the same name is replaced.

    Raises:
        ConfigurationError: an empty name, or no phase.
        StorageError: the project is open for reading only.
    """
    name = " ".join(name.split())
    if not name:
        raise ConfigurationError(
            "A plan needs a name", "The name is empty.",
            "Write a name by which you will find it again.", subject="plan",
        )  # fmt: skip
    if not phases:
        raise ConfigurationError(
            "A plan needs a phase", f"{name!r} has none.", "Add a phase first.", subject="plan"
        )
    now = datetime.now(UTC).isoformat(timespec="milliseconds")
    made = json.dumps(list(phases))
    known = json.dumps([[title, list(modules)] for title, modules in stages])
    with project.writing() as db:
        db.execute(
            "INSERT INTO freeze_plan (name, model, phases, stages, created, changed) "
            "VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (name) DO UPDATE SET "
            "model = excluded.model, phases = excluded.phases, stages = excluded.stages, "
            "changed = excluded.changed",
            [name, model, made, known, now, now],
        )


def delete(project: Project, id: int) -> None:
    """Takes a plan away; one that is gone already is no error.

    Raises:
        StorageError: the project is open for reading only.
    """
    with project.writing() as db:
        db.execute("DELETE FROM freeze_plan WHERE id = ?", [id])


def _plan(row: Any) -> SavedPlan:
    id, name, model, phases, stages, created, changed = row
    return SavedPlan(
        int(id), str(name), str(model),
        tuple(json.loads(phases)),
        tuple((title, tuple(modules)) for title, modules in json.loads(stages)),
        str(created), str(changed),
    )  # fmt: skip
