"""Shortcuts: facts beside the content that tell the label, which a model may learn instead.

As for X-rays that told the hospital (Zech et al. 2018, 'Variable generalization performance of a
deep learning model to detect pneumonia in chest radiographs').
"""

from __future__ import annotations

import json

import numpy as np
from numpy.typing import NDArray

from engine.quality import mending
from engine.quality.families import FAMILIES, Family, Sample, read
from engine.quality.finding import Finding, Fix, Noted
from engine.quality.foretelling import Foretold, foretell
from engine.quality.holdings import Holdings
from engine.quality.kinds import Lacking
from engine.store import items

TITLE = "shortcuts"
ORDER = 70
LEAST_ITEMS, LEAST_GROUPS = 10, 5  # of a class
MOST = 2000  # items that are asked about, of all classes alike
SHOWN = 200
SERIOUS = 0.5  # of the way from chance to always right

Ints = NDArray[np.int64]


def look(holdings: Holdings) -> list[Finding]:
    rows, classes = _sampled(holdings)
    if len(classes) < 2:
        raise Lacking(
            f"This needs two classes with {LEAST_ITEMS} labelled items of {LEAST_GROUPS} groups "
            "each."
        )
    known = items.load(holdings.project, holdings.ids[rows].tolist())
    there = np.isin(holdings.ids[rows], [item.id for item in known])  # one may just have gone
    rows = rows[there]
    sample = read(holdings, known, former_names(holdings))
    targets = np.searchsorted(classes, holdings.classes[rows])
    groups = holdings.separate()[rows]
    found = []
    families = FAMILIES[holdings.kind]
    tell = holdings.teller("Looking for shortcuts")
    for number, family in enumerate(families):
        tell(number, len(families))
        facts = family.facts(sample)
        if not facts.shape[1]:
            continue
        told = foretell(facts, targets, groups, family.least, holdings.cancel.check)
        if told.beats(family.least):
            found.append(_finding(holdings, family, told, sample, targets, classes))
    return found


def _sampled(holdings: Holdings) -> tuple[Ints, Ints]:
    """Places of labelled items, and the ids of their classes, ascending."""
    random = np.random.default_rng(0)
    separate, labelled = holdings.separate(), holdings.labelled
    chosen, classes = [], []
    for cls in np.unique(holdings.classes[labelled]):
        members = np.flatnonzero(labelled & (holdings.classes == cls))
        if len(members) >= LEAST_ITEMS and len(np.unique(separate[members])) >= LEAST_GROUPS:
            chosen.append(members)
            classes.append(int(cls))
    most = MOST // max(1, len(classes))
    rows = [
        part if len(part) <= most else random.choice(part, most, replace=False) for part in chosen
    ]
    every = np.sort(np.concatenate(rows)) if rows else np.empty(0, np.int64)
    return every, np.asarray(classes, np.int64)


def former_names(holdings: Holdings) -> frozenset[str]:
    """Names that classes have, had, or were merged from."""
    names = {name for (name,) in holdings.project.db.execute("SELECT name FROM class")}
    rows = holdings.project.db.execute("SELECT edit FROM action WHERE edit LIKE '%reclass%'")
    for (wire,) in rows:
        names |= set(_named(json.loads(wire)))
    return frozenset(names)


def _named(wire: dict[str, object]) -> list[str]:
    if wire["kind"] == "together":
        edits = wire["edits"]
        assert isinstance(edits, list)
        return [name for one in edits for name in _named(one)]
    if wire["kind"] != "reclass":
        return []
    before = wire["before"]
    assert isinstance(before, list)
    return [str(state["name"]) for state in before]


def _finding(
    holdings: Holdings, family: Family, told: Foretold, sample: Sample, targets: Ints, classes: Ints
) -> Finding:
    names = [holdings.class_name(int(cls)) for cls in classes]
    apart = f"{names[0]} from {names[1]}" if len(names) == 2 else f"{len(names)} classes apart"
    right = np.flatnonzero(told.said == targets)
    # One of each class in turn, so that the first few show what differs.
    turn = np.empty(len(right), np.int64)
    for target in np.unique(targets[right]):
        mine = targets[right] == target
        turn[mine] = np.arange(mine.sum())
    shown = right[np.lexsort((targets[right], turn))][:SHOWN]
    noted = tuple(
        Noted(sample.items[place].id, f"{family.words} says {names[int(targets[place])]}, rightly")
        for place in shown.tolist()
    )
    told_of = "Of the items that it gives away, some of each class are shown."
    return Finding(
        "shortcuts", f"Shortcut: {family.words}",
        f"{family.words[0].upper()}{family.words[1:]} alone tells {apart} in {told.value:.0%} "
        f"({told.low:.0%} to {told.high:.0%}; chance {1 / len(names):.0%}; {len(targets):,} items, "
        "classes counted alike, groups kept apart). A model may learn that instead, and fail where "
        f"it is different. {told_of}",
        "serious" if told.skill >= SERIOUS and family.least <= 0.1 else "look", noted=noted,
        fixes=(
            Fix(
                "Flag them", f"flag items that {family.words} gives away",
                lambda project, chosen: mending.flag(project, chosen),
            ),
        ),
        advice=family.advice,
    )  # fmt: skip
