"""Pictures that are nearly the same: candidates by a perceptual hash, proven by correlation.

The hash is that of the signs of the lowest frequencies (Zauner 2010, 'Implementation and
Benchmarking of Perceptual Image Hash Functions'): what stays when a picture is compressed, made
smaller or brighter. Two different X-rays of one layout share those, too. So a candidate counts
only when fine detail agrees as well: the small pictures, their coarse part taken away. How much
is enough follows from how alike the project's pictures are anyway.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray

from engine.quality.joining import Joined
from engine.quality.looks import SIDE

Hashes = NDArray[np.uint64]
Small = NDArray[np.uint8]
Floats = NDArray[np.float32]
Ints = NDArray[np.int64]
Check = Callable[[int, int], None]  # so many rows of so many are done; may raise

FAR = 10  # bits of 64 by which two hashes may differ
LEAST, MOST = 0.85, 0.96  # agreement of fine detail that proves a pair
ABOVE = 0.3  # beyond what pictures of this project have in common by chance
_CHANCE = 20_000  # pairs that say what that is
_LOW = 8  # frequencies along each side
_BLOCK = 2048  # hashes compared with as many others at once
_DENSE = 100_000  # candidates of a block above which all its pairs are cheaper
_BLUR = 5  # px of the coarse part


def alike(pictures: Small, check: Check = lambda done, total: None) -> list[list[int]]:
    """Sets of places in uint8 [n, SIDE, SIDE] that show nearly the same picture.

    Compressed, scaled, brightened or slightly noisy copies, and neighbours of a series; not
    those that were turned, mirrored or cropped by more than a hundredth.
    """
    codes, joined = hashes(pictures), Joined(len(pictures))
    enough = threshold(pictures)
    for a, b in _close(codes, check):
        fresh = joined.roots(a) != joined.roots(b)
        a, b = a[fresh], b[fresh]
        proven = agreement(pictures, a, b) >= enough
        joined.join(a[proven].tolist(), b[proven].tolist())
    return joined.sets()


def threshold(pictures: Small, seed: int = 0) -> float:
    """The agreement from which on a pair counts as one picture."""
    if len(pictures) < 2:
        return MOST
    random = np.random.default_rng(seed)
    a, b = random.integers(0, len(pictures), (2, _CHANCE))
    found = agreement(pictures, a[a != b], b[a != b])
    # Copies among them are few: they are not what pictures have in common by chance.
    usual = float(np.quantile(found, 0.999)) if len(found) else MOST
    return min(MOST, max(LEAST, usual + ABOVE))


def hashes(pictures: Small) -> Hashes:
    """uint64 [n] of uint8 [n, SIDE, SIDE]."""
    found = np.empty(len(pictures), np.uint64)
    turn = _cosines()
    powers = np.uint64(1) << np.arange(64, dtype=np.uint64)
    for start in range(0, len(pictures), 4096):
        part = pictures[start : start + 4096].astype(np.float32)
        low = (turn @ part @ turn.T).reshape(len(part), -1)
        bits = low > np.median(low[:, 1:], axis=1, keepdims=True)
        bits[:, 0] = False  # the brightness
        found[start : start + 4096] = (bits * powers).sum(1, dtype=np.uint64)
    return found


def _close(codes: Hashes, check: Check) -> Iterator[tuple[Ints, Ints]]:
    """Places (a, b), a < b, of hashes that differ in no more than FAR bits, a block at a time.

    Every pair is compared: exact, and 100,000 hashes take seconds.
    """
    for start in range(0, len(codes), _BLOCK):
        check(start, len(codes))
        block = codes[start : start + _BLOCK, None]
        for others in range(start, len(codes), _BLOCK):
            apart = np.bitwise_count(block ^ codes[None, others : others + _BLOCK])
            near = np.flatnonzero(apart <= FAR)
            a, b = np.divmod(near, apart.shape[1])
            a, b = a + start, b + others
            later = a < b
            if later.any():
                yield a[later], b[later]


def agreement(pictures: Small, first: Ints, second: Ints) -> Floats:
    """Float32 [p], -1 to 1: the correlation of fine detail of pairs of pictures."""
    found = np.empty(len(first), np.float32)
    rows, place = np.unique(np.concatenate([first, second]), return_inverse=True)
    if len(rows) > 2 * _BLOCK:  # pairs from everywhere: a piece at a time
        for start in range(0, len(first), _BLOCK):
            part = slice(start, start + _BLOCK)
            found[part] = agreement(pictures, first[part], second[part])
        return found
    details = fine(pictures[rows])
    one, other = place[: len(first)], place[len(first) :]
    if len(first) > _DENSE:
        return (details @ details.T)[one, other]
    for start in range(0, len(first), 4096):
        part = slice(start, start + 4096)
        found[part] = np.einsum("pd,pd->p", details[one[part]], details[other[part]])
    return found


def fine(pictures: Small) -> Floats:
    """Float32 [n, SIDE * SIDE] of length 1: a picture without its coarse part."""
    from scipy.ndimage import uniform_filter

    part = pictures.astype(np.float32)
    part -= uniform_filter(part, (0, _BLUR, _BLUR), mode="nearest")
    flat = part.reshape(len(part), -1)
    flat -= flat.mean(1, keepdims=True)
    length = np.linalg.norm(flat, axis=1, keepdims=True)
    made: Floats = flat / np.maximum(length, 1e-6)
    return made


def _cosines() -> Floats:
    """Float32 [_LOW, SIDE]: the lowest rows of the discrete cosine transform."""
    places = np.arange(SIDE) + 0.5
    rows = np.cos(np.pi / SIDE * np.outer(np.arange(_LOW), places))
    return rows.astype(np.float32)
