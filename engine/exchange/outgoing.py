"""The items of a project with all that stands of them, as an export takes them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from engine.events import Emit
from engine.exchange.exporting import export_records
from engine.exchange.format import Drawn
from engine.exchange.record import ExportReport, Record
from engine.labels.shapes import Whole
from engine.progress import Cancel, silent
from engine.store import classes, finding, items, marks
from engine.store.finding import Query
from engine.store.items import Item
from engine.store.project import Project


@dataclass(frozen=True)
class Wanted:
    """What leaves the project, and how."""

    format: str  # a key of engine.exchange.writing
    state: str = "labelled"  # of engine.store.finding.STATES, or 'said': with a class or a mark
    copy: bool = False  # whether the pictures go along


def export_project(
    project: Project, target: Path, wanted: Wanted, emit: Emit = silent,
    cancel: Cancel | None = None,
) -> ExportReport:  # fmt: skip
    """Writes what stands; second readings and history stay in the project.

    Raises:
        as engine.exchange.exporting.export_records.
    """
    ids = _ids(project, wanted.state)
    names = {cls.id: cls.name for cls in classes.all_classes(project)}
    return export_records(
        _records(project, ids, names), target, wanted.format, classes=list(names.values()),
        total=len(ids), pictures="copy" if wanted.copy else "leave", emit=emit, cancel=cancel,
    )  # fmt: skip


def _ids(project: Project, state: str) -> Sequence[int]:
    if state != "said":
        return finding.find(project, Query(state))
    said = {*finding.find(project, Query("labelled")), *finding.find(project, Query("marked"))}
    return sorted(said)


def _records(project: Project, ids: Sequence[int], names: dict[int, str]) -> Iterator[Record]:
    for begin in range(0, len(ids), 500):
        for item in items.load(project, ids[begin : begin + 500]):
            yield _record(project, item, names)


def _record(project: Project, item: Item, names: dict[int, str]) -> Record:
    drawn = [
        Drawn(mark.shape, names[mark.class_id], mark.frame)
        for mark in marks.of_item(project, item.id)
        if mark.class_id in names
    ]
    several = tuple(one.label for one in drawn if isinstance(one.shape, Whole))
    label = names.get(item.class_id) if item.class_id is not None else None
    reader = project.db.execute(
        "SELECT reader.name FROM current_label JOIN reader ON reader.id = reader_id "
        "WHERE item_id = ?",
        [item.id],
    ).fetchone()
    row = item.position > 0  # of a table: there is no file of its own
    return Record(
        None if row else item.file, item.name if row else item.path, item.kind, item.width,
        item.height, item.text, label,
        tuple(dict.fromkeys([*((label,) if label else ()), *several])),
        tuple(one for one in drawn if not isinstance(one.shape, Whole)), item.split,
        reader[0] if reader else None,
    )  # fmt: skip
