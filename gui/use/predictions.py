"""What the model said of new items: a row each, with its classes as bars."""

from __future__ import annotations

from collections import OrderedDict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QAbstractListModel, QModelIndex, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QImage, QPainter, QPixmap
from PySide6.QtWidgets import (
    QAbstractItemView,
    QListView,
    QStackedLayout,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from engine.errors import GraftError
from engine.media.audio import EXTENSIONS
from gui.session import Session
from gui.theme import SMALL, TEXT, THEME
from gui.widgets.file_reader import FileReader
from gui.widgets.items_model import Index
from gui.widgets.states import Empty
from gui.widgets.thumbnails import drawable

if TYPE_CHECKING:
    from engine.media.looking import Looking

TOP = 3  # classes shown of an item
HEIGHT = 84  # px of a row
KEPT = 400  # pictures held


class PredictionList(QAbstractListModel):
    """Rows in the order of the answers, newest batch first."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: list[dict[str, Any]] = []

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self.rows)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        row = self.rows[index.row()]
        if role == Qt.ItemDataRole.UserRole:
            return row
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            said = f"{row['class']} {row['probability']:.2f}" if row["class"] else "not readable"
            return f"{row['name']}: {said}"
        if role == Qt.ItemDataRole.ToolTipRole:
            return row["name"]
        return None

    def add(self, found: list[dict[str, Any]]) -> None:
        if found:
            self.beginInsertRows(QModelIndex(), 0, len(found) - 1)
            self.rows = found + self.rows
            self.endInsertRows()

    def clear(self) -> None:
        self.beginResetModel()
        self.rows = []
        self.endResetModel()


class Predictions(QWidget):
    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self._reader = FileReader(session, self)
        self.model = PredictionList()
        self.view = QListView()
        self.view.setModel(self.model)
        self.view.setUniformItemSizes(True)
        self.view.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.view.setAccessibleName("Predictions")
        self.view.setItemDelegate(_Row(self))
        self.empty = Empty("No predictions yet", "Drop files above to see what the model says.")
        self._stack = QStackedLayout(self)
        self._stack.addWidget(self.empty)
        self._stack.addWidget(self.view)
        self._pictures: OrderedDict[str, QPixmap | None] = OrderedDict()

    def add(self, found: list[dict[str, Any]]) -> None:
        self.model.add(found)
        self._stack.setCurrentIndex(1 if self.model.rows else 0)

    def clear(self) -> None:
        self.model.clear()
        self._pictures.clear()
        self._stack.setCurrentIndex(0)

    def picture(self, name: str) -> QPixmap | None:
        """The small picture of a file; asked for on the first call."""
        if name not in self._pictures:
            self._pictures[name] = None
            side, looking = THEME.px(HEIGHT - 12), self._reader.looking()
            self._session.jobs.run(
                lambda emit, cancel: _read(looking, Path(name), side),
                done=lambda image: self._take(name, image),
            )
            while len(self._pictures) > KEPT:
                self._pictures.popitem(last=False)
        return self._pictures[name]

    def _take(self, name: str, image: QImage | None) -> None:
        if image is not None and name in self._pictures:
            self._pictures[name] = QPixmap.fromImage(image)
            self.view.viewport().update()


def _read(looking: Looking, path: Path, side: int) -> QImage | None:
    sound = path.suffix.lower() in EXTENSIONS
    try:
        return drawable(looking.sound(path, side) if sound else looking.small(path, side), side)
    except GraftError:  # the row says what the child said of it
        return None


class _Row(QStyledItemDelegate):
    def __init__(self, owner: Predictions) -> None:
        super().__init__(owner)
        self._owner = owner

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(THEME.px(300), THEME.px(HEIGHT))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        row, px = index.data(Qt.ItemDataRole.UserRole), THEME.px
        rect: QRect = option.rect
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if option.state & QStyle.StateFlag.State_Selected:
            painter.fillRect(rect, THEME.color("accent_soft"))
        painter.fillRect(rect.left(), rect.bottom(), rect.width(), 1, THEME.color("line"))
        left = rect.left() + px(8)
        if Path(row["name"]).is_absolute():
            box = QRect(left, rect.top() + px(6), px(HEIGHT - 12), px(HEIGHT - 13))
            painter.fillRect(box, THEME.color("reading"))
            picture = self._owner.picture(row["name"]) if row["problem"] is None else None
            if picture is not None:
                shown = picture.rect()
                shown.moveCenter(box.center())
                painter.drawPixmap(shown.topLeft(), picture)
            left = box.right() + px(14)
        half = max(px(160), (rect.right() - left) * 2 // 5)
        self._words(painter, QRect(left, rect.top(), half, rect.height()), row)
        bars = QRect(left + half + px(12), rect.top(), 0, rect.height())
        bars.setRight(rect.right() - px(12))
        if row["problem"] is None:
            self._bars(painter, bars, row["probabilities"])
        painter.restore()

    def _words(self, painter: QPainter, rect: QRect, row: dict[str, Any]) -> None:
        px, problem = THEME.px, row["problem"]
        name = Path(row["name"]).name if Path(row["name"]).is_absolute() else row["name"]
        middle = Qt.AlignmentFlag.AlignVCenter
        upper = QRect(rect.left(), rect.center().y() - px(22), rect.width(), px(20))
        lower = QRect(rect.left(), rect.center().y() + px(2), rect.width(), px(20))
        painter.setFont(THEME.font(TEXT))
        painter.setPen(THEME.color("text"))
        _elided(painter, upper, " ".join(name.split()))
        if problem is not None:
            painter.setFont(THEME.font(SMALL))
            painter.setPen(THEME.color("bad"))
            _elided(painter, lower, f"{problem['title']}. {problem['cause']}")
            return
        painter.setFont(THEME.font(TEXT, bold=True))
        painter.drawText(lower, middle, f"{row['class']}  {row['probability']:.2f}")

    def _bars(self, painter: QPainter, rect: QRect, probabilities: dict[str, float]) -> None:
        px = THEME.px
        top = sorted(probabilities.items(), key=lambda pair: -pair[1])[:TOP]
        names = min(px(120), rect.width() // 3)
        first = rect.center().y() - len(top) * px(22) // 2
        painter.setFont(THEME.font(SMALL))
        for place, (name, share) in enumerate(top):
            line = QRect(rect.left(), first + place * px(22), rect.width(), px(20))
            painter.setPen(THEME.color("muted"))
            _elided(painter, QRect(line.left(), line.top(), names, line.height()), name)
            bar = QRectF(line.left() + names + px(8), line.center().y() - px(3), 0, px(7))
            bar.setRight(line.right() - px(44))
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(THEME.color("line"))
            painter.drawRoundedRect(bar, px(3), px(3))
            bar.setWidth(max(px(3), bar.width() * share))
            painter.setBrush(THEME.color("accent" if place == 0 else "muted"))
            painter.drawRoundedRect(bar, px(3), px(3))
            painter.setPen(THEME.color("text"))
            right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
            painter.drawText(line, right, f"{share:.2f}")


def _elided(painter: QPainter, rect: QRect, text: str) -> None:
    shown = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideMiddle, rect.width())
    painter.drawText(rect, Qt.AlignmentFlag.AlignVCenter, shown)
