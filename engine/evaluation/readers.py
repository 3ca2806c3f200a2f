"""Who read what, and how far the readers agree."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations

import numpy as np

from engine.evaluation.kappa import Agreement, cohen, fleiss
from engine.store import labels, readers
from engine.store.project import Project


@dataclass(frozen=True)
class Reader:
    name: str
    items: int  # that have a label of theirs today
    blind: int  # of them, read without seeing what others said


@dataclass(frozen=True)
class Pair:
    first: str
    second: str
    agreement: Agreement
    blind: int  # items that at least one of them read blind; the rest may have been swayed


@dataclass(frozen=True)
class Readings:
    readers: tuple[Reader, ...]
    pairs: tuple[Pair, ...]  # of readers who read some of the same items
    together: Agreement | None  # all readers, on the items that all of them read; from three on
    disagreeing: int  # items that nobody has decided yet
    decided: int  # items that somebody decided between readers


def readings(project: Project) -> Readings:
    """What each reader says today, beside what the others say. Decisions between readers do
    not count as readings."""
    said = {name: labels.of_reader(project, name) for name in readers.names(project)}
    said = {name: found for name, found in said.items() if found}
    blind = _blind(project)
    groups = dict(project.db.execute("SELECT id, coalesce(group_key, id) FROM item"))
    people = tuple(
        Reader(name, len(found), len(blind.get(name, set()) & found.keys()))
        for name, found in said.items()
    )
    pairs = []
    for first, second in combinations(said, 2):
        both = sorted(said[first].keys() & said[second].keys())
        if both:
            hidden = (blind.get(first, set()) | blind.get(second, set())) & set(both)
            found = cohen(
                [said[first][id] for id in both], [said[second][id] for id in both],
                [groups[id] for id in both],
            )  # fmt: skip
            pairs.append(Pair(first, second, found, len(hidden)))
    return Readings(
        people, tuple(pairs), _together(said, groups),
        _count(project, "SELECT count(*) FROM disagreement"),
        _count(project, "SELECT count(DISTINCT item_id) FROM label WHERE how = 'adjudication'"),
    )  # fmt: skip


def _together(said: dict[str, dict[int, int]], groups: dict[int, str | int]) -> Agreement | None:
    if len(said) < 3:
        return None
    shared = sorted(set.intersection(*(set(found) for found in said.values())))
    if not shared:
        return None
    classes = sorted({found[id] for found in said.values() for id in shared})
    place = {cls: number for number, cls in enumerate(classes)}
    counts = np.zeros((len(shared), len(classes)), np.int64)
    for found in said.values():
        for row, id in enumerate(shared):
            counts[row, place[found[id]]] += 1
    return fleiss(counts, [groups[id] for id in shared])


def _blind(project: Project) -> dict[str, set[int]]:
    found: dict[str, set[int]] = {}
    rows = project.db.execute(
        "SELECT DISTINCT reader.name, item_id FROM label JOIN reader ON reader.id = reader_id "
        "WHERE blind = 1"
    )
    for name, item in rows:
        found.setdefault(name, set()).add(item)
    return found


def _count(project: Project, sql: str) -> int:
    return int(project.db.execute(sql).fetchone()[0])
