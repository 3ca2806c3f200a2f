"""Labels that are likely wrong, by confident learning on out-of-fold predictions."""

from __future__ import annotations

from collections import Counter

import numpy as np
from numpy.typing import NDArray

from engine.quality import mending
from engine.quality.confident import suspects
from engine.quality.finding import Finding, Fix, Noted
from engine.quality.holdings import Holdings
from engine.quality.kinds import FEATURES, Lacking
from engine.store.splits import SPLITS
from engine.suggesting import probe

TITLE = "likely label errors"
ORDER = 60
LEAST = 5  # labels of a class, so that every fold knows it
SERIOUS = 0.05  # of the labels
# Smaller features make the probe's penalty weigh more: one that follows every label follows the
# wrong ones, too. 0.2 to 0.5 find the most.
STRICT = np.float32(0.3)
_WORK = 2.5e8  # labels x classes x axes: above it fewer axes are used
_NARROW = 32
MOST = 4  # confusions that are named

Floats = NDArray[np.float32]


def look(holdings: Holdings) -> list[Finding]:
    described = holdings.described
    if described is None:
        raise Lacking(FEATURES)
    labelled = holdings.labelled[described.rows]
    rows, features = described.rows[labelled], described.features[labelled]
    ids, counts = np.unique(holdings.classes[rows], return_counts=True)
    taught = np.isin(holdings.classes[rows], ids[counts >= LEAST])
    rows, features = rows[taught], features[taught]
    known = np.unique(holdings.classes[rows])
    if len(known) < 2:
        raise Lacking(f"This needs two classes with {LEAST} labelled and described items each.")
    from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]  # of scikit-learn

    tell = holdings.teller("Looking for label errors")
    tell(0, 1)
    width = max(_NARROW, int(_WORK / (len(rows) * len(known))))
    groups = holdings.separate()[rows]
    # Out of the order in which they came: series of one class would share a fold.
    order = np.random.default_rng(0).permutation(len(rows))
    # Small products on busy cores take fifty times as long when several threads share each.
    with threadpool_limits(1, "blas"):
        fitted = probe.fit(
            STRICT * features[order, :width], holdings.classes[rows[order]], groups=groups[order]
        )
    tell(1, 1)
    rows = rows[order]
    found = suspects(fitted.targets, fitted.held)
    if not len(found.places):
        return []
    sure = fitted.held[found.places, found.likely]
    places, likely = rows[found.places], fitted.classes[found.likely]
    estimate = 1 - float(np.trace(found.joint))
    return [_finding(holdings, places, likely, sure, len(rows), estimate)]


def _finding(
    holdings: Holdings, places: NDArray[np.int64], likely: NDArray[np.int64], sure: Floats,
    labels: int, estimate: float,
) -> Finding:  # fmt: skip
    given = holdings.classes[places]
    names = holdings.class_name
    noted = tuple(
        Noted(int(holdings.ids[place]), f"labelled {names(int(was))}, likely {names(int(now))}",
              float(p))
        for place, was, now, p in zip(places, given, likely, sure, strict=True)
    )  # fmt: skip
    pairs = Counter(zip(given.tolist(), likely.tolist(), strict=True)).most_common(MOST)
    told = ", ".join(f"{names(was)} → {names(now)} {count:,}" for (was, now), count in pairs)
    tested = int((holdings.splits[places] == SPLITS.index("test")).sum())
    wanted = {one.item: int(cls) for one, cls in zip(noted, likely, strict=True)}
    number = len(noted)
    judging = f", and {tested:,} of these judge it in the test set" if tested else ""
    return Finding(
        "label-errors", "Likely label errors",
        f"{number:,} of {labels:,} labels look wrong to a probe that was not taught with them "
        f"(labelled → likely: {told}). About {estimate:.1%} of all labels are wrong, it estimates. "
        f"A model learns wrong labels, too{judging}.",
        "serious" if number >= SERIOUS * labels else "look", noted=noted,
        fixes=(
            Fix(
                "Give the likely label", "correct labels",
                lambda project, chosen: mending.relabel(
                    project, {id: wanted[id] for id in chosen if id in wanted}
                ),
            ),
            Fix(
                "Flag them", "flag doubtful labels",
                lambda project, chosen: mending.flag(project, chosen),
            ),
        ),
        advice="The probe errs, too, most of all where classes shade into each other: look at each "
        "before you change it. In the test set change only what you are sure of yourself.",
    )  # fmt: skip
