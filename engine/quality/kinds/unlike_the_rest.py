"""Items unlike all others: another body part, a photograph of a screen, another language."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from engine.quality import mending
from engine.quality.finding import Finding, Fix, Noted
from engine.quality.holdings import Holdings
from engine.quality.kinds import FEATURES, Lacking
from engine.quality.neighbours import distances
from engine.suggesting.reduction import of

TITLE = "items unlike the rest"
ORDER = 50
LEAST = 20  # items from which on it can be said what is usual
FAR = 3.0  # interquartile ranges above the upper quartile (Tukey 1977: 'far out')
RATIO = 1.3  # and so many times the usual distance
MOST = 200  # told, the strangest first
WIDTH = 64  # axes; the first hold what tells items apart

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]


def look(holdings: Holdings) -> list[Finding]:
    rows, features, by = _seen(holdings)
    if len(rows) < LEAST:
        return []
    tell = holdings.teller("Looking for items unlike the rest")
    apart = distances(features, holdings.contents[rows], tell)
    score = np.zeros(len(rows))  # times the usual distance, where far out
    labels = holdings.classes[rows]
    for label in np.unique(labels):
        members = np.flatnonzero(labels == label)
        # Of a class with few items the whole says what is usual.
        usual = apart[members] if len(members) >= LEAST else apart
        score[members] = strange(apart[members], usual)
    order = np.argsort(-score, kind="stable")
    found = order[score[order] > 0]
    if not len(found):
        return []
    noted = tuple(
        Noted(int(holdings.ids[rows[place]]),
              f"{score[place]:.1f} times as far from its neighbours as usual for "
              f"{holdings.class_name(int(labels[place]))}")
        for place in found[:MOST].tolist()
    )  # fmt: skip
    what = {"image": "pictures", "text": "texts", "audio": "sounds"}[holdings.kind]
    more = f" The {MOST} strangest are shown." if len(found) > MOST else ""
    return [
        Finding(
            "unlike-the-rest", f"{what.capitalize()} unlike the rest",
            f"{len(found):,} of {len(rows):,} {what} are far from every other, judged by {by}."
            f"{more} They may be of something else, taken otherwise, or simply rare and precious.",
            "hint", noted=noted,
            fixes=(
                Fix(
                    "Flag them", f"flag {what} unlike the rest",
                    lambda project, chosen: mending.flag(project, chosen),
                ),
            ),
            advice="What does not belong loses its label; what is rare needs more like it.",
        )
    ]  # fmt: skip


def strange(apart: Floats, usual: Floats) -> NDArray[np.float64]:
    """Float64 [n]: how many times the usual distance, 0 where an item is not far out.

    Args:
        apart: distances float [n]; usual: those that say what is usual.
    """
    low, middle, high = np.log(np.maximum(np.quantile(usual, (0.25, 0.5, 0.75)), 1e-9))
    far = np.log(np.maximum(apart, 1e-9)) > max(high + FAR * (high - low), middle + np.log(RATIO))
    return np.where(far, apart / max(np.exp(middle), 1e-9), 0.0)


def _seen(holdings: Holdings) -> tuple[Ints, Floats, str]:
    """Places, features and what they are of."""
    described = holdings.described
    if described is not None:
        features = np.ascontiguousarray(described.features[:, :WIDTH])
        return described.rows, features, f"what {described.model or 'the model'} sees in them"
    if holdings.kind != "image":
        raise Lacking(FEATURES)
    seen = holdings.seen
    looks, count = seen.looks, len(seen.looks)
    if not count:
        return seen.places, np.empty((0, 1), np.float32), ""
    coarse = looks["grey"].reshape(count, 8, 4, 8, 4).mean((2, 4), dtype=np.float32)
    flat = np.concatenate([coarse.reshape(count, -1) / 255, 4 * looks["colour"]], axis=1)
    reduced = of(flat).reduce(flat)[:, :WIDTH]
    return seen.places, reduced[seen.rows], "light, layout and colour of small pictures"
