"""What the project holds, as the checks need it: items and labels as arrays, pictures, features."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from engine.errors import DataError
from engine.events import Activity, Emit
from engine.progress import Cancel
from engine.quality import looks
from engine.store import classes, items
from engine.store.project import Project
from engine.store.splits import SPLITS
from engine.suggesting import files
from engine.suggesting.reduction import Features, of
from engine.suggesting.stock import Ints, content, rows_of

NONE = -1


@dataclass(frozen=True)
class Described:
    """`rows`: int64 [d], places in the holdings; `features`: float32 [d, p], reduced."""

    rows: Ints
    features: Features
    model: str


@dataclass(frozen=True)
class Seen:
    """`places`: int64 [m], in the holdings; `rows`: int64 [m], of each in `looks`: LOOK [r]."""

    places: Ints
    rows: Ints
    looks: looks.Looks


class Holdings:
    """Read once for a check. Arrays run over all items, ids ascending.

    Attributes:
        ids: int64 [n]; contents: int64 [n], of the content's hash.
        classes: int64 [n], the label that stands, NONE without one.
        splits: int64 [n], place in SPLITS, NONE without one.
        groups: int64 [n], place in `group_names`, NONE without one.
        broken: bool [n]; kinds: [n] 'image', 'text', 'audio'.
        names: class id -> name, in the order of the person.
    """

    def __init__(self, project: Project, emit: Emit, cancel: Cancel) -> None:
        self.project, self.emit, self.cancel = project, emit, cancel
        rows = project.db.execute(
            "SELECT item.id, hash, group_key, split, state = 'broken', kind, bytes, "
            "current_label.class_id FROM item "
            "LEFT JOIN current_label ON current_label.item_id = item.id ORDER BY item.id"
        ).fetchall()
        columns = list(zip(*rows, strict=True)) or [()] * 8
        self.ids: Ints = np.asarray(columns[0], np.int64)
        self.contents: Ints = np.asarray([content(one) for one in columns[1]], np.int64)
        keys = dict.fromkeys(key for key in columns[2] if key is not None)
        self.group_names = list(keys)
        numbers = {key: number for number, key in enumerate(self.group_names)}
        self.groups: Ints = np.asarray([numbers.get(key, NONE) for key in columns[2]], np.int64)
        places = {split: place for place, split in enumerate(SPLITS)}
        self.splits: Ints = np.asarray([places.get(one, NONE) for one in columns[3]], np.int64)
        self.broken: NDArray[np.bool_] = np.asarray(columns[4], bool)
        self.kinds = np.asarray(columns[5], "U5")
        self.bytes: Ints = np.asarray(columns[6], np.int64)
        self.classes: Ints = np.asarray(
            [NONE if one is None else one for one in columns[7]], np.int64
        )
        self.names = {one.id: one.name for one in classes.all_classes(project)}
        self.refused: dict[int, DataError] = {}  # pictures that could not be read, by item id

    @property
    def kind(self) -> str:
        """The kind of item: image, text, audio."""
        return self.project.task.partition("-")[0]

    @property
    def labelled(self) -> NDArray[np.bool_]:
        """Bool [n]: has a label and can be read."""
        found: NDArray[np.bool_] = (self.classes != NONE) & ~self.broken
        return found

    def separate(self) -> Ints:
        """int64 [n]: items of one group, or of one content, share a number.

        What belongs together must not be taught with one part and judged by the other.
        """
        alone = -2 - np.unique(self.contents, return_inverse=True)[1]
        found: Ints = np.where(self.groups != NONE, self.groups, alone)
        return found

    @cached_property
    def seen(self) -> Seen:
        """All pictures that can be read. Raises Cancelled."""
        here = np.flatnonzero((self.kinds == "image") & ~self.broken)
        if not len(here):
            return Seen(here, here, np.empty(0, looks.LOOK))
        found, self.refused = looks.read(
            self.project,
            lambda: items.each(self.project, "item.kind = 'image' AND item.state != 'broken'"),
            len(np.unique(self.contents[here])), self.emit, self.cancel,
        )  # fmt: skip
        place = rows_of(np.asarray(found["content"]), self.contents[here])
        return Seen(here[place >= 0], place[place >= 0], found)

    @cached_property
    def described(self) -> Described | None:
        """The features that suggestions rest on, None where no model has described the items."""
        folder = files.folder(self.project)
        facts = files.current(folder)
        rows = None if facts is None else files.newest(folder, f"features-{facts['key']}")
        if facts is None or rows is None or not len(rows):
            return None
        place = rows_of(self.ids, np.asarray(rows["item"]))
        fits = place >= 0
        fits[fits] = self.contents[place[fits]] == rows["content"][fits]
        fits[fits] &= ~self.broken[place[fits]]
        if not fits.any():
            return None
        kept = np.flatnonzero(fits)
        reduced = of(rows["features"]).reduce(rows["features"])[kept]
        return Described(place[kept], reduced, str(facts.get("model", "")))

    def teller(self, text: str) -> Callable[[int, int], None]:
        """Tells how far, and ends the work when it was cancelled. Raises Cancelled."""

        def tell(done: int, total: int) -> None:
            self.cancel.check()
            self.emit(Activity(text, done, total))

        return tell

    def class_name(self, id: int) -> str:
        return self.names.get(id, "no class")
