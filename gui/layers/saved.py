"""Plans that a person keeps under a name, to use again here or on another model."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QLineEdit, QVBoxLayout

from gui.theme import THEME
from gui.widgets.card import Card, clear, row
from gui.widgets.controls import Choice, button, label

if TYPE_CHECKING:
    from engine.store.plans import SavedPlan


class SavedCard(Card):
    """A card above the tree; it is there when it is asked for."""

    saved = Signal(str)
    used = Signal(object)  # SavedPlan
    deleted = Signal(object)
    closed = Signal()

    def __init__(self) -> None:
        super().__init__("Plans", tight=True)
        self._plans: list[SavedPlan] = []
        self.close_button = button("Close", "link", done=self.closed.emit)
        self.top.addWidget(self.close_button)
        self.name = QLineEdit()
        self.name.setAccessibleName("Name of the plan")
        self.name.setPlaceholderText("A name for what is chosen now")
        self.name.returnPressed.connect(self._save)
        self.name.textChanged.connect(self._named)
        self.keep = button("Save plan", done=self._save)
        self.choice = Choice((), "Saved plans")
        self.choice.setMinimumWidth(THEME.px(160))
        self.use = button("Use it", done=lambda: self.used.emit(self.plan))
        self.delete = button("Delete", done=lambda: self.deleted.emit(self.plan))
        self.none = label("None is saved yet.", "muted")
        line = row(self.name, self.keep, self.none, self.choice, self.use, self.delete, spacing=8)
        line.setStretch(0, 3)
        line.setStretch(3, 3)
        self.box.addLayout(line)
        self.report = QVBoxLayout()
        self.report.setSpacing(THEME.px(2))
        self.box.addLayout(self.report)
        self._readonly = False
        self._named()

    def show_plans(self, plans: list[SavedPlan], readonly: bool) -> None:
        self._plans, self._readonly = plans, readonly
        self.choice.set_choices([(f"{plan.name} · {plan.model}", plan.id) for plan in plans])
        for one in (self.choice, self.use, self.delete):
            one.setVisible(bool(plans))
        self.none.setVisible(not plans)
        for part in (self.use, self.delete, self.name):
            part.setEnabled(not readonly)
        self._named()

    def tell(self, lines: list[str]) -> None:
        """What became of a plan that was carried here."""
        clear(self.report)
        for words in lines:
            self.report.addWidget(label(words, "small", wrap=True))

    def _named(self) -> None:
        words = " ".join(self.name.text().split())
        there = any(plan.name == words for plan in self._plans)
        self.keep.setText("Replace plan" if there else "Save plan")
        self.keep.setEnabled(bool(words) and not self._readonly)

    def _save(self) -> None:
        if self.keep.isEnabled():
            self.saved.emit(self.name.text())

    @property
    def plan(self) -> SavedPlan | None:
        """The one that is chosen."""
        chosen = self.choice.currentData()
        return next((one for one in self._plans if one.id == chosen), None)
