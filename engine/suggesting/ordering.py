"""Lists of items in the order in which a model would have them labelled, or by likeness."""

from __future__ import annotations

from array import array

import numpy as np

from engine.store.project import Project
from engine.suggesting import files
from engine.suggesting.files import Rows
from engine.suggesting.stock import Ints, rows_of

UNSURE = 0.7  # probability of the likeliest class, below which the model is unsure


def by_rank(ids: array[int], rows: Rows | None, order: str) -> array[int]:
    """Ids by a rank of a suggestions file; those it does not hold come after, as they were.

    Args:
        rows: of SUGGESTION, items ascending.
        order: by_uncertainty, by_diversity or by_mix.
    """
    wanted = np.frombuffer(ids, np.int64) if len(ids) else np.empty(0, np.int64)
    if rows is None or not len(rows):
        return ids
    place = rows_of(np.ascontiguousarray(rows["item"]), wanted)
    rank = np.where(place >= 0, rows[order][np.maximum(place, 0)], np.iinfo(np.int32).max)
    return _array(wanted[np.argsort(rank, kind="stable")])


def unsure(ids: array[int], rows: Rows | None) -> array[int]:
    """Those of `ids` whose suggestion is less likely than UNSURE, in the same order."""
    if rows is None or not len(rows) or not len(ids):
        return array("q")
    wanted = np.frombuffer(ids, np.int64)
    place = rows_of(np.ascontiguousarray(rows["item"]), wanted)
    own = rows[np.maximum(place, 0)]
    return _array(wanted[(place >= 0) & (own["class_id"] >= 0) & (own["probability"] < UNSURE)])


def by_likeness(project: Project, ids: array[int], item: int) -> array[int]:
    """Ids by the cosine of their features with those of an item, which comes first; those that
    are not described come last. As they were, where it is not described itself."""
    place = files.folder(project)
    facts = files.current(place)
    rows = files.newest(place, f"features-{facts['key']}") if facts else None
    if rows is None:
        return ids
    known = np.ascontiguousarray(rows["item"])
    (own,) = rows_of(known, np.asarray([item], np.int64))
    if own < 0:
        return ids
    features = rows["features"]
    one = np.asarray(features[own], np.float32)
    likeness = np.empty(len(known), np.float32)
    for begin in range(0, len(known), 4096):  # the file is mapped: not all of it at once
        part = np.asarray(features[begin : begin + 4096], np.float32)
        length = np.maximum(np.linalg.norm(part, axis=1), 1e-12)
        likeness[begin : begin + 4096] = part @ one / length
    wanted = np.frombuffer(ids, np.int64) if len(ids) else np.empty(0, np.int64)
    row = rows_of(known, wanted)
    score = np.where(row >= 0, likeness[np.maximum(row, 0)], -np.inf)
    score[wanted == item] = np.inf
    return _array(wanted[np.argsort(-score, kind="stable")])


def _array(ids: Ints) -> array[int]:
    found = array("q")
    found.frombytes(np.ascontiguousarray(ids, np.int64).tobytes())
    return found
