"""Classes that become another, or go: the edit that takes all their labels and marks along."""

from __future__ import annotations

from dataclasses import replace

from engine.labels.edits import Edit, Reclass, Redraw, Relabel, Together
from engine.store import classes, marks
from engine.store.project import Project


def merge(project: Project, source: int, target: int) -> tuple[Edit, str] | None:
    """Every label and mark of `source` becomes one of `target`, and `source` is removed.

    Returns:
        the edit and what it does in words; None where one of them is not there.
    """
    known = classes.states(project)
    if source == target or source not in known or target not in known:
        return None
    names = known[source].name, known[target].name
    return _regroup(project, source, target), f"merge {names[0]} into {names[1]}"


def remove(project: Project, source: int) -> tuple[Edit, str] | None:
    """The class goes; its labels are taken back and its marks taken away."""
    known = classes.states(project)
    if source not in known:
        return None
    return _regroup(project, source, None), f"remove {known[source].name}"


def _regroup(project: Project, source: int, target: int | None) -> Edit:
    labelled = project.db.execute(
        "SELECT item_id FROM standing WHERE class_id = ? ORDER BY item_id", [source]
    )
    ids = [int(row[0]) for row in labelled]
    drawn = marks.with_class(project, source)
    state = classes.states(project)[source]
    return Together(
        (
            Relabel(tuple((id, source) for id in ids), tuple((id, target) for id in ids)),
            Redraw(
                tuple(drawn),
                tuple(
                    replace(mark, class_id=target) if target else replace(mark, gone=True)
                    for mark in drawn
                ),
            ),
            Reclass((state,), (replace(state, removed=True),)),
        )
    )
