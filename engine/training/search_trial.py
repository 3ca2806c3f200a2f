"""One trial of a search: a real run of the project, watched and cut short when it lags."""

from __future__ import annotations

from typing import Any

import optuna

from engine.errors import GraftError
from engine.events import Emit, EpochEnded, Event, Remark, RunEnded, RunStarted, Trial
from engine.store import remarks
from engine.store.project import Project
from engine.training.control import NOW, Control, StopNow
from engine.training.run import train
from engine.training.search_budget import Budget
from engine.training.search_space import Order
from engine.training.study import RUN, STOPPED, WORKER, best_of

KIND = "search"
LAGS = "after {epoch} epochs it did worse ({value:.3f}) than the trials before it at that point"
TIME = "the time of the search was over"
ASKED = "the search was stopped"


class CutShort(Exception):
    """The trial ended before its time, and that says nothing of its choices."""


class TrialControl(Control):
    """Passes on what is asked of the search, and ends the trial when time is over."""

    def __init__(self, search: Control, budget: Budget) -> None:
        super().__init__()
        self._search = search
        self._budget = budget

    @property
    def paused(self) -> bool:
        return self._search.paused

    @property
    def stop(self) -> str | None:
        return self._stop or self._search.stop or (NOW if self._budget.over else None)

    def check(self) -> None:
        self._search.check()
        if self._stop == NOW or self._budget.over:
            raise StopNow


class Objective:
    """What Optuna calls for each trial."""

    def __init__(
        self, project: Project, study: optuna.Study, order: Order, metric: str, budget: Budget,
        worker: str, emit: Emit, control: Control,
    ) -> None:  # fmt: skip
        self._project, self._study, self._order = project, study, order
        self._metric, self._budget, self._worker = metric, budget, worker
        self._emit, self._control = emit, control

    def __call__(self, trial: optuna.Trial) -> float:
        """Raises TrialPruned, CutShort, or GraftError where the run failed."""
        trial.set_user_attr(WORKER, self._worker)
        recipe = self._order.space.choose(trial, self._order.recipe)
        control = TrialControl(self._control, self._budget)
        watched = _Watched(self._study, trial, self._metric, control, self._emit)
        ended = train(self._project, recipe, watched, control)
        if ended.state == "finished":
            value = float(ended.best_validation or 0.0)
            best = best_of(self._study)
            watched.tell("finished", value, best is None or value > (best.value or 0.0))
            return value
        if ended.error is not None:
            watched.tell("failed", None)
            raise GraftError.from_wire(ended.error)
        if watched.lags:
            self._note(ended, watched.lags)
            watched.tell("pruned", watched.value)
            raise optuna.TrialPruned(watched.lags)
        reason = TIME if self._control.stop is None else ASKED
        trial.set_user_attr(STOPPED, reason)
        self._note(ended, reason)
        watched.tell("stopped", watched.value)
        raise CutShort(reason)

    def _note(self, ended: RunEnded, reason: str) -> None:
        remark = Remark(ended.run, ended.epochs, KIND, f"Stopped by the search: {reason}.")
        remarks.add(self._project, remark)
        self._emit(remark)


class _Watched:
    """The trial's `emit`: reports each epoch to Optuna and passes everything on."""

    def __init__(
        self, study: optuna.Study, trial: optuna.Trial, metric: str, control: TrialControl,
        emit: Emit,
    ) -> None:  # fmt: skip
        self._study, self._trial, self._control, self._emit = study, trial, control, emit
        self._name = f"validation/{metric}"
        self._run: int | None = None
        self._epoch = 0
        self.value: float | None = None  # the best so far
        self.lags = ""  # why it was given up

    def __call__(self, event: Event) -> None:
        if isinstance(event, RunStarted):
            self._run = event.run
            self._trial.set_user_attr(RUN, event.run)
        self._emit(event)
        if isinstance(event, RunStarted):
            self.tell("running", None)
        elif isinstance(event, EpochEnded):
            self._epoch = event.epoch
            value = event.metrics[self._name]
            self.value = value if self.value is None else max(value, self.value)
            self._trial.report(value, event.epoch)
            self.tell("running", self.value)
            if self._trial.should_prune():
                self.lags = LAGS.format(epoch=event.epoch, value=value)
                self._control.command(NOW)

    def tell(self, state: str, value: float | None, best: bool = False) -> None:
        choices: dict[str, Any] = dict(self._trial.params)
        self._emit(
            Trial(
                self._study.study_name, self._trial.number, self._run, state, choices, self._epoch,
                value, best,
            )
        )  # fmt: skip
