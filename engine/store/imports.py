"""Imports: each came at once, and can be taken back at once."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engine.store import classes, readers, stamps
from engine.store.project import Project

Placed = tuple[str | None, str | None]  # split and group of an item


@dataclass(frozen=True)
class Import:
    id: int
    source: str
    format: str
    reader: str
    at: str
    report: dict[str, Any]  # what came: see `finish`
    undone: str | None


@dataclass(frozen=True)
class TakenBack:
    """What became of an import that was taken back."""

    items: int  # gone
    kept: int  # items that stay: something was said of them since, or a run learned from them
    labels: int  # gone
    marks: int  # gone
    classes: tuple[str, ...]  # gone: they came with it, and nothing has them any more


# Items of the import about which nothing else is known than what it brought.
_FREE = """
    SELECT id FROM item WHERE import_id = :id
    AND NOT EXISTS (SELECT 1 FROM label WHERE item_id = item.id AND import_id IS NOT :id)
    AND NOT EXISTS (SELECT 1 FROM mark WHERE item_id = item.id AND import_id IS NOT :id)
    AND NOT EXISTS (SELECT 1 FROM note WHERE item_id = item.id)
    AND NOT EXISTS (SELECT 1 FROM dataset_item WHERE item_id = item.id)
    AND NOT EXISTS (SELECT 1 FROM prediction WHERE item_id = item.id)
    AND NOT EXISTS (SELECT 1 FROM run_problem WHERE item_id = item.id)
"""


def begin(project: Project, source: Path, format: str, reader: str) -> int:
    """The id of a new import; what it brings is stored under it, in the same transaction."""
    with project.writing() as db:
        cursor = db.execute(
            "INSERT INTO import (source, format, reader_id, at) VALUES (?, ?, ?, ?)",
            [str(source), format, readers.ensure(project, reader), stamps.now()],
        )
        return int(cursor.lastrowid or 0)


def finish(project: Project, import_id: int, report: dict[str, Any]) -> None:
    """Keeps what came: JSON-ready, with 'new_classes', the ids of classes that it brought."""
    with project.writing() as db:
        db.execute("UPDATE import SET report = ? WHERE id = ?", [json.dumps(report), import_id])


def placed(project: Project) -> dict[int, Placed]:
    """Where every item stands, by its id."""
    rows = project.db.execute("SELECT id, split, group_key FROM item")
    return {id: (split, group) for id, split, group in rows}


def keep_former(project: Project, import_id: int, before: dict[int, Placed]) -> None:
    """Notes where items stood that an import has moved, so that it can be taken back.

    Args:
        before: all items that were there, as `placed` gave them before the import.
    """
    moved = [
        (id, *before[id], *now)
        for id, now in placed(project).items()
        if id in before and before[id] != now
    ]
    with project.writing() as db:
        db.execute(
            "UPDATE import SET report = json_set(report, '$.former', json(?)) WHERE id = ?",
            [json.dumps(moved), import_id],
        )


def all_imports(project: Project) -> list[Import]:
    """The newest first."""
    rows = project.db.execute(
        "SELECT import.id, source, format, reader.name, at, report, undone FROM import "
        "JOIN reader ON reader.id = reader_id ORDER BY import.id DESC"
    )
    return [
        Import(id, source, format, reader, at, json.loads(report), undone)
        for id, source, format, reader, at, report, undone in rows
    ]


def brought(project: Project, import_id: int) -> tuple[int, int]:
    """How many items an import brought that would go with it, and how many would stay."""
    free = project.db.execute(f"SELECT count(*) FROM ({_FREE})", {"id": import_id}).fetchone()[0]
    whole = project.db.execute(
        "SELECT count(*) FROM item WHERE import_id = ?", [import_id]
    ).fetchone()[0]
    return int(free), int(whole - free)


def take_back(project: Project, import_id: int) -> TakenBack:
    """Undoes an import, in one transaction: its labels, marks and items go, and other items
    have the split and the group that they had.

    What a person said since stays, and so do the items it was said of; but it can be undone
    no more, as what it would bring back is gone.
    """
    with project.writing() as db:
        row = db.execute(
            "SELECT report, undone, at FROM import WHERE id = ?", [import_id]
        ).fetchone()
        assert row is not None and row[1] is None, f"import {import_id} was taken back before"
        db.execute("UPDATE action SET state = 'dropped' WHERE at >= ?", [row[2]])
        db.execute("UPDATE import SET undone = ? WHERE id = ?", [stamps.now(), import_id])
        free, kept = brought(project, import_id)
        db.execute("CREATE TEMP TABLE going AS " + _FREE.replace(":id", str(int(import_id))))
        marks = db.execute("DELETE FROM mark WHERE import_id = ?", [import_id]).rowcount
        labels = db.execute(
            "SELECT count(*) FROM label WHERE import_id = ?", [import_id]
        ).fetchone()[0]
        db.execute("DELETE FROM standing WHERE item_id IN (SELECT id FROM going)")
        db.execute("DELETE FROM label WHERE import_id = ?", [import_id])
        db.execute("DELETE FROM item WHERE id IN (SELECT id FROM going)")
        db.execute("UPDATE item SET import_id = NULL WHERE import_id = ?", [import_id])
        db.execute("DROP TABLE going")
        report = json.loads(row[0])
        _put_back(project, report.get("former", []))
        gone = _drop_classes(project, report.get("new_classes", []))
    return TakenBack(free, kept, int(labels), int(marks), gone)


def _put_back(project: Project, former: list[list[Any]]) -> None:
    """Items to the split and the group they had, where nothing has moved them since."""
    for id, split, group, later_split, later_group in former:
        project.db.execute(
            "UPDATE item SET split = ? WHERE id = ? AND split IS ?", [split, id, later_split]
        )
        project.db.execute(
            "UPDATE item SET group_key = ? WHERE id = ? AND group_key IS ?",
            [group, id, later_group],
        )


def _drop_classes(project: Project, ids: list[int]) -> tuple[str, ...]:
    known = classes.states(project)
    gone = []
    for id in ids:
        used = project.db.execute(
            "SELECT EXISTS (SELECT 1 FROM label WHERE class_id = ?1) "
            "OR EXISTS (SELECT 1 FROM mark WHERE class_id = ?1)",
            [id],
        ).fetchone()[0]
        if not used and id in known:
            project.db.execute("UPDATE class SET removed = 1 WHERE id = ?", [id])
            gone.append(known[id].name)
    return tuple(gone)
