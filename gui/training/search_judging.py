"""How sure a search is of its best: held against the second best on the same validation items."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from engine.errors import ConfigurationError
from engine.events import Event
from engine.progress import Cancel
from engine.training.search_record import TrialRecord, best_of

if TYPE_CHECKING:
    from engine.store.project import Project

SPLIT = "validation"
METRIC = "balanced_accuracy"


@dataclass(frozen=True)
class Judged:
    """What can be said of the best trial.

    Attributes:
        sure: whether it is better than the second best by more than chance.
        span: the 95 % interval of its figure, on `items` validation items.
    """

    words: str
    sure: bool = False
    span: tuple[float, float] | None = None
    items: int = 0
    best: int | None = None  # the number of the trial that was held to be it


def judging(
    project: Project, trials: Sequence[TrialRecord], here: set[int]
) -> Callable[[Callable[[Event], None], Cancel], Judged]:
    """A job. `here`: numbers of trials whose runs this project holds."""

    def work(emit: Callable[[Event], None], cancel: Cancel) -> Judged:
        return judge(project, trials, here)

    return work


def judge(project: Project, trials: Sequence[TrialRecord], here: set[int]) -> Judged:
    best = best_of(trials)
    if best is None:
        return Judged(
            "No trial came to its end, so none can be called the best. Give the search more "
            "minutes, or the recipe fewer epochs."
        )
    if best.number not in here or best.run is None:
        return Judged(
            f"{best.title}, the best, ran in another project that shares this search. It can be "
            "held against others only there.", best=best.number,
        )  # fmt: skip
    span, items = _interval(project, best.run)
    second = best_of(one for one in trials if one.number != best.number)
    if second is None:
        words = f"{best.title} is the only one that came to its end; nothing stands against it yet."
        return Judged(words, False, span, items, best.number)
    if second.number not in here or second.run is None:
        words = f"{second.title}, the second best, ran in another project: no test is possible."
        return Judged(words, False, span, items, best.number)
    words, sure = _against(project, best, second)
    ended = sum(one.state == "finished" for one in trials)
    return Judged(f"{words} {_caution(ended)}", sure, span, items, best.number)


def _against(project: Project, best: TrialRecord, second: TrialRecord) -> tuple[str, bool]:
    from engine.evaluation.comparing import better

    assert best.run is not None and second.run is not None
    try:
        found = better(project, second.run, best.run, SPLIT).differences[METRIC]
    except ConfigurationError as error:
        return f"{best.title} and {second.title} cannot be compared: {error.cause}", False
    points, low, high = (f"{100 * v:+.1f}" for v in (found.value, found.low, found.high))
    measured = (
        f"{points} points of balanced accuracy ({low} to {high}, p = {found.p:.2g}) on the same "
        f"{found.items:,} validation items"
    )
    if found.sure and found.value > 0:
        return f"{best.title} is better than {second.title}, the second best: {measured}.", True
    return (
        f"Whether {best.title.lower()} is better than {second.title.lower()}, the second best, "
        f"cannot be told: {measured}. Either may be taken.", False,
    )  # fmt: skip


def _caution(ended: int) -> str:
    return (
        f"The best of {ended} was picked by these very items, so its figure is a little too good "
        "to expect. The test items played no part: Results says what holds."
    )


def _interval(project: Project, run: int) -> tuple[tuple[float, float] | None, int]:
    import numpy as np

    from engine.evaluation import classification
    from engine.store import runs

    said = runs.predictions(project, run, SPLIT)
    if not said:
        return None, 0
    targets = np.asarray([one.target for one in said])
    rows = np.stack([np.frombuffer(one.probabilities, "<f4") for one in said])
    return classification.summary(targets, rows).intervals[METRIC], len(said)
