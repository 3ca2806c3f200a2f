"""A table of rows in the house style; what a column shows is said once, by its definition."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QItemSelectionModel, QModelIndex, Qt, Signal
from PySide6.QtGui import QKeyEvent, QPainter, QWheelEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
)

from gui.theme import ROW, THEME
from gui.widgets.items_model import Index


@dataclass(frozen=True)
class Column:
    title: str
    show: Callable[[Any], str]
    width: int = 0  # px; 0 takes what is left
    right: bool = False  # figures stand right
    sort: Callable[[Any], Any] | None = None
    tip: str = ""
    stands_out: Callable[[Any], bool] | None = None  # cells that catch the eye

    def whole(self, row: Any) -> str:
        """All of what a cell says, for its tooltip: on the table it may be elided."""
        return self.show(row)


class Rows(QAbstractTableModel):
    def __init__(self, columns: Sequence[Column]) -> None:
        super().__init__()
        self.columns = columns
        self.rows: list[Any] = []

    def set_rows(self, rows: Sequence[Any]) -> None:
        self.beginResetModel()
        self.rows = list(rows)
        self.endResetModel()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self.rows)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self.columns)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        column = self.columns[index.column()]
        if role == Qt.ItemDataRole.DisplayRole:
            return column.show(self.rows[index.row()])
        if role == Qt.ItemDataRole.ToolTipRole:
            return column.whole(self.rows[index.row()])
        if role == Qt.ItemDataRole.UserRole:
            return self.rows[index.row()]
        if role == Qt.ItemDataRole.TextAlignmentRole:
            side = Qt.AlignmentFlag.AlignRight if column.right else Qt.AlignmentFlag.AlignLeft
            return side | Qt.AlignmentFlag.AlignVCenter
        if column.stands_out is not None and column.stands_out(self.rows[index.row()]):
            if role == Qt.ItemDataRole.BackgroundRole:
                return THEME.color("accent_soft")
            if role == Qt.ItemDataRole.FontRole:
                return THEME.font(bold=True)
        return None

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        if orientation != Qt.Orientation.Horizontal:
            return None
        column = self.columns[section]
        if role == Qt.ItemDataRole.DisplayRole:
            return column.title
        if role == Qt.ItemDataRole.ToolTipRole:
            return column.tip or None
        if role == Qt.ItemDataRole.TextAlignmentRole:
            side = Qt.AlignmentFlag.AlignRight if column.right else Qt.AlignmentFlag.AlignLeft
            return side | Qt.AlignmentFlag.AlignVCenter
        return None

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        key = self.columns[column].sort if column >= 0 else None
        if key is None:
            return
        known = [row for row in self.rows if key(row) is not None]
        unknown = [row for row in self.rows if key(row) is None]
        self.layoutAboutToBeChanged.emit()
        known.sort(key=key, reverse=order == Qt.SortOrder.DescendingOrder)
        self.rows = known + unknown
        self.layoutChanged.emit()


class _StandingOut(QStyledItemDelegate):
    """The stylesheet would leave out a cell's own background."""

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        ground = index.data(Qt.ItemDataRole.BackgroundRole)
        if ground is not None:
            painter.fillRect(option.rect.adjusted(0, 1, 0, -1), ground)
        super().paint(painter, option, index)


class Table(QTableView):
    """`chosen` says which row is current, `opened` which was double-clicked or entered."""

    chosen = Signal(object)
    opened = Signal(object)

    def __init__(
        self, columns: Sequence[Column], name: str, scrolls: bool = True, row: int = ROW
    ) -> None:
        """`row`: px that a row is high. Without `scrolls` it is as high as its rows."""
        super().__init__()
        self._row = row
        self.rows = Rows(columns)
        self.setModel(self.rows)
        self.setAccessibleName(name)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setTabKeyNavigation(False)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._scrolls = scrolls
        self._set_headers(columns)
        for place, column in enumerate(columns):
            if column.stands_out:
                self.setItemDelegateForColumn(place, _StandingOut(self))
        self.selectionModel().currentRowChanged.connect(self._current_changed)
        self.doubleClicked.connect(lambda index: self.opened.emit(self.rows.rows[index.row()]))

    def _set_headers(self, columns: Sequence[Column]) -> None:
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(THEME.px(self._row))
        self.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        header = self.horizontalHeader()
        header.setHighlightSections(False)
        header.setMinimumSectionSize(THEME.px(36))
        header.setFixedHeight(THEME.px(ROW))
        header.setSortIndicatorShown(False)
        for place, column in enumerate(columns):
            if column.width:
                header.setSectionResizeMode(place, QHeaderView.ResizeMode.Fixed)
                header.resizeSection(place, THEME.px(column.width))
            else:
                header.setSectionResizeMode(place, QHeaderView.ResizeMode.Stretch)
        if any(column.sort for column in columns):
            header.setSectionsClickable(True)
            header.sectionClicked.connect(self._sort)

    def set_rows(self, rows: Sequence[Any], keep: Callable[[Any], object] | None = None) -> None:
        """Shows `rows`. With `keep`, the row of the same key stays current."""
        current = self.current
        kept = keep(current) if keep is not None and current is not None else None
        if list(rows) == self.rows.rows:
            return
        self.rows.set_rows(rows)
        if kept is not None and keep is not None:
            self.choose(lambda row: keep(row) == kept)
        if not self._scrolls:
            self.setFixedHeight(THEME.px(ROW) + THEME.px(self._row) * len(rows) + 6)

    @property
    def current(self) -> Any | None:
        row = self.currentIndex().row()
        return self.rows.rows[row] if 0 <= row < len(self.rows.rows) else None

    def choose(self, fits: Callable[[Any], bool]) -> bool:
        """Makes the first row that fits the current one."""
        for place, row in enumerate(self.rows.rows):
            if fits(row):
                index = self.rows.index(place, 0)
                flags = QItemSelectionModel.SelectionFlag
                self.selectionModel().setCurrentIndex(index, flags.ClearAndSelect | flags.Rows)
                self.scrollTo(index)
                return True
        return False

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.current is not None:
            self.opened.emit(self.current)
            return
        super().keyPressEvent(event)

    def wheelEvent(self, event: QWheelEvent) -> None:
        if self._scrolls:
            super().wheelEvent(event)
        else:
            event.ignore()  # the page scrolls

    def _current_changed(self, current: QModelIndex, previous: QModelIndex) -> None:
        self.chosen.emit(self.current)

    def _sort(self, column: int) -> None:
        header = self.horizontalHeader()
        if self.rows.columns[column].sort is None:
            return
        same = header.property("sorted") == column
        down = same and not header.property("down")
        header.setProperty("sorted", column)
        header.setProperty("down", down)
        order = Qt.SortOrder.DescendingOrder if down else Qt.SortOrder.AscendingOrder
        self.rows.sort(column, order)
