"""Pictures that are nearly the same: candidates by a perceptual hash, proven by correlation.

The hash is that of the signs of the lowest frequencies (Zauner 2010, 'Implementation and
Benchmarking of Perceptual Image Hash Functions'): what stays when a picture is compressed, made
smaller or brighter. Two different X-rays of one layout share those, too. So a candidate counts
only when fine detail agrees as well: the small pictures, their coarse part taken away.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray

from engine.quality.looks import SIDE

Hashes = NDArray[np.uint64]
Small = NDArray[np.uint8]
Ints = NDArray[np.int64]

FAR = 10  # bits of 64 by which two hashes may differ
_LOW = 8  # frequencies along each side
_BLOCK = 2048  # hashes compared with all at once
_BLUR = 5  # px of the coarse part


def hashes(pictures: Small) -> Hashes:
    """uint64 [n] of uint8 [n, SIDE, SIDE]."""
    found = np.empty(len(pictures), np.uint64)
    turn = _cosines()
    powers = np.uint64(1) << np.arange(64, dtype=np.uint64)
    for start in range(0, len(pictures), 4096):
        part = pictures[start : start + 4096].astype(np.float32)
        low = (turn @ part @ turn.T).reshape(len(part), -1)
        middle = np.median(low[:, 1:], axis=1, keepdims=True)
        bits = low > middle
        bits[:, 0] = False  # the brightness
        found[start : start + 4096] = (bits * powers).sum(1, dtype=np.uint64)
    return found


def close_pairs(
    codes: Hashes, far: int = FAR, check: Callable[[int, int], None] = lambda done, total: None
) -> Iterator[tuple[Ints, Ints]]:
    """Places (a, b), a < b, of hashes that differ in no more than `far` bits, a block at a time.

    Every pair is compared: exact, and 100,000 hashes take seconds.

    Args:
        check: told how many rows of how many are done; may raise.
    """
    for start in range(0, len(codes), _BLOCK):
        check(start, len(codes))
        block = codes[start : start + _BLOCK]
        for others in range(start, len(codes), _BLOCK):
            apart = np.bitwise_count(block[:, None] ^ codes[None, others : others + _BLOCK])
            a, b = np.nonzero(apart <= far)
            a, b = a + start, b + others
            later = a < b
            if later.any():
                yield a[later], b[later]


def agreement(pictures: Small, first: Ints, second: Ints) -> NDArray[np.float32]:
    """Float32 [p], -1 to 1: the correlation of fine detail of pairs of pictures."""
    found = np.empty(len(first), np.float32)
    for start in range(0, len(first), 4096):
        pairs = slice(start, start + 4096)
        one, other = fine(pictures[first[pairs]]), fine(pictures[second[pairs]])
        found[pairs] = (one * other).sum(1)
    return found


def fine(pictures: Small) -> NDArray[np.float32]:
    """Float32 [n, SIDE * SIDE] of length 1: a picture without its coarse part."""
    from scipy.ndimage import uniform_filter

    part = pictures.astype(np.float32)
    part -= uniform_filter(part, (0, _BLUR, _BLUR), mode="nearest")
    flat = part.reshape(len(part), -1)
    flat -= flat.mean(1, keepdims=True)
    length = np.linalg.norm(flat, axis=1, keepdims=True)
    made: NDArray[np.float32] = flat / np.maximum(length, 1e-6)
    return made


def _cosines() -> NDArray[np.float32]:
    """Float32 [_LOW, SIDE]: the lowest rows of the discrete cosine transform."""
    places = np.arange(SIDE) + 0.5
    rows = np.cos(np.pi / SIDE * np.outer(np.arange(_LOW), places))
    return rows.astype(np.float32)
