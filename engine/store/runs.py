"""Runs: what made each, how it went, and what came of it."""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import psutil

from engine.errors import ConfigurationError, GraftError
from engine.store.project import Project

ENDED = ("finished", "stopped", "failed", "interrupted")


@dataclass(frozen=True)
class Run:
    id: int
    name: str
    state: str  # running, finished, stopped, failed, interrupted
    created: str
    ended: str | None
    task: str
    dataset_id: int
    model: dict[str, Any]
    weights_hash: str
    recipe: dict[str, Any]
    plan: list[dict[str, Any]]
    seed: int
    versions: dict[str, str]
    device: str
    epochs: int
    seconds: float
    samples_per_second: float
    best_validation: float | None
    error: GraftError | None


@dataclass(frozen=True)
class Prediction:
    """What a run said of an item of its data. `probabilities`: float32 bytes, one a class."""

    item_id: int
    split: str
    target: int
    predicted: int
    probabilities: bytes


_COLUMNS = (
    "id, name, state, created, ended, task, dataset_id, model, weights_hash, recipe, plan, seed, "
    "versions, device, epochs, seconds, samples_per_second, best_validation, error"
)


def create(
    project: Project,
    *,
    dataset_id: int,
    model: dict[str, Any],
    weights_hash: str,
    recipe: dict[str, Any],
    plan: list[dict[str, Any]],
    seed: int,
    versions: dict[str, str],
    device: str,
) -> int:
    """Records a run that begins now in this process. What made it never changes again."""
    with project.writing() as db:
        cursor = db.execute(
            "INSERT INTO run (name, state, created, task, dataset_id, model, weights_hash, recipe, "
            "plan, seed, versions, device) VALUES ('', 'running', ?,?,?,?,?,?,?,?,?,?)",
            [
                _now(), project.task, dataset_id, json.dumps(model), weights_hash,
                json.dumps(recipe), json.dumps(plan), seed, json.dumps(versions), device,
            ],
        )  # fmt: skip
        run = int(cursor.lastrowid or 0)
        db.execute("UPDATE run SET name = ? WHERE id = ?", [f"Run {run}", run])
    mark_running(project, run)
    return run


def mark_running(project: Project, run: int) -> None:
    """This process works on the run from now on."""
    with project.writing() as db:
        db.execute(
            "UPDATE run SET state = 'running', ended = NULL, error = NULL, pid = ?, "
            "pid_started = ? WHERE id = ?",
            [os.getpid(), psutil.Process().create_time(), run],
        )


def progress(
    project: Project, run: int, *, epochs: int, seconds: float, samples_per_second: float,
    best_validation: float | None,
) -> None:  # fmt: skip
    with project.writing() as db:
        db.execute(
            "UPDATE run SET epochs = ?, seconds = ?, samples_per_second = ?, best_validation = ? "
            "WHERE id = ?",
            [epochs, seconds, samples_per_second, best_validation, run],
        )


def end(project: Project, run: int, state: str, error: GraftError | None = None) -> None:
    with project.writing() as db:
        db.execute(
            "UPDATE run SET state = ?, ended = ?, error = ?, pid = NULL WHERE id = ?",
            [state, _now(), json.dumps(error.to_wire()) if error else None, run],
        )


def mark_interrupted(project: Project) -> list[int]:
    """Marks runs left behind by a process that is no more. Returns their ids."""
    rows = project.db.execute(
        "SELECT id, pid, pid_started FROM run WHERE state = 'running'"
    ).fetchall()
    dead = [id for id, pid, started in rows if not _alive(pid, started)]
    if dead:
        with project.writing() as db:
            for run in dead:
                db.execute(
                    "UPDATE run SET state = 'interrupted', ended = ?, pid = NULL WHERE id = ?",
                    [_now(), run],
                )
    return dead


def load(project: Project, run: int) -> Run:
    """Raises ConfigurationError when there is no such run."""
    row = project.db.execute(f"SELECT {_COLUMNS} FROM run WHERE id = ?", [run]).fetchone()
    if row is None:
        known = [str(row[0]) for row in project.db.execute("SELECT id FROM run ORDER BY id")]
        raise ConfigurationError(
            "There is no such run",
            f"The project has no run {run}.",
            f"Choose one of: {', '.join(known)}." if known else "Train a model first.",
            subject="run",
        )
    return _run(row)


