"""Select: move, resize and take marks away."""

from __future__ import annotations

from typing import ClassVar

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter

from engine.labels.marks import Mark
from engine.labels.shapes import Polygon, Shape, bounds
from gui.data.marking import grips
from gui.data.marking.grips import Grip
from gui.data.tools.drawing import Drawing
from gui.data.viewing.canvas import Canvas
from gui.data.viewing.hands import PanHand

ARROWS = {
    Qt.Key.Key_Left: (-1, 0), Qt.Key.Key_Right: (1, 0),
    Qt.Key.Key_Up: (0, -1), Qt.Key.Key_Down: (0, 1),
}  # fmt: skip


class Select(Drawing):
    title: ClassVar[str] = "Select"
    letter: ClassVar[str] = "V"
    tip: ClassVar[str] = (
        "Click a mark, drag it or its corners; a double click on a side of a polygon adds a "
        "corner, on a corner takes it away; Delete takes the mark away"
    )
    order: ClassVar[int] = 1

    _held: tuple[Mark, Grip, QPointF] | None = None
    _now: Shape | None = None
    _pan: PanHand | None = None

    def press(self, canvas: Canvas, at: QPointF, modifiers: Qt.KeyboardModifier) -> bool:
        found = grips.find(self.desk.shown, at, canvas.view.scale, self.desk.selected)
        self.desk.select(found.uid if found else None)
        mark = self.desk.current
        if found is None or mark is None or not self.desk.open:
            self._pan = PanHand()
            return self._pan.press(canvas, at, modifiers)
        self._held, self._now = (mark, found, at), mark.shape
        self.layer.held = mark.uid
        return True

    def move(self, canvas: Canvas, at: QPointF, modifiers: Qt.KeyboardModifier) -> None:
        if self._pan is not None:
            self._pan.move(canvas, at, modifiers)
            return
        if self._held is None:
            found = grips.find(self.desk.shown, at, canvas.view.scale, self.desk.selected)
            canvas.setCursor(found.cursor if found else self.cursor)
            return
        mark, grip, begun = self._held
        self._repaint(canvas)
        self._now = grips.dragged(mark.shape, grip.part, at - begun, canvas.view.picture)
        self._repaint(canvas)

    def release(self, canvas: Canvas, at: QPointF, modifiers: Qt.KeyboardModifier) -> None:
        if self._held is None:
            self._let_go()
            return
        mark, now = self._held[0], self._now
        self._let_go()
        if now is not None:
            self.desk.reshape(mark, now)
        canvas.update()

    def double_click(self, canvas: Canvas, at: QPointF, modifiers: Qt.KeyboardModifier) -> bool:
        mark = self.desk.current
        if mark is None or not isinstance(mark.shape, Polygon) or not self.desk.open:
            return False
        found = grips.find([mark], at, canvas.view.scale, mark.uid)
        if found is not None and found.part.isdigit():
            changed = grips.without_corner(mark.shape, int(found.part))
        else:
            changed = grips.with_corner(mark.shape, at, canvas.view.scale)
        if changed is None:
            return False
        self.desk.reshape(mark, changed)
        return True

    def key(self, canvas: Canvas, key: int, modifiers: Qt.KeyboardModifier) -> bool:
        mark = self.desk.current
        if key in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            return self.desk.erase()
        if key == Qt.Key.Key_Escape and mark is not None:
            self.desk.select(None)
            return True
        if mark is None or Qt.Key(key) not in ARROWS or not self.desk.open:
            return False
        far = 10 if modifiers & Qt.KeyboardModifier.ShiftModifier else 1
        x, y = ARROWS[Qt.Key(key)]
        by = QPointF(x * far, y * far)
        # With Alt the lower right corner moves: a box is resized without a mouse.
        part = "se" if modifiers & Qt.KeyboardModifier.AltModifier else "inside"
        self.desk.reshape(mark, grips.dragged(mark.shape, part, by, canvas.view.picture))
        return True

    def cancel(self, canvas: Canvas) -> bool:
        held = self._held is not None
        self._let_go()
        canvas.update()
        return held

    def leave(self, canvas: Canvas) -> None:
        self._let_go()

    def paint(self, painter: QPainter, canvas: Canvas) -> None:
        if self._held is not None and self._now is not None:
            mark = self._held[0]
            shown = Mark(mark.uid, mark.item_id, mark.class_id, self._now, mark.frame)
            self.layer.paint_mark(painter, canvas, shown, True, True)

    def _let_go(self) -> None:
        self._held = self._now = self._pan = self.layer.held = None

    def _repaint(self, canvas: Canvas) -> None:
        """Only where the mark was and is: five hundred others stay as they are."""
        box = bounds(self._now) if self._now is not None else None
        if box is not None:
            canvas.update_picture(QRectF(box.left, box.top, box.width, box.height), 28)


TOOL = Select
