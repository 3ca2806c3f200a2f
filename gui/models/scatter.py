"""Accuracy against cost: every model that is listed as a dot; a click selects it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from math import ceil, floor, log10

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from gui.models.rows import ModelRow
from gui.theme import THEME
from gui.widgets.card import column, row
from gui.widgets.controls import Choice, label
from gui.widgets.dots import Dot, DotPlot, Kind
from gui.widgets.states import Empty

HERE, ELSEWHERE = "on this machine", "to be had"
KINDS = {
    HERE: Kind(lambda: THEME.color("trainable"), "s"),
    ELSEWHERE: Kind(lambda: THEME.color("frozen"), "o"),
}
Measure = tuple[str, str]  # metric, benchmark


class Scatter(QWidget):
    """Only figures of one benchmark can stand beside each other, so one is chosen."""

    pressed = Signal(object)  # the name of a model

    def __init__(self) -> None:
        super().__init__()
        self._rows: list[ModelRow] = []
        self.measures = Choice((), "Benchmark")
        self.measures.currentIndexChanged.connect(lambda place: self._draw())
        self.plot = DotPlot("Published accuracy by cost", KINDS, rates=True)
        self.plot.pressed.connect(self.pressed)
        self.axis = label("GFLOPs of one item (multiply-adds, logarithmic)", "small")
        self.empty = Empty(
            "No listed model has both figures",
            "A dot needs a published accuracy and a measured cost. Take back a filter.",
        )
        full = QWidget()
        top = row(label("Accuracy on", "muted"), self.measures, 1)
        top.setStretch(1, 1)
        full.setLayout(column(top, self.plot, self.axis))
        self.full = full
        self.stack = QStackedWidget()
        self.stack.addWidget(self.full)
        self.stack.addWidget(self.empty)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(self.stack)

    def show_rows(self, rows: Sequence[ModelRow]) -> None:
        self._rows = [row for row in rows if row.flops and row.accuracy is not None]
        counted = Counter(_measure(row) for row in self._rows)
        self.measures.set_choices(
            [(f"{bench} · {metric} ({many})", (metric, bench))
             for (metric, bench), many in counted.most_common()]
        )  # fmt: skip
        self._draw()

    def choose(self, name: str | None) -> None:
        self.plot.choose(name)

    @property
    def measure(self) -> Measure | None:
        found = self.measures.currentData()
        return (found[0], found[1]) if found else None

    def _draw(self) -> None:
        shown = [row for row in self._rows if _measure(row) == self.measure]
        self.stack.setCurrentWidget(self.full if shown else self.empty)
        if not shown:
            return
        # What is here is drawn last, over its neighbours.
        shown.sort(key=lambda row: row.path is not None)
        dots = [
            Dot(log10((row.flops or 1) / 1e9), 100 * (row.accuracy or 0.0),
                HERE if row.path else ELSEWHERE, row.name)
            for row in shown
        ]  # fmt: skip
        low, high = min(dot.x for dot in dots), max(dot.x for dot in dots)
        self.plot.show_dots(dots, (floor(10 * low) / 10 - 0.1, ceil(10 * high) / 10 + 0.1))


def _measure(row: ModelRow) -> Measure:
    assert row.entry is not None
    return row.entry.metric, row.entry.measured_on
