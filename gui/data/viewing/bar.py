"""The row above a picture: what the mouse does, which window, what is shown beside."""

from __future__ import annotations

from PySide6.QtCore import QSize, Signal
from PySide6.QtGui import QAction, QResizeEvent
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLayout, QMenu, QPushButton, QWidget

from engine.media.reading import Preset, Reading
from engine.media.tone import as_window
from gui.data.viewing.words import figure
from gui.theme import THEME
from gui.widgets.controls import button

GAP = 6  # px


class Bar(QWidget):
    """`tools` is the row in which a page may put tools of its own, before these."""

    preset_chosen = Signal(object)  # Preset

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName("Reading")
        self.tools = QHBoxLayout()
        self.tools.setSpacing(0)
        self.window_tool = _toggle("Window  W", "Drag: right is softer, up is brighter (W)")
        self.ruler = _toggle("Ruler", "Drag a line and read its length (L)")
        self.invert = _toggle("Invert", "Bright becomes dark (I)")
        self.tools.addWidget(self.window_tool)
        self.presets = button("Presets", tip="Windows that the file brings, and usual ones")
        self.presets.setMenu(QMenu(self.presets))
        self.ways = button("View", tip="Zoom, and the frames of the file")
        self.ways.setMenu(QMenu(self.ways))
        self.seen = _toggle("Model sees", "What the model sees, beside what you see (M)")
        self._keyed = {  # with the letter of the key, and without
            self.ruler: ("Ruler  L", "Ruler"), self.invert: ("Invert  I", "Invert"),
            self.seen: ("Model sees  M", "Model sees"),
        }  # fmt: skip
        for one in (self.presets, self.ways):
            one.setProperty("close", True)
        self._more = QHBoxLayout()
        self._more.setSpacing(THEME.px(GAP))
        for one in (self.ruler, self.invert, self.presets, self.ways):
            self._more.addWidget(one)
        self._more.addStretch(1)
        self._more.addWidget(self.seen)
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setSpacing(THEME.px(8))
        self._grid.setColumnStretch(1, 1)
        self._grid.addLayout(self.tools, 0, 0)
        self._grid.addLayout(self._more, 0, 1)
        # As narrow as two rows allow; the layout alone would insist on one.
        self._grid.setSizeConstraint(QLayout.SizeConstraint.SetNoConstraint)
        self.show_reading(None)

    def minimumSizeHint(self) -> QSize:
        wide = max(self.tools.minimumSize().width(), self._needed(letters=False))
        return QSize(wide, super().minimumSizeHint().height())

    def _needed(self, letters: bool) -> int:
        """Px of the second row with or without the letters of keys."""
        found = -THEME.px(GAP)
        for one in (self.ruler, self.invert, self.presets, self.ways, self.seen):
            if one.isHidden():
                continue
            metrics, words = one.fontMetrics(), one.text()
            rim = one.sizeHint().width() - metrics.horizontalAdvance(words)
            if one in self._keyed:
                words = self._keyed[one][not letters]
            found += rim + metrics.horizontalAdvance(words) + THEME.px(GAP)
        return found

    def _show_letters(self, on: bool) -> None:
        """The keys stand on the buttons where there is room; their tips say them in any case."""
        for one, words in self._keyed.items():
            one.setText(words[not on])
            one.setMinimumWidth(one.sizeHint().width())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange()

    def _arrange(self) -> None:
        """One row, or two where one is too narrow; where that is too narrow, too, no letters."""
        more, wide = self._needed(letters=True), self.width()
        two = wide < self.tools.minimumSize().width() + more + THEME.px(8)
        self._show_letters(wide >= more)
        place = (1, 0, 1, 2) if two else (0, 1, 1, 1)
        number = self._grid.indexOf(self._more)
        if self._grid.getItemPosition(number) != place:
            for row, where in ((self.tools, (0, 0, 1, 2 if two else 1)), (self._more, place)):
                self._grid.removeItem(row)
                self._grid.addLayout(row, *where)
            self.updateGeometry()

    def add_ways(self, actions: list[QAction]) -> None:
        for one in actions:
            self.ways.menu().addAction(one)

    def show_reading(self, reading: Reading | None) -> None:
        menu = self.presets.menu()
        menu.clear()
        for preset in reading.presets if reading is not None else ():
            menu.addAction(preset_words(preset, reading.unit if reading is not None else ""))
            menu.actions()[-1].triggered.connect(
                lambda checked=False, preset=preset: self.preset_chosen.emit(preset)
            )
        self.presets.setVisible(bool(menu.actions()))
        self._arrange()
        for one in (self.window_tool, self.ruler, self.invert, self.ways, self.seen):
            one.setEnabled(reading is not None)


def preset_words(preset: Preset, unit: str) -> str:
    """'Lung' and, at the right edge of a menu, '−600 / 1500 HU'."""
    window = as_window(preset.tone)
    figures = f"{figure(window.centre)} / {figure(window.width)} {unit}".rstrip()
    # An ampersand would be taken for a key, a tab for the gap.
    name = " ".join(preset.name.split()).replace("&", "&&")
    return f"{name}\t{figures}"


def _toggle(text: str, tip: str) -> QPushButton:
    made = button(text, "segment", tip)
    made.setCheckable(True)
    made.setProperty("close", True)
    made.ensurePolished()  # or its style would not be in the hint
    made.setMinimumWidth(made.sizeHint().width())
    return made
