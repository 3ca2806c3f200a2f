"""Taking examples into the store, a batch in a transaction."""

from __future__ import annotations

import dataclasses
from array import array
from collections.abc import Iterator, Mapping
from concurrent.futures import Executor

from engine.errors import DataError
from engine.exchange.format import Example
from engine.exchange.indexing import Indexed, Indexer
from engine.exchange.naming import storable
from engine.exchange.report import ImportReport
from engine.exchange.saying import Sayings
from engine.store import classes, items, places
from engine.store.places import Known
from engine.store.project import Project
from engine.store.splits import SPLITS

Place = tuple[str, int]  # path and position in a source


class Intake:
    """Takes batches of one source; a batch is stored whole or not at all.

    Args:
        indexer: looks at files; its `base` is the folder the paths are relative to.
        reader: in whose name, where the data names nobody.
        report: has an `import_id`; it is filled.
        rows: how many examples this import brings.
    """

    def __init__(
        self, project: Project, indexer: Indexer, pool: Executor, reader: str,
        report: ImportReport, rows: int,
    ) -> None:  # fmt: skip
        self._project = project
        self._source = source = items.source_id(project, indexer.base)
        self._indexer = indexer
        self._pool = pool
        self._report = report
        self._classes_before = {cls.id for cls in classes.all_classes(project)}
        known = classes.ensure(project, list(report.classes))
        self._sayings = Sayings(project, known, reader, report.import_id, report.findings)
        self._tell_new_classes()
        self._seen: set[int] = set()
        self._gone: set[str] = set()  # files that are no items
        self._times: dict[tuple[str, str], int] = {}
        self._free_row = max(rows + 1, places.last_position(project, source)) + 1
        # Nine bytes an item: an import of millions must not fill the memory.
        self._given_ids = array("q")
        self._given_splits = bytearray()

    def _tell_new_classes(self) -> None:
        known = self._sayings.classes.values()
        self._report.new_classes = [id for id in known if id not in self._classes_before]

    def given_splits(self) -> Iterator[tuple[int, str]]:
        """Item id and the split the data came with, for the items that came with one."""
        for id, place in zip(self._given_ids, self._given_splits, strict=True):
            yield id, SPLITS[place]

    def take(self, batch: list[Example]) -> None:
        """Looks at the files and stores the items, their labels, groups and splits.

        Raises:
            ResourceError, StorageError: the project cannot be written.
        """
        files = [(one.path, 0) for one in batch if one.text is None and storable(one.path)]
        known = places.at(self._project, self._source, files)
        usable: list[Indexed] = []
        looks = self._pool.map(lambda example: self._look(example, known), batch)
        for example, one in zip(batch, looks, strict=True):
            if isinstance(one, DataError):
                self._report.add_problem(one)
                if example.path not in self._gone:  # what is said first of a file counts
                    self._gone.add(example.path)
                    self._sayings.count(example.findings, example)
            else:
                usable.append(one)
        with self._project.writing():
            self._store([self._settle(one) for one in usable])

    def _look(self, example: Example, known: Mapping[Place, Known]) -> Indexed | DataError:
        return self._indexer.look(example, known.get((example.path, 0)))

    def _settle(self, one: Indexed) -> Indexed:
        """Finds the place of a table's row, which is known by its content.

        Rows may have been added, removed or sorted since the last import; the labels
        given to a text must stay with that text.
        """
        if one.item is None or one.example.position == 0:
            return one
        hash, path, row = one.item.hash, one.example.path, one.example.position
        time = self._times.get((path, hash), 0)  # the same text may stand there several times
        self._times[path, hash] = time + 1
        held = places.positions(self._project, self._source, path, hash)
        if time < len(held):
            row = held[time]
        elif places.at(self._project, self._source, [(path, row)]):
            row, self._free_row = self._free_row, self._free_row + 1
        return dataclasses.replace(
            one,
            example=dataclasses.replace(one.example, position=row),
            item=dataclasses.replace(one.item, position=row),
        )

    def _store(self, usable: list[Indexed]) -> None:
        wanted = [_place(one) for one in usable]
        before = places.at(self._project, self._source, wanted)
        said: dict[Place, Indexed] = {}
        for one in usable:
            said.setdefault(_place(one), one)  # what is said first of a file counts
        items.add(
            self._project,
            self._source,
            (
                dataclasses.replace(one.item, group=one.group, split=_split(one, before))
                for one in said.values()
                if one.item is not None and _differs(one, before.get(_place(one)))
            ),
            self._report.import_id,
        )
        now = places.at(self._project, self._source, wanted)
        firsts = [(one, now[_place(one)]) for one in usable if self._is_first(one, now)]
        self._count(firsts, before)
        self._sayings.give((one.example, stored, _size(one, stored)) for one, stored in firsts)
        self._report.take(self._sayings.said)
        self._tell_new_classes()
        items.set_groups(
            self._project,
            (
                (stored.id, one.group)
                for one, stored in firsts
                if one.group is not None and one.group != stored.group
            ),
        )

    def _is_first(self, one: Indexed, now: Mapping[Place, Known]) -> bool:
        """False, with a word about it, for a file that the data names a second time."""
        stored = now[_place(one)]
        if stored.id not in self._seen:
            self._seen.add(stored.id)
            return True
        self._report.add_problem(
            DataError(
                f"{one.example.origin or one.example.path}: the file is named a second time",
                f"{one.example.path} stands in the data before; what was said first counts.",
                "Keep one row for each file.",
                subject=one.example.path,
            )
        )
        return False

    def _count(self, firsts: list[tuple[Indexed, Known]], before: Mapping[Place, Known]) -> None:
        for one, stored in firsts:
            if _place(one) in before:
                self._report.known += 1
            else:
                self._report.new += 1
            if one.item is not None and one.item.problem is not None:
                self._report.broken += 1
                self._report.add_problem(one.item.problem)
            if one.example.split is not None:
                self._given_ids.append(stored.id)
                self._given_splits.append(SPLITS.index(one.example.split))


def _place(one: Indexed) -> Place:
    return one.example.path, one.example.position


def _size(one: Indexed, stored: Known) -> tuple[int, int] | None:
    """Of the picture in px; None for what is no picture, or cannot be read."""
    if one.item is not None and one.item.width and one.item.height:
        return one.item.width, one.item.height
    return stored.size


def _split(one: Indexed, before: Mapping[Place, Known]) -> str | None:
    """The split of a new item; those of known items are settled when all is read."""
    return None if _place(one) in before else one.example.split


def _differs(one: Indexed, known: Known | None) -> bool:
    if known is None or one.item is None:
        return True
    return (
        known.hash != one.item.hash
        or known.state == "broken"
        or one.item.modified != (known.modified)
    )
