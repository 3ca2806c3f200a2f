"""The map itself: draws the points, and takes mouse and keys."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from PySide6.QtCore import QEvent, QPointF, QRectF, Qt, QTimer, Signal
from PySide6.QtGui import (
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QSizePolicy

from engine.store.classes import Class
from gui.data.mapping.lasso import Lasso, combined
from gui.data.mapping.points import Bools, Points, inside
from gui.data.mapping.sheet import Sheet
from gui.data.mapping.sprites import columns, lit, looks_of
from gui.data.viewing.view import View
from gui.theme import THEME
from gui.widgets.painted import Painted
from gui.widgets.words import count

STEP = 1.25  # of a zoom by key or by one notch of the wheel
REST = 90  # ms after the last step of a zoom until many points are drawn as they are
_NOTCH = 120  # of a wheel, in its eighths of a degree
_REACH = 10  # px around a point in which a click means it
_SIZES = ((300, 10), (2_000, 8), (12_000, 6), (40_000, 5))  # px of a dot, for up to so many
_SMALLEST, _LARGEST = 4, 12  # px
_ARROWS = {
    Qt.Key.Key_Left: (-1, 0), Qt.Key.Key_Right: (1, 0),
    Qt.Key.Key_Up: (0, -1), Qt.Key.Key_Down: (0, 1),
}  # fmt: skip


class Chart(Painted):
    """Left button: a loop selects, a click takes the nearest; middle or right: pan.

    `chosen` is bool [n], `current` and `hovered` are rows, -1: none.
    """

    picked = Signal(object)  # list of item ids: what the person selected, all of it
    item_wanted = Signal(int)
    pointed = Signal()  # another point is under the pointer, or current

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName("Map of the items")
        self.setMinimumSize(THEME.px(120), THEME.px(120))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.view = View()
        self.points = no_points()
        self.chosen: Bools = np.zeros(0, bool)
        self.lit: Bools = np.zeros(0, bool)
        self.current = self.hovered = -1
        self._classes: Sequence[Class] = ()
        self._only: set[int] = set()  # classes that are lit, empty: all
        self._sheet, self._stale = Sheet(), True
        self._lasso: Lasso | None = None
        self._panning: QPointF | None = None
        self._before = self.chosen  # what was selected before the last click
        self._rest = QTimer(self, singleShot=True, interval=REST)
        self._rest.timeout.connect(self.update)
        THEME.changed.connect(self.refresh)

    # What is shown

    def show_points(self, points: Points) -> None:
        """Another map. What was selected and current stays so where it is there."""
        kept, current = self.chosen_ids, self.current_id
        self.points = points
        self.view.set_picture(points.width, points.height)
        self.hovered, self.current = -1, points.row(current)
        self._lasso = None
        self.select(kept)
        self.pointed.emit()

    def show_classes(self, classes: Sequence[Class]) -> None:
        if classes != self._classes:
            self._classes = list(classes)
            self.refresh()

    def light(self, classes: set[int]) -> None:
        """Only points of these classes can be seen well and selected; empty: all can."""
        self._only = set(classes)
        self.refresh()

    def refresh(self) -> None:
        """Classes, suggestions or colours are others now."""
        self.lit = lit(self.points, self._only)
        self._stale = True
        self.update()

    def mark(self, item: int | None) -> None:
        """Rings the current item; None, or one that is not on the map: no ring."""
        self._go(self.points.row(item))

    @property
    def current_id(self) -> int | None:
        return int(self.points.ids[self.current]) if self.current >= 0 else None

    # What is selected

    @property
    def chosen_ids(self) -> list[int]:
        found: list[int] = self.points.ids[self.chosen].tolist()
        return found

    def select(self, items: Iterable[int]) -> None:
        """Selects these items, as far as they are on the map; nothing is said of it."""
        rows = self.points.rows(np.fromiter(items, np.int64))
        chosen = np.zeros(len(self.points), bool)
        chosen[rows[rows >= 0]] = True
        self._choose(chosen)

    def _choose(self, chosen: Bools, said: bool = False) -> None:
        self.chosen = chosen
        self.setAccessibleDescription(
            f"{int(chosen.sum()):,} of {count(len(chosen), 'item')} selected"
        )
        self.refresh()
        if said:
            self.picked.emit(self.chosen_ids)

    def _pick(self, row: int, modifiers: Qt.KeyboardModifier) -> None:
        """A point was clicked, or taken by key."""
        found = np.zeros(len(self.points), bool)
        found[row] = True
        self._go(row)
        self._choose(combined(self.chosen, found, modifiers), said=True)

    def _go(self, row: int) -> None:
        self.current = row
        self.update()
        self.pointed.emit()

    # Where it is

    @property
    def dot(self) -> int:
        """Px across a point: larger where there are few, and the further one goes in."""
        usual = next((size for most, size in _SIZES if len(self.points) <= most), _SMALLEST)
        near = max(1.0, self.view.scale / max(self.view.fitting, 1e-6)) ** 0.3
        return THEME.px(max(_SMALLEST, min(round(usual * near), _LARGEST)))

    def fit(self) -> None:
        self.view.fit()
        self._moved()

    def zoom(self, factor: float, at: QPointF | None = None) -> None:
        """Larger or smaller around a position in the widget; None: the current point or middle."""
        if at is None:
            at = self.spot(self.current) if self.current >= 0 else self.view.room.center()
        self.view.zoom(factor, at)
        self._moved()

    def _moved(self) -> None:
        self._rest.start()
        self.update()

    def spot(self, row: int) -> QPointF:
        x, y = self.points.places[row]
        return self.view.to_widget(QPointF(float(x), float(y)))

    def _row_at(self, at: QPointF) -> int:
        reach = (THEME.px(_REACH) + self.dot / 2) / self.view.scale
        return self.points.nearest(self.view.to_picture(at), reach, self.lit)

    # Painting

    def paintEvent(self, event: QPaintEvent) -> None:
        if self._stale:
            found = columns(self.points, looks_of(self._classes))
            self._sheet.set_points(self.points.places, found, self.chosen, self.lit)
            self._stale = False
        painter = QPainter(self)
        painter.fillRect(self.rect(), THEME.color("surface"))
        ratio, resting = self.devicePixelRatioF(), not self._rest.isActive()
        self._sheet.paint(painter, self.view, self.size(), ratio, self.dot, resting)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for row, name, width in ((self.hovered, "text", 1.5), (self.current, "text", 2.5)):
            if row >= 0:
                painter.setPen(QPen(THEME.color(name), width))
                across = self.dot / 2 + THEME.px(4)
                painter.drawEllipse(self.spot(row), across, across)
        if self._lasso is not None and self._lasso.drawn:
            self._lasso.paint(painter)
        focus = self.hasFocus()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        painter.setPen(QPen(THEME.color("accent" if focus else "line"), 1))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRect(self.rect().adjusted(0, 0, -1, -1))

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.DevicePixelRatioChange:
            self.update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        self.view.set_room(QRectF(self.rect()))

    # The mouse

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if self._lasso is not None or self._panning is not None:
            return
        if event.button() == Qt.MouseButton.LeftButton:
            self._lasso = Lasso(event.position())
        elif event.button() in (Qt.MouseButton.MiddleButton, Qt.MouseButton.RightButton):
            self._panning = event.position()
            self.setCursor(Qt.CursorShape.ClosedHandCursor)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._panning is not None:
            self.view.pan(event.position() - self._panning)
            self._panning = event.position()
            self.update()
        elif self._lasso is not None:
            self._lasso.move(event.position())
            self.update()
        else:
            self._hover(self._row_at(event.position()))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        lasso = self._lasso
        if event.button() == Qt.MouseButton.LeftButton and lasso is not None:
            self._lasso = None
            if lasso.drawn:
                self._enclose(lasso, event.modifiers())
            else:
                self._click(event.position(), event.modifiers())
            self.update()
        elif lasso is None and event.buttons() == Qt.MouseButton.NoButton:
            self._panning = None
            self.unsetCursor()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """On the ground it shows all, and gives back what its first click let go."""
        if event.button() != Qt.MouseButton.LeftButton or self._row_at(event.position()) >= 0:
            self.mousePressEvent(event)
            return
        self._choose(self._before, said=True)
        self.fit()

    def _enclose(self, lasso: Lasso, modifiers: Qt.KeyboardModifier) -> None:
        origin = np.asarray([self.view.origin.x(), self.view.origin.y()], np.float32)
        spots = self.points.places * np.float32(self.view.scale) + origin
        found = inside(lasso.outline, spots) & self.lit
        self._choose(combined(self.chosen, found, modifiers), said=True)

    def _click(self, at: QPointF, modifiers: Qt.KeyboardModifier) -> None:
        self._before, row = self.chosen, self._row_at(at)
        if row >= 0:
            self._pick(row, modifiers)
            self.item_wanted.emit(int(self.points.ids[row]))
        elif not modifiers and self.chosen.any():
            self._choose(np.zeros(len(self.points), bool), said=True)

    def wheelEvent(self, event: QWheelEvent) -> None:
        turn = event.angleDelta().y() or event.angleDelta().x()
        if turn:
            self.zoom(STEP ** (turn / _NOTCH), event.position())
            self._hover(self._row_at(event.position()))
        event.accept()

    def leaveEvent(self, event: QEvent) -> None:
        self._hover(-1)

    def _hover(self, row: int) -> None:
        if row != self.hovered:
            self.hovered = row
            self.update()
            self.pointed.emit()

    # Keys

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key, held = event.key(), event.modifiers()
        control = bool(held & Qt.KeyboardModifier.ControlModifier)
        if key in _ARROWS and not control:
            self._step(*_ARROWS[Qt.Key(key)])
        elif key in (Qt.Key.Key_Space, Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.current >= 0:
            self._pick(self.current, held)
            if key != Qt.Key.Key_Space:
                self.item_wanted.emit(int(self.points.ids[self.current]))
        elif key == Qt.Key.Key_A and control:
            self._choose(self.lit.copy(), said=True)
        elif key == Qt.Key.Key_Escape and (self._lasso is not None or self.chosen.any()):
            self._lasso = None
            self._choose(np.zeros(len(self.points), bool), said=True)
        elif key in (Qt.Key.Key_Plus, Qt.Key.Key_Equal, Qt.Key.Key_Minus) and not control:
            self.zoom(1 / STEP if key == Qt.Key.Key_Minus else STEP)
        elif key == Qt.Key.Key_Home:
            self.fit()
        else:
            super().keyPressEvent(event)  # digits and letters mean something to the page

    def _step(self, x: int, y: int) -> None:
        """To the nearest point in a direction that is seen to be another one."""
        if self.current >= 0:
            least = self.dot / 2 / self.view.scale
            row = self.points.towards(self.current, x, y, least, self.lit)
        else:
            middle = self.view.to_picture(self.view.room.center())
            row = self.points.nearest(middle, np.inf, self.lit)
        if row < 0:
            return
        self.hovered = -1
        self._go(row)
        spot, edge = self.spot(row), self.dot
        room = self.view.room.adjusted(edge, edge, -edge, -edge)
        if not room.contains(spot):
            self.view.pan(room.center() - spot)
            self._moved()


def no_points() -> Points:
    return Points(np.zeros(0, np.int64), np.zeros((0, 2), np.float32), np.zeros(0, np.int64))
