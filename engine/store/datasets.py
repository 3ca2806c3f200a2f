"""The data as it was when a run began: items, labels and splits that no later change touches."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from engine.errors import DataError
from engine.store.items import sources
from engine.store.project import Project


@dataclass(frozen=True)
class Example:
    """One item of a dataset, as training needs it."""

    item_id: int
    kind: str
    file: Path
    text: str | None
    hash: str
    target: int  # place in Dataset.classes


@dataclass(frozen=True)
class Dataset:
    id: int
    classes: tuple[str, ...]
    sizes: dict[str, int]  # split -> number of items


def snapshot(project: Project) -> Dataset:
    """Records the labelled, readable items with their splits; the same data gives the same record.

    Raises:
        DataError: nothing to learn from: no items, no labels, one class only, or an empty split.
    """
    rows = project.db.execute(
        "SELECT item.id, item.hash, item.split, class.id FROM item "
        "JOIN current_label ON current_label.item_id = item.id "
        "JOIN class ON class.id = current_label.class_id "
        "WHERE item.state != 'broken' AND item.split IS NOT NULL ORDER BY item.id"
    ).fetchall()
    present = {row[3] for row in rows}
    ordered = [
        (id, name)
        for id, name in project.db.execute("SELECT id, name FROM class ORDER BY position, id")
        if id in present
    ]
    check_learnable(project, [(row[2], row[3]) for row in rows])
    place = {id: number for number, (id, _) in enumerate(ordered)}
    names = [name for _, name in ordered]
    digest = hashlib.sha256(json.dumps(names).encode())
    for id, content, split, cls in rows:
        digest.update(f"{id}:{content}:{split}:{place[cls]}\n".encode())
    return _store(project, digest.hexdigest(), names, [(i, h, s, place[c]) for i, h, s, c in rows])


def check_learnable(project: Project, rows: list[tuple[str, int]]) -> None:
    """Raises DataError unless (split, class) `rows` hold something to learn from."""
    if not rows:
        total = project.db.execute("SELECT count(*) FROM item").fetchone()[0]
        broken = project.db.execute("SELECT count(*) FROM item WHERE state = 'broken'").fetchone()[
            0
        ]
        raise DataError(
            "There is nothing to train on",
            f"The project has {total} items, of which {broken} cannot be read, and none of the "
            "rest has both a label and a split.",
            "Import labelled data, or label some items on the Data page.",
        )
    if len({cls for _, cls in rows}) < 2:
        raise DataError(
            "There is only one class",
            "All labelled items have the same label, so there is nothing to tell apart.",
            "Label items of at least one other class.",
        )
    splits = {split for split, _ in rows}
    if "train" not in splits or len({cls for split, cls in rows if split == "train"}) < 2:
        raise DataError(
            "The training split cannot teach two classes",
            "Fewer than two classes have items in the training split.",
            "Label more items, or make the split anew.",
        )
    if "validation" not in splits:
        raise DataError(
            "There are no validation items",
            "Without them no epoch can be told from another.",
            "Label more items, or make the split anew with a larger share for validation. Items "
            "of one group (a patient) stay in one split: there must be items of several.",
        )


def examples(project: Project, dataset: int, split: str) -> list[Example]:
    """The items of one split, in the order of their ids."""
    folders = dict(sources(project))
    rows = project.db.execute(
        "SELECT item.id, item.kind, item.source_id, item.path, item.text, dataset_item.hash, "
        "dataset_item.target FROM dataset_item JOIN item ON item.id = dataset_item.item_id "
        "WHERE dataset_id = ? AND dataset_item.split = ? ORDER BY item.id",
        [dataset, split],
    )
    return [
        Example(id, kind, folders[source] / path, text, hash, target)
        for id, kind, source, path, text, hash, target in rows
    ]


def load(project: Project, id: int) -> Dataset:
    row = project.db.execute("SELECT classes FROM dataset WHERE id = ?", [id]).fetchone()
    sizes = project.db.execute(
        "SELECT split, count(*) FROM dataset_item WHERE dataset_id = ? GROUP BY split", [id]
    ).fetchall()
    return Dataset(id, tuple(json.loads(row[0])), dict(sizes))


def targets(project: Project, dataset: int, split: str) -> Iterator[int]:
    rows = project.db.execute(
        "SELECT target FROM dataset_item WHERE dataset_id = ? AND split = ? ORDER BY item_id",
        [dataset, split],
    )
    return (int(row[0]) for row in rows)


def _store(
    project: Project, digest: str, names: list[str], rows: list[tuple[int, str, str, int]]
) -> Dataset:
    with project.writing() as db:
        found = db.execute("SELECT id FROM dataset WHERE hash = ?", [digest]).fetchone()
        if found is None:
            cursor = db.execute(
                "INSERT INTO dataset (hash, classes, created) VALUES (?, ?, ?)",
                [digest, json.dumps(names), datetime.now(UTC).isoformat(timespec="seconds")],
            )
            found = (cursor.lastrowid,)
            db.conn.executemany(
                "INSERT INTO dataset_item VALUES (?, ?, ?, ?, ?)",
                ((found[0], *row) for row in rows),
            )
    return load(project, int(found[0]))