def all_runs(project: Project) -> list[Run]:
    """Newest first."""
    return [_run(row) for row in project.db.execute(f"SELECT {_COLUMNS} FROM run ORDER BY id DESC")]


def latest(project: Project) -> Run:
    """The newest run with a usable model.

    Raises:
        ConfigurationError: there is none.
    """
    row = project.db.execute(
        f"SELECT {_COLUMNS} FROM run WHERE state IN ('finished', 'stopped') "
        "ORDER BY id DESC LIMIT 1"
    ).fetchone()
    if row is None:
        raise ConfigurationError(
            "There is no trained model yet",
            "No run of this project has finished.",
            "Train a model first.",
            subject="run",
        )
    return _run(row)


def add_metrics(project: Project, run: int, rows: Iterable[tuple[str, int, float, float]]) -> None:
    """Stores metrics: name, step, epoch (a position, may be fractional), value."""
    with project.writing() as db:
        db.conn.executemany(
            "INSERT OR REPLACE INTO metric (run_id, name, step, epoch, value) VALUES (?,?,?,?,?)",
            ((run, *row) for row in rows),
        )


def forget_after(project: Project, run: int, step: int) -> None:
    """Drops what was measured after `step`, before a resumed run measures it again."""
    with project.writing() as db:
        db.execute("DELETE FROM metric WHERE run_id = ? AND step > ?", [run, step])


def metrics(project: Project, run: int) -> dict[str, list[tuple[int, float, float]]]:
    """Every series of a run: name -> (step, epoch, value), in order of steps."""
    series: dict[str, list[tuple[int, float, float]]] = {}
    rows = project.db.execute(
        "SELECT name, step, epoch, value FROM metric WHERE run_id = ? ORDER BY name, step", [run]
    )
    for name, step, epoch, value in rows:
        series.setdefault(name, []).append((step, epoch, value))
    return series


def store_predictions(project: Project, run: int, found: Sequence[Prediction]) -> None:
    with project.writing() as db:
        db.conn.executemany(
            "INSERT OR REPLACE INTO prediction VALUES (?, ?, ?, ?, ?, ?)",
            (
                (run, one.item_id, one.split, one.target, one.predicted, one.probabilities)
                for one in found
            ),
        )


def predictions(project: Project, run: int, split: str) -> list[Prediction]:
    rows = project.db.execute(
        "SELECT item_id, split, target, predicted, probabilities FROM prediction "
        "WHERE run_id = ? AND split = ? ORDER BY item_id",
        [run, split],
    )
    return [Prediction(*row) for row in rows]


def add_problem(project: Project, run: int, item: int, problem: GraftError) -> None:
    with project.writing() as db:
        db.execute(
            "INSERT OR REPLACE INTO run_problem VALUES (?, ?, ?)",
            [run, item, json.dumps(problem.to_wire())],
        )


def problems(project: Project, run: int) -> list[tuple[int, GraftError]]:
    rows = project.db.execute(
        "SELECT item_id, problem FROM run_problem WHERE run_id = ? ORDER BY item_id", [run]
    )
    return [(item, GraftError.from_wire(json.loads(problem))) for item, problem in rows]


def _run(row: sqlite3.Row | tuple[Any, ...]) -> Run:
    values = dict(zip((name.strip() for name in _COLUMNS.split(",")), row, strict=True))
    for key in ("model", "recipe", "plan", "versions"):
        values[key] = json.loads(values[key])
    error = values.pop("error")
    return Run(**values, error=GraftError.from_wire(json.loads(error)) if error else None)


def _alive(pid: int | None, started: float | None) -> bool:
    """Whether the very process that began the run is still there (numbers are used again)."""
    if pid is None or started is None:
        return False
    try:
        return abs(psutil.Process(pid).create_time() - started) < 1.0
    except psutil.NoSuchProcess:
        return False


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")
