"""How the cells of the tree are painted: words, the share's bar, and the pill of learning."""

from __future__ import annotations

from PySide6.QtCore import QAbstractItemModel, QEvent, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFont, QMouseEvent, QPainter, QPen
from PySide6.QtWidgets import QLineEdit, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from gui.layers.learning import State
from gui.layers.nodes import Node
from gui.layers.tree_model import LAYER, LEARNING, PARAMETERS, RIGHT, SHARE, TreeModel
from gui.theme import ROW, SMALL, TEXT, THEME
from gui.widgets.items_model import Index

MIDDLE = Qt.AlignmentFlag.AlignVCenter
LOOKS = {"learns": "trainable", "partly": "trainable", "frozen": "frozen"}


class Cells(QStyledItemDelegate):
    """Paints every column; a click on a pill is said as `pressed`."""

    pressed = Signal(object)  # Node

    def __init__(self, model: TreeModel, parent: QWidget) -> None:
        super().__init__(parent)
        self._model = model
        self._fonts: dict[tuple[int, bool], QFont] = {}
        THEME.changed.connect(self._fonts.clear)

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(THEME.px(60), THEME.px(ROW))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        node = self._model.node(index)
        if node is None:
            return
        rect, column = QRectF(option.rect), index.column()
        if column == SHARE:
            self._paint_share(painter, rect, node)
        elif column == LEARNING:
            self._paint_pill(painter, rect, self._model.state(node))
        else:
            self._paint_words(painter, rect, node, column)

    def _paint_words(self, painter: QPainter, rect: QRectF, node: Node, column: int) -> None:
        px = THEME.px
        first = column == LAYER
        painter.setFont(self._font(TEXT, first and node.kind == "stage"))
        quiet = column != LAYER and column != PARAMETERS or not node.parameters
        painter.setPen(THEME.color("muted" if quiet else "text"))
        room = rect.adjusted(px(2 if first else 6), 0, -px(8), 0)
        words = self._model.data(self._model.index_of(node, column))
        elide = Qt.TextElideMode.ElideMiddle if first else Qt.TextElideMode.ElideRight
        shown = painter.fontMetrics().elidedText(str(words or ""), elide, int(room.width()))
        side = Qt.AlignmentFlag.AlignRight if column in RIGHT else Qt.AlignmentFlag.AlignLeft
        painter.drawText(room, MIDDLE | side, shown)

    def _paint_share(self, painter: QPainter, rect: QRectF, node: Node) -> None:
        if not node.parameters:
            return
        px, share, state = THEME.px, self._model.share(node), self._model.state(node)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        bar = QRectF(rect.left() + px(6), rect.center().y() - px(3.5), px(44), px(7))
        painter.setBrush(THEME.color("line"))
        painter.drawRoundedRect(bar, px(3.5), px(3.5))
        wide = max(px(4), bar.width() * share)
        painter.setBrush(THEME.color("frozen"))
        painter.drawRoundedRect(QRectF(bar.left(), bar.top(), wide, bar.height()), px(3.5), px(3.5))
        if state.learning:
            warm = max(px(4), wide * state.learning / node.parameters)
            painter.setBrush(THEME.color("trainable"))
            place = QRectF(bar.left() + wide - warm, bar.top(), warm, bar.height())
            painter.drawRoundedRect(place, px(3.5), px(3.5))
        painter.setPen(THEME.color("muted"))
        painter.setFont(self._font(SMALL))
        right = Qt.AlignmentFlag.AlignRight | MIDDLE
        words = "<1%" if share < 0.005 else f"{share:.0%}"
        painter.drawText(rect.adjusted(0, 0, -px(8), 0), right, words)

    def _paint_pill(self, painter: QPainter, rect: QRectF, state: State) -> None:
        px = THEME.px
        if state.kind == "none":
            painter.setPen(THEME.color("muted"))
            painter.setFont(self._font(TEXT))
            painter.drawText(rect.adjusted(px(14), 0, 0, 0), MIDDLE, "·")
            return
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(self._font(SMALL))
        look, pill = LOOKS[state.kind], QRectF(pill_rect(rect.toRect()))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(THEME.color(f"{look}_soft"))
        if state.kind == "partly":
            painter.setPen(QPen(THEME.color(look), 1, Qt.PenStyle.DashLine))
            pill.adjust(0.5, 0.5, -0.5, -0.5)
        painter.drawRoundedRect(pill, px(6), px(6))
        _mark(
            painter, QRectF(pill.left() + px(7), pill.center().y() - px(5), px(10), px(10)), state
        )
        painter.setPen(THEME.color(f"{look}_text"))
        painter.drawText(pill.adjusted(px(22), 0, -px(4), 0), MIDDLE, state.words)

    def _font(self, size: int, bold: bool = False) -> QFont:
        key = (size, bold)
        if key not in self._fonts:
            self._fonts[key] = THEME.font(size, bold)
        return self._fonts[key]

    def editorEvent(
        self, event: QEvent, model: QAbstractItemModel, option: QStyleOptionViewItem, index: Index
    ) -> bool:
        """A press is taken too, so that a click on the pill leaves the selection as it is."""
        if index.column() != LEARNING or not isinstance(event, QMouseEvent):
            return False
        node = self._model.node(index)
        inside = pill_rect(option.rect).contains(event.position().toPoint())
        if not inside or node is None or event.button() != Qt.MouseButton.LeftButton:
            return False
        if event.type() == QEvent.Type.MouseButtonRelease:
            self.pressed.emit(node)
        return True

    def createEditor(
        self, parent: QWidget, option: QStyleOptionViewItem, index: Index
    ) -> QWidget:  # fmt: skip
        field = QLineEdit(parent)
        factor = index.column() == LEARNING
        field.setAccessibleName("Learning-rate factor" if factor else "Name of the stage")
        field.setPlaceholderText("× 0.1, 0: frozen" if factor else "")
        return field

    def updateEditorGeometry(
        self, editor: QWidget, option: QStyleOptionViewItem, index: Index
    ) -> None:
        editor.setGeometry(option.rect)

    def setEditorData(self, editor: QWidget, index: Index) -> None:
        """The rows are repainted whenever a figure arrives; what is being typed stands."""
        assert isinstance(editor, QLineEdit)
        if not editor.isModified():
            super().setEditorData(editor, index)

    def setModelData(self, editor: QWidget, model: QAbstractItemModel, index: Index) -> None:
        assert isinstance(editor, QLineEdit)
        if editor.isModified():
            self._model.setData(index, editor.text())


def pill_rect(cell: QRect) -> QRect:
    px = THEME.px
    wide = min(px(118), cell.width() - px(8))
    return QRect(cell.left() + px(4), cell.center().y() - px(10), wide, px(21))


def _mark(painter: QPainter, box: QRectF, state: State) -> None:
    """A snow crystal for what is frozen, a flame's drop for what learns, half of it for partly."""
    look = LOOKS[state.kind]
    color: QColor = THEME.color(look)
    painter.setPen(QPen(color, THEME.px(1.4), Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
    middle, half = box.center(), box.width() / 2
    if state.kind == "frozen":
        painter.save()
        painter.translate(middle)
        for _ in range(3):
            painter.drawLine(
                QRectF(0, -half, 0, 2 * half).topLeft(), QRectF(0, half, 0, 0).topLeft()
            )
            painter.rotate(60)
        painter.restore()
        return
    painter.setBrush(Qt.BrushStyle.NoBrush)
    dot = box.adjusted(1, 1, -1, -1)
    painter.drawEllipse(dot)
    painter.setBrush(color)
    if state.kind == "partly":
        painter.drawPie(dot, 90 * 16, -180 * 16)
    else:
        painter.drawEllipse(dot)
