"""The Layers page as it stands on the screen: what is where, and nothing of what it does."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from gui.layers.advice import AdviceCard
from gui.layers.choosing import PresetRow
from gui.layers.cost import CostCard
from gui.layers.phases import PhasesCard
from gui.layers.rate import RateCard
from gui.layers.saved import SavedCard
from gui.layers.shape import ShapeCard
from gui.layers.strip import BlockStrip
from gui.layers.tools import Tools
from gui.layers.tree import LayerTree
from gui.session import Session
from gui.widgets.card import Card, column, row
from gui.widgets.controls import button, label
from gui.widgets.page import Page
from gui.widgets.states import Empty, Skeleton


class LayersParts(Page):
    fold = 1360  # tree and strip want room; the main figures stand in the sentence, too

    def __init__(self, session: Session) -> None:
        super().__init__("Layers", "layers")
        self.session = session
        self._build_header()
        self._build_content()
        self._build_details()

    def _build_header(self) -> None:
        self.undo = button("Undo", "", "Ctrl+Z")
        self.redo = button("Redo", "", "Ctrl+Shift+Z")
        self.plans = button("Plans", "", "Ctrl+S: save what is chosen, or use a saved plan")
        self.plans.setCheckable(True)
        self.train = button("Go on to training", "primary", "Ctrl+4")
        self.train.clicked.connect(lambda: self.session.page_wanted.emit("training"))
        for one in (self.undo, self.redo, self.plans, self.train):
            self.buttons.addWidget(one)

    def _build_content(self) -> None:
        choose = button("Choose a model", "primary")
        choose.clicked.connect(lambda: self.session.page_wanted.emit("models"))
        self.empty = Empty("No model is chosen", "Its layers show here once you have one.", choose)
        self.presets = PresetRow()
        self.saved = SavedCard()
        self.saved.hide()
        self.strip, self.tools, self.tree = BlockStrip(), Tools(), LayerTree()
        self.phases = PhasesCard()
        strip_card, tree_card = Card(tight=True), Card(tight=True)
        strip_card.box.addWidget(self.strip)
        tree_card.box.addWidget(self.tools)
        tree_card.box.addWidget(self.tree, 1)
        known = column(strip_card, tree_card, self.phases, spacing=12)
        known.setStretch(1, 1)
        self.known = QWidget()
        self.known.setLayout(known)
        self.waiting = label("", "muted")
        self.again = button("Try again")
        self.unknown = QWidget()
        self.skeleton = Skeleton()
        unknown = column(self.waiting, row(self.again, 1), self.skeleton, spacing=12)
        unknown.setStretch(2, 1)
        unknown.addStretch()
        self.unknown.setLayout(unknown)
        self.again.hide()
        self.full = QWidget()
        box = column(self.presets, self.saved, self.known, self.unknown, spacing=12)
        box.setStretch(2, 1)
        box.setStretch(3, 1)
        self.full.setLayout(box)
        self.stack.addWidget(self.empty)
        self.stack.addWidget(self.full)
        self.plain.append(self.empty)

    def _build_details(self) -> None:
        facts = self.session.facts
        self.cost, self.advice, self.rate = CostCard(), AdviceCard(), RateCard()
        self.shape = ShapeCard(facts.network_kind if facts else "image")
        for card in (self.cost, self.advice, self.rate, self.shape):
            self.details.addWidget(card)
        self.details.addStretch(1)
