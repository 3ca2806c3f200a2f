"""What a plan costs, before it is paid: what learns, memory, time, the cache, a checkpoint."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QGridLayout, QSizePolicy, QVBoxLayout

from gui.layers.memory_bar import PARTS, MemoryBar
from gui.theme import THEME
from gui.widgets.card import Card, Figure, clear, row
from gui.widgets.controls import button, label
from gui.widgets.words import duration, short, size

if TYPE_CHECKING:
    from engine.freezing.price import Price, Remedy


class CostCard(Card):
    measure_wanted = Signal()
    remedy_wanted = Signal(object)  # Remedy

    def __init__(self) -> None:
        super().__init__("What this costs")
        self.trainable = Figure("learn")
        self.epoch = Figure("an epoch")
        self.memory = Figure("memory")
        self.checkpoint = Figure("a checkpoint")
        grid = QGridLayout()
        grid.setHorizontalSpacing(THEME.px(12))
        grid.setVerticalSpacing(THEME.px(8))
        for place, figure in enumerate((self.trainable, self.epoch, self.memory, self.checkpoint)):
            grid.addWidget(figure, place // 2, place % 2)
        grid.setColumnStretch(0, 1)
        grid.setColumnStretch(1, 1)
        self.box.addLayout(grid)
        self.bar = MemoryBar()
        self.box.addWidget(self.bar)
        self.parts = label("", "small", wrap=True)
        self.cache = label("", "small", wrap=True)
        self.wrong = label("", "bad", wrap=True)
        self.remedies = QVBoxLayout()
        self.remedies.setSpacing(THEME.px(6))
        self.box.addWidget(self.parts)
        self.box.addWidget(self.cache)
        self.box.addWidget(self.wrong)
        self.box.addLayout(self.remedies)
        self.measure = button(
            "Measure", "", "Takes a few real steps on this machine", self.measure_wanted.emit
        )
        self.doing = label("", "small", wrap=True)
        self.box.addWidget(self.doing)
        self.box.addLayout(row(self.measure, 1))
        self.wrong.hide()
        self._offered: list[Remedy] = []

    def show_nothing(self) -> None:
        """Nothing is known yet."""
        self.trainable.show_value("–", "learn")
        self.epoch.show_value("–")
        self.memory.show_value("–", "memory")
        self.checkpoint.show_value("–")
        for words in (self.parts, self.cache, self.doing):
            words.setText("")
        self.wrong.hide()
        self.bar.show_memory({}, 0)
        self.offer([], True)

    def show_price(self, price: Price, upto: str, readonly: bool) -> None:
        """`upto`: the title of the last stage that the cache skips whole, '' for none."""
        self.trainable.show_value(short(price.trainable), f"learn, of {short(price.parameters)}")
        share = price.total / max(1, price.available)
        self.memory.show_value(size(price.total), f"of {size(price.available)}")
        self.checkpoint.show_value(size(price.checkpoint))
        if price.epoch_seconds is None:
            self.epoch.show_value("–", "an epoch")
        else:
            self.epoch.show_value(as_time(price.epoch_seconds), "an epoch")
        parts = {name: int(getattr(price, name)) for name, *_ in PARTS}
        self.bar.show_memory(parts, price.available)
        said = [f"{words} {size(parts[name])}" for name, words, *_ in PARTS if parts[name]]
        words = ", ".join(said)
        self.parts.setText(f"{words[:1].upper()}{words[1:]}." if words else "")
        self.cache.setText(_cache_words(price, upto))
        self.wrong.setVisible(not price.fits or not price.trainable)
        if not price.trainable:
            self.wrong.setText("Nothing learns. Let at least the head learn.")
        elif not price.fits:
            self.wrong.setText(
                f"This will not fit: it needs {share:.1f} times the memory that is there. "
                "Any of these makes it fit."
            )
        if price.fits:
            self.offer([], readonly)

    def offer(self, remedies: list[Remedy], readonly: bool) -> None:
        """What would make the plan fit, a click each."""
        if [one.text for one in remedies] != [one.text for one in self._offered]:
            clear(self.remedies)
            for remedy in remedies:
                made = button(remedy.text, "row", remedy.text)
                made.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
                made.clicked.connect(
                    lambda checked=False, r=remedy: self.remedy_wanted.emit(self._now(r))
                )
                self.remedies.addWidget(made)
        self._offered = remedies
        for place in range(self.remedies.count()):
            item = self.remedies.itemAt(place)
            widget = item.widget() if item is not None else None
            if widget is not None:
                widget.setEnabled(not readonly)

    def _now(self, remedy: Remedy) -> Any:
        """The same words may stand for other changes since the button was made."""
        return next((one for one in self._offered if one.text == remedy.text), remedy)

    def say(self, words: str, can_measure: bool) -> None:
        """What is being measured, or why it is not."""
        self.doing.setText(words)
        self.measure.setEnabled(can_measure)


def as_time(seconds: float) -> str:
    """'4.1 s', '1 m 02'."""
    return f"{seconds:.1f} s" if seconds < 10 else duration(seconds)


def _cache_words(price: Price, upto: str) -> str:
    if price.cut is None or price.skipped <= 0:
        return "Nothing can be read from the cache: every epoch computes the whole network."
    share = "Nearly all" if price.skipped > 0.985 else f"{price.skipped:.0%}"
    part = f", all up to {upto}," if upto else ""
    words = f"{share} of the computation{part} is done once and then read from the cache"
    if price.first_seconds:
        return f"{words}. The first epoch takes {as_time(price.first_seconds)} more for it."
    return f"{words}."
