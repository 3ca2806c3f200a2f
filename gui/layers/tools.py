"""What can be done to the rows of the tree: search, freeze, let learn, by pattern, with decay."""

from __future__ import annotations

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QPushButton, QWidget

from engine.errors import ConfigurationError
from engine.freezing.editing import Found, find
from engine.freezing.outline import Outline
from engine.freezing.presets import LAYER_DECAY
from gui.theme import THEME
from gui.widgets.card import column, row
from gui.widgets.controls import Elided, Segments, button, label, set_flag
from gui.widgets.words import count, short

SOON = 60  # ms after a letter, before a search goes through all rows


class Tools(QWidget):
    """The row above the tree, and below it the bar for a pattern or for decay when asked for."""

    searched = Signal(str)
    freeze = Signal()
    learn = Signal()
    from_here = Signal()
    factor = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.search = QLineEdit()
        self.search.setPlaceholderText("Search  (Ctrl+F)")
        self.search.setAccessibleName("Search layers")
        self.search.setClearButtonEnabled(True)
        self.search.setMaximumWidth(THEME.px(220))
        self._soon = QTimer(self, singleShot=True, interval=SOON)
        self._soon.timeout.connect(lambda: self.searched.emit(self.search.text()))
        self.search.textChanged.connect(lambda: self._soon.start())
        self.found = label("", "small")
        self.edits: list[QPushButton] = []
        first = row(self.search, self.found, 1, spacing=6)
        for text, tip, signal in (
            ("Freeze", "F: what is chosen stays frozen", self.freeze),
            ("Learn", "L: what is chosen learns", self.learn),
            ("From here on", "B: everything from the chosen row on learns", self.from_here),
            ("× Factor", "X, or type a number: share of the learning rate", self.factor),
        ):
            self._add(first, text, tip).clicked.connect(lambda checked=False, s=signal: s.emit())
        self.decay_button = self._add(first, "Decay", "Ctrl+D: layer-wise learning-rate decay")
        self.pattern_button = self._add(first, "Pattern", "Ctrl+P: by the names of modules")
        self.pattern, self.decay = PatternBar(), DecayBar()
        bars: tuple[tuple[QPushButton, _Bar], ...]
        bars = ((self.decay_button, self.decay), (self.pattern_button, self.pattern))
        for opener, bar in bars:
            opener.setCheckable(True)
            opener.toggled.connect(bar.setVisible)
            bar.closed.connect(lambda opener=opener: opener.setChecked(False))
            bar.hide()
            opener.toggled.connect(lambda on, opener=opener, bar=bar: self._turned(on, opener, bar))
        self.setLayout(column(first, self.pattern, self.decay, spacing=8))

    def _add(self, where: QHBoxLayout, text: str, tip: str) -> QPushButton:
        made = button(text, "", tip)
        made.setAccessibleDescription(tip)
        where.addWidget(made)
        self.edits.append(made)
        return made

    def _turned(self, on: bool, opener: QPushButton, bar: _Bar) -> None:
        """One of the bars at a time."""
        if not on:
            return
        for other in (self.decay_button, self.pattern_button):
            if other is not opener:
                other.setChecked(False)
        bar.field.setFocus()
        bar.field.selectAll()

    def show_found(self, words: str, number: int) -> None:
        self.found.setText(count(number, "layer") if words.strip() else "")

    def set_readonly(self, readonly: bool) -> None:
        for one in self.edits:
            one.setEnabled(not readonly)


class _Bar(QWidget):
    closed = Signal()

    def __init__(self, name: str) -> None:
        super().__init__()
        self.field = QLineEdit()
        self.field.setAccessibleName(name)
        self.close_button = button("Close", "link", "Escape", self.closed.emit)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.closed.emit()
        else:
            super().keyPressEvent(event)


class PatternBar(_Bar):
    """Names by a pattern; how much it hits is said while one types."""

    wanted = Signal(object, str, bool)  # names, the pattern, learn or freeze

    def __init__(self) -> None:
        super().__init__("Pattern of module names")
        self.outline: Outline | None = None
        self.hits = Found((), 0, 0)
        self.field.setPlaceholderText("*.bn*   or   encoder.layer.1?.*   or   *.bias")
        self.field.textChanged.connect(self.look)
        self.kind = Segments(
            [("* and ?", False, "* is anything, ? one character; the whole name must fit"),
             ("Regular expression", True, "must fit somewhere in the name")],
            "Kind of pattern",
        )  # fmt: skip
        self.kind.choose(False)
        self.kind.chosen.connect(lambda _: self.look())
        self.words = Elided("", "small")
        self.learn = button("Learn", done=lambda: self._ask(True))
        self.freeze = button("Freeze", done=lambda: self._ask(False))
        self.field.returnPressed.connect(lambda: self._ask(True))
        parts = (self.field, self.kind, self.words, self.freeze, self.learn, self.close_button)
        line = row(*parts, spacing=6)
        line.setStretch(0, 3)
        line.setStretch(2, 4)
        self.field.setMinimumWidth(THEME.px(140))
        self.setLayout(line)
        self.look()

    def look(self) -> None:
        """Counts what the pattern hits, or says why it is none."""
        self.hits, wrong, words = Found((), 0, 0), False, "Names of modules or parameters."
        if self.outline is not None and self.field.text().strip():
            try:
                self.hits = find(self.outline, self.field.text().strip(), bool(self.kind.value))
                words = (
                    f"{count(self.hits.modules, 'module')}, "
                    f"{short(self.hits.parameters)} parameters"
                )
            except ConfigurationError as error:
                wrong, words = True, f"{error.cause} {error.remedy}"
        set_flag(self.field, "wrong", wrong)
        self.words.setText(words)
        for one in (self.learn, self.freeze):
            one.setEnabled(bool(self.hits.names))

    def _ask(self, learn: bool) -> None:
        if self.hits.names:
            self.wanted.emit(self.hits.names, self.field.text().strip(), learn)


class DecayBar(_Bar):
    """Each stage learns slower than the one after it."""

    wanted = Signal(float)

    def __init__(self) -> None:
        super().__init__("Factor from each stage to the one before it")
        self.field.setText(f"{LAYER_DECAY:g}")
        self.field.setMaximumWidth(THEME.px(80))
        self.words = label("", "small")
        apply = button("Apply", done=self._ask)
        self.field.returnPressed.connect(self._ask)
        said = label("Each stage that learns takes this factor of the one after it:")
        self.setLayout(row(said, self.field, self.words, 1, apply, self.close_button, spacing=6))

    def _ask(self) -> None:
        value = factor_of(self.field.text())
        wrong = value is None or not 0 < value <= 1
        set_flag(self.field, "wrong", wrong)
        self.words.setText("A number above 0, up to 1." if wrong else "")
        if value is not None and not wrong:
            self.wanted.emit(value)


def factor_of(text: str) -> float | None:
    """The number in '× 0.1', '0,1' or '.1'; None where there is none."""
    try:
        return float(text.replace("×", "").replace("x", "").replace(",", ".").strip())
    except ValueError:
        return None
