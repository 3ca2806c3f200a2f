"""The learning-rate finder: the loss against the rate, growing while a child tries rates."""

from __future__ import annotations

from typing import Any

import numpy as np
from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout

from engine.events import Activity, RatePoint
from gui.theme import THEME
from gui.widgets.card import Card, row
from gui.widgets.controls import button, label
from gui.widgets.plot import Plot
from gui.widgets.words import time_left


class RateCard(Card):
    wanted = Signal()
    stopped = Signal()
    taken = Signal(float)

    def __init__(self) -> None:
        super().__init__("Learning rate")
        self.words = label("", "small", wrap=True)
        self.box.addWidget(self.words)
        self._room = QVBoxLayout()
        self.box.addLayout(self._room)
        self.plot: Plot | None = None  # made when there is something to draw
        self.seek = button("Find a learning rate", "", "Tries rates on a copy", self._turn)
        self.use = button("Use it", done=self._take)
        self.use.hide()
        self.box.addLayout(row(self.seek, self.use, 1))
        self._points: list[tuple[float, float, float]] = []
        self.suggested: float | None = None
        self.busy = False
        self.show_rate(None, "")

    def show_rate(self, rate: float | None, phase: str) -> None:
        """The rate of the phase that is edited, as long as nothing was tried."""
        if not self._points and not self.busy:
            now = f"{phase} takes {rate:g}. " if rate is not None else ""
            self.words.setText(f"{now}A short test shows how large it may be.")

    def forget(self) -> None:
        """It was for another network."""
        self._points, self.suggested = [], None
        self.seek.setText("Find a learning rate")
        self.use.hide()
        if self.plot is not None:
            self.plot.hide()

    def begin(self) -> None:
        self.busy, self._points, self.suggested = True, [], None
        self.use.hide()
        self.seek.setText("Stop")
        self.words.setText("Preparing …")
        if self.plot is not None:
            self.plot.hide()

    def hear_activity(self, event: Activity) -> None:
        far = f": {event.done} of {event.total}" if event.total else ""
        self.words.setText(f"{event.text}{far}{time_left(event.seconds_left, ' · ')}")

    def hear(self, event: object) -> None:
        if isinstance(event, RatePoint):
            self._points.append((event.rate, event.loss, event.smooth))
            self._draw()

    def take_result(self, result: dict[str, Any]) -> None:
        self._points = [(row[0], row[1], row[2]) for row in result["points"]]
        self.suggested = float(result["suggested"])
        self._draw()
        self.words.setText(str(result["words"]))
        self.use.setText(f"Use {nice(self.suggested)}")
        self.use.show()

    def end(self) -> None:
        """The child has ended, however it did."""
        self.busy = False
        self.seek.setText("Find again" if self._points else "Find a learning rate")
        if self.suggested is None:
            self.words.setText("Stopped." if self._points else "Nothing was tried.")

    def _draw(self) -> None:
        if not self._points:
            return
        if self.plot is None:
            self.plot = Plot("Loss by learning rate", ("each step", "smoothed"), rates=True)
            self.plot.setFixedHeight(THEME.px(190))
            self.plot.heading.hide()
            self._room.addWidget(self.plot)
        self.plot.show()
        points = np.array(self._points)
        x = np.log10(points[:, 0])
        # What explodes at the end would press all else flat.
        most = 1.6 * float(points[0, 2]) + 1e-9
        series = {"each step": (x, np.minimum(points[:, 1], most)),
                  "smoothed": (x, np.minimum(points[:, 2], most))}  # fmt: skip
        self.plot.show_curves(series)
        self.plot.mark(None if self.suggested is None else float(np.log10(self.suggested)))

    def _turn(self) -> None:
        (self.stopped if self.busy else self.wanted).emit()

    def _take(self) -> None:
        if self.suggested is not None:
            self.taken.emit(self.suggested)


def nice(rate: float) -> str:
    """'3e-3' as people say it."""
    mantissa, _, power = f"{rate:.1e}".partition("e")
    return f"{mantissa.removesuffix('.0')}e{int(power)}"
