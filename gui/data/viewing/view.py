"""Where a picture lies in a widget: how large, and which part of it."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSizeF

LARGEST = 64.0  # widget px for one of the picture
FIT_LARGEST = 4.0  # small pictures are not blown up further by themselves


class View:
    """Maps between px of the upright picture and px of a widget.

    While `fitted` the picture fills the room, whatever size that takes.
    """

    def __init__(self) -> None:
        self.picture = QSizeF(1, 1)  # px
        self.room = QRectF(0, 0, 1, 1)  # the part of the widget that it may fill
        self.scale = 1.0  # widget px for one of the picture
        self.origin = QPointF(0, 0)  # of the picture, in the widget
        self.fitted = True

    def to_widget(self, at: QPointF) -> QPointF:
        return self.origin + at * self.scale

    def to_picture(self, at: QPointF) -> QPointF:
        return (at - self.origin) / self.scale

    @property
    def place(self) -> QRectF:
        """The whole picture, in the widget."""
        return QRectF(self.origin, self.picture * self.scale)

    def set_picture(self, width: int, height: int) -> None:
        """A picture of the same size stays where the last one was."""
        size = QSizeF(width, height)
        if size != self.picture:
            self.picture = size
            self.fit()

    def set_room(self, room: QRectF) -> None:
        """Keeps what is in the middle there."""
        middle = self.to_picture(self.room.center())
        self.room = room
        if self.fitted:
            self.fit()
        else:
            self.origin = room.center() - middle * self.scale
            self._keep_in_sight()

    @property
    def fitting(self) -> float:
        """The scale at which all of the picture is seen."""
        return min(
            self.room.width() / self.picture.width(),
            self.room.height() / self.picture.height(),
            FIT_LARGEST,
        )

    def fit(self) -> None:
        self.fitted = True
        self.scale = max(self.fitting, 1e-6)
        self._keep_in_sight()

    def zoom(self, factor: float, at: QPointF) -> None:
        """Larger or smaller, and what is at `at` (in the widget) stays there."""
        self.zoom_to(self.scale * factor, at)

    def zoom_to(self, scale: float, at: QPointF) -> None:
        fixed = self.to_picture(at)
        least = min(self.fitting, 1.0) / 2
        self.scale = min(max(scale, least), max(LARGEST, self.fitting))
        self.origin = at - fixed * self.scale
        self.fitted = False
        self._keep_in_sight()

    def pan(self, by: QPointF) -> None:
        self.origin += by
        self.fitted = False
        self._keep_in_sight()

    def _keep_in_sight(self) -> None:
        """Along a side on which all of it fits it is centred; elsewhere it leaves no gap."""
        size, room = self.picture * self.scale, self.room
        x, y = self.origin.x(), self.origin.y()
        if size.width() <= room.width():
            x = room.center().x() - size.width() / 2
        else:
            x = min(max(x, room.right() - size.width()), room.left())
        if size.height() <= room.height():
            y = room.center().y() - size.height() / 2
        else:
            y = min(max(y, room.bottom() - size.height()), room.top())
        self.origin = QPointF(x, y)
