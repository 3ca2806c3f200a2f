"""What to label next: orders of the items without a label.

- **Uncertainty**: the smaller the margin between the two likeliest classes, the earlier
  (Scheffer et al. 2001).
- **Diversity**: k-centre greedy (Sener and Savarese 2018), each next item the one farthest from
  all that are labelled or come before it. Items that lie alone wait: what is farthest is otherwise
  an odd one out that tells little of the rest, and the order is worse than chance.
- **Mix**: the same walk, with distances weighted by uncertainty.

Distances are cosine distances on the first axes of the reduction. The walk is made for the
first PAGE items, the rest follows by what the walk left of its measure: the order is made anew
long before anyone gets there. Of a group (a patient) one item comes in APART; copies of an
item come last.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.suggesting.reduction import Features, unit

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

ORDERS = ("uncertainty", "diversity", "mix")
PAGE = 200  # items whose order is exact
APART = 10
_LOOK = 5  # pages in which an item of another group is looked for
AXES = 64
ALONE = 0.3  # of all items, those with the emptiest surroundings wait
SHARPNESS = 4  # power of uncertainty in the mix
_SAMPLE, _NEAR = 1000, 5
_ROWS = 2048  # held at once


@dataclass(frozen=True)
class Ground:
    """Where items lie; it changes only when items come. Made by `ground`.

    Attributes:
        rows: float32 [n, axes], of length 1.
        alone: bool [n], among the ALONE with the emptiest surroundings.
        groups, copies: int64 [n], items with one number belong together, or are the same.
    """

    rows: Features
    alone: Bools
    groups: Ints
    copies: Ints


def ground(reduced: Features, groups: Ints, copies: Ints) -> Ground:
    """Args:
    reduced: float32 [n, p], see `reduction`.
    """
    rows = unit(np.ascontiguousarray(reduced[:, :AXES]))
    sample = np.linspace(0, len(rows) - 1, min(_SAMPLE, len(rows))).astype(np.int64)
    near = min(_NEAR + 1, len(sample))  # one may be the item itself
    close = np.empty(len(rows), np.float32)
    for start in range(0, len(rows), _ROWS):
        alike = rows[start : start + _ROWS] @ rows[sample].T
        close[start : start + _ROWS] = np.partition(alike, -near, axis=1)[:, -near:].mean(1)
    alone = close < np.quantile(close, ALONE) if len(rows) > near else np.zeros(len(rows), bool)
    return Ground(rows, alone, groups, copies)


def uncertainty(probabilities: NDArray[np.float32]) -> NDArray[np.float32]:
    """float32 [m], 0 (sure) to 1: one less the margin of the two likeliest of [m, k] classes."""
    best = np.partition(probabilities, -2, axis=1)[:, -2:]
    found: NDArray[np.float32] = 1 - (best[:, 1] - best[:, 0])
    return found


def orders(
    places: Ground, labelled: Ints, waiting: Ints, doubt: NDArray[np.float32]
) -> dict[str, Ints]:
    """Each of ORDERS, int64 [m]: places in `waiting`, the first to label first.

    Args:
        labelled, waiting: int64 [l], [m], rows of `places`.
        doubt: float32 [m], the `uncertainty` of those that wait.
    """
    far = distance(places.rows, labelled, waiting)
    fit = ~places.alone[waiting]
    rows = places.rows[waiting]
    weight = np.where(fit, 1.0, 1e-3).astype(np.float32)
    found = {
        "uncertainty": np.argsort(-doubt, kind="stable"),
        "diversity": _walk(rows, far.copy(), weight),
        "mix": _walk(rows, far, weight * np.maximum(doubt, 1e-3) ** SHARPNESS),
    }
    late = _late(places.copies, labelled, waiting)
    return {
        name: spread(_last(order, late), places.groups[waiting]) for name, order in found.items()
    }


def distance(rows: Features, labelled: Ints, waiting: Ints) -> NDArray[np.float32]:
    """float32 [m]: cosine distance of each that waits to the nearest labelled one, 2 if none."""
    found = np.full(len(waiting), 2.0, np.float32)
    if not len(labelled):
        return found
    known = np.ascontiguousarray(rows[labelled].T)
    for start in range(0, len(waiting), _ROWS):
        page = rows[waiting[start : start + _ROWS]]
        found[start : start + _ROWS] = np.maximum(1 - (page @ known).max(1), 0)
    return found


def spread(order: Ints, groups: Ints, page: int = PAGE) -> Ints:
    """The same items, such that no group comes twice in APART places as far as that can be.

    Args:
        order: int64 [m], places in `groups`.
        page: how many places are looked after.
    """
    head: list[int] = []
    waiting = order[: _LOOK * page].tolist()
    recent: list[int] = []
    while waiting and len(head) < page:
        chosen = next((n for n, place in enumerate(waiting) if groups[place] not in recent), 0)
        place = waiting.pop(chosen)
        head.append(place)
        recent = [*recent[-(APART - 2) :], int(groups[place])]
    return np.concatenate([np.asarray(head + waiting, np.int64), order[_LOOK * page :]])


def _walk(rows: Features, far: NDArray[np.float32], weight: NDArray[np.float32]) -> Ints:
    """k-centre greedy by weighted distance; `far` is used up."""
    chosen: list[int] = []
    open_ = weight.copy()
    for _ in range(min(PAGE, len(rows))):
        place = int(np.argmax(open_ * np.sqrt(far)))
        chosen.append(place)
        open_[place] = -1.0
        np.minimum(far, np.maximum(1 - rows @ rows[place], 0), out=far)
        far[place] = 1.0  # so that it stays below zero, and is not chosen again
    rest = np.argsort(-(open_ * np.sqrt(far)), kind="stable")
    rest = rest[open_[rest] >= 0]
    return np.concatenate([np.asarray(chosen, np.int64), rest])


def _late(copies: Ints, labelled: Ints, waiting: Ints) -> Bools:
    """bool [m]: a copy of it has a label, or comes earlier among those that wait."""
    own = copies[waiting]
    _, first = np.unique(own, return_index=True)
    late = np.ones(len(own), bool)
    late[first] = False
    found: Bools = late | np.isin(own, copies[labelled])
    return found


def _last(order: Ints, late: Bools) -> Ints:
    put_off = late[order]
    return np.concatenate([order[~put_off], order[put_off]])
