"""Hyper-parameter search: many runs, each choosing by what those before it showed.

Optuna (Akiba et al. 2019) chooses and prunes; every trial is a run of the
project like any other. Workers share the study through its storage alone, so
that they may be processes of this machine or of others.
"""

from __future__ import annotations

import os
import threading
import time
from typing import Any

import torch

from engine.errors import GraftError, StorageError
from engine.events import Activity, Emit, Event, Failed, LogLine, RatePoint, StepLogged
from engine.store import runs
from engine.store.project import Project
from engine.tasks.registry import task as task_named
from engine.training.control import Control
from engine.training.masking import masked
from engine.training.process import Child, Request
from engine.training.search_budget import Budget
from engine.training.search_space import Order
from engine.training.search_trial import CutShort, Objective
from engine.training.study import best_of, described, give_up, opened, summary, worker_name

FAILURES = 3  # trials in a row that end in an error: then the search itself cannot go on
_NOT_PASSED_ON = (Activity, StepLogged, RatePoint, Failed)  # of several workers, too much


def search(project: Project, arguments: dict[str, Any], emit: Emit, control: Control) -> Any:
    """Searches until the time is over, the trials are done or a person stops it.

    Arguments: 'recipe' (a Recipe's wire form), 'space' ('lr': [low, high], 'presets',
    'augmentations'), 'minutes', 'workers', 'study', 'storage', 'pruner', 'trials' (see Order).

    Returns:
        study, storage, trials (study.summary's), best (one of them, or None), seconds.

    Raises:
        GraftError: the order cannot be followed, or trial after trial fails.
    """
    order = Order.of(arguments, task_named(project.task).item_kind)
    started = time.time()
    if "worker" in arguments:  # of a search that another process leads
        budget = Budget(float(arguments["seconds"]), control)
        _work(project, order, budget, str(arguments["worker"]), int(arguments["seed"]),
              arguments.get("most"), emit, control)  # fmt: skip
        return None
    budget = Budget(60 * order.minutes, control)
    with opened(project, order) as study:  # says at once what is wrong with the order
        there = len(study.get_trials(deepcopy=False))
    most = None if order.trials is None else there + order.trials
    if order.workers == 1:
        _work(project, order, budget, worker_name(), there, most, emit, control)
    else:
        _lead(project, order, arguments, budget, most, there, emit, control)
    url = order.url(project)
    with opened(project, order) as study:
        best = best_of(study)
        return {
            "study": order.study, "storage": masked(url, url), "trials": summary(study),
            "best": described(best) if best else None, "seconds": time.time() - started,
        }  # fmt: skip


def _work(
    project: Project, order: Order, budget: Budget, worker: str, seed: int, most: int | None,
    emit: Emit, control: Control,
) -> None:  # fmt: skip
    """Trial after trial in this process."""
    if order.workers > 1:
        torch.set_num_threads(max(1, (os.cpu_count() or 2) // order.workers))
    metric = task_named(project.task).metric
    failed: list[GraftError] = []
    with opened(project, order, order.recipe.seed + seed) as study:
        objective = Objective(project, study, order, metric, budget, worker, emit, control)

        def once(trial: Any) -> float:
            try:
                value = objective(trial)
            except GraftError as error:
                failed.append(error)
                emit(LogLine(f"Trial {trial.number + 1} failed. {error}", "warning"))
                raise
            failed.clear()
            return value

        def tell() -> int:
            done = len(study.get_trials(deepcopy=False))
            emit(_activity(f"Searching, {done} trials so far", budget))
            return done

        def after(*_: Any) -> None:
            done = tell()
            enough = most is not None and done >= most
            if enough or control.stop or budget.over or len(failed) >= FAILURES:
                study.stop()

        if not budget.over and control.stop is None:
            tell()
            study.optimize(once, callbacks=[after], catch=(GraftError, CutShort))
    if len(failed) >= FAILURES:
        raise failed[-1]


def _activity(text: str, budget: Budget) -> Activity:
    spent = min(budget.spent, budget.seconds)
    return Activity(text, round(spent), round(budget.seconds), budget.left)


def _lead(
    project: Project, order: Order, arguments: dict[str, Any], budget: Budget, most: int | None,
    there: int, emit: Emit, control: Control,
) -> None:  # fmt: skip
    """Several workers, each in a process of its own; one that crashes costs its trial."""
    lock = threading.Lock()
    errors: list[Failed] = []
    children: dict[str, Child] = {}

    def tell(event: Event) -> None:
        with lock:
            emit(event)

    def listen(worker: str, child: Child) -> None:
        for event in child.events():
            if isinstance(event, Failed):
                errors.append(event)
                _lost(project, order, worker, event, tell)
            elif not isinstance(event, _NOT_PASSED_ON):
                tell(event)

    threads = []
    for number in range(order.workers):
        worker, child = worker_name(), Child()
        seed = there + number  # another one than those of earlier searches
        own = {"worker": worker, "seed": seed, "seconds": budget.left, "most": most}
        wanted = {**arguments, **own}
        child.start(Request("search", str(project.folder), wanted))
        children[worker] = child
        thread = threading.Thread(target=listen, args=(worker, child), name=f"search-{number}")
        thread.start()
        threads.append(thread)
    try:
        _wait(threads, children, budget, control, tell)
    finally:
        for child in children.values():
            child.close()
        for thread in threads:
            thread.join()
    runs.mark_interrupted(project)
    if len(errors) == order.workers:
        raise errors[-1].to_error()


def _wait(
    threads: list[threading.Thread], children: dict[str, Child], budget: Budget,
    control: Control, tell: Emit,
) -> None:  # fmt: skip
    """Passes on pause, resume and stop until every worker has ended."""
    paused, stopped, told = False, False, 0.0
    while any(thread.is_alive() for thread in threads):
        if control.paused != paused:
            paused = control.paused
            _command(children, "pause" if paused else "resume")
        if control.stop and not stopped:
            stopped = True
            _command(children, control.stop)
        if time.monotonic() - told > 1.0:
            told = time.monotonic()
            tell(_activity(f"Searching with {len(children)} workers", budget))
        time.sleep(0.05)


def _command(children: dict[str, Child], name: str) -> None:
    for child in children.values():
        child.command(name)


def _lost(project: Project, order: Order, worker: str, event: Failed, tell: Emit) -> None:
    """A worker ended with an error: its trial is marked, the others go on."""
    error = event.to_error()
    try:
        with opened(project, order) as study:
            numbers = give_up(study, worker)
    except StorageError:  # the trial is given up when its heartbeat is missed
        numbers = []
    what = f"Trial {numbers[0] + 1}" if numbers else "A worker"
    tell(LogLine(f"{what} was lost. {error.title}: {error.cause} The others go on.", "warning"))
