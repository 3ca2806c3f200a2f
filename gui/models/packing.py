"""Make a pack: which of the models on this machine go into one file, and how large it becomes."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout

from gui.models.rows import ModelRow
from gui.widgets.card import Card, clear, row
from gui.widgets.controls import Tick, button, label
from gui.widgets.words import count, size

WORDS = "One file with weights, licences and checksums, to carry to a machine without internet."


class PackCard(Card):
    wanted = Signal(object)  # names
    closed = Signal()

    def __init__(self) -> None:
        super().__init__("Make a pack")
        self.box.addWidget(label(WORDS, "small", wrap=True))
        self.lines = QVBoxLayout()
        self.box.addLayout(self.lines)
        self.total = label("", "small", wrap=True)
        self.save = button("Save the pack…", "primary", done=self._save)
        self.box.addWidget(self.total)
        self.box.addLayout(row(self.save, button("Close", done=self.closed.emit), 1))
        self._ticks: list[tuple[ModelRow, Tick]] = []

    def show_models(self, rows: Sequence[ModelRow], chosen: Sequence[str]) -> None:
        """`chosen`: names that are ticked from the start."""
        clear(self.lines)
        self._ticks = []
        for one in rows:
            tick = Tick(f"{one.title} · {size(one.bytes)}")
            tick.setToolTip(one.name)
            tick.setChecked(one.name in chosen)
            tick.toggled.connect(lambda on: self._show())
            self._ticks.append((one, tick))
            self.lines.addWidget(tick)
        self.setFocusProxy(self._ticks[0][1] if self._ticks else self.save)
        self._show()

    @property
    def names(self) -> list[str]:
        return [one.name for one, tick in self._ticks if tick.isChecked()]

    def _show(self) -> None:
        taken = [one for one, tick in self._ticks if tick.isChecked()]
        if not self._ticks:
            words = "There are no weights on this machine to pack."
        elif not taken:
            words = "Tick what goes in."
        else:
            words = f"{count(len(taken), 'model')}, {size(sum(one.bytes for one in taken))}"
        self.total.setText(words)
        self.save.setEnabled(bool(taken))

    def _save(self) -> None:
        self.wanted.emit(self.names)
