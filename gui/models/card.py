"""One model: what it is, where its weights are, and the button that chooses it."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QGridLayout

from gui.models.rows import ModelRow
from gui.theme import THEME
from gui.widgets.card import Card, clear
from gui.widgets.controls import Elided, button, label
from gui.widgets.words import short, size


class ModelCard(Card):
    chosen = Signal(object)  # ModelRow

    def __init__(self) -> None:
        super().__init__("Model")
        self.row: ModelRow | None = None
        self.model_name = Elided("", "section")
        self.facts = QGridLayout()
        self.facts.setHorizontalSpacing(THEME.px(12))
        self.facts.setVerticalSpacing(THEME.px(4))
        self.facts.setColumnStretch(1, 1)
        self.where = label("", wrap=True)
        self.where.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.use = button("Use this model", "primary", done=self._use)
        for part in (self.model_name, self.facts, self.where):
            if isinstance(part, QGridLayout):
                self.box.addLayout(part)
            else:
                self.box.addWidget(part)
        self.box.addWidget(self.use, 0, Qt.AlignmentFlag.AlignLeft)

    def show_model(self, row: ModelRow | None, choice: dict[str, Any] | None) -> None:
        self.row = row
        clear(self.facts)
        if row is None:
            self.model_name.setText("Nothing is selected")
            self.where.setText("Select a model to read about it.")
            self.use.hide()
            return
        self.model_name.setText(row.title)
        for place, (what, value) in enumerate(_known(row)):
            self.facts.addWidget(label(what, "small"), place, 0)
            self.facts.addWidget(Elided(value), place, 1)
        chosen = choice is not None and choice["name"] == row.name
        own = choice.get("weights") if chosen and choice else None
        self.where.setText(_where(row, own))
        self.use.show()
        self.use.setText("In use" if chosen else "Use this model")
        self.use.setEnabled(not chosen)

    def _use(self) -> None:
        if self.row is not None:
            self.chosen.emit(self.row)


def _known(row: ModelRow) -> list[tuple[str, str]]:
    rows = [("Name", row.name), ("Family", row.family)]
    if row.parameters:
        rows.append(("Parameters", short(row.parameters)))
    if row.accuracy is not None:
        rows.append(("Accuracy", f"{row.accuracy:.1%} on {row.measured_on or 'its own data'}"))
    if row.input_size:
        rows.append(("Sees", f"{row.input_size} × {row.input_size} px"))
    rows.append(("Weights", size(row.bytes)))
    if row.licence:
        rows.append(("Licence", row.licence))
    return rows


def _where(row: ModelRow, own: str | None) -> str:
    if own:
        return f"In use with your weights: {own}"
    if row.path is not None:
        return f"On this machine: {row.path}"
    return (
        f"Its weights are not on this machine. Put {row.wanted} into {row.folder}, or use a file "
        "of yours below. From scratch it needs none."
    )
