"""Marks on items: append-only versions, of which the last of each stands."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

from engine.labels.marks import Mark
from engine.labels.shapes import from_wire, to_wire
from engine.store import readers, stamps
from engine.store.project import Project


def put(
    project: Project, versions: Sequence[Mark], reader: str, how: str = "hand", *,
    blind: bool = False, import_id: int | None = None,
) -> int:  # fmt: skip
    """Appends versions of marks in one transaction; `gone` ones take a mark away.

    Returns:
        how many.
    """
    at = stamps.now()
    with project.writing() as db:
        reader_id = readers.ensure(project, reader)
        db.conn.executemany(
            "INSERT INTO mark (uid, item_id, kind, class_id, frame, shape, gone, reader_id, how, "
            "at, blind, import_id) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, max(?10, coalesce("
            "(SELECT max(at) FROM mark WHERE item_id = ?2 AND uid = ?1), '')), ?11, ?12)",
            (
                (one.uid, one.item_id, one.shape.kind, one.class_id, one.frame,
                 json.dumps(to_wire(one.shape)), one.gone, reader_id, how, at, blind, import_id)
                for one in versions
            ),
        )  # fmt: skip
    return len(versions)


def of_item(project: Project, item: int, blind_reader: str | None = None) -> list[Mark]:
    """The marks that stand on an item, in the order they were first made.

    Args:
        blind_reader: instead those that this reader made in a blind second reading.
    """
    which, values = "blind = 0", [item]
    if blind_reader is not None:
        which = "blind = 1 AND reader_id = (SELECT id FROM reader WHERE name = ?2)"
        values.append(blind_reader)  # type: ignore[arg-type]
    rows = project.db.execute(
        "SELECT uid, item_id, class_id, kind, shape, frame FROM current_mark "
        f"WHERE item_id = ?1 AND {which} "
        "ORDER BY (SELECT min(id) FROM mark WHERE item_id = ?1 AND uid = current_mark.uid)",
        values,
    )
    return [_mark(*row) for row in rows]


def each(project: Project) -> Iterator[Mark]:
    """Every mark that stands, by item."""
    rows = project.db.execute(
        "SELECT uid, item_id, class_id, kind, shape, frame FROM current_mark WHERE blind = 0 "
        "ORDER BY item_id, id"
    )
    for row in rows:
        yield _mark(*row)


def with_class(project: Project, class_id: int) -> list[Mark]:
    """The marks of a class that stand, a blind reader's too."""
    rows = project.db.execute(
        "SELECT uid, item_id, class_id, kind, shape, frame FROM current_mark WHERE class_id = ?",
        [class_id],
    )
    return [_mark(*row) for row in rows]


def _mark(uid: str, item: int, class_id: int, kind: str, shape: str, frame: int) -> Mark:
    return Mark(uid, item, class_id, from_wire(kind, json.loads(shape)), frame)
