"""What a search found, drawn: by trial with the best so far, and by learning rate and preset."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cached_property

import numpy as np
from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from engine.freezing.presets import PRESETS
from engine.training.search_record import TrialRecord
from gui.theme import THEME
from gui.widgets.card import row
from gui.widgets.dots import Dot, DotPlot, Kind
from gui.widgets.plot import Points

LEAST = 8  # trials that the axis has room for from the start
EARLY = ("pruned", "stopped", "interrupted", "failed")
_ICE = Kind(lambda: THEME.color("frozen"), "o")
STATE_KINDS = {
    "finished": _ICE,
    "stopped early": Kind(lambda: THEME.color("frozen"), "o", hollow=True),
    "at work": Kind(lambda: THEME.color("accent"), "o", hollow=True),
}
BEST = "best so far"
# Colours and shapes both tell presets apart.
SHAPES = ("o", "s", "t1", "d", "star", "p", "h", "t", "x")


def _kind(place: int) -> Kind:
    return Kind(lambda: THEME.run_color(place), SHAPES[place % len(SHAPES)])


PRESET_KINDS = {preset.title: _kind(place) for place, preset in enumerate(PRESETS.values())}


class SearchPlots(QWidget):
    """Two plots side by side; `pressed` says which trial's dot was."""

    pressed = Signal(object)  # its number

    def __init__(self) -> None:
        super().__init__()
        self._chosen: int | None = None
        self._box = row(spacing=12)
        self.setLayout(self._box)

    @cached_property
    def trials(self) -> DotPlot:
        return self._add(DotPlot("Balanced accuracy by trial", STATE_KINDS, "validation", BEST))

    @cached_property
    def rates(self) -> DotPlot:
        return self._add(DotPlot("By learning rate", PRESET_KINDS, rates=True))

    def _add(self, plot: DotPlot) -> DotPlot:
        """Made when there is something to draw: most visits to the page search nothing."""
        plot.pressed.connect(self.pressed)
        self._box.addWidget(plot, 1)
        return plot

    def show_trials(
        self, trials: Sequence[TrialRecord], rates: tuple[float, float] | None, most: int = 0
    ) -> None:
        """`rates`: the span that is searched. `most`: how many trials it may become."""
        valued = [one for one in trials if one.value is not None]
        last = max([LEAST, most, *(one.number + 1 for one in trials)])
        self.trials.show_dots(
            [_dot(one, one.number + 1, _state(one)) for one in valued], (0, last), best_line(trials)
        )
        rated = [one for one in valued if one.choices.get("lr")]
        if rates is None:
            known = [float(one.choices["lr"]) for one in rated] or [1e-4, 1e-1]
            rates = min(known), max(known)
        low, high = np.log10(rates)
        dots = [
            _dot(one, float(np.log10(one.choices["lr"])), _preset(one), one.state != "finished")
            for one in rated
        ]
        self.rates.show_dots(dots, (float(low), float(high)))

    def choose(self, number: int | None) -> None:
        if number != self._chosen:
            self._chosen = number
            self.trials.choose(number)
            self.rates.choose(number)


def best_line(trials: Iterable[TrialRecord]) -> Points:
    """The highest value of the trials that came to their end, as it grew."""
    done = [one for one in trials if one.state == "finished" and one.value is not None]
    x = np.array([one.number + 1.0 for one in done])
    y = np.array([float(one.value or 0.0) for one in done])
    return x, np.maximum.accumulate(y) if len(y) else y


def _dot(one: TrialRecord, x: float, kind: str, hollow: bool = False) -> Dot:
    return Dot(x, float(one.value or 0.0), kind, one.number, hollow)


def _state(one: TrialRecord) -> str:
    if one.state == "finished":
        return "finished"
    return "stopped early" if one.state in EARLY else "at work"


def _preset(one: TrialRecord) -> str:
    name = str(one.choices.get("preset", ""))
    return PRESETS[name].title if name in PRESETS else next(iter(PRESET_KINDS))
