"""The rows of the tree for Qt. A row costs nothing until it is seen."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from PySide6.QtCore import QAbstractItemModel, QModelIndex, QObject, Qt, Signal

from gui.layers.learning import Learning, State
from gui.layers.network import Described
from gui.layers.nodes import Node
from gui.widgets.items_model import Index

LAYER, WHAT, OUTPUT, PARAMETERS, SHARE, COST, LEARNING, MOVED = range(8)
TITLES = ("Layer", "What it is", "Output", "Parameters", "Share", "Cost", "Learning", "Moved")
TIPS = (
    "", "", "What it puts out for one item: channels, height, width", "Numbers in it, and below it",
    "Of all parameters", "Of the computation forward, one item", "Click to freeze or to let learn",
    "How far its weights are from the pre-trained ones since the newest run",
)  # fmt: skip
RIGHT = (PARAMETERS, COST, MOVED)
NOTHING = State("none")


class TreeModel(QAbstractItemModel):
    renamed = Signal(str, str)  # a stage's own title, the name a person gave it
    paced = Signal(object, str)  # Node, what was typed as its factor

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.network: Described | None = None
        self.learning: Learning | None = None
        self.readonly = False
        self._roots: list[Node] = []
        self._moved: np.ndarray | None = None  # sums of the squares of way and size
        self._states: dict[int, State] = {}

    def show_network(self, network: Described) -> None:
        self.beginResetModel()
        self.network, self.learning = network, None
        self._roots, self._moved = network.tree.roots, None
        self._states.clear()
        self.endResetModel()

    def show_learning(self, learning: Learning) -> None:
        self.learning = learning
        self._states.clear()
        self.repaint_rows()

    def show_movement(self, ways: Mapping[str, tuple[float, float]]) -> None:
        """`ways`: by parameter, how far it went in the newest run, and its size before it."""
        self._moved = None
        if self.network is not None and ways:
            tree = self.network.tree
            names = [tree.outline.names[place] for place in tree.places]
            found = np.array([ways.get(name, (0.0, 0.0)) for name in names]).reshape(-1, 2)
            self._moved = np.vstack([np.zeros((1, 2)), np.cumsum(found**2, axis=0)])
        self.repaint_rows()

    def repaint_rows(self) -> None:
        """Tells the view that what it shows may have changed; it asks for what is seen."""
        if self._roots:
            last = self.createIndex(len(self._roots) - 1, MOVED, self._roots[-1].id)
            self.dataChanged.emit(self.createIndex(0, 0, self._roots[0].id), last)

    @property
    def has_moved(self) -> bool:
        """Whether a run has told how far weights went."""
        return self._moved is not None

    def search(self, words: str) -> int:
        """Leaves the rows whose name or words hold all of `words`, with what they stand in.

        Returns how many fit.
        """
        if self.network is None:
            return 0
        wanted = words.lower().split()
        self.beginResetModel()
        found = 0

        def keep(node: Node) -> bool:
            nonlocal found
            fits = all(word in node.text for word in wanted)
            found += fits
            node.shown = node.children if not wanted else [n for n in node.children if keep(n)]
            return fits or bool(node.shown)

        roots = self.network.tree.roots
        self._roots = roots if not wanted else [root for root in roots if keep(root)]
        if not wanted:
            _open_all(roots)
        _place(self._roots)
        self.endResetModel()
        return found

    def node(self, index: Index) -> Node | None:
        if not index.isValid() or self.network is None:
            return None
        return self.network.tree.nodes[index.internalId()]

    def index_of(self, node: Node, column: int = 0) -> QModelIndex:
        siblings = self._roots if node.parent is None else node.parent.shown
        if node.row < len(siblings) and siblings[node.row] is node:
            return self.createIndex(node.row, column, node.id)
        return QModelIndex()

    def state(self, node: Node) -> State:
        if self.learning is None:
            return NOTHING
        if node.id not in self._states:
            self._states[node.id] = self.learning.of(node)
        return self._states[node.id]

    def share(self, node: Node) -> float:
        total = self.network.tree.parameters if self.network is not None else 0
        return node.parameters / total if total else 0.0

    def cost(self, node: Node) -> str:
        total = self.network.tree.flops if self.network is not None else 0.0
        if not total or not node.flops:
            return "·"
        share = node.flops / total
        return "<1%" if share < 0.005 else f"{share:.0%}"

    def moved(self, node: Node) -> str:
        assert self.network is not None
        last = self.network.stages[-1] if self.network.stages else None
        if self._moved is None or node.first == node.last:
            return "·"
        if last is not None and last.first <= node.first < last.last:
            return "new"
        way, size = self._moved[node.last] - self._moved[node.first]
        far = float(np.sqrt(way / size)) if size > 0 else 0.0
        if far <= 0:
            return "·"
        return "<0.1%" if far < 0.0005 else f"{far:.1%}"

    # Qt

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        node = self.node(parent)
        if parent.column() > 0:
            return 0
        return len(self._roots if node is None else node.shown)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return len(TITLES)

    def index(self, row: int, column: int, parent: Index = QModelIndex()) -> QModelIndex:  # noqa: B008
        node = self.node(parent)
        siblings = self._roots if node is None else node.shown
        if not 0 <= row < len(siblings) or not 0 <= column < len(TITLES):
            return QModelIndex()
        return self.createIndex(row, column, siblings[row].id)

    def parent(self, index: Index = QModelIndex()) -> Any:  # noqa: B008 # type: ignore[override]
        node = self.node(index)
        if node is None or node.parent is None:
            return QModelIndex()
        return self.createIndex(node.parent.row, 0, node.parent.id)

    def flags(self, index: Index) -> Qt.ItemFlag:
        flag = Qt.ItemFlag
        found = flag.ItemIsEnabled | flag.ItemIsSelectable
        node = self.node(index)
        if node is not None and not self.readonly:
            stage = index.column() == LAYER and node.kind == "stage"
            if stage or index.column() == LEARNING and node.last > node.first:
                found |= flag.ItemIsEditable
        return found

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        node = self.node(index)
        if node is None:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return self._text(node, index.column())
        if role == Qt.ItemDataRole.EditRole:
            factor = self.state(node).factor
            typed = "" if factor is None else f"{factor:g}"
            return node.title if index.column() == LAYER else typed
        if role == Qt.ItemDataRole.ToolTipRole:
            return self._tip(node, index.column())
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return f"{TITLES[index.column()]}: {self._text(node, index.column())}"
        if role == Qt.ItemDataRole.TextAlignmentRole:
            side = Qt.AlignmentFlag.AlignRight if index.column() in RIGHT else Qt.AlignmentFlag(0)
            return side | Qt.AlignmentFlag.AlignVCenter
        return None

    def setData(self, index: Index, value: Any, role: int = Qt.ItemDataRole.EditRole) -> bool:
        node = self.node(index)
        if node is None or role != Qt.ItemDataRole.EditRole:
            return False
        if index.column() == LAYER:
            self.renamed.emit(node.default, " ".join(str(value).split()))
        else:
            self.paced.emit(node, str(value))
        return True

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        if orientation != Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return TITLES[section]
        if role == Qt.ItemDataRole.ToolTipRole:
            return TIPS[section] or None
        if role == Qt.ItemDataRole.TextAlignmentRole:
            side = Qt.AlignmentFlag.AlignRight if section in RIGHT else Qt.AlignmentFlag.AlignLeft
            return side | Qt.AlignmentFlag.AlignVCenter
        return None

    def _text(self, node: Node, column: int) -> str:
        match column:
            case 0:
                return node.title
            case 1:
                return node.words
            case 2:
                return node.size
            case 3:
                return f"{node.parameters:,}" if node.parameters else "·"
            case 4:
                return f"{self.share(node):.0%}"
            case 5:
                return self.cost(node)
            case 6:
                return self.state(node).words
            case _:
                return self.moved(node)

    def _tip(self, node: Node, column: int) -> str | None:
        if column == COST and node.flops:
            return f"{node.flops / 1e9:.3g} GFLOPs (multiply-adds) for one item"
        if column == LEARNING:
            return self._learning_tip(node)
        names = ", ".join(node.names[:6]) + (" …" if len(node.names) > 6 else "")
        return f"{node.title}\n{node.words}\n{names}".replace("\n\n", "\n")

    def _learning_tip(self, node: Node) -> str | None:
        state = self.state(node)
        if state.kind == "none":
            return "It has no parameters, so nothing in it can learn."
        said = f"{state.learning:,} of {node.parameters:,} parameters learn."
        if state.learning and state.factor is None:
            said += " Their learning-rate factors differ."
        elif state.learning:
            said += f" {state.factor:g} times the learning rate of the phase."
        return said


def _open_all(nodes: list[Node]) -> None:
    for node in nodes:
        node.shown = node.children
        _open_all(node.children)


def _place(nodes: list[Node]) -> None:
    for row, node in enumerate(nodes):
        node.row = row
        _place(node.shown)
