"""The row of figures of a search."""

from __future__ import annotations

from collections.abc import Sequence

from engine.training.search_record import TrialRecord, best_of
from gui.training.search_judging import Judged
from gui.widgets.card import Card, Figure, row
from gui.widgets.words import duration, interval

SPENT_EARLY = ("pruned", "stopped", "interrupted")


class SearchFigures(Card):
    def __init__(self) -> None:
        super().__init__()
        self.trials = Figure("trials", width=80)
        self.best = Figure("best balanced accuracy", width=120)
        self.interval = Figure("95% interval", width=168)
        self.early = Figure("stopped early", width=80)
        self.time = Figure("left", width=80)
        box = row(self.trials, self.best, self.interval, self.early, self.time, spacing=16)
        for place in range(5):
            box.setStretch(place, 3 if place in (1, 2) else 2)
        self.box.addLayout(box)

    def show_trials(self, trials: Sequence[TrialRecord], most: int = 0) -> None:
        """`most`: how many trials it may become, 0: nobody said."""
        self.trials.show_value(
            f"{len(trials)} / {most}" if most else f"{len(trials)}",
            "trial" if len(trials) == 1 and not most else "trials",
        )
        best = best_of(trials)
        if best is None or best.value is None:
            self.best.show_value("–", "best balanced accuracy")
            self.interval.show_value("–", "95% interval")
        else:
            self.best.show_value(f"{best.value:.3f}", f"balanced accuracy, {best.title.lower()}")
        early = sum(one.state in SPENT_EARLY for one in trials)
        self.early.show_value(str(early))

    def show_judged(self, judged: Judged | None) -> None:
        if judged is not None and judged.span is not None:
            items = f"95%, {judged.items:,} validation items"
            self.interval.show_value(interval(*judged.span), items)
        else:
            self.interval.show_value("–", "95% interval")

    def show_time(self, seconds: float | None, what: str) -> None:
        self.time.show_value(duration(seconds) if seconds is not None else "–", what)
