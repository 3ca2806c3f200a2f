"""The journal: every edit as it was done, so that undo and redo outlive a restart.

Nothing is unsaid by an undo: the inverse is appended, and the history of an item shows it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from engine.labels import edits
from engine.labels.edits import (
    Annotate,
    Edit,
    Place,
    Reclass,
    Redraw,
    Regroup,
    Relabel,
    Resplit,
    Together,
)
from engine.store import classes, items, labels, marks, notes, readers, stamps
from engine.store.labels import Saying
from engine.store.project import Project

Suggested = Mapping[int, tuple[int, bool]]  # by item: the class suggested, whether it was shown


@dataclass(frozen=True)
class Action:
    """One entry. `state`: done, undone, or dropped (another edit came after it was undone)."""

    id: int
    title: str
    at: str
    state: str


def do(
    project: Project, edit: Edit, reader: str, title: str, how: str = "hand",
    suggested: Suggested | None = None,
) -> int:  # fmt: skip
    """Does an edit and notes it, in one transaction. What was undone before is dropped.

    Args:
        suggested: of items that are labelled, what the model said then.

    Returns:
        the id of the action.
    """
    with project.writing() as db:
        _apply(project, edit, reader, how, suggested or {})
        db.execute("UPDATE action SET state = 'dropped' WHERE state = 'undone'")
        cursor = db.execute(
            "INSERT INTO action (reader_id, at, title, edit) VALUES (?, ?, ?, ?)",
            [readers.ensure(project, reader), stamps.now(), title, json.dumps(edits.to_wire(edit))],
        )
        return int(cursor.lastrowid or 0)


def undo(project: Project, action: int, reader: str) -> Edit:
    """Does the inverse of an action that is done. Returns the inverse."""
    return _turn(project, action, reader, "done", "undone")


def redo(project: Project, action: int, reader: str) -> Edit:
    """Does an action again that was undone. Returns it."""
    return _turn(project, action, reader, "undone", "done")


def last(project: Project, count: int, before: int | None = None) -> list[Action]:
    """Up to `count` actions that are done, the oldest first.

    Args:
        before: only those with a lower id.
    """
    rows = project.db.execute(
        "SELECT id, title, at, state FROM action WHERE state = 'done' AND id < ? "
        "ORDER BY id DESC LIMIT ?",
        [before if before is not None else 2**62, count],
    )
    return [Action(*row) for row in reversed(rows.fetchall())]


def undone(project: Project) -> list[Action]:
    """Those that can be done again, the next first."""
    rows = project.db.execute(
        "SELECT id, title, at, state FROM action WHERE state = 'undone' ORDER BY id"
    )
    return [Action(*row) for row in rows]


def _turn(project: Project, action: int, reader: str, expected: str, state: str) -> Edit:
    with project.writing() as db:
        wire = db.execute(
            "SELECT edit FROM action WHERE id = ? AND state = ?", [action, expected]
        ).fetchone()
        assert wire is not None, f"action {action} is not {expected}"
        edit = edits.from_wire(json.loads(wire[0]))
        if state == "undone":
            edit = edits.inverse(edit)
        _apply(project, edit, reader, "hand", {})
        db.execute("UPDATE action SET state = ? WHERE id = ?", [state, action])
    return edit


def _apply(project: Project, edit: Edit, reader: str, how: str, suggested: Suggested) -> None:
    match edit:
        case Relabel():
            nothing = (None, False)
            sayings = [Saying(id, cls, *suggested.get(id, nothing)) for id, cls in edit.after]
            labels.say(project, sayings, reader, how, blind=edit.blind)
        case Redraw():
            marks.put(project, edit.after, reader, how, blind=edit.blind)
        case Annotate():
            notes.write(project, edit.after, reader)
        case Reclass():
            classes.write(project, edit.after)
        case Resplit():
            _resplit(project, edit.after)
        case Regroup():
            items.set_groups(project, edit.after)
        case Together():
            for one in edit.edits:
                _apply(project, one, reader, how, suggested)


def _resplit(project: Project, places: Sequence[Place]) -> None:
    with project.writing() as db:
        db.conn.executemany(
            "UPDATE item SET split = ? WHERE id = ?", ((split, id) for id, split in places)
        )
