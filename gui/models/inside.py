"""What is inside a model: its layers as a tree, before its weights are here."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QPointF, QRect, Qt, Signal
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QHeaderView, QTreeWidget, QTreeWidgetItem, QWidget

from gui.asking import Asked
from gui.models.card import cost
from gui.models.rows import ModelRow
from gui.session import Session
from gui.theme import THEME
from gui.widgets.card import Card, column
from gui.widgets.controls import label
from gui.widgets.items_model import Index
from gui.widgets.painted import paint_angle
from gui.widgets.states import Empty, Skeleton
from gui.widgets.words import short

HEADINGS = ("Layer", "What it is", "Puts out", "Parameters", "Cost")
WIDTHS = (210, 190, 130, 90, 100)  # px
MOST = 0.5
NUMBERS = (3, 4)  # columns that stand to the right


class InsideView(QWidget):
    failed = Signal(object)  # GraftError
    turned = Signal()  # another model is shown

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.told: dict[str, Any] | None = None
        self.row: ModelRow | None = None
        self._asked_for = ""
        self.asked = Asked(session, "inside", self)
        self.asked.done.connect(self._take)
        self.asked.failed.connect(self._fail)
        session.closed.connect(self.asked.give_up)
        self.tree = _Tree()
        self.tree.setAccessibleName("Layers")
        self.tree.setUniformRowHeights(True)
        self.tree.setAllColumnsShowFocus(True)
        self.tree.setHeaderLabels(HEADINGS)
        header = self.tree.header()
        header.setStretchLastSection(False)
        header.setSectionResizeMode(1, QHeaderView.ResizeMode.Stretch)
        for place, wide in enumerate(WIDTHS):
            self.tree.setColumnWidth(place, THEME.px(wide))
            self.tree.headerItem().setTextAlignment(place, _side(place))
        self.said = label("", "muted", wrap=True)
        self.full = Card()
        self.full.box.addWidget(self.said)
        self.full.box.addWidget(self.tree, 1)
        self.nothing = Empty("No model is selected", "Select one in the list.")
        self.loading = Skeleton()
        self.setLayout(column(self.nothing, self.loading, self.full))
        self._show_only(self.nothing)

    @property
    def sentence(self) -> str:
        if self.row is None:
            return "Nothing is selected"
        if self.told is None:
            return f"The layers of {self.row.title}"
        return f"{len(self.told['modules']) - 1:,} layers in {self.row.title}"

    def show_model(self, row: ModelRow | None) -> None:
        """Asks for its layers, after those that are being read: a child that reads is let be."""
        if row == self.row and row is not None:
            return
        self.row, self.told = row, None
        if row is None:
            self.nothing.say("No model is selected", "Select one in the list.")
            self._show_only(self.nothing)
        elif row.entry is None:
            self.nothing.say(
                "Not in the catalogue",
                "These weights were found on this machine. Use them, and the Layers page shows "
                "what is inside.",
            )
            self._show_only(self.nothing)
        else:
            self._show_only(self.loading)
            if not self.asked.busy:
                self._ask(row.name)

    def _ask(self, name: str) -> None:
        self._asked_for = name
        self.asked.ask({"name": name})

    def _take(self, told: dict[str, Any]) -> None:
        if self.row is None or self.row.entry is None:
            return
        if self.row.name != self._asked_for:
            self._ask(self.row.name)
            return
        self.told = told
        self.said.setText(
            f"{short(told['parameters'])} parameters, {cost(told['flops'])} for {told['at']}. "
            "Read from how the model is built, without its weights."
        )
        self._fill(told["modules"])
        self._show_only(self.full)
        self.turned.emit()

    def _fail(self, error: object) -> None:
        wanted = self.row
        if wanted is not None and wanted.entry is not None and wanted.name != self._asked_for:
            self._ask(wanted.name)
            return
        self.nothing.say("Its layers could not be read", "Why is said above.")
        self._show_only(self.nothing)
        self.failed.emit(error)

    def _fill(self, modules: list[dict[str, Any]]) -> None:
        self.tree.clear()
        made: dict[str, QTreeWidgetItem] = {}
        top: list[QTreeWidgetItem] = []
        for module in modules[1:]:
            above, _, own = module["name"].rpartition(".")
            item = QTreeWidgetItem(_texts(module, own))
            for place in NUMBERS:
                item.setTextAlignment(place, _side(place))
            item.setToolTip(0, f"{module['name']}\n{module['class']}")
            made[module["name"]] = item
            if above in made:
                made[above].addChild(item)
            else:
                top.append(item)
        self.tree.addTopLevelItems(top)
        for module in modules[1:]:  # in what holds most of it stands what is looked for
            if "." not in module["name"] and module["parameters"] > MOST * modules[0]["parameters"]:
                made[module["name"]].setExpanded(True)
        if top:
            self.tree.setCurrentItem(top[0])

    def _show_only(self, part: QWidget) -> None:
        for one in (self.nothing, self.loading, self.full):
            one.setVisible(one is part)


class _Tree(QTreeWidget):
    def drawBranches(self, painter: QPainter, rect: QRect, index: Index) -> None:
        """As on the Layers page."""
        if not self.model().hasChildren(index):
            return
        middle = QPointF(rect.right() - self.indentation() / 2, rect.center().y() + 0.5)
        paint_angle(painter, middle, self.isExpanded(index))


def _texts(module: dict[str, Any], own: str) -> list[str]:
    shape = module["shape"]
    return [
        own, module["words"], " × ".join(f"{side:,}" for side in shape[1:]) if shape else "",
        f"{module['parameters']:,}" if module["parameters"] else "–",
        cost(module["flops"]) if module["flops"] else "–",
    ]  # fmt: skip


def _side(place: int) -> Qt.AlignmentFlag:
    across = Qt.AlignmentFlag.AlignRight if place in NUMBERS else Qt.AlignmentFlag.AlignLeft
    return across | Qt.AlignmentFlag.AlignVCenter
