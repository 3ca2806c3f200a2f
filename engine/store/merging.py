"""Taking in a copy of a project: what was said there and not here, label by label.

Both copies keep every saying with its reader and its time, so the two together are the union,
and the later saying stands. Where both sides said something since they parted, and not the
same, that is a conflict: it is listed, for a person to look at.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from engine.errors import ConfigurationError
from engine.store import classes, readers, stamps
from engine.store.migrating import keep_copy
from engine.store.project import Project

Key = tuple[Any, ...]
Place = dict[int | None, int | str | None]
MOST_LISTED = 1000  # conflicts and items kept in a report; the rest is only counted


@dataclass(frozen=True)
class Conflict:
    """Both copies said something of an item since they parted."""

    item_id: int  # here
    here: str  # 'Ann: cat'
    there: str
    stands: str  # the class that stands now, '' for none


@dataclass
class MergeReport:
    labels: int = 0  # sayings that came
    marks: int = 0  # versions of marks that came
    notes: int = 0
    classes: list[str] = field(default_factory=list)  # new here
    readers: list[str] = field(default_factory=list)  # who said something that came
    conflicts: list[Conflict] = field(default_factory=list)
    conflict_count: int = 0
    absent: list[str] = field(default_factory=list)  # paths of items that are only there
    absent_count: int = 0
    kept: str = ""  # the copy of this project's database as it was before

    def to_wire(self) -> dict[str, Any]:
        return asdict(self)


def merge_copy(project: Project, folder: Path, *, look_only: bool = False) -> MergeReport:
    """Takes in what a copy of this project holds. All of it happens, or nothing.

    Args:
        look_only: finds out what would come, and stores nothing.

    Raises:
        ConfigurationError: it is no copy of this project, or it is this project itself.
        StorageError: it cannot be opened, or this project cannot be written.
    """
    if folder.resolve() == project.folder.resolve():
        raise ConfigurationError(
            "This is the project that is open",
            f"{folder} is the project itself, not a copy of it.",
            "Choose the folder of the copy, for example on the stick.",
            subject="folder",
        )
    with Project.open(folder, hold=False, readonly=True) as other:
        if other.setting("id") != project.setting("id"):
            raise ConfigurationError(
                "This is another project",
                f"{folder.name} was not copied from {project.name}, so its items and classes "
                "are not the same ones.",
                "Export its labels and import them here.",
                subject="folder",
            )
        if look_only:
            return _Looking(project, other).report
        kept = keep_copy(project.db, project.database)
        with project.writing():
            found = _Looking(project, other)
            found.store()
            found.report.kept = kept.name
            _note(project, folder, found.report)
        return found.report


class _Looking:
    """What the other copy holds that this one does not."""

    def __init__(self, project: Project, other: Project) -> None:
        self.project, self.other = project, other
        self.report = MergeReport()
        self.items = self._same_items()
        self.classes = self._same_classes()
        self.labels = self._new(_LABELS, self._label)
        self.marks = self._new(_MARKS, self._mark)
        self.notes = self._new(_NOTES, self._noted)
        report = self.report
        report.labels, report.marks = len(self.labels), len(self.marks)
        report.notes = len(self.notes)
        said = {row[0]: None for row in (*self.labels, *self.marks, *self.notes)}
        report.readers = list(said)
        self._find_conflicts()

    def store(self) -> None:
        db = self.project.db.conn
        known = {name: readers.ensure(self.project, name) for name in self.report.readers}
        named = classes.ensure(self.project, self.report.classes)
        place = {id: named.get(name, here) for id, (name, here) in self.classes.items()}
        place |= {None: None}
        db.executemany(
            "INSERT INTO label (reader_id, item_id, class_id, how, at, blind, suggested_id, shown) "
            "VALUES (?,?,?,?,?,?,?,?)",
            (
                (known[r], item, place[cls], how, at, blind, place.get(said), shown)
                for r, item, cls, how, at, blind, said, shown in self.labels
            ),
        )
        db.executemany(
            "INSERT INTO mark (reader_id, item_id, class_id, uid, kind, frame, shape, gone, how, "
            "at, blind) VALUES (?,?,?,?,?,?,?,?,?,?,?)",
            ((known[r], item, place[cls], *rest) for r, item, cls, *rest in self.marks),
        )
        db.executemany(
            "INSERT INTO note (reader_id, item_id, flagged, skipped, text, at) "
            "VALUES (?,?,?,?,?,?)",
            ((known[r], item, *rest) for r, item, *rest in self.notes),
        )
        self.report.conflicts = [self._settled(one) for one in self.report.conflicts]

    def _same_items(self) -> dict[int, int]:
        """Items here by their id there: the same place and content, or else the same content."""
        sql = "SELECT id, path, position, hash FROM item"
        here = self.project.db.execute(sql).fetchall()
        at = {(path, position, hash): id for id, path, position, hash in here}
        times: dict[str, list[int]] = {}
        for id, _, _, hash in here:
            times.setdefault(hash, []).append(id)
        found: dict[int, int] = {}
        for id, path, position, hash in self.other.db.execute(sql):
            same = at.get((path, position, hash))
            alone = times.get(hash, [])
            if same is None and len(alone) == 1:
                same = alone[0]
            if same is not None:
                found[id] = same
                continue
            self.report.absent_count += 1
            if len(self.report.absent) < MOST_LISTED:
                self.report.absent.append(path)
        return found

    def _same_classes(self) -> dict[int | None, tuple[str, int | None]]:
        """Name and id here, by id there; no id: it is new. One that was renamed on one side
        is the same one."""
        here, there = classes.states(self.project), classes.states(self.other)
        by_name = {state.name: id for id, state in here.items()}
        theirs = {state.name for state in there.values()}
        found: dict[int | None, tuple[str, int | None]] = {}
        for id, state in there.items():
            same = by_name.get(state.name)
            if same is None and id in here and here[id].name not in theirs:
                same = id
            found[id] = (state.name, same)
            if same is None and not state.removed:
                self.report.classes.append(state.name)
        return found

    def _new(self, sql: str, key: Any) -> list[Any]:
        """Rows there whose key is not here, with items in this project's numbers."""
        place = self._place()
        ours = {key(row) for row in self.project.db.execute(sql)}
        found = []
        for row in self.other.db.execute(sql):
            if row[1] not in self.items:
                continue
            moved = (row[0], self.items[row[1]], *row[2:])
            if key(moved, place) not in ours:
                found.append(moved)
        return found

    def _place(self) -> Place:
        """What stands for a class of theirs here: its id, or the name of one that is new."""
        found: Place = {None: None}
        for id, (name, same) in self.classes.items():
            found[id] = name if same is None else same
        return found

    @staticmethod
    def _label(row: Any, place: Place | None = None) -> Key:
        reader, item, cls, how, at, blind, *_ = row
        return reader, item, cls if place is None else place.get(cls), how, at, blind

    @staticmethod
    def _mark(row: Any, place: Place | None = None) -> Key:
        reader, item, _, uid, *_, at, _ = row
        return reader, item, uid, at

    @staticmethod
    def _noted(row: Any, place: Place | None = None) -> Key:
        return (*row[:2], row[-1])

    def _find_conflicts(self) -> None:
        """Items of which both sides said something else since the copies parted."""
        place = self._place()
        theirs = {
            self._label((row[0], self.items[row[1]], *row[2:]), place)
            for row in self.other.db.execute(_LABELS)
            if row[1] in self.items
        }
        touched = {row[1] for row in self.labels if not row[5]}
        last: dict[int, Any] = {}
        for row in self.project.db.execute(_LABELS):  # in order of time
            if row[1] in touched and not row[5]:
                last[row[1]] = row if self._label(row) not in theirs else None
        latest = {row[1]: row for row in self.labels if not row[5]}
        for item in sorted(touched):
            ours, new = last.get(item), latest[item]
            if ours is not None and ours[2] != place.get(new[2]):
                self._conflict(item, ours, new)

    def _conflict(self, item: int, ours: Any, new: Any) -> None:
        self.report.conflict_count += 1
        if len(self.report.conflicts) >= MOST_LISTED:
            return
        here = classes.states(self.project)
        name = here[ours[2]].name if ours[2] in here else ""
        there = self.classes[new[2]][0] if new[2] is not None else ""
        stands = there if new[4] >= ours[4] else name
        self.report.conflicts.append(
            Conflict(item, _words(ours[0], name), _words(new[0], there), stands)
        )

    def _settled(self, one: Conflict) -> Conflict:
        row = self.project.db.execute(
            "SELECT name FROM standing LEFT JOIN class ON class.id = class_id WHERE item_id = ?",
            [one.item_id],
        ).fetchone()
        return Conflict(one.item_id, one.here, one.there, row[0] or "" if row else "")


