"""How a point looks: solid in its class's colour, hollow where the model suggests it, muted
where nobody said anything. Classes that share one of the eight colours differ in shape."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from math import ceil

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen, QPixmap

from engine.store.classes import Class
from gui.data.mapping.points import NONE, Bools, Ints, Points
from gui.theme import CLASS_PALETTE, THEME

SHAPES = ("o", "s", "t1", "d", "t")
LOOKS = len(CLASS_PALETTE) * len(SHAPES)
MUTED, SUGGESTED, LABELLED, HALO = 0, 1, 1 + LOOKS, 1 + 2 * LOOKS  # columns of the sprites
_BEYOND, _GAP = 3.5, 1.2  # px that a halo reaches beyond its point, and stays away from it


@cache
def path(shape: str) -> QPainterPath:
    """One of SHAPES about 0, one wide.

    They are pyqtgraph's, which is loaded when the first of them is drawn: it takes a quarter of a
    second that would else go by before the items are seen.
    """
    from gui.widgets.dots import SYMBOLS

    found: QPainterPath = SYMBOLS[shape]
    return found


def looks_of(classes: Sequence[Class]) -> dict[int, int]:
    """A look for each class id: colour times len(SHAPES), plus shape."""
    found: dict[int, int] = {}
    before = [0] * len(CLASS_PALETTE)
    for one in classes:
        color = one.color % len(CLASS_PALETTE)
        found[one.id] = color * len(SHAPES) + before[color] % len(SHAPES)
        before[color] += 1
    return found


def columns(points: Points, looks: dict[int, int]) -> Ints:
    """The column of sprites of each point: int64 [n]."""
    known = np.asarray([NONE, *sorted(looks)], np.int64)
    look = np.asarray([NONE, *(looks[id] for id in sorted(looks))], np.int64)

    def of(classes: Ints) -> Ints:
        place = np.minimum(np.searchsorted(known, classes), len(known) - 1)
        found: Ints = np.where(known[place] == classes, look[place], NONE)
        return found

    said, suggested = of(points.classes), of(points.suggested)
    found: Ints = np.where(
        said >= 0, LABELLED + said, np.where(suggested >= 0, SUGGESTED + suggested, MUTED)
    )
    return found


def lit(points: Points, classes: set[int]) -> Bools:
    """Which points have, or unlabelled are suggested, one of these classes; empty: all do."""
    if not classes:
        return np.ones(len(points), bool)
    wanted = list(classes)
    found: Bools = np.isin(points.classes, wanted)
    if NONE not in classes:
        found |= (points.classes == NONE) & np.isin(points.suggested, wanted)
    return found


class Sprites:
    """Every look in one picture, side by side, and the halo that lies below selected points.

    Attributes:
        picture: its pixels are those of the screen.
        cell: px of the screen across one sprite.
    """

    def __init__(self, size: int, ratio: float) -> None:
        """`size`: px across a point; `ratio`: px of the screen for each of these."""
        self.size, self.ratio = size, ratio
        self.cell = ceil((size + 2 * _BEYOND) * ratio) + 2
        self.picture = QPixmap(self.cell * (HALO + 1), self.cell)
        self.picture.fill(Qt.GlobalColor.transparent)
        painter = QPainter(self.picture)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for column in range(HALO + 1):
            painter.save()
            painter.translate((column + 0.5) * self.cell, 0.5 * self.cell)
            painter.scale(size * ratio, size * ratio)
            self._draw(painter, column)
            painter.restore()
        painter.end()

    def _draw(self, painter: QPainter, column: int) -> None:
        if column == HALO:  # the gap tells it from a point of nearly its colour
            for name, reach in (("accent", _BEYOND), ("surface", _GAP)):
                painter.setBrush(THEME.color(name))
                painter.setPen(QPen(THEME.color(name), 2 * reach / self.size))
                painter.drawPath(path("o"))
            return
        look = (column - 1) % LOOKS
        shape = SHAPES[look % len(SHAPES)] if column else "o"
        color = ink(look // len(SHAPES)) if column else THEME.color("muted", 0.7)
        if column >= LABELLED:
            painter.setBrush(THEME.class_color(look // len(SHAPES)))
            painter.setPen(QPen(color, 0.8 / self.size))
        else:
            painter.setBrush(THEME.color("surface"))
            painter.setPen(QPen(color, (1.6 if column else 1.0) / self.size))
        painter.drawPath(path(shape))


def ink(color: int) -> QColor:
    """The edge of a point: its colour, darker where the ground is light, so yellow shows too."""
    found = THEME.class_color(color)
    return found if THEME.dark else found.darker(135)
