"""A plot in the house style: what is seen at each step thin and ice, what counts thick and warm."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QFont

from gui.theme import SMALL, THEME
from gui.widgets.card import Card
from gui.widgets.controls import label

MOST_POINTS = 1500  # of a curve on the screen; more would be drawn on the same pixels
MARKS = 7  # on a curve that has a symbol; one on every point would hide the curve


@dataclass(frozen=True)
class Look:
    """How a curve is drawn.

    Attributes:
        color: asked again when the theme changes.
        symbol: pyqtgraph's name of a mark that tells the curve apart beside its colour.
    """

    color: Callable[[], QColor]
    width: int
    symbol: str = ""


_THIN = Look(lambda: THEME.color("frozen"), 1)
_THICK = Look(lambda: THEME.color("trainable"), 3)
LOOKS = {"training": _THIN, "validation": _THICK, "each step": _THIN, "smoothed": _THICK}

Points = tuple[NDArray[np.float64], NDArray[np.float64]]
_NOTHING: Points = (np.empty(0), np.empty(0))


class Plot(Card):
    """`show_curves` draws; it is called at most ten times a second."""

    def __init__(
        self, title: str, curves: tuple[str, ...], axis: int = 44, rates: bool = False
    ) -> None:
        """`curves`: names of LOOKS; others are given by `set_curves`.

        `axis`: px for the figures at the left.
        `rates`: the axis below is logarithmic; x is the decimal logarithm.
        """
        super().__init__(title, tight=True)
        self._axis, self._rates = axis, rates
        self._legend = {name: label("") for name in curves} if len(curves) > 1 else {}
        for words in self._legend.values():
            self.top.addWidget(words)
        self.view = pg.PlotWidget(background=None)
        self.view.setAccessibleName(f"Plot: {title}")
        self.view.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        item = self.view.getPlotItem()
        item.setMenuEnabled(False)
        item.hideButtons()
        item.setMouseEnabled(False, False)
        item.setClipToView(False)
        item.disableAutoRange()
        # The outermost figures stand half beyond the axes.
        item.layout.setContentsMargins(0, THEME.px(8), THEME.px(10), 0)
        if rates:
            item.getAxis("bottom").setLogMode(True)
        self._mark = pg.InfiniteLine(angle=90, movable=False)
        self._mark.setVisible(False)
        item.addItem(self._mark)
        self._span = (0.0, 0.0)
        self._bounds: tuple[float, float] | None = None
        self._looks: dict[str, Look] = {}
        self._curves: dict[str, Any] = {}
        self._marks: dict[str, Any] = {}
        self.box.addWidget(self.view, 1)
        self.set_curves({name: LOOKS[name] for name in curves})
        THEME.changed.connect(self._paint)

    def set_curves(self, looks: Mapping[str, Look]) -> None:
        """Draws these curves from now on, in place of what was drawn before."""
        item = self.view.getPlotItem()
        for old in (*self._curves.values(), *self._marks.values()):
            item.removeItem(old)
        self._looks = dict(looks)
        self._curves = {name: item.plot([], [], skipFiniteCheck=True) for name in looks}
        self._marks = {}
        for name, look in looks.items():
            if look.symbol:
                self._marks[name] = pg.ScatterPlotItem(symbol=look.symbol, size=THEME.px(9))
                item.addItem(self._marks[name])
        self._bounds = None
        self._paint()

    def _paint(self) -> None:
        """Pens are made once a theme, not once a redraw."""
        item = self.view.getPlotItem()
        font = QFont(THEME.font(SMALL))
        for side in ("left", "bottom"):
            axis = item.getAxis(side)
            axis.setPen(pg.mkPen(THEME.color("line")))
            axis.setTextPen(pg.mkPen(THEME.color("muted")))
            axis.setTickFont(font)
            axis.setStyle(tickLength=4, tickTextOffset=4)
        item.getAxis("left").setWidth(THEME.px(self._axis))
        item.getAxis("left").enableAutoSIPrefix(False)
        item.getAxis("bottom").setStyle(hideOverlappingLabels=False)
        self._mark.setPen(pg.mkPen(THEME.color("accent"), width=1, style=Qt.PenStyle.DashLine))
        for name, curve in self._curves.items():
            look, color = self._looks[name], self._looks[name].color()
            curve.setPen(pg.mkPen(color, width=look.width))
            curve.opts["antialias"] = look.width > 1  # few points, so it costs nothing
            curve.opts["symbolBrush"] = pg.mkBrush(color)
            curve.opts["symbolPen"] = None
            curve.opts["symbolSize"] = 6
        for name, marks in self._marks.items():
            marks.setBrush(pg.mkBrush(self._looks[name].color()))
            marks.setPen(pg.mkPen(THEME.color("surface"), width=1))
        for name, words in self._legend.items():
            words.setTextFormat(Qt.TextFormat.RichText)
            ink = self._looks[name].color().name()
            muted = THEME.color("muted").name()
            words.setText(
                f"<span style='color:{ink}'>━</span> <span style='color:{muted}'>{name}</span>"
            )

    def show_curves(self, series: dict[str, Points], epochs: float = 0.0) -> None:
        """Draws the series; the axis runs to `epochs`, so that it does not move while they grow."""
        shown = {name: thinned(*series.get(name, _NOTHING)) for name in self._curves}
        self._set_ranges(shown, epochs)
        for name, curve in self._curves.items():
            x, y = shown[name]
            curve.setData(x, y, symbol="o" if len(x) == 1 else None)  # a line needs two
        for number, (name, marks) in enumerate(self._marks.items()):
            x, y = shown[name]
            # Each curve begins a little further on, so that marks of equal curves are all seen.
            stride = max(1, len(x) // MARKS)
            places = np.arange(number % stride if len(x) > 1 else 0, len(x), stride)
            marks.setData(x[places], y[places])

    def mark(self, x: float | None) -> None:
        """Draws a line at `x`, or none."""
        self._mark.setVisible(x is not None)
        if x is not None:
            self._mark.setValue(x)

    def _set_ranges(self, shown: dict[str, Points], epochs: float) -> None:
        """Axes move in steps: drawing new ticks costs more than drawing curves."""
        values = [y for _, y in shown.values() if len(y)]
        if not values:
            return
        last = max(float(x[-1]) for x, _ in shown.values() if len(x))
        first = min(float(x[0]) for x, _ in shown.values() if len(x)) if self._rates else 0.0
        span = (first, max(epochs, last))
        if span != self._span:
            self._span = span
            self.view.setXRange(*span, padding=0.02)
        low, high = min(float(y.min()) for y in values), max(float(y.max()) for y in values)
        extent = high - low
        edge = 0.05 * extent
        if self._bounds is not None:
            bottom, top = self._bounds
            if bottom <= low - edge and high + edge <= top and extent >= 0.6 * (top - bottom):
                return
        room = 0.12 * extent or 0.1 * abs(high) or 1.0
        self._bounds = (low - room, high + room)
        self.view.setYRange(*self._bounds, padding=0)


def thinned(x: NDArray[Any], y: NDArray[Any]) -> Points:
    """At most MOST_POINTS, of each stretch the lowest and the highest, so peaks stay."""
    if len(x) <= MOST_POINTS:
        return x, y
    stride = -(-2 * len(x) // MOST_POINTS)
    whole = len(x) // stride * stride
    blocks = y[:whole].reshape(-1, stride)
    start = np.arange(0, whole, stride)
    places = np.sort(
        np.concatenate([start + blocks.argmin(1), start + blocks.argmax(1), [len(x) - 1]])
    )
    return x[places], y[places]
