"""The newest map of the open project, with the class of each item. Read in a job."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from engine.suggesting import files
from gui.data.mapping.points import NONE, Ints, Points

if TYPE_CHECKING:
    from engine.store.project import Project

STANDING = "SELECT item_id, class_id FROM standing WHERE class_id IS NOT NULL"
ONE_OF_SEVERAL = (
    "SELECT item_id, min(class_id) FROM current_mark WHERE kind = 'class' AND blind = 0 "
    "GROUP BY item_id"
)
OF_READER = (
    "SELECT item_id, class_id FROM blind_label JOIN reader ON reader.id = reader_id "
    "WHERE reader.name = ?"
)


@dataclass(frozen=True)
class Found:
    """Attributes:
    points: None while no map was made of these features.
    waiting: items with features that are not on the map.
    """

    points: Points | None
    waiting: int


def read(project: Project, blind: str = "") -> Found | None:
    """None: no model has described the items yet.

    Args:
        blind: a second reader; then only what that one said is shown.
    """
    place = files.folder(project)
    facts = files.current(place)
    features = files.newest(place, f"features-{facts['key']}") if facts is not None else None
    if facts is None or features is None or not len(features):
        return None
    laid = files.newest(place, f"map-{facts['key']}")
    if laid is None or laid.dtype != files.PLACE or not len(laid):
        return Found(None, len(features))
    there = _pairs(project, "SELECT id, id FROM item ORDER BY id")[:, 0]
    laid = laid[np.isin(laid["item"], there)]
    places = np.stack([laid["x"], laid["y"]], axis=1)
    ids = np.asarray(laid["item"], np.int64)
    points = Points(ids, places, np.full(len(ids), NONE, np.int64))
    for query in (OF_READER,) if blind else (ONE_OF_SEVERAL, STANDING):
        said = _pairs(project, query, *([blind] if blind else []))
        rows = points.rows(said[:, 0])
        points.classes[rows[rows >= 0]] = said[rows >= 0, 1]
    return Found(points, max(0, len(features) - len(laid)))


def _pairs(project: Project, query: str, *arguments: Any) -> Ints:
    found = project.db.execute(query, list(arguments)).fetchall()
    return np.asarray(found, np.int64).reshape(-1, 2)
