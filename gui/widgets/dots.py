"""A plot of dots that stand for things: each can be pressed, kinds differ in colour and shape."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import ceil, floor, log10
from typing import Any

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QPointF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from gui.theme import SMALL, THEME
from gui.widgets.card import row
from gui.widgets.plot import LOOKS, Plot, Points

SYMBOLS = pg.graphicsItems.ScatterPlotItem.Symbols  # paths about 0, one wide
SIZE, CHOSEN = 9, 17  # px of a dot, and of the ring about the chosen one


@dataclass(frozen=True)
class Kind:
    """How dots of one kind look. `color` is asked again when the theme changes."""

    color: Callable[[], QColor]
    symbol: str  # pyqtgraph's name
    hollow: bool = False  # all of them


@dataclass(frozen=True)
class Dot:
    x: float
    y: float
    kind: str
    thing: Any = None  # what it stands for
    hollow: bool = False


class DotPlot(Plot):
    """`line`: a curve of plot.LOOKS behind the dots, under the name `line_name`."""

    pressed = Signal(object)  # what a dot stands for

    def __init__(
        self, title: str, kinds: Mapping[str, Kind], line: str = "", line_name: str = "",
        rates: bool = False,
    ) -> None:  # fmt: skip
        super().__init__(title, (), rates=rates)
        if line:
            self.set_curves({line_name: LOOKS[line]})
        self._kinds, self._line_name = dict(kinds), line_name
        self._dots: list[Dot] = []
        self._chosen: object = None
        self._drawn: tuple[float, float] | None = None  # the span
        self._keys: dict[str, Key] = {name: Key(name, kind) for name, kind in kinds.items()}
        if line:
            self._keys[line_name] = Key(line_name, Kind(LOOKS[line].color, "line"))
        # Ticks of one's own are measured otherwise; plots side by side shall end alike.
        self.view.getPlotItem().getAxis("bottom").setHeight(THEME.px(28))
        legend = row(spacing=12)
        for key in self._keys.values():
            key.hide()
            legend.addWidget(key)
        legend.addStretch(1)
        self.box.insertLayout(1, legend)
        self._ring = pg.ScatterPlotItem(size=THEME.px(CHOSEN), symbol="o", brush=None)
        self._scatter = pg.ScatterPlotItem(size=THEME.px(SIZE))
        self._scatter.sigClicked.connect(self._press)
        for item in (self._ring, self._scatter):
            self.view.getPlotItem().addItem(item)
        THEME.changed.connect(self._draw)

    def show_dots(
        self, dots: Sequence[Dot], span: tuple[float, float], line: Points | None = None
    ) -> None:
        """`span`: the ends of the axis below, as decimal logarithms if it shows rates."""
        if list(dots) == self._dots and span == self._drawn:
            return
        self._dots, self._drawn = list(dots), span
        # The ends of the span stand among the points without a value of their own.
        shown: dict[str, Points] = {"span": (np.array(span), np.empty(0))}
        if dots:
            shown["dots"] = (
                np.array(sorted(dot.x for dot in dots)), np.array([dot.y for dot in dots])
            )  # fmt: skip
        self._set_ranges(shown, span[1])
        if self._rates:
            self.view.getPlotItem().getAxis("bottom").setTicks([rate_ticks(*span), []])
        if line is not None:
            self._curves[self._line_name].setData(*line, symbol="o" if len(line[0]) == 1 else None)
        kinds = {dot.kind for dot in dots}
        for name, key in self._keys.items():
            key.setVisible(name in kinds or bool(line and len(line[0])) and name == self._line_name)
        self._draw()

    def choose(self, thing: object) -> None:
        """Draws a ring about the dot of a thing, or none."""
        self._chosen = thing
        self._draw_ring()

    @property
    def kinds(self) -> list[str]:
        """Those in the legend now."""
        return [name for name, key in self._keys.items() if not key.isHidden()]

    def _draw(self) -> None:
        looks = {(dot.kind, self._hollow(dot)) for dot in self._dots}
        drawn = {(kind, hollow): self._look(kind, hollow) for kind, hollow in looks}
        of_dots = [drawn[dot.kind, self._hollow(dot)] for dot in self._dots]
        self._scatter.setData(
            [dot.x for dot in self._dots], [dot.y for dot in self._dots],
            symbol=[self._kinds[dot.kind].symbol for dot in self._dots],
            brush=[brush for brush, _ in of_dots], pen=[pen for _, pen in of_dots],
            data=[dot.thing for dot in self._dots],
        )  # fmt: skip
        self._draw_ring()

    def _draw_ring(self) -> None:
        ring = [d for d in self._dots if d.thing == self._chosen and self._chosen is not None]
        self._ring.setData(
            [dot.x for dot in ring], [dot.y for dot in ring],
            pen=pg.mkPen(THEME.color("accent"), width=2),
        )  # fmt: skip

    def _hollow(self, dot: Dot) -> bool:
        return dot.hollow or self._kinds[dot.kind].hollow

    def _look(self, kind: str, hollow: bool) -> tuple[Any, Any]:
        """Brush and pen."""
        color, surface = self._kinds[kind].color(), THEME.color("surface")
        if hollow:
            return pg.mkBrush(surface), pg.mkPen(color, width=2)
        return pg.mkBrush(color), pg.mkPen(surface, width=1)

    def _press(self, item: object, points: Sequence[Any]) -> None:
        if len(points):
            self.pressed.emit(points[0].data())


def rate_ticks(low: float, high: float) -> list[tuple[float, str]]:
    """Few enough to be read: powers of ten, and steps between where the span is short."""
    steps = (1, 2, 5) if high - low <= 1.2 else (1, 3) if high - low <= 3.2 else (1,)
    powers = range(floor(low) - 1, ceil(high) + 1)
    found = [(power + log10(step), step * 10.0**power) for power in powers for step in steps]
    return [(x, f"{rate:,.6g}") for x, rate in found if low - 0.02 <= x <= high + 0.02]


class Key(QWidget):
    """One word of a legend, with the shape it explains drawn before it."""

    def __init__(self, text: str, kind: Kind) -> None:
        super().__init__()
        self._text, self._kind = text, kind
        self.setAccessibleName(text)
        self.setFont(THEME.font(SMALL))

    def sizeHint(self) -> QSize:
        metrics = self.fontMetrics()
        return QSize(THEME.px(16) + metrics.horizontalAdvance(self._text), metrics.height() + 2)

    def minimumSizeHint(self) -> QSize:
        return QSize(THEME.px(12), self.fontMetrics().height() + 2)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        px, color = THEME.px, self._kind.color()
        wide = self.width() - px(14)
        painter.setPen(THEME.color("muted"))
        shown = self.fontMetrics().elidedText(self._text, Qt.TextElideMode.ElideMiddle, wide)
        painter.drawText(px(14), 0, wide, self.height(), Qt.AlignmentFlag.AlignVCenter, shown)
        middle = self.height() / 2
        if self._kind.symbol == "line":
            painter.setPen(QPen(color, px(3)))
            painter.drawLine(QPointF(1, middle), QPointF(px(11), middle))
            return
        painter.setPen(QPen(color, 1.5 / px(9)) if self._kind.hollow else Qt.PenStyle.NoPen)
        painter.setBrush(THEME.color("surface") if self._kind.hollow else color)
        painter.translate(px(6), middle)
        painter.scale(px(9), px(9))
        painter.drawPath(SYMBOLS[self._kind.symbol])
