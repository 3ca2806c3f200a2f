"""What the searches of a project found, read from their file without Optuna.

Optuna's SQLite file is the record of a search. A copy in the project's own
database would be a second truth, which a killed worker leaves wrong; a child
that reads it through Optuna takes seconds to load. So its tables are read as
they are, by plain sqlite3, in milliseconds and in the window's own process. A
test holds this against what Optuna itself says of the same file.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from engine.errors import StorageError
from engine.store.project import Project
from engine.training.search_space import FILE

SILENT = 60  # seconds without a sign of life after which a trial counts as lost
_STATES = {
    "COMPLETE": "finished", "PRUNED": "pruned", "FAIL": "failed", "RUNNING": "running",
    "WAITING": "waiting",
}  # fmt: skip


@dataclass(frozen=True)
class TrialRecord:
    """One trial. `state`: finished, pruned, failed, stopped, running, waiting, interrupted."""

    number: int  # counts from 0, as Optuna does; people are told `title`
    state: str
    run: int | None
    choices: dict[str, Any]  # value by field of a Recipe
    value: float | None  # of the metric selected by, its best so far
    epochs: int = 0
    reason: str = ""

    @property
    def title(self) -> str:
        return f"Trial {self.number + 1}"

    @staticmethod
    def from_wire(wire: Mapping[str, Any]) -> TrialRecord:
        return TrialRecord(**{name: wire[name] for name in TrialRecord.__dataclass_fields__})


@dataclass(frozen=True)
class StudyRecord:
    """One search: its name, what all its trials share (see Order.base), and its trials."""

    name: str
    trials: tuple[TrialRecord, ...]
    base: dict[str, Any] = field(default_factory=dict)

    @property
    def best(self) -> TrialRecord | None:
        """The same as Optuna's: of those that came to their end, the first of the highest."""
        return best_of(self.trials)


def best_of(trials: Iterable[TrialRecord]) -> TrialRecord | None:
    done = [one for one in trials if one.state == "finished"]
    return max(done, key=lambda one: one.value or 0.0, default=None)


def studies(project: Project) -> list[StudyRecord]:
    """The searches in the project's own file, the newest first.

    Raises:
        StorageError: the file cannot be read.
    """
    file = project.folder / FILE
    if not file.is_file():
        return []
    try:
        with closing(_opened(file, project.readonly)) as db:
            return _studies(db, _interrupted(project))
    except (sqlite3.Error, ValueError, KeyError) as error:
        raise StorageError(
            "Earlier searches cannot be read", f"{FILE} could not be read.",
            "The runs of their trials are in the table of runs all the same. A new search that "
            "stores somewhere else is possible.", details=f"{type(error).__name__}: {error}",
        ) from error  # fmt: skip


def _opened(file: Path, readonly: bool) -> sqlite3.Connection:
    # Not 'ro' where it can be helped: after a crash the file has to be set right by its reader.
    mode = "ro" if readonly else "rw"
    return sqlite3.connect(f"{file.absolute().as_uri()}?mode={mode}", uri=True, timeout=10.0)


def _interrupted(project: Project) -> set[int]:
    """Runs that no process works on any more although their trial does not know it."""
    rows = project.db.execute("SELECT id FROM run WHERE state = 'interrupted'")
    return {int(row[0]) for row in rows}


def _studies(db: sqlite3.Connection, interrupted: set[int]) -> list[StudyRecord]:
    there = db.execute("SELECT 1 FROM sqlite_master WHERE name = 'trials'").fetchone()
    if there is None:  # Optuna is just making it
        return []
    trials = _trials(db, interrupted)
    bases = dict(
        db.execute("SELECT study_id, value_json FROM study_user_attributes WHERE key = 'base'")
    )
    names = db.execute("SELECT study_id, study_name FROM studies ORDER BY study_id DESC")
    return [
        # Stored as JSON within JSON: Optuna encodes the text that Graft gave it.
        StudyRecord(name, tuple(trials.get(id, ())), json.loads(json.loads(bases.get(id, '"{}"'))))
        for id, name in names
    ]


def _trials(db: sqlite3.Connection, interrupted: set[int]) -> dict[int, list[TrialRecord]]:
    choices = _choices(db)
    own = _by_trial(db, "SELECT trial_id, key, value_json FROM trial_user_attributes")
    values = dict(db.execute("SELECT trial_id, value FROM trial_values WHERE objective = 0"))
    reached = {
        row[0]: row[1:]
        for row in db.execute(
            "SELECT trial_id, MAX(step), MAX(intermediate_value) FROM trial_intermediate_values "
            "GROUP BY trial_id"
        )
    }
    silent = {
        row[0]
        for row in db.execute(
            "SELECT trial_id FROM trial_heartbeats WHERE heartbeat < datetime('now', ?)",
            [f"-{SILENT} seconds"],
        )
    }
    found: dict[int, list[TrialRecord]] = {}
    for id, study, number, stored in db.execute(
        "SELECT trial_id, study_id, number, state FROM trials ORDER BY number"
    ):
        said = own.get(id, {})
        epochs, best = reached.get(id, (0, None))
        run, state = said.get("run"), _STATES[stored]
        if state == "running" and (run in interrupted or id in silent):
            state = "interrupted"
        if state == "failed" and "stopped" in said:
            state = "stopped"
        value = values.get(id) if state == "finished" else best
        found.setdefault(study, []).append(
            TrialRecord(number, state, run, choices.get(id, {}), value, epochs,
                        said.get("stopped", ""))
        )  # fmt: skip
    return found


def _choices(db: sqlite3.Connection) -> dict[int, dict[str, Any]]:
    found: dict[int, dict[str, Any]] = {}
    for id, name, value, wire in db.execute(
        "SELECT trial_id, param_name, param_value, distribution_json FROM trial_params"
    ):
        distribution = json.loads(wire)
        if distribution["name"] == "CategoricalDistribution":  # the place in a list is stored
            value = distribution["attributes"]["choices"][int(value)]
        found.setdefault(id, {})[name] = value
    return found


def _by_trial(db: sqlite3.Connection, query: str) -> dict[int, dict[str, Any]]:
    found: dict[int, dict[str, Any]] = {}
    for id, key, wire in db.execute(query):
        found.setdefault(id, {})[key] = json.loads(wire)
    return found
