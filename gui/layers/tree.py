"""The network as a tree: what each part is, what it costs, whether it learns."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import (
    QItemSelection,
    QItemSelectionModel,
    QModelIndex,
    QPointF,
    QRect,
    Qt,
    Signal,
)
from PySide6.QtGui import QKeyEvent, QPainter, QPen, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QStyleOptionViewItem, QTreeView

from gui.keys import action
from gui.layers.cells import Cells
from gui.layers.network import Described
from gui.layers.nodes import Node
from gui.layers.tree_model import (
    COST,
    LAYER,
    LEARNING,
    MOVED,
    OUTPUT,
    PARAMETERS,
    SHARE,
    WHAT,
    TreeModel,
)
from gui.theme import ROW, THEME
from gui.widgets.items_model import Index
from gui.widgets.painted import paint_angle

WIDTHS = {OUTPUT: 124, PARAMETERS: 88, SHARE: 94, COST: 50, LEARNING: 126, MOVED: 56}
NARROW = ((MOVED, 800), (OUTPUT, 720), (COST, 640))  # px under which a column gives way
MOST_OPEN = 400  # rows that a search opens


class LayerTree(QTreeView):
    """Says what a person wants of the rows that are chosen; it changes no plan itself."""

    learn_wanted = Signal(object, bool)  # list of Nodes, learn or freeze
    from_here_wanted = Signal(object)  # Node

    def __init__(self) -> None:
        super().__init__()
        self.rows = TreeModel(self)
        self.setModel(self.rows)
        self.cells = Cells(self.rows, self)
        self.setItemDelegate(self.cells)
        self.cells.pressed.connect(self._pressed)
        self.setAccessibleName("Layers")
        self.setUniformRowHeights(True)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setEditTriggers(QAbstractItemView.EditTrigger.EditKeyPressed)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setExpandsOnDoubleClick(False)
        self.setIndentation(THEME.px(18))
        self.setAnimated(False)
        self.setMinimumHeight(THEME.px(150))
        self.doubleClicked.connect(self._double)
        self._open: set[int] = set()  # rows that stand open when nothing is searched
        self._set_header()
        self._add_keys()
        THEME.changed.connect(self.viewport().update)

    def _set_header(self) -> None:
        header = self.header()
        header.setStretchLastSection(False)
        header.setMinimumSectionSize(THEME.px(40))
        header.setFixedHeight(THEME.px(ROW))
        header.setSectionsMovable(False)
        header.setHighlightSections(False)
        for column, wide in WIDTHS.items():
            header.setSectionResizeMode(column, QHeaderView.ResizeMode.Fixed)
            header.resizeSection(column, THEME.px(wide))
        header.setSectionResizeMode(LAYER, QHeaderView.ResizeMode.Fixed)
        header.setSectionResizeMode(WHAT, QHeaderView.ResizeMode.Stretch)

    def _add_keys(self) -> None:
        here = Qt.ShortcutContext.WidgetShortcut
        for text, key, done in (
            ("Freeze or let learn what is chosen", "Space", self.turn),
            ("Freeze", "F", lambda: self.ask(False)),
            ("Let learn", "L", lambda: self.ask(True)),
            ("Everything from here on learns", "B", self.ask_from_here),
            ("Learning-rate factor (or type it)", "X", self.edit_factor),
            ("Name a stage", "F2", self.edit_name),
        ):
            action(self, text, key, "Layers", here).triggered.connect(
                lambda checked=False, done=done: done()
            )

    # What is shown

    def show_network(self, network: Described) -> None:
        """Shows another network, or the same under other names; what stood open stays so."""
        kept = self.rows.network
        same = kept is not None and kept.description is network.description
        if same:
            assert kept is not None
            opened = {kept.tree.nodes[id].names for id in self._opened()}
        self.rows.show_network(network)
        if same:
            for node in network.tree.nodes:
                if node.children and node.names in opened:
                    self.expand(self.rows.index_of(node))
        if self.rows.rowCount():
            self.setCurrentIndex(self.rows.index(0, 0))

    def show_movement(self, ways: Mapping[str, tuple[float, float]]) -> None:
        """See TreeModel.show_movement."""
        self.rows.show_movement(ways)
        self.arrange()

    def search(self, words: str) -> int:
        """Shows what fits with what it stands in. Returns how many fit."""
        if not words.strip() and self.rows.network is None:
            return 0
        if not self._searching:
            self._open = self._opened()
        self._searching = bool(words.strip())
        found = self.rows.search(words)
        if self._searching and found <= MOST_OPEN:
            self.expandAll()
        elif not self._searching and self.rows.network is not None:
            for id in self._open:
                self.expand(self.rows.index_of(self.rows.network.tree.nodes[id]))
        if self.rows.rowCount():
            self.setCurrentIndex(self.rows.index(0, 0))
        return found

    _searching = False

    def _opened(self) -> set[int]:
        if self.rows.network is None:
            return set()
        nodes = self.rows.network.tree.nodes
        return {n.id for n in nodes if n.children and self.isExpanded(self.rows.index_of(n))}

    def nodes(self) -> list[Node]:
        """The rows that are chosen, top to bottom; the current one when none is."""
        chosen = [self.rows.node(index) for index in self.selectionModel().selectedRows()]
        current = self.rows.node(self.currentIndex())
        found = [node for node in chosen if node is not None] or ([current] if current else [])
        return sorted(found, key=lambda node: (node.first, -node.last))

    def choose(self, *nodes: Node) -> None:
        """Chooses rows, opening what they stand in."""
        flags, chosen = QItemSelectionModel.SelectionFlag, QItemSelection()
        for node in nodes:
            above = node.parent
            while above is not None:
                self.expand(self.rows.index_of(above))
                above = above.parent
            index = self.rows.index_of(node)
            chosen.select(index, index)
        if nodes:
            first = self.rows.index_of(nodes[0])
            self.selectionModel().setCurrentIndex(first, flags.NoUpdate)
            self.selectionModel().select(chosen, flags.ClearAndSelect | flags.Rows)
            self.scrollTo(first)

    # What a person does

    def turn(self) -> None:
        """What is chosen learns; where all of it does, it freezes."""
        nodes = self.nodes()
        learn = any(self.rows.state(node).kind in ("frozen", "partly") for node in nodes)
        self.learn_wanted.emit(nodes, learn)

    def ask(self, learn: bool) -> None:
        self.learn_wanted.emit(self.nodes(), learn)

    def ask_from_here(self) -> None:
        nodes = self.nodes()
        if nodes:
            self.from_here_wanted.emit(nodes[0])

    def edit_factor(self) -> None:
        self._edit(self.currentIndex().siblingAtColumn(LEARNING))

    def edit_name(self) -> None:
        self._edit(self.currentIndex().siblingAtColumn(LAYER))

    def _edit(self, index: QModelIndex) -> None:
        if index.isValid() and self.rows.flags(index) & Qt.ItemFlag.ItemIsEditable:
            self.setCurrentIndex(index)
            self.edit(index)

    def _pressed(self, node: Node) -> None:
        """A pill was clicked: it is meant alone, or with the rest when it is among the chosen."""
        chosen = self.nodes()
        learn = self.rows.state(node).kind != "learns"
        self.learn_wanted.emit(chosen if node in chosen else [node], learn)

    def _double(self, index: QModelIndex) -> None:
        if index.column() == LEARNING:
            return
        node = self.rows.node(index)
        if node is not None and node.children:
            first = index.siblingAtColumn(0)
            self.setExpanded(first, not self.isExpanded(first))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        text = event.text()
        plain = not event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
        if plain and text and text in "0123456789.,":
            self.edit_factor()
            field = self.indexWidget(self.currentIndex()) or self.focusWidget()
            if self.state() == QAbstractItemView.State.EditingState and field is not None:
                field.setProperty("text", text)
                field.setProperty("modified", True)
            return
        super().keyPressEvent(event)

    def keyboardSearch(self, search: str) -> None:
        """Letters are keys here; there is a field to search with."""

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.arrange()

    def arrange(self) -> None:
        """Gives columns up where there is little room; what nothing moved needs none."""
        wide = self.viewport().width()
        for column, least in NARROW:
            empty = column == MOVED and not self.rows.has_moved
            self.setColumnHidden(column, wide < THEME.px(least + 100 * empty))
        shown = sum(w for column, w in WIDTHS.items() if not self.isColumnHidden(column))
        rest = wide - THEME.px(shown)
        self.header().resizeSection(LAYER, max(THEME.px(110), min(THEME.px(300), rest * 2 // 5)))

    # How it is painted

    def drawRow(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        rect = option.rect
        if self.selectionModel().isRowSelected(index.row(), index.parent()):
            painter.fillRect(rect, THEME.color("accent_soft"))
        super().drawRow(painter, option, index)
        painter.fillRect(QRect(rect.left(), rect.bottom(), rect.width(), 1), THEME.color("line"))
        if self.hasFocus() and self.rows.node(self.currentIndex()) is self.rows.node(index):
            painter.setPen(QPen(THEME.color("accent"), 1))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(rect.adjusted(0, 0, -1, -1))

    def drawBranches(self, painter: QPainter, rect: QRect, index: Index) -> None:
        """A small angle where a row can be opened."""
        node = self.rows.node(index)
        if node is None or not node.shown:
            return
        middle = QPointF(rect.right() - self.indentation() / 2, rect.center().y() + 0.5)
        paint_angle(painter, middle, self.isExpanded(self.rows.index_of(node)))
