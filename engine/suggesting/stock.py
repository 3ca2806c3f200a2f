"""What the project holds, as suggesting needs it: items and labels as arrays."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.store.project import Project
from engine.suggesting.agreement import hidden

Ints = NDArray[np.int64]

LABELS = (
    "SELECT current_label.item_id, current_label.class_id FROM current_label "
    "JOIN item ON item.id = current_label.item_id "
    "WHERE item.split IS NOT 'test' ORDER BY current_label.id"
)


@dataclass(frozen=True)
class Stock:
    """The items that can be read, by id.

    Attributes:
        ids: int64 [n], ascending.
        contents: int64 [n], of the content's hash: copies share one.
        groups: int64 [n], items of one group (a patient) share one.
        hidden: bool [n], suggestions on them stay hidden.
        mark: what `mark` said when it was read.
    """

    ids: Ints
    contents: Ints
    groups: Ints
    hidden: NDArray[np.bool_]
    mark: tuple[object, ...]

    def rows(self, items: Ints) -> Ints:
        """The row of each item id, -1 where it is not there."""
        return rows_of(self.ids, items)


def rows_of(ids: Ints, items: Ints) -> Ints:
    """Places int64 of `items` in ascending `ids`, -1 where one is not there."""
    if not len(ids):
        return np.full(len(items), -1, np.int64)
    place = np.minimum(np.searchsorted(ids, items), len(ids) - 1)
    found: Ints = np.where(ids[place] == items, place, -1)
    return found


def mark(project: Project) -> tuple[object, ...]:
    """Differs once items came, went or changed; cheap."""
    row = project.db.execute(
        "SELECT count(*), max(id), total(bytes), total(modified), count(group_key) FROM item "
        "WHERE state != 'broken'"
    ).fetchone()
    return tuple(row)


def stock(project: Project) -> Stock:
    """The readable items as they are now."""
    now = mark(project)
    found = project.db.execute(
        "SELECT id, hash, group_key FROM item WHERE state != 'broken' ORDER BY id"
    ).fetchall()
    hashes = [str(row[1]) for row in found]
    # Items without a group are each their own; ids are positive, so theirs stay apart.
    numbers: dict[str, int] = {}
    groups = [
        -int(id) if key is None else numbers.setdefault(key, len(numbers)) for id, _, key in found
    ]
    secret = str(project.setting("id", ""))
    return Stock(
        np.asarray([row[0] for row in found], np.int64),
        np.asarray([content(one) for one in hashes], np.int64),
        np.asarray(groups, np.int64), hidden(secret, hashes), now,
    )  # fmt: skip


def content(hash: str) -> int:
    """A signed 64-bit number for a content hash."""
    digest = hashlib.blake2b(hash.encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big", signed=True)


def labels(project: Project) -> tuple[Ints, Ints]:
    """Item ids and class ids, int64 [l] each, in the order in which the labels came.

    Labels of test items stay out: they judge the model that suggestions lead to.
    """
    found = project.db.execute(LABELS).fetchall()
    both = np.asarray(found, np.int64).reshape(-1, 2)
    return both[:, 0].copy(), both[:, 1].copy()


def labelled(project: Project) -> Ints:
    """Ids int64 of all items with a label."""
    found = project.db.execute("SELECT item_id FROM current_label").fetchall()
    return np.asarray([row[0] for row in found], np.int64)


def readings(project: Project) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Whether the suggestion that stood was seen, and whether the label equals it: bool [n] each.

    For `agreement`: of each item the first label that a person gave while a suggestion stood.
    Those accepted in bulk (how 'suggestion', not shown) were not read one by one and do not
    count; unseen suggestions count on the hidden tenth only, as chance chose it.
    """
    found = project.db.execute(
        "SELECT shown, label.class_id = suggested_id, item.hash, min(label.id) FROM label "
        "JOIN item ON item.id = label.item_id "
        "WHERE blind = 0 AND suggested_id IS NOT NULL AND label.class_id IS NOT NULL "
        "AND (how = 'hand' OR (how = 'suggestion' AND shown = 1)) GROUP BY item.id"
    ).fetchall()
    seen = np.asarray([row[0] for row in found], bool)
    equal = np.asarray([row[1] for row in found], bool)
    counts = seen | hidden(str(project.setting("id", "")), [str(row[2]) for row in found])
    return seen[counts], equal[counts]


def changes(project: Project) -> int:
    """A number that grows whenever another connection has written to the project."""
    return int(project.db.execute("PRAGMA data_version").fetchone()[0])
