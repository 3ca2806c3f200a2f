"""The presets in a row, with the sentence that says when to take one."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from engine.freezing.presets import PRESETS
from gui.layers.editor import Draft
from gui.theme import THEME
from gui.widgets.card import column
from gui.widgets.controls import Choice, Elided, Segments


class PresetRow(QWidget):
    chosen = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.segments = Segments(
            [(preset.title, name, preset.when) for name, preset in PRESETS.items()], "Presets"
        )
        for one in self.segments.buttons():
            one.setProperty("close", True)  # eight of them want little room each
        self.segments.chosen.connect(lambda name: self.chosen.emit(str(name)))
        self.when = Elided("", "small")
        self.choice = Choice(  # in place of the row where there is no room for it
            [(preset.title, name) for name, preset in PRESETS.items()], "Presets"
        )
        self.choice.activated.connect(lambda _: self.chosen.emit(str(self.choice.currentData())))
        self.choice.setPlaceholderText("Own plan")
        self.choice.hide()
        self.setLayout(column(self.segments, self.choice, self.when, spacing=6))
        self.setMinimumWidth(THEME.px(200))
        self.segments.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self._wide = self.segments.sizeHint().width()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        narrow = self.width() < self._wide
        self.segments.setVisible(not narrow)
        self.choice.setVisible(narrow)

    def show_draft(self, draft: Draft) -> None:
        preset = PRESETS[draft.preset]
        if draft.phases:
            self.choice.setCurrentIndex(-1)
            self.segments.choose(None)
            words = f"Own plan, from {preset.title}. A click on a preset takes its place."
        else:
            self.segments.choose(draft.preset)
            self.choice.choose(draft.preset)
            words = preset.when
        self.when.setText(words)
