"""A map of the items: two dimensions in which what lies close is alike.

t-SNE (van der Maaten and Hinton 2008) of at most LANDMARKS items, by scikit-learn; every other
item is placed among its most alike landmarks. 10,000 items take 5 to 9 s on one core where t-SNE
of all took 25 and UMAP 84; neighbours on the map tell 77 classes of text with 0.83 instead of
0.88. The same features give the same map.

When items come, the map stays as it is and they are placed in it. Once they are more than a
quarter, landmarks are drawn among all and it is laid out anew from where it stood, then
turned, mirrored and scaled onto the old one (Procrustes).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.suggesting.reduction import Features, unit

LANDMARKS = 3000
AXES = 50
NEW = 0.25  # share of items without a place, above which the map is laid out anew
_NEIGHBOURS = 5
_SHARPNESS = 0.05  # of cosine: how much more the most alike landmark counts
_PERPLEXITY = 15.0
_ROUNDS = 250  # of t-SNE, between two looks whether to end; twice from nothing
_SPAN = 40.0  # how far a t-SNE of some thousand items reaches from its middle
_ROWS = 2048
Places = NDArray[np.float32]
Tell = Callable[[int, int], None]


@dataclass(frozen=True)
class Map:
    """Made by `project`.

    Attributes:
        places: float32 [n, 2], about within -1 to 1.
        landmarks: bool [n], those that t-SNE laid out.
    """

    places: Places
    landmarks: NDArray[np.bool_]


def project(
    reduced: Features, before: Map | None = None, known: NDArray[np.int64] | None = None,
    tell: Tell = lambda done, total: None,
) -> Map:  # fmt: skip
    """The map of float32 [n, p] reduced features.

    Args:
        before: an earlier map.
        known: int64 [n], each item's row in that map, -1 if it was not there.
        tell: told how far, a few times a second at most; may raise to end it. t-SNE itself
            cannot be asked in between: at most about two seconds on one core.
    """
    rows = unit(np.ascontiguousarray(reduced[:, :AXES]))
    total = 4 + len(rows) // _ROWS
    tell(0, total)
    if before is None or known is None or (known >= 0).sum() < 10:
        marks = _drawn(len(rows))
        found = _anew(rows[marks], tell, total)
        return _placed(rows, marks, found, tell, total)
    old = np.full((len(rows), 2), np.nan, np.float32)
    old[known >= 0] = before.places[known[known >= 0]]
    marks = np.zeros(len(rows), bool)
    marks[known >= 0] = before.landmarks[known[known >= 0]]
    if (known < 0).mean() <= NEW and marks.sum() > _NEIGHBOURS:
        made = _placed(rows, marks, old[marks], tell, total)
        places = np.where(np.isnan(old), made.places, old)  # what had a place keeps it
        return Map(places, marks)
    more, there = _drawn(len(rows)), ~np.isnan(old[:, 0])
    begun = _among(rows[more], rows[marks], old[marks]) if marks.any() else _plain(rows[more])
    begun[there[more]] = old[more & there]
    tell(1, total)
    found = _tsne(rows[more], begun * np.float32(_SPAN), 1.0)
    return _placed(rows, more, onto(found, begun, there[more]), tell, total)


def onto(places: Places, old: Places, shared: NDArray[np.bool_]) -> Places:
    """`places` turned, mirrored, scaled and moved such that the shared ones lie nearest `old`."""
    if shared.sum() < 3:
        return places
    middle, target = places[shared].mean(0), old[shared].mean(0)
    own, wanted = places[shared] - middle, old[shared] - target
    left, strength, right = np.linalg.svd(own.T.astype(np.float64) @ wanted)
    scale = strength.sum() / max(float(np.square(own, dtype=np.float64).sum()), 1e-12)
    found: Places = (((places - middle) @ (left @ right)) * scale + target).astype(np.float32)
    return found


def _drawn(count: int) -> NDArray[np.bool_]:
    """Landmarks, at even steps."""
    found = np.zeros(count, bool)
    found[np.linspace(0, count - 1, min(count, LANDMARKS)).astype(np.int64)] = True
    return found


def _anew(rows: Features, tell: Tell, total: int) -> Places:
    if len(rows) < 4:
        return np.linspace([-1, 0], [1, 0], len(rows)).astype(np.float32)
    gathered = _tsne(rows, _plain(rows), 12.0)
    tell(1, total)
    return _unit_scale(_tsne(rows, gathered, 1.0))


def _plain(rows: Features) -> Places:
    """The first two axes, so small that t-SNE is free to move them."""
    begun = rows[:, :2] if rows.shape[1] > 1 else np.repeat(rows, 2, axis=1)
    return begun * np.float32(1e-4 / max(float(begun.std()), 1e-6))


def _tsne(rows: Features, begun: Places, exaggeration: float) -> Places:
    from sklearn.manifold import TSNE

    made = TSNE(
        init=np.ascontiguousarray(begun, np.float32), perplexity=min(_PERPLEXITY, len(rows) / 4),
        early_exaggeration=exaggeration, max_iter=_ROUNDS, random_state=0, n_jobs=1,
    )  # fmt: skip
    found: Places = made.fit_transform(rows).astype(np.float32)
    return found


def _unit_scale(places: Places) -> Places:
    found: Places = places - places.mean(0)
    return found / np.float32(max(float(np.quantile(np.abs(found), 0.99)), 1e-6))


def _placed(
    rows: Features, marks: NDArray[np.bool_], own: Places, tell: Tell, total: int
) -> Map:  # fmt: skip
    places = np.empty((len(rows), 2), np.float32)
    places[marks] = own
    others = np.flatnonzero(~marks)
    for start in range(0, len(others), _ROWS):
        tell(3 + start // _ROWS, total)
        page = others[start : start + _ROWS]
        places[page] = _among(rows[page], rows[marks], own)
    tell(total, total)
    return Map(places, marks)


def _among(rows: Features, landmarks: Features, places: Places) -> Places:
    """Each row [m, p] at the mean of the places of its most alike landmarks, weighted."""
    count = min(_NEIGHBOURS, len(landmarks))
    found = np.empty((len(rows), 2), np.float32)
    for start in range(0, len(rows), _ROWS):
        alike = rows[start : start + _ROWS] @ landmarks.T
        near = np.argpartition(-alike, count - 1, axis=1)[:, :count]
        close = np.take_along_axis(alike, near, 1)
        weight = np.exp((close - close.max(1, keepdims=True)) / _SHARPNESS)
        weight /= weight.sum(1, keepdims=True)
        found[start : start + _ROWS] = (places[near] * weight[..., None]).sum(1)
    return found
