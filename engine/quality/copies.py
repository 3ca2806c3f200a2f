"""Sets of copies as findings: those in two splits first, then those with two labels."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from engine.quality import mending
from engine.quality.finding import Finding, Fix
from engine.quality.holdings import NONE, Holdings
from engine.store.splits import SPLITS

_KINDS = {"image": "pictures", "text": "texts", "audio": "sounds"}
Places = Sequence[Sequence[int]]


def tell(
    holdings: Holdings, sets: Places, kind: str, one: str, many: str, how: str
) -> list[Finding]:
    """At most three findings of sets of places in the holdings.

    Args:
        one, many: what is in a set, 'copy', 'copies'.
        how: a sentence on how they were found.
    """
    sets = sorted(sorted(members) for members in sets)
    torn = [members for members in sets if _splits(holdings, members) > 1]
    torn.sort(key=lambda members: 2 not in holdings.splits[members])  # those in the test first
    differing = [members for members in sets if _labels(holdings, members) > 1]
    special = {id(members) for members in (*torn, *differing)}
    rest = [members for members in sets if id(members) not in special]
    found = []
    if torn:
        found.append(_torn(holdings, torn, kind, many, how))
    if differing:
        found.append(_differing(holdings, differing, kind, one, many, how))
    if rest:
        found.append(_rest(holdings, rest, kind, many, how))
    return found


def _torn(holdings: Holdings, sets: Places, kind: str, many: str, how: str) -> Finding:
    ids = _ids(holdings, sets)
    judged = sum(
        int((holdings.splits[list(members)] == SPLITS.index("test")).sum()) for members in sets
    )
    of_test = int((holdings.splits == SPLITS.index("test")).sum())
    share = f" {judged:,} of {of_test:,} test items have one elsewhere." if judged else ""
    return Finding(
        kind, f"{many.capitalize()} in two splits",
        f"{_sets(len(sets))} of {many} ({_count(ids)} items) {_stand(sets)} in more than one split."
        f"{share} A model is then judged on {_KINDS[holdings.kind]} it has learned from, and its "
        f"figures come out too good. {how}",
        "serious", ids,
        fixes=(
            Fix(
                "One split for each set",
                f"put {many} into one split",
                lambda project, chosen: mending.together(project, chosen, ids),
            ),
            _keep_one(many, ids),
        ),
        advice="A set goes where most of it, and of the groups it touches, is already; where that "
        "is even, to the test set, which then stays as it was judged. Groups that share a copy "
        "become one.",
    )  # fmt: skip


def _differing(
    holdings: Holdings, sets: Places, kind: str, one: str, many: str, how: str
) -> Finding:
    ids = _ids(holdings, sets)
    return Finding(
        kind, f"{many.capitalize()} with different labels",
        f"In {_sets(len(sets), True)} of {many} the labels differ: the same thing is called two "
        f"names, of which a model can learn neither. {how}",
        "serious", ids,
        fixes=(
            Fix(
                "Take their labels back",
                f"take labels of differing {many} back",
                lambda project, chosen: mending.relabel(project, dict.fromkeys(chosen)),
            ),
            Fix(
                "Flag them", f"flag {many} with different labels",
                lambda project, chosen: mending.flag(project, chosen),
            ),
        ),
        advice=f"Look at each set and give every {one} the label it should have; what has no "
        "label waits among those not labelled.",
    )  # fmt: skip


def _rest(holdings: Holdings, sets: Places, kind: str, many: str, how: str) -> Finding:
    ids = _ids(holdings, sets)
    return Finding(
        kind, many.capitalize(),
        f"{_sets(len(sets))} of {many} ({_count(ids)} items), none of them in two splits so far. "
        f"They count several times, and a new split could part them. {how}",
        "hint", ids,
        fixes=(
            Fix(
                "One group for each set", f"put {many} into groups",
                lambda project, chosen: mending.together(project, chosen, ids),
            ),
            _keep_one(many, ids),
        ),
        advice="Items of one group always stay in one split.",
    )  # fmt: skip


def _keep_one(many: str, ids: mending.Sets) -> Fix:
    return Fix(
        "Keep one label of each set", f"take labels of {many} back",
        lambda project, chosen: mending.keep_one(project, chosen, ids),
    )  # fmt: skip


def _ids(holdings: Holdings, sets: Places) -> tuple[tuple[int, ...], ...]:
    return tuple(tuple(holdings.ids[list(members)].tolist()) for members in sets)


def _splits(holdings: Holdings, members: Sequence[int]) -> int:
    return _different(holdings.splits[members])


def _labels(holdings: Holdings, members: Sequence[int]) -> int:
    return _different(holdings.classes[members])


def _different(values: np.ndarray) -> int:
    return len(np.unique(values[values != NONE]))


def _sets(number: int, inside: bool = False) -> str:
    words = f"{number:,} set{'s' if number != 1 else ''}"
    return words if inside or number != 1 else "One set"


def _stand(sets: Places) -> str:
    return "stands" if len(sets) == 1 else "stand"


def _count(ids: mending.Sets) -> str:
    return f"{sum(map(len, ids)):,}"
