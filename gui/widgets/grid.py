"""The view of all items: tiles for pictures, rows for texts.

Places are arithmetic, so a hundred thousand items cost no layout, and only what
is seen is asked for.
"""

from __future__ import annotations

from PySide6.QtCore import QItemSelectionModel, QModelIndex, QPoint, QRect, Qt, Signal
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent, QRegion, QResizeEvent, QWheelEvent
from PySide6.QtWidgets import QAbstractItemView

from gui.theme import THEME
from gui.widgets.items_model import Index, ItemsModel
from gui.widgets.tiles import Look

Move = QAbstractItemView.CursorAction
Hint = QAbstractItemView.ScrollHint


class Grid(QAbstractItemView):
    activated_row = Signal(int)
    zoomed = Signal(int)  # a step larger or smaller, by Ctrl and the wheel

    def __init__(self, model: ItemsModel, look: Look) -> None:
        super().__init__()
        self._items = model
        self._look = look
        self.setModel(model)
        self.setAccessibleName("Items")
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setMinimumWidth(THEME.px(150))
        model.arrived.connect(self.viewport().update)
        model.modelReset.connect(self._resized)
        look.changed.connect(self._resized)
        look.arrived.connect(self.viewport().update)
        THEME.changed.connect(self.viewport().update)
        self.verticalScrollBar().valueChanged.connect(self.viewport().update)

    # Places

    @property
    def columns(self) -> int:
        return max(1, self.viewport().width() // self._look.width) if self._look.tiles else 1

    def visualRect(self, index: Index) -> QRect:
        return self._rect(index.row()) if index.isValid() else QRect()

    def indexAt(self, point: QPoint) -> QModelIndex:
        row = self._row_at(point)
        return self._items.index(row) if row is not None else QModelIndex()

    def seen(self) -> range:
        """The rows in view, also those of which only a part is."""
        height, columns = self._look.height, self.columns
        top = self.verticalScrollBar().value() // height
        below = (self.verticalScrollBar().value() + self.viewport().height()) // height + 1
        return range(top * columns, min(below * columns, self._items.rowCount()))

    def scrollTo(self, index: Index, hint: Hint = Hint.EnsureVisible) -> None:
        rect, bar = self.visualRect(index), self.verticalScrollBar()
        if rect.top() < 0:
            bar.setValue(bar.value() + rect.top())
        elif rect.bottom() > self.viewport().height():
            bar.setValue(bar.value() + rect.bottom() - self.viewport().height() + 1)

    def _rect(self, row: int) -> QRect:
        down, across = divmod(row, self.columns)
        top = down * self._look.height - self.verticalScrollBar().value()
        wide = self._look.width if self._look.tiles else self.viewport().width()
        return QRect(across * wide, top, wide, self._look.height)

    def _row_at(self, point: QPoint, clamp: bool = False) -> int | None:
        wide = self._look.width if self._look.tiles else max(1, self.viewport().width())
        across = point.x() // wide
        if clamp:
            across = min(max(0, across), self.columns - 1)
        if not 0 <= across < self.columns:
            return None
        down = (point.y() + self.verticalScrollBar().value()) // self._look.height
        row, last = down * self.columns + across, self._items.rowCount() - 1
        if clamp and last >= 0:
            return min(max(0, row), last)
        return row if 0 <= row <= last else None

    def _resized(self) -> None:
        bar = self.verticalScrollBar()
        lines = -(-self._items.rowCount() // self.columns)
        bar.setRange(0, max(0, lines * self._look.height - self.viewport().height()))
        bar.setPageStep(self.viewport().height())
        bar.setSingleStep(max(20, self._look.height // 3))
        self.viewport().update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        before = self.seen()
        super().resizeEvent(event)
        self._resized()
        current = self.currentIndex()
        if current.isValid() and current.row() in before:
            self.scrollTo(current)

    # Painting

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self.viewport())
        selection = self.selectionModel()
        current = self.currentIndex().row()
        for row in self.seen():
            rect = self._rect(row)
            if rect.intersects(event.rect()):
                selected = selection.isRowSelected(row, QModelIndex())
                item = self._items.item(row)
                self._look.paint(painter, rect, item, selected, row == current and self.hasFocus())

    # Keys and selection

    def moveCursor(self, action: Move, modifiers: Qt.KeyboardModifier) -> QModelIndex:
        last = self._items.rowCount() - 1
        if last < 0:
            return QModelIndex()
        page = max(1, self.viewport().height() // self._look.height) * self.columns
        steps = {
            Move.MoveUp: -self.columns, Move.MoveDown: self.columns, Move.MoveLeft: -1,
            Move.MoveRight: 1, Move.MovePrevious: -1, Move.MoveNext: 1,
            Move.MovePageUp: -page, Move.MovePageDown: page, Move.MoveHome: -last,
            Move.MoveEnd: last,
        }  # fmt: skip
        current = self.currentIndex()
        row = current.row() + steps[action] if current.isValid() else 0
        return self._items.index(min(max(0, row), last))

    def setSelection(self, rect: QRect, command: QItemSelectionModel.SelectionFlag) -> None:
        """A range in reading order: from the item at one corner to that at the other."""
        from PySide6.QtCore import QItemSelection

        first = self._row_at(rect.topLeft(), clamp=True)
        last = self._row_at(rect.bottomRight(), clamp=True)
        if first is None or last is None:
            return
        first, last = min(first, last), max(first, last)
        chosen = QItemSelection(self._items.index(first), self._items.index(last))
        self.selectionModel().select(chosen, command)

    def selectionChanged(self, selected: object, deselected: object) -> None:
        self.viewport().update()  # only what is seen is painted

    def currentChanged(self, current: Index, previous: Index) -> None:
        if current.isValid():
            self.scrollTo(current)
        self.viewport().update()

    def selected_ids(self) -> list[int]:
        ids = []
        for part in self.selectionModel().selection().toList():
            ids += [self._items.id_at(row) for row in range(part.top(), part.bottom() + 1)]
        return ids

    @property
    def chosen(self) -> int:
        """How many items are selected."""
        return sum(part.height() for part in self.selectionModel().selection().toList())

    def select_row(self, row: int) -> None:
        """Selects one item and brings it into view."""
        self.selectionModel().setCurrentIndex(
            self._items.index(row), QItemSelectionModel.SelectionFlag.ClearAndSelect
        )

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.currentIndex().isValid():
            self.activated_row.emit(self.currentIndex().row())
            return
        if (event.text().isalpha() or event.text() == " ") and not event.modifiers():
            event.ignore()  # a letter means something to the page
            return
        super().keyPressEvent(event)

    def keyboardSearch(self, search: str) -> None:
        """Letters are not for searching here: it would read every item, and digits label."""

    def wheelEvent(self, event: QWheelEvent) -> None:
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            if event.angleDelta().y():
                self.zoomed.emit(1 if event.angleDelta().y() > 0 else -1)
            event.accept()
            return
        super().wheelEvent(event)

    def horizontalOffset(self) -> int:
        return 0

    def verticalOffset(self) -> int:
        return self.verticalScrollBar().value()

    def isIndexHidden(self, index: Index) -> bool:
        return False

    def visualRegionForSelection(self, selection: object) -> QRegion:
        return QRegion(self.viewport().rect())