_LABELS = (
    "SELECT reader.name, item_id, class_id, how, at, blind, suggested_id, shown FROM label "
    "JOIN reader ON reader.id = reader_id ORDER BY at, label.id"
)
_MARKS = (
    "SELECT reader.name, item_id, class_id, uid, kind, frame, shape, gone, how, at, blind "
    "FROM mark JOIN reader ON reader.id = reader_id ORDER BY at, mark.id"
)
_NOTES = (
    "SELECT reader.name, item_id, flagged, skipped, text, at FROM note "
    "JOIN reader ON reader.id = reader_id ORDER BY at, note.id"
)


def reports(project: Project) -> Iterable[tuple[str, str, dict[str, Any]]]:
    """When, from where and what came, of each copy that was taken in."""
    rows = project.db.execute("SELECT at, folder, report FROM merged_copy ORDER BY id DESC")
    return [(at, folder, json.loads(report)) for at, folder, report in rows]


def _note(project: Project, folder: Path, report: MergeReport) -> None:
    project.db.execute(
        "INSERT INTO merged_copy (at, folder, report) VALUES (?, ?, ?)",
        [stamps.now(), str(folder), json.dumps(report.to_wire())],
    )


def _words(reader: str, name: str) -> str:
    return f"{reader}: {name or 'label taken back'}"
