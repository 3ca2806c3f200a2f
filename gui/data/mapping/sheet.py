"""All points as one picture, drawn once and then only moved while a person pans."""

from __future__ import annotations

import numpy as np
import shiboken6
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPixmap

from gui.data.mapping.points import Bools, Ints
from gui.data.mapping.sprites import HALO, LABELLED, MUTED, Sprites
from gui.data.viewing.view import View
from gui.theme import THEME

AT_ONCE = 20_000  # points drawn anew at each step of a zoom; more are once it rests
MARGIN = 0.25  # of the widget, drawn beyond each of its sides
DIM = 0.12  # opacity of points that are not lit
# Fields of a QPainter.PixmapFragment, in its order.
_FIELDS = 10
_X, _Y, _LEFT, _TOP, _WIDTH, _HEIGHT, _SCALE_X, _SCALE_Y, _ROTATION, _OPACITY = range(_FIELDS)


class Sheet:
    """Keeps what Qt needs to draw each point, and the picture that it drew last."""

    def __init__(self) -> None:
        self._fragments = np.zeros((0, _FIELDS))  # in the order of drawing
        self._places = np.zeros((0, 2), np.float32)  # in the same order
        self._columns = np.zeros(0, np.int64)
        self._cell = 0  # of the sprites that the fragments are cut from
        self._picture: QPixmap | None = None
        self._scale = 1.0  # of the view for which it was drawn
        self._corner = QPointF()  # of the picture, in units of the map
        self._key: tuple[object, ...] = ()
        self._sprites: dict[object, Sprites] = {}

    def set_points(
        self, places: NDArray[np.float32], columns: Ints, chosen: Bools, lit: Bools
    ) -> None:
        """What is to be drawn: [n, 2] places, columns of sprites, which are selected and lit.

        What a person said lies above what a model says, and what is selected above all, with
        the halos of all of them below.
        """
        above = np.where(columns == MUTED, 0, np.where(columns < LABELLED, 1, 2)).astype(np.int8)
        order = np.argsort(above + 3 * lit.astype(np.int8) + 6 * chosen, kind="stable")
        others, taken = np.split(order, [len(order) - int(chosen.sum())])
        order = np.concatenate([others, taken, taken])
        self._places, self._columns = places[order], columns[order]
        self._columns[len(others) : len(others) + len(taken)] = HALO
        self._cell = 0
        self._fragments = np.zeros((len(order), _FIELDS))
        self._fragments[:, _SCALE_X] = self._fragments[:, _SCALE_Y] = 1.0
        self._fragments[:, _OPACITY] = np.where(lit[order], 1.0, DIM)
        self.forget()

    def forget(self) -> None:
        """The picture is not what would be drawn now."""
        self._picture = None

    def paint(
        self, painter: QPainter, view: View, size: QSize, ratio: float, dot: int, resting: bool
    ) -> bool:
        """Draws the points into a widget of this size.

        Args:
            dot: px across a point.
            resting: the view does not move, so all is drawn as it is.

        Returns:
            whether it is exact; else what was drawn before was stretched.
        """
        key = (size, ratio)
        stretch = view.scale / self._scale
        exact = stretch == 1.0 and self._covers(view, size)
        if self._picture is None or key != self._key or (not exact and (
            resting or stretch == 1.0 or len(self._places) <= AT_ONCE
        )):  # fmt: skip
            self._draw(view, size, ratio, dot)
            self._key, stretch, exact = key, 1.0, True
        assert self._picture is not None
        corner = view.to_widget(self._corner)
        if exact:  # to whole pixels of the screen, or all would be blurred
            corner = QPointF(round(corner.x() * ratio), round(corner.y() * ratio)) / ratio
        extent = self._picture.deviceIndependentSize() * stretch
        painter.drawPixmap(
            QRectF(corner, extent), self._picture, QRectF(self._picture.rect())
        )  # fmt: skip
        return exact

    def _covers(self, view: View, size: QSize) -> bool:
        """Whether what was drawn reaches over the widget, as far as there is any map."""
        if self._picture is None:
            return False
        drawn = QRectF(view.to_widget(self._corner), self._picture.deviceIndependentSize())
        wanted = QRectF(QPointF(), size).intersected(view.place)
        return drawn.adjusted(-1, -1, 1, 1).contains(wanted)

    def _draw(self, view: View, size: QSize, ratio: float, dot: int) -> None:
        beyond = QPointF(round(size.width() * MARGIN), round(size.height() * MARGIN))
        width, height = size.width() + 2 * beyond.x(), size.height() + 2 * beyond.y()
        self._picture = QPixmap(round(width * ratio), round(height * ratio))
        self._picture.setDevicePixelRatio(ratio)
        self._picture.fill(Qt.GlobalColor.transparent)
        self._corner, self._scale = view.to_picture(-beyond), view.scale
        sprites = self._sprites_of(dot, ratio)
        self._cut(sprites.cell)
        corner = np.asarray([self._corner.x(), self._corner.y()])
        spots = (self._places - corner) * view.scale  # px of the picture
        seen = ((spots > -dot) & (spots < (width + dot, height + dot))).all(1)
        rows = self._fragments if seen.all() else self._fragments[seen]
        if not len(rows):
            return
        rows[:, [_X, _Y]] = spots[seen] * ratio
        self._picture.setDevicePixelRatio(1.0)  # fragments are placed in pixels of the screen
        painter = QPainter(self._picture)
        # Qt takes a bare array of fragments; it is read before this returns.
        first = shiboken6.wrapInstance(rows.ctypes.data, QPainter.PixmapFragment)
        painter.drawPixmapFragments(first, len(rows), sprites.picture)  # type: ignore[arg-type]
        painter.end()
        self._picture.setDevicePixelRatio(ratio)

    def _cut(self, cell: int) -> None:
        """Says where in the sprites each fragment lies, where that has changed."""
        if cell != self._cell:
            self._cell = cell
            self._fragments[:, _LEFT] = self._columns * cell
            self._fragments[:, _WIDTH] = self._fragments[:, _HEIGHT] = cell

    def _sprites_of(self, dot: int, ratio: float) -> Sprites:
        key = (dot, ratio, THEME.dark)
        if key not in self._sprites:
            self._sprites[key] = Sprites(dot, ratio)
        return self._sprites[key]
