"""Slow questions to features that lie on disk: the map of the items, what more labels are worth.

Each runs in a child of its own, so that no suggestion waits for it; both are free of torch.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np

from engine.errors import ConfigurationError
from engine.store import classes
from engine.store.project import Project
from engine.suggesting import files, projection, reduction, stock
from engine.suggesting.projection import Map
from engine.suggesting.stock import rows_of
from engine.suggesting.worth import worth

Tell = Callable[[int, int], None]


def lay_out(project: Project, tell: Tell = lambda done, total: None) -> dict[str, Any]:
    """Writes the map of all described items; items that were on the last map keep their places
    unless many have come since.

    Args:
        tell: told how far; may raise to end it, and nothing is written then.

    Returns:
        file (its name in cache/suggestions), items, landmarks, seconds.

    Raises:
        ConfigurationError: no item is described yet. ResourceError: the disk is full.
    """
    began, place = time.perf_counter(), files.folder(project)
    key, rows = _features(project)
    name = f"map-{key}"
    last = files.newest(place, name)
    before = known = None
    if last is not None and last.dtype == files.PLACE:
        both = np.stack([last["x"], last["y"]], axis=1)
        before, known = Map(both, last["landmark"].copy()), rows_of(last["item"], rows["item"])
    reduced = reduction.of(rows["features"]).reduce(rows["features"])
    made = projection.project(reduced, before, known, tell)
    found = np.empty(len(rows), files.PLACE)
    found["item"], found["landmark"] = rows["item"], made.landmarks
    found["x"], found["y"] = made.places[:, 0], made.places[:, 1]
    file = files.write(place, name, found)
    files.forget(place, "map-", name)
    return {
        "file": file.name, "items": len(rows), "landmarks": int(made.landmarks.sum()),
        "seconds": time.perf_counter() - began,
    }  # fmt: skip


def value_labels(project: Project, tell: Tell = lambda done, total: None) -> dict[str, Any]:
    """What more labels are worth, from those that there are; labels of test items stay out.

    Args:
        tell: told how far; may raise to end it.

    Returns:
        a Worth's fields, and 'words'.

    Raises:
        ConfigurationError: no item is described yet.
    """
    _, rows = _features(project)
    items, given = stock.labels(project)
    place = rows_of(rows["item"], items)
    items, given, place = items[place >= 0], given[place >= 0], place[place >= 0]
    held = stock.stock(project)
    row = held.rows(items)
    place, given, row = place[row >= 0], given[row >= 0], row[row >= 0]
    reduced = reduction.of(rows["features"]).reduce(rows["features"][place])
    found = worth(reduced, given, groups=held.groups[row], tell=tell)
    names = {one.id: one.name for one in classes.all_classes(project)}
    return {**found.to_wire(), "words": found.words(names)}


def _features(project: Project) -> tuple[str, files.Rows]:
    place = files.folder(project)
    facts = files.current(place)
    rows = None if facts is None else files.newest(place, f"features-{facts['key']}")
    if facts is None or rows is None or not len(rows):
        raise ConfigurationError(
            "The items are not described yet",
            "Suggestions, the map and the worth of labels rest on a model's features of the "
            "items, and there are none.",
            "Begin suggesting on the Data page first.", subject="suggestions",
        )  # fmt: skip
    return str(facts["key"]), rows
