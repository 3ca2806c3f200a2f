"""Splits after an import: those the data came with, then those Graft makes."""

from __future__ import annotations

from collections.abc import Iterable

from engine.errors import DataError
from engine.exchange.report import ImportReport
from engine.store import items
from engine.store.project import Project
from engine.store.splits import SPLITS, Reunion, reunite, split_project, take_from_train


def settle_splits(project: Project, given: Iterable[tuple[int, str]], report: ImportReport) -> None:
    """Gives every labelled, readable item a split, and says what was decided.

    What the data says counts. A group that it tears goes whole to where most of it
    is. A split that it leaves out is taken from its training items; the rest of the
    items, if any, is dealt out as always. All of it happens, or nothing.
    """
    given = list(given)
    provided = {split for _, split in given}
    with project.writing():
        _follow(project, given, provided)
        for reunion in reunite(project):
            report.add_problem(_torn(reunion))
        if provided:
            _complete(project, provided, report)
        report.splits = split_project(project)
    _tell_of_groups(project, report)


def _tell_of_groups(project: Project, report: ImportReport) -> None:
    """Where groups are too few for all splits, a person learns it now and not from a run."""
    lacking = [split for split in SPLITS if not report.splits.get(split)]
    items, groups, alone = project.db.execute(
        "SELECT count(*), count(DISTINCT group_key), count(*) - count(group_key) FROM item "
        "JOIN current_label ON item_id = item.id WHERE state != 'broken'"
    ).fetchone()
    if not lacking or not groups or groups + alone >= items:
        return
    count = "one group" if groups == 1 else f"{groups} groups"
    report.notes.append(
        f"There are no items for {' and '.join(lacking)}: those with a label are of {count}, and "
        "a group is never in two splits. Import items of other groups."
    )


def _follow(project: Project, given: list[tuple[int, str]], provided: set[str]) -> None:
    """Moves items to the split the data names.

    An item that stands in a split the data does not have was taken from train by an
    earlier import; it stays there, so that a second import changes nothing.
    """
    marks = ",".join("?" * len(provided))
    with project.writing() as db:
        db.conn.executemany(
            "UPDATE item SET split = ? WHERE id = ? AND split IS NOT ? "
            f"AND (split IS NULL OR ? != 'train' OR split IN ({marks}))",
            ((split, id, split, split, *provided) for id, split in given),
        )


def _complete(project: Project, provided: set[str], report: ImportReport) -> None:
    rows = project.db.execute(
        "SELECT DISTINCT item.split FROM item JOIN current_label ON item_id = item.id "
        "WHERE item.state != 'broken' AND item.split IS NOT NULL"
    )
    present = {str(row[0]) for row in rows}
    if present and "train" not in present:
        report.add_problem(
            DataError(
                "There are no training items",
                f"The data came with {' and '.join(sorted(provided))} only.",
                "Import training data too, or make the split anew.",
            )
        )
        return
    missing = [split for split in SPLITS if split not in present]
    # Items without a split are dealt out next and fill the gap.
    waiting = project.db.execute(
        "SELECT 1 FROM item JOIN current_label ON item_id = item.id "
        "WHERE item.state != 'broken' AND item.split IS NULL LIMIT 1"
    ).fetchone()
    if not missing or not present or waiting:
        return
    taken = take_from_train(project, missing)
    whole = ", whole groups together" if items.counts(project)["groups"] else ""
    report.notes += [
        f"The data came without a {split} split: {count} of the training items "
        f"were taken for it, each class in proportion{whole}."
        for split, count in taken.items()
    ]


def _torn(reunion: Reunion) -> DataError:
    return DataError(
        "A group is in two splits",
        f"The items of group {reunion.group!r} came in {' and '.join(reunion.found)}. All of "
        f"them are in {reunion.chosen} now, where most of them were; otherwise the test would "
        "be on what was learnt.",
        "Nothing, or put the whole group into one split in the data and import again.",
        subject=reunion.group,
    )
