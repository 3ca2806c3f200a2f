"""Train, validation and test: stratified by class, and no group in two of them, ever."""

from __future__ import annotations

import math
import random
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from engine.errors import ConfigurationError, DataError
from engine.store.project import Project

SPLITS = ("train", "validation", "test")
DEFAULT_SHARES: Mapping[str, float] = {"train": 0.7, "validation": 0.15, "test": 0.15}


@dataclass(frozen=True)
class Member:
    """An item as the splitter sees it."""

    id: int
    label: int
    group: str | None = None
    fixed: str | None = None  # a split the data came with


def assign(
    members: Sequence[Member], shares: Mapping[str, float] = DEFAULT_SHARES, seed: int = 0
) -> dict[int, str]:
    """A split for every item.

    Groups are dealt whole, the largest first, each to the split that lacks most
    of what the group brings, class by class. A group that holds an item with a
    fixed split goes there whole.

    Raises:
        ConfigurationError: a negative share, none for train, or an unknown split.
        DataError: a group whose items came with two different splits.
    """
    total = sum(shares.values())
    learnable = shares.get("train", 0) > 0 and set(shares) <= set(SPLITS)
    if not learnable or not all(0 <= share < math.inf for share in shares.values()):
        raise ConfigurationError(
            "The split cannot be made",
            f"The shares {dict(shares)} cannot be used.",
            "Give each of train, validation and test a share of 0 or more, train more than 0.",
            subject="split",
        )
    units: dict[str, list[Member]] = defaultdict(list)
    for member in members:
        units[f"g{member.group}" if member.group else f"i{member.id}"].append(member)

    wanted = {
        (split, label): count * shares[split] / total
        for label, count in Counter(member.label for member in members).items()
        for split in shares
    }
    given: dict[int, str] = {}
    order = sorted(units.items())
    random.Random(seed).shuffle(order)
    order.sort(key=lambda unit: (not _fixed(unit[1]), -len(unit[1])))
    for _, unit in order:
        split = _fixed(unit) or _neediest(unit, shares, wanted)
        for member in unit:
            given[member.id] = split
            key = (split, member.label)
            wanted[key] = wanted.get(key, 0.0) - 1
    return given


def _fixed(unit: Sequence[Member]) -> str | None:
    fixed = {member.fixed for member in unit if member.fixed}
    if len(fixed) > 1:
        group = unit[0].group
        raise DataError(
            "A group is in two splits",
            f"The items of group {group!r} came with {' and '.join(sorted(fixed))}.",
            "Put the whole group into one split, or import without the split column.",
            subject=str(group),
        )
    return fixed.pop() if fixed else None


def _neediest(
    unit: Sequence[Member], shares: Mapping[str, float], wanted: Mapping[tuple[str, int], float]
) -> str:
    brings = Counter(member.label for member in unit)

    def need(split: str) -> tuple[float, float]:
        # Relative need lets small splits and rare classes get their turn; the first
        # item of a class always goes to training, or the class could not be learned.
        # Summed exactly and rounded: a tie must not turn on the order items come in.
        lack = math.fsum(
            count * wanted[split, label] / shares[split] for label, count in brings.items()
        )
        return (round(lack, 9), shares[split])

    candidates = [split for split in shares if shares[split] > 0]
    return max(candidates, key=need)


def split_project(
    project: Project,
    shares: Mapping[str, float] = DEFAULT_SHARES,
    seed: int = 0,
    *,
    keep: bool = True,
) -> dict[str, int]:
    """Gives every labelled, readable item a split.

    Args:
        keep: items that have a split keep it (new labels do not move old items), unless
            their group has become one that stands in several (see `reunite`).

    Returns:
        how many items each split has now.
    """
    if keep:
        reunite(project)
    rows = project.db.execute(
        "SELECT item.id, current_label.class_id, item.group_key, item.split FROM item "
        "JOIN current_label ON current_label.item_id = item.id WHERE item.state != 'broken'"
    ).fetchall()
    # Also of items that take no part now: their group must not be torn when they do.
    taken = dict(
        project.db.execute(
            "SELECT group_key, split FROM item WHERE group_key IS NOT NULL AND split IS NOT NULL"
        ).fetchall()
    )
    members = [
        Member(id, cls, group, (split or taken.get(group)) if keep else None)
        for id, cls, group, split in rows
    ]
    given = assign(members, shares, seed)
    with project.writing() as db:
        if not keep:
            db.execute("UPDATE item SET split = NULL")
        db.conn.executemany(
            "UPDATE item SET split = ? WHERE id = ? AND split IS NOT ?",
            ((split, id, split) for id, split in given.items()),
        )
    counted = Counter(given.values())
    return {split: counted[split] for split in SPLITS}


@dataclass(frozen=True)
class Reunion:
    """A group that stood in several splits and now stands in one."""

    group: str
    found: tuple[str, ...]  # the splits it stood in
    chosen: str


def reunite(project: Project) -> list[Reunion]:
    """Moves each group that stands in several splits whole into the one that holds most of it.

    Ties go to train, then to validation. Items without a split get none by this.
    """
    rows = project.db.execute(
        "SELECT group_key, split, count(*) FROM item "
        "WHERE group_key IS NOT NULL AND split IS NOT NULL AND group_key IN (SELECT group_key "
        "FROM item WHERE split IS NOT NULL GROUP BY group_key HAVING count(DISTINCT split) > 1) "
        "GROUP BY group_key, split"
    ).fetchall()
    torn: dict[str, dict[str, int]] = defaultdict(dict)
    for group, split, count in rows:
        torn[group][split] = count
    reunions = [
        Reunion(
            group,
            tuple(split for split in SPLITS if split in held),
            max(SPLITS, key=lambda split, held=held: held.get(split, 0)),  # type: ignore[misc]
        )
        for group, held in sorted(torn.items())
    ]
    with project.writing() as db:
        db.conn.executemany(
            "UPDATE item SET split = ? WHERE group_key = ? AND split IS NOT NULL",
            ((one.chosen, one.group) for one in reunions),
        )
    return reunions


def take_from_train(project: Project, missing: Sequence[str], seed: int = 0) -> dict[str, int]:
    """Gives splits that have no labelled items their default share of the training items.

    Whole groups, stratified by class.

    Returns:
        how many labelled items each of `missing` got.
    """
    rows = project.db.execute(
        "SELECT item.id, current_label.class_id, item.group_key FROM item "
        "JOIN current_label ON current_label.item_id = item.id "
        "WHERE item.state != 'broken' AND item.split = 'train'"
    ).fetchall()
    shares = {split: DEFAULT_SHARES[split] for split in missing}
    shares = {"train": 1 - sum(shares.values()), **shares}
    given = assign([Member(id, cls, group) for id, cls, group in rows], shares, seed)
    moved = {id: split for id, split in given.items() if split != "train"}
    groups = {group: moved[id] for id, _, group in rows if group and id in moved}
    with project.writing() as db:
        db.conn.executemany(
            "UPDATE item SET split = ? WHERE id = ?", ((split, id) for id, split in moved.items())
        )
        db.conn.executemany(
            "UPDATE item SET split = ? WHERE group_key = ? AND split IS NOT NULL",
            ((split, group) for group, split in groups.items()),
        )
    counted = Counter(moved.values())
    return {split: counted[split] for split in missing}
