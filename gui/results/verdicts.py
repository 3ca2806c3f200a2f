"""Is one run better than another? The answer of the paired test, with what it rests on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QBoxLayout, QGridLayout, QSizePolicy, QWidget

from engine.errors import GraftError
from gui.results.marks import Mark
from gui.theme import THEME
from gui.widgets.card import Card, clear, column
from gui.widgets.controls import Choice, Segments, label
from gui.widgets.whiskers import Bar, Scale, Whiskers

if TYPE_CHECKING:
    from engine.evaluation.comparing import Verdict
    from gui.results.comparing import Comparing

METRIC = "balanced_accuracy"


class VerdictsCard(Card):
    baseline_chosen = Signal(int)
    split_chosen = Signal(str)

    def __init__(self) -> None:
        super().__init__("Is one better than another?")
        self.baseline = Choice((), "Held against")
        self.baseline.setMinimumContentsLength(9)
        self.baseline.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.baseline.currentIndexChanged.connect(self._baseline_changed)
        self.split = Segments(
            [("Test", "test", "Items that no run saw while it learned"),
             ("Validation", "validation", "Items by which the best epoch of each was chosen: "
              "figures on them are a little too good")], "Split of the comparison",
        )  # fmt: skip
        self.split.choose("test")
        self.split.chosen.connect(lambda split: self.split_chosen.emit(str(split)))
        against = label("held against", "muted")
        against.setBuddy(self.baseline)
        for part in (against, self.baseline, self.split):
            self.top.addWidget(part)
        self._said = QGridLayout()
        self._said.setContentsMargins(0, 0, 0, 0)
        self._said.setHorizontalSpacing(THEME.px(8))
        self._said.setVerticalSpacing(THEME.px(8))
        self._said.setColumnStretch(1, 1)
        self._words = QWidget()
        self._words.setLayout(column(self._said, 1))
        self.chart_title = label("", "small")
        self.chart = Whiskers("Difference in balanced accuracy")
        chart = QWidget()
        chart.setLayout(column(self.chart_title, self.chart, 1, spacing=4))
        self._parts = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self._parts.setSpacing(THEME.px(24))
        self._parts.addWidget(self._words, 3)
        self._parts.addWidget(chart, 2)
        self.box.addLayout(self._parts)
        self._chart = chart
        self.sentences: list[str] = []

    def set_wide(self, wide: bool) -> None:
        """Words and figures beside each other, or one under the other."""
        way = QBoxLayout.Direction
        self._parts.setDirection(way.LeftToRight if wide else way.TopToBottom)

    def show_runs(self, comparing: Comparing) -> None:
        choices = [(comparing.run(id).name, id) for id in comparing.chosen]
        self.baseline.set_choices(choices)
        blocked = self.baseline.blockSignals(True)
        self.baseline.choose(comparing.baseline)
        self.baseline.blockSignals(blocked)
        self.show_verdicts(comparing)

    def show_verdicts(self, comparing: Comparing) -> None:
        clear(self._said)
        self.sentences = []
        found: list[tuple[str, Verdict]] = []
        for number, id in enumerate(comparing.others):
            verdict, name = comparing.verdict(id), comparing.run(id).name
            self._say(number, comparing.places[id], name, verdict)
            if verdict is not None and not isinstance(verdict, GraftError):
                found.append((name, verdict))
        base = comparing.baseline
        against = comparing.run(base).name if base is not None else ""
        self._show_chart(against, found)

    def _say(
        self, number: int, place: int, name: str, verdict: Verdict | GraftError | None
    ) -> None:
        look = ""
        if verdict is None:
            words, look = f"{name}: comparing item by item …", "muted"
        elif isinstance(verdict, GraftError):
            words, look = f"{verdict.title}. {verdict.cause} {verdict.remedy}", "bad"
        else:
            words = verdict.words
        said = label(words, look, wrap=True)
        said.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.sentences.append(words)
        self._said.addWidget(Mark(place), number, 0, Qt.AlignmentFlag.AlignTop)
        self._said.addWidget(said, number, 1)

    def _show_chart(self, against: str, found: list[tuple[str, Verdict]]) -> None:
        self._chart.setVisible(bool(found))
        if not found:
            return
        self.chart_title.setText(f"Points of balanced accuracy more or less than {against}")
        bars = [_bar(name, verdict) for name, verdict in found]
        most = max(1.0, *(max(abs(bar.low), abs(bar.high)) for bar in bars))
        ticks = ((-most, f"{-most:.0f}"), (0.0, "equal"), (most, f"{most:+.0f}"))
        self.chart.show_bars(bars, Scale(-most, most, 0.0, ticks))

    def _baseline_changed(self) -> None:
        run = self.baseline.currentData()
        if run is not None:
            self.baseline_chosen.emit(int(run))


def _bar(name: str, verdict: Verdict) -> Bar:
    found = verdict.differences[METRIC]
    value, low, high = (100 * part for part in (found.value, found.low, found.high))
    look = "muted" if not found.sure else "good" if found.value > 0 else "bad"
    return Bar(name, value, low, high, f"{value:+.1f}  ({low:+.1f} to {high:+.1f})", look)
