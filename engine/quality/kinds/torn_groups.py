"""Groups, such as patients, that stand in two splits."""

from __future__ import annotations

import numpy as np

from engine.quality import mending
from engine.quality.finding import Finding, Fix
from engine.quality.holdings import NONE, Holdings
from engine.store.splits import SPLITS

TITLE = "groups in two splits"
ORDER = 20


def look(holdings: Holdings) -> list[Finding]:
    here = (holdings.groups != NONE) & (holdings.splits != NONE)
    if not here.any():
        return []
    held = np.zeros((len(holdings.group_names), len(SPLITS)), np.int64)
    np.add.at(held, (holdings.groups[here], holdings.splits[here]), 1)
    torn = np.flatnonzero((held > 0).sum(1) > 1)
    if not len(torn):
        return []
    # The rule of `engine.store.splits.reunite`: where most are; of equal ones training.
    goal = {int(group): SPLITS[int(held[group].argmax())] for group in torn}
    places = np.flatnonzero(np.isin(holdings.groups, torn) & here)
    places = places[np.argsort(holdings.groups[places], kind="stable")]
    edges = np.flatnonzero(np.diff(holdings.groups[places])) + 1
    sets = tuple(tuple(holdings.ids[part].tolist()) for part in np.split(places, edges))
    wanted = {
        int(holdings.ids[place]): goal[int(holdings.groups[place])] for place in places.tolist()
    }
    moved = sum(SPLITS[int(holdings.splits[p])] != goal[int(holdings.groups[p])] for p in places)
    number = len(torn)
    return [
        Finding(
            "torn-groups", "Groups in two splits",
            f"{number:,} of {len(holdings.group_names):,} groups (a patient, a slide) "
            f"{'stands' if number == 1 else 'stand'} in more than one split, {len(places):,} items "
            "in all. A model recognises the patient instead of the finding, and its figures come "
            "out too good.",
            "serious", sets,
            fixes=(
                Fix(
                    "Move each group to one split", "move groups to one split",
                    lambda project, chosen: mending.resplit(
                        project, {id: wanted[id] for id in chosen if id in wanted}
                    ),
                ),
            ),
            advice=f"Each goes where most of it is; {moved:,} items move. Judge runs made before "
            "with care: they saw part of what they were judged on.",
        )
    ]  # fmt: skip
