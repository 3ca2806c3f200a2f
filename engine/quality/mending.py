"""Edits that put findings right, made from the project as it is when they are done."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

from engine.labels.edits import Annotate, Edit, Place, Regroup, Relabel, Resplit, Together
from engine.quality.joining import Joined
from engine.store import labels, notes
from engine.store.project import Project

Sets = Sequence[Sequence[int]]

# Of equal ones a test set stays as it is: figures of before go on meaning the same, and no run
# has learned from it.
_ORDER = ("test", "validation", "train")


def together(project: Project, ids: Collection[int], sets: Sets) -> Edit | None:
    """Puts each set that has one of `ids` into one group and one split.

    Groups that a set touches come along whole, or they would be torn instead. The split is that
    in which most of all this is already, so that the fewest items move; of equal ones the test.
    """
    chosen, wanted = [one for one in sets if not set(ids).isdisjoint(one)], set(ids)
    chosen = [[id for id in one if id in wanted] for one in chosen]
    chosen = [one for one in chosen if len(one) > 1]
    known = _places(project, "id", [id for one in chosen for id in one])
    groups = {group for group, _ in known.values() if group is not None}
    known |= _places(project, "group_key", sorted(groups))
    before_groups: list[Place] = []
    after_groups: list[Place] = []
    before_splits: list[Place] = []
    after_splits: list[Place] = []
    for members in _units(known, chosen):
        held = {known[id][0] for id in members} - {None}
        group = min((one for one in held if one), default=f"copies-{min(members)}")
        splits = Counter(split for id in members if (split := known[id][1]) is not None)
        most = max(_ORDER, key=lambda split, splits=splits: splits[split])  # type: ignore[misc]
        for id in members:
            if known[id][0] != group:
                before_groups.append((id, known[id][0]))
                after_groups.append((id, group))
            if known[id][1] not in (None, most):
                before_splits.append((id, known[id][1]))
                after_splits.append((id, most))
    parts: list[Edit] = []
    if after_groups:
        parts.append(Regroup(tuple(before_groups), tuple(after_groups)))
    if after_splits:
        parts.append(Resplit(tuple(before_splits), tuple(after_splits)))
    return Together(tuple(parts)) if parts else None


def keep_one(project: Project, ids: Collection[int], sets: Sets) -> Edit | None:
    """Takes the label back from all but one of each set; sets whose labels differ are left.

    The one in the test set stays before one in validation, that before one in training.
    """
    wanted = set(ids)
    taken: list[tuple[int, int | None]] = []
    for one in sets:
        members = [id for id in one if id in wanted]
        said = {id: cls for id, cls in labels.standing(project, members).items() if cls is not None}
        if len(said) < 2 or len(set(said.values())) > 1:
            continue
        places = _places(project, "id", list(said))
        order = {split: rank for rank, split in enumerate((*_ORDER, None))}
        kept = min(said, key=lambda id: (order[places[id][1]], id))
        taken += [(id, cls) for id, cls in said.items() if id != kept]
    return Relabel(tuple(taken), tuple((id, None) for id, _ in taken)) if taken else None


def relabel(project: Project, wanted: Mapping[int, int | None]) -> Edit | None:
    """Gives these items these labels; those that have them already are left."""
    stands = labels.standing(project, wanted)
    changed = [id for id, cls in wanted.items() if stands[id] != cls]
    if not changed:
        return None
    return Relabel(
        tuple((id, stands[id]) for id in changed), tuple((id, wanted[id]) for id in changed)
    )


def flag(project: Project, ids: Iterable[int]) -> Edit | None:
    """Flags items, so that they can be found again."""
    before = [note for note in notes.of(project, ids).values() if not note.flagged]
    if not before:
        return None
    after = tuple(type(one)(one.item_id, True, one.skipped, one.text) for one in before)
    return Annotate(tuple(before), after)


def resplit(project: Project, wanted: Mapping[int, str]) -> Edit | None:
    """Moves items that have a split to these."""
    known = _places(project, "id", list(wanted))
    moved = [id for id, (_, split) in known.items() if split not in (None, wanted[id])]
    if not moved:
        return None
    return Resplit(
        tuple((id, known[id][1]) for id in moved), tuple((id, wanted[id]) for id in moved)
    )


def _units(known: Mapping[int, tuple[str | None, str | None]], sets: Sets) -> Iterator[list[int]]:
    """Items that must stay together: joined by a set or by a group."""
    ids = sorted(known)
    place = {id: number for number, id in enumerate(ids)}
    joined = Joined(len(ids))
    first: dict[str, int] = {}
    for id in ids:
        group = known[id][0]
        if group is not None:
            joined.join([first.setdefault(group, place[id])], [place[id]])
    for one in sets:
        members = [place[id] for id in one if id in place]
        joined.join(members[:1] * (len(members) - 1), members[1:])
    yield from ([ids[number] for number in members] for members in joined.sets())


def _places(
    project: Project, column: str, values: Sequence[object]
) -> dict[int, tuple[str | None, str | None]]:
    """Group and split by item id, of items whose `column` (a name of ours) is one of these."""
    found = {}
    for start in range(0, len(values), 500):
        part = list(values[start : start + 500])
        marks = ",".join("?" * len(part))
        rows = project.db.execute(
            f"SELECT id, group_key, split FROM item WHERE {column} IN ({marks})", part
        )
        found.update({int(id): (group, split) for id, group, split in rows})
    return found
