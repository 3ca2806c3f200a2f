"""Do suggestions sway the reader? On a random tenth of the items none is shown.

If people agree with suggestions that they see much more often than with those that they do not
see, they follow them. What was accepted in bulk was not read one by one and does not count here.
"""

from __future__ import annotations

import hashlib
import hmac
import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.evaluation.classification import wilson

SHARE = 0.1
ENOUGH = 20  # labels of either kind, below which nothing is said of a difference
_PURPOSE = b"hidden suggestions"


def hidden(key: str, hashes: Sequence[str], share: float = SHARE) -> NDArray[np.bool_]:
    """bool [n]: items whose suggestions stay hidden.

    It follows from the content alone, so it is the same tenth after a restart, in a copy of the
    project and for copies of an item; another key draws another tenth.

    Args:
        key: the project's (its setting 'id').
        hashes: of the items' content.
    """
    secret = hashlib.sha256(_PURPOSE + key.encode()).digest()
    limit = round(share * 2**64)
    drawn = (hmac.digest(secret, one.encode(), "sha256")[:8] for one in hashes)
    return np.fromiter((int.from_bytes(one, "big") < limit for one in drawn), bool, len(hashes))


@dataclass(frozen=True)
class Agreement:
    """Made by `agreement`.

    Attributes:
        shown, hidden: labels given where the suggestion was seen, and where it was not.
        with_shown, with_hidden: (share, low, high) that equal the suggestion, 95 % (Wilson).
        difference: (value, low, high) of the two shares, shown less hidden, 95 % (Newcombe).
        sways: whether that interval lies above 0.
        words: the same, for people.
    """

    shown: int
    hidden: int
    with_shown: tuple[float, float, float]
    with_hidden: tuple[float, float, float]
    difference: tuple[float, float, float]
    sways: bool
    words: str

    def to_wire(self) -> dict[str, Any]:
        return asdict(self)


def agreement(seen: Any, equal: Any) -> Agreement:
    """What hand labels say of the suggestions that stood when they were given.

    Args:
        seen: bool [n], whether the suggestion was shown to who labelled.
        equal: bool [n], whether the label is what was suggested; a shown suggestion that was
            accepted by itself counts as equal.

    Raises:
        ValueError: lengths that differ.
    """
    saw, same = np.asarray(seen, bool), np.asarray(equal, bool)
    if saw.shape != same.shape or saw.ndim != 1:
        raise ValueError(f"{saw.shape} and {same.shape} do not match")
    counts = [(int(same[part].sum()), int(part.sum())) for part in (saw, ~saw)]
    shares = [_share(*count) for count in counts]
    apart = newcombe(*counts[0], *counts[1])
    sways = min(counts[0][1], counts[1][1]) >= ENOUGH and apart[1] > 0
    words = _words(counts[0][1], counts[1][1], shares, apart)
    return Agreement(counts[0][1], counts[1][1], shares[0], shares[1], apart, sways, words)


def newcombe(right: int, of: int, other: int, of_other: int) -> tuple[float, float, float]:
    """Share right/of less other/of_other, and its 95 % interval.

    From the two Wilson intervals (Newcombe 1998, 'Interval estimation for the difference
    between independent proportions', method 10). Of nothing, anything is possible.
    """
    (p, low, high), (q, below, above) = _share(right, of), _share(other, of_other)
    if not of or not of_other:
        return 0.0, -1.0, 1.0
    value = p - q
    down, up = math.hypot(p - low, above - q), math.hypot(high - p, q - below)
    return value, max(-1.0, value - down), min(1.0, value + up)


def _share(right: int, of: int) -> tuple[float, float, float]:
    return right / of if of else 0.0, *wilson(right, of)


def _words(
    shown: int, unseen: int, shares: list[tuple[float, float, float]],
    apart: tuple[float, float, float],
) -> str:  # fmt: skip
    if min(shown, unseen) < ENOUGH:
        return (
            f"Too early to say whether suggestions sway the reader: {shown:,} labels beside a "
            f"suggestion and {unseen:,} without one; {ENOUGH} of each are the least."
        )
    figures = (
        f"With the suggestion in sight {_percent(shares[0])} of {shown:,} labels agree with it, "
        f"without it {_percent(shares[1])} of {unseen:,}: {100 * apart[0]:+.0f} points "
        f"({100 * apart[1]:+.0f} to {100 * apart[2]:+.0f})."
    )
    if apart[1] > 0:
        return f"Suggestions seem to sway the reader. {figures}"
    if apart[2] < 0:
        return f"Readers agree less often with a suggestion that they see. {figures}"
    return (
        f"No sign that suggestions sway the reader. {figures} A smaller difference would go "
        "unnoticed."
    )


def _percent(share: tuple[float, float, float]) -> str:
    return f"{100 * share[0]:.0f} % ({100 * share[1]:.0f} to {100 * share[2]:.0f})"
