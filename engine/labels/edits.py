"""What a person does to labels, each with its inverse, as data: `engine.store.journal` does them.

An edit holds what was there before and what is there after, so its inverse swaps the two.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from engine.labels.marks import Mark

Pair = tuple[int, int | None]  # item id, class id
Place = tuple[int, str | None]  # item id, split or group


@dataclass(frozen=True)
class Relabel:
    """Items get another class, or none."""

    before: tuple[Pair, ...]
    after: tuple[Pair, ...]
    blind: bool = False
    kind = "relabel"


@dataclass(frozen=True)
class Redraw:
    """Marks are made, changed or taken away; the same marks in the same order in both."""

    before: tuple[Mark, ...]
    after: tuple[Mark, ...]
    blind: bool = False
    kind = "redraw"


@dataclass(frozen=True)
class Note:
    """What is noted of an item."""

    item_id: int
    flagged: bool = False
    skipped: bool = False
    text: str = ""


@dataclass(frozen=True)
class Annotate:
    """Flags, skips and words."""

    before: tuple[Note, ...]
    after: tuple[Note, ...]
    kind = "annotate"


@dataclass(frozen=True)
class ClassState:
    """A class as it is shown."""

    id: int
    name: str
    position: int
    color: int
    definition: str
    removed: bool


@dataclass(frozen=True)
class Reclass:
    """Classes are added, renamed, coloured, ordered, defined or removed."""

    before: tuple[ClassState, ...]
    after: tuple[ClassState, ...]
    kind = "reclass"


@dataclass(frozen=True)
class Resplit:
    """Items go to another split (train, validation, test), or to none."""

    before: tuple[Place, ...]
    after: tuple[Place, ...]
    kind = "resplit"


@dataclass(frozen=True)
class Regroup:
    """Items get another group, or none."""

    before: tuple[Place, ...]
    after: tuple[Place, ...]
    kind = "regroup"


@dataclass(frozen=True)
class Together:
    """Several edits that are one for the person; done in order, undone from the last."""

    edits: tuple[Edit, ...]
    kind = "together"


Edit = Relabel | Redraw | Annotate | Reclass | Resplit | Regroup | Together


def inverse(edit: Edit) -> Edit:
    if isinstance(edit, Together):
        return Together(tuple(inverse(one) for one in reversed(edit.edits)))
    sides: dict[str, Any] = {"before": edit.after, "after": edit.before}
    return replace(edit, **sides)


def to_wire(edit: Edit) -> dict[str, Any]:
    """JSON-ready."""
    if isinstance(edit, Together):
        return {"kind": edit.kind, "edits": [to_wire(one) for one in edit.edits]}
    wire = {**vars(edit), "kind": edit.kind}
    for side in ("before", "after"):
        wire[side] = [_side(one) for one in wire[side]]
    return wire


def from_wire(wire: dict[str, Any]) -> Edit:
    """The edit that `to_wire` was given. Raises KeyError for a kind that is unknown."""
    values = dict(wire)
    kind = values.pop("kind")
    if kind == "together":
        return Together(tuple(from_wire(one) for one in values["edits"]))
    form, read = _FORMS[kind]
    for side in ("before", "after"):
        values[side] = tuple(read(one) for one in values[side])
    edit: Edit = form(**values)
    return edit


def _side(one: Any) -> Any:
    if isinstance(one, Mark):
        return one.to_wire()
    return list(one) if isinstance(one, tuple) else dict(vars(one))


_FORMS: dict[str, tuple[Any, Any]] = {
    "relabel": (Relabel, tuple),
    "redraw": (Redraw, Mark.from_wire),
    "annotate": (Annotate, lambda wire: Note(**wire)),
    "reclass": (Reclass, lambda wire: ClassState(**wire)),
    "resplit": (Resplit, tuple),
    "regroup": (Regroup, tuple),
}
