"""The row of figures of a run: they change, and nothing around them moves."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.evaluation.classification import wilson
from gui.live import LiveRun
from gui.training.curves import Curves
from gui.widgets.card import Card, Figure, row
from gui.widgets.words import duration, interval

if TYPE_CHECKING:
    from engine.store.runs import Run

METRIC = "validation/balanced_accuracy"
ACCURACY = "validation/accuracy"


class Figures(Card):
    def __init__(self) -> None:
        super().__init__()
        self.epoch = Figure("epoch", width=80)
        self.best = Figure("best balanced accuracy", width=120)
        self.interval = Figure("accuracy, 95% interval", width=150)
        self.pace = Figure("items", width=80)
        self.time = Figure("left", width=80)
        parts = (self.epoch, self.best, self.interval, self.pace, self.time)
        self.all = dict(zip(("epoch", "best", "interval", "pace", "time"), parts, strict=True))
        box = row(*parts, spacing=16)
        for place in range(len(parts)):
            box.setStretch(place, 3 if place in (1, 2) else 2)
        self.box.addLayout(box)

    def show_live(self, live: LiveRun, curves: Curves) -> None:
        self.epoch.show_value(f"{live.epoch} / {live.epochs}" if live.epochs else "–", "epoch")
        pace = live.step.items_per_second if live.step else None
        self.pace.show_value(f"{pace:,.0f} / s" if pace else "–", "items")
        left = live.seconds_left
        self.time.show_value(duration(left) if left is not None else "–", "left")
        items = live.started.items.get("validation", 0) if live.started else 0
        self._show_best(curves, items)

    def show_run(self, run: Run, curves: Curves, items: int) -> None:
        """`items`: validation items of the run's data."""
        planned = run.recipe.get("epochs", run.epochs)
        self.epoch.show_value(f"{run.epochs} / {planned}", "epochs")
        pace = run.samples_per_second
        self.pace.show_value(f"{pace:,.0f} / s" if pace else "–", "items")
        self.time.show_value(duration(run.seconds), "taken")
        self._show_best(curves, items)

    def clear(self) -> None:
        for figure in self.all.values():
            figure.show_value("–")

    def _show_best(self, curves: Curves, items: int) -> None:
        best = curves.best(METRIC)
        if best is None:
            self.best.show_value("–", "best balanced accuracy")
            self.interval.show_value("–", "accuracy, 95% interval")
            return
        value, epoch = best
        self.best.show_value(f"{value:.3f}", f"balanced accuracy, epoch {epoch:.0f}")
        x, y = curves.get(ACCURACY)
        there = y[x == epoch]
        if len(there) and items:
            low, high = wilson(round(float(there[0]) * items), items)
            words = f"accuracy, 95%, {items:,} items"
            self.interval.show_value(interval(low, high), words)
