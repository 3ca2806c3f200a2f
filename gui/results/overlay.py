"""The curves of several runs over each other, with a legend that names them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtGui import QColor

from gui.results.marks import MARKS, Legend
from gui.theme import THEME
from gui.widgets.card import Card, row
from gui.widgets.plot import Look, Plot, Points

if TYPE_CHECKING:
    from gui.results.comparing import Comparing

TITLES = (
    ("validation/balanced_accuracy", "Balanced accuracy"), ("validation/loss", "Loss"),
)  # fmt: skip
FAR = 1.5  # times the highest loss after a first epoch


class CurvesCard(Card):
    def __init__(self) -> None:
        super().__init__("On validation items, epoch by epoch")
        self.legend = Legend()
        self.top.setStretch(1, 0)
        self.top.addWidget(self.legend, 1)
        self.plots = {name: Plot(title, ()) for name, title in TITLES}
        for plot in self.plots.values():
            plot.setObjectName("")  # it stands in a card already
            plot.box.setContentsMargins(0, 0, 0, 0)
            plot.heading.setObjectName("small")
            plot.setFixedHeight(THEME.px(220))
        self.box.addLayout(row(*self.plots.values(), spacing=16))
        self._shown: tuple[tuple[int, int], ...] = ()

    def show_runs(self, comparing: Comparing) -> None:
        together = comparing.together
        if together is None:
            return
        ids = sorted(together.runs)
        places = tuple((id, comparing.places.get(id, 0)) for id in ids)
        if places != self._shown:
            self._shown = places
            self.legend.show_runs([(place, comparing.run(id).name) for id, place in places])
            looks = {str(id): Look(_color(place), 2, MARKS[place]) for id, place in places}
            for plot in self.plots.values():
                plot.set_curves(looks)
        for name, title in TITLES:
            curves = {str(id): together.curves[name][id] for id in ids}
            if name.endswith("loss"):
                curves, most = cut(curves)
                title += f" (above {most:.2g} it is cut off)" if most else ""
            self.plots[name].heading.setText(title)
            self.plots[name].show_curves(curves)


def cut(curves: dict[str, Points]) -> tuple[dict[str, Points], float | None]:
    """A loss that explodes for a while would press all others flat; None: nothing is cut."""
    firsts = [float(y[0]) for _, y in curves.values() if len(y)]
    most = FAR * max(firsts, default=0.0)
    if all(y.max(initial=0.0) <= most for _, y in curves.values()):
        return curves, None
    return {name: (x, np.minimum(y, most)) for name, (x, y) in curves.items()}, most


def _color(place: int) -> Callable[[], QColor]:
    return lambda: THEME.run_color(place)
