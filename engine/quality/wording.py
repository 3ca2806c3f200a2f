"""Texts that say nearly the same: candidates by MinHash, proven by the shingles they share.

Broder 1997, 'On the resemblance and containment of documents': of texts as sets of shingles
(pieces of five characters), the least hashes agree as often as the sets overlap.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from engine.quality.joining import Joined

Shingles = NDArray[np.uint64]
Check = Callable[[int, int], None]

ENOUGH = 0.8  # of all shingles of both that both have (Jaccard)
WIDTH = 5  # characters of a shingle; of other scripts fewer
LONG = 4000  # characters of a text that are compared
_BANDS, _ROWS = 16, 4  # a pair at 0.8 is missed one time in five thousand
_LEADS = 50  # texts of a bucket that the rest of it is compared with
_ODD = re.compile(r"[\W_]+")


def plain(text: str) -> str:
    """A text without case, accents of writing, punctuation and spaces more than one."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return _ODD.sub(" ", folded).strip()


def shingles(text: str) -> Shingles:
    """uint64 [s], ascending: a number for each piece of WIDTH bytes of a plain text."""
    raw = np.frombuffer(text[:LONG].encode().ljust(WIDTH), np.uint8).astype(np.uint64)
    count = len(raw) - WIDTH + 1
    pieces = np.zeros(count, np.uint64)
    for place in range(WIDTH):
        pieces = (pieces << np.uint64(8)) | raw[place : place + count]
    # Letters are far from chance; mixed (as MurmurHash ends) the least of them falls on any.
    pieces ^= pieces >> np.uint64(33)
    pieces *= np.uint64(0xFF51AFD7ED558CCD)
    pieces ^= pieces >> np.uint64(33)
    pieces.sort()
    found: Shingles = pieces[np.append(True, pieces[1:] != pieces[:-1])]
    return found


def alike(texts: Sequence[str], check: Check = lambda done, total: None) -> list[list[int]]:
    """Sets of places of plain texts of which each shares ENOUGH shingles with another.

    Args:
        check: told how many texts of how many are done; may raise.
    """
    random = np.random.default_rng(0)
    turn = random.integers(1, 2**63, (_BANDS * _ROWS, 1), dtype=np.uint64) | np.uint64(1)
    shift = random.integers(0, 2**63, (_BANDS * _ROWS, 1), dtype=np.uint64)
    least = np.empty((len(texts), _BANDS * _ROWS), np.uint64)
    for place, text in enumerate(texts):
        if place % 500 == 0:
            check(place, len(texts))
        # The upper bits of a product with an odd number are well mixed.
        least[place] = ((shingles(text) * turn + shift) >> np.uint64(16)).min(1)
    joined = Joined(len(texts))
    for members in _buckets(least):
        _compare(members, texts, joined)
    return joined.sets()


def _compare(members: list[int], texts: Sequence[str], joined: Joined) -> None:
    """Joins the texts of a bucket that are alike; those joined already are not compared."""
    places = np.asarray(members)
    for number, lead in enumerate(members[:_LEADS]):
        roots = joined.roots(places)
        if (roots == roots[0]).all():
            return
        own = shingles(texts[lead])
        apart = places[number + 1 :][roots[number + 1 :] != roots[number]]
        near = [one for one in apart.tolist() if overlap(own, shingles(texts[one])) >= ENOUGH]
        joined.join([lead] * len(near), near)


def overlap(one: Shingles, other: Shingles) -> float:
    """The share of all shingles of both that both have."""
    both = len(np.intersect1d(one, other, assume_unique=True))
    return both / max(1, len(one) + len(other) - both)


def _buckets(least: NDArray[np.uint64]) -> Iterator[list[int]]:
    """Places of texts that agree in a whole band."""
    for start in range(0, least.shape[1], _ROWS):
        buckets: dict[bytes, list[int]] = defaultdict(list)
        for place, band in enumerate(np.ascontiguousarray(least[:, start : start + _ROWS])):
            buckets[band.tobytes()].append(place)
        yield from (members for members in buckets.values() if len(members) > 1)
