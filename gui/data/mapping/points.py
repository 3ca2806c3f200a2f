"""The points of a map as arrays: where they lie, what they are, which are near or inside."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QImage, QPainter, QPolygonF

from engine.suggesting.stock import rows_of

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
SPAN = 1000.0  # units of the longer side of a map
EDGE = 0.03 * SPAN  # around the outermost points
NONE = -1  # no class


class Points:
    """Made from a map as it lies on disk.

    Attributes:
        ids: int64 [n], item ids, ascending.
        places: float32 [n, 2], within `width` and `height`, y downward.
        classes: int64 [n], the class that stands, NONE: not labelled.
        suggested: int64 [n], the class that the model suggests, NONE: it says nothing.
    """

    def __init__(self, ids: Ints, places: NDArray[np.float32], classes: Ints) -> None:
        self.ids, self.classes = ids, classes
        self.suggested = np.full(len(ids), NONE, np.int64)
        low = places.min(0) if len(ids) else np.zeros(2, np.float32)
        reach = places.max(0) - low if len(ids) else np.zeros(2, np.float32)
        scale = (SPAN - 2 * EDGE) / max(float(reach.max(initial=0)), 1e-9)
        self.places = ((places - low) * scale + EDGE).astype(np.float32)
        self.width, self.height = (round(float(side) * scale + 2 * EDGE) for side in reach)

    def __len__(self) -> int:
        return len(self.ids)

    def rows(self, items: Ints) -> Ints:
        """The row of each item, -1 where it is not on the map."""
        return rows_of(self.ids, items)

    def row(self, item: int | None) -> int:
        """The row of an item, -1: it is not on the map."""
        return int(self.rows(np.asarray([item], np.int64))[0]) if item is not None else -1

    def change(self, given: Mapping[int, int | None]) -> None:
        """Other classes for these items, None: no label any more."""
        rows = self.rows(np.fromiter(given, np.int64, len(given)))
        said = np.asarray([NONE if cls is None else cls for cls in given.values()], np.int64)
        self.classes[rows[rows >= 0]] = said[rows >= 0]

    def suggest(self, items: Ints, classes: Ints) -> None:
        """In place of what was suggested before."""
        self.suggested[:] = NONE
        rows = self.rows(items)
        self.suggested[rows[rows >= 0]] = classes[rows >= 0]

    def counts(self) -> dict[int, int]:
        """How many points have each class, NONE too."""
        found, many = np.unique(self.classes, return_counts=True)
        return dict(zip(found.tolist(), many.tolist(), strict=True))

    def nearest(self, at: QPointF, within: float, among: Bools) -> int:
        """The row of the nearest point of bool [n] `among`, -1: none is so near."""
        if not among.any():
            return -1
        away = np.square(self.places - np.asarray([at.x(), at.y()], np.float32)).sum(1)
        row = int(np.where(among, away, np.inf).argmin())
        return row if among[row] and away[row] <= within * within else -1

    def towards(self, row: int, x: int, y: int, least: float, among: Bools) -> int:
        """The nearest point in the quarter that lies in the direction (x, y), one of them 0.

        Args:
            least: how far it must be away at least.

        Returns:
            its row; -1: there is none.
        """
        offset = self.places - self.places[row]
        along = offset @ np.asarray([x, y], np.float32)
        aside = np.abs(offset @ np.asarray([y, x], np.float32))
        there = among & (along >= max(least, 1e-6)) & (aside <= along)
        cost = np.where(there, along + 2 * aside, np.inf)
        best = int(cost.argmin()) if len(cost) else -1
        return best if best >= 0 and there[best] else -1


def inside(outline: QPolygonF, places: NDArray[np.float32]) -> Bools:
    """Which of [n, 2] places an outline encloses, all in px of the screen: bool [n].

    It is filled as a picture and looked up, so a hundred thousand points cost what one does;
    right to the pixel. Whatever is gone around counts as inside, also where the outline crosses
    itself.
    """
    found = np.zeros(len(places), bool)
    box = outline.boundingRect().toAlignedRect()
    if outline.size() < 3 or box.isEmpty():
        return found
    picture = QImage(box.size(), QImage.Format.Format_Grayscale8)
    picture.fill(Qt.GlobalColor.black)
    painter = QPainter(picture)
    painter.translate(-QPointF(box.topLeft()))
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(Qt.GlobalColor.white)
    painter.drawPolygon(outline, Qt.FillRule.WindingFill)
    painter.end()
    lines = np.frombuffer(picture.constBits(), np.uint8).reshape(box.height(), -1)
    spots = np.floor(places).astype(np.int64) - (box.left(), box.top())
    there = ((spots >= 0) & (spots < (box.width(), box.height()))).all(1)
    found[there] = lines[spots[there, 1], spots[there, 0]] > 0
    return found
