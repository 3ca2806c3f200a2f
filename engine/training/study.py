"""The study of a search: Optuna's, kept in SQLite or where several machines reach it.

Optuna is loaded here and nowhere else; the window never comes this way.
"""

from __future__ import annotations

import json
import os
import secrets
import socket
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import optuna
from optuna.exceptions import StorageInternalError
from optuna.storages import RDBStorage
from optuna.trial import FrozenTrial, TrialState
from sqlalchemy.exc import SQLAlchemyError

from engine.errors import ConfigurationError, StorageError
from engine.store.project import Project
from engine.training.masking import masked
from engine.training.search_space import Order

BASE = "base"
RUN, WORKER, STOPPED = "run", "worker", "stopped"  # what a trial says of itself
STATES = {
    TrialState.COMPLETE: "finished", TrialState.PRUNED: "pruned", TrialState.FAIL: "failed",
    TrialState.RUNNING: "running", TrialState.WAITING: "waiting",
}  # fmt: skip
_BUSY = 60.0  # seconds that one worker waits for another's turn to write

optuna.logging.set_verbosity(optuna.logging.ERROR)


@contextmanager
def opened(project: Project, order: Order, seed: int = 0) -> Iterator[optuna.Study]:
    """The study of an order, made when it is new.

    Args:
        seed: of the sampler; each worker has its own.

    Raises:
        ConfigurationError: there is a study of that name with another base.
        StorageError: the storage cannot be reached.
    """
    url = order.url(project)
    storage = _storage(url, order.heartbeat)
    try:
        study = optuna.create_study(
            storage=storage, study_name=order.study, direction="maximize", load_if_exists=True,
            sampler=optuna.samplers.TPESampler(seed=seed, n_startup_trials=6),
            pruner=_pruner(order),
        )  # fmt: skip
        _settle(study, order)
        yield study
    except (SQLAlchemyError, StorageInternalError) as error:
        raise _unreachable(order, url, error) from error
    finally:
        storage.remove_session()
        storage.engine.dispose()


def summary(study: optuna.Study) -> list[dict[str, Any]]:
    """Each trial: number, state, run, choices, value (of the metric, its best so far), epochs."""
    return [described(trial) for trial in study.get_trials(deepcopy=False)]


def described(trial: FrozenTrial) -> dict[str, Any]:
    reached = trial.intermediate_values
    state = STATES[trial.state]
    return {
        "number": trial.number,
        "state": "stopped" if state == "failed" and STOPPED in trial.user_attrs else state,
        "run": trial.user_attrs.get(RUN),
        "choices": dict(trial.params),
        # Optuna gives a pruned trial its last value, which need not be its best.
        "value": trial.value if state == "finished" else max(reached.values(), default=None),
        "epochs": max(reached, default=0),
        "reason": trial.user_attrs.get(STOPPED, ""),
    }


def best_of(study: optuna.Study) -> FrozenTrial | None:
    done = [t for t in study.get_trials(deepcopy=False) if t.state == TrialState.COMPLETE]
    return max(done, key=lambda trial: trial.value or 0.0, default=None)


def worker_name() -> str:
    """Another one each time, on whatever machine: a study may be shared by several."""
    return f"{socket.gethostname()}-{os.getpid()}-{secrets.token_hex(4)}"


def give_up(study: optuna.Study, worker: str) -> list[int]:
    """Marks what a worker that is no more left running. Returns the trials' numbers."""
    left = [
        trial
        for trial in study.get_trials(deepcopy=False, states=(TrialState.RUNNING,))
        if trial.user_attrs.get(WORKER) == worker
    ]
    for trial in left:
        study.tell(trial.number, state=TrialState.FAIL)
    return [trial.number for trial in left]


def _storage(url: str, heartbeat: int) -> RDBStorage:
    arguments = {"connect_args": {"timeout": _BUSY}} if url.startswith("sqlite") else {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the heartbeat is called experimental
        try:
            return RDBStorage(
                url, arguments, heartbeat_interval=heartbeat, grace_period=3 * heartbeat
            )
        except (SQLAlchemyError, ImportError, ValueError) as error:
            raise StorageError(
                "The study cannot be opened", f"{masked(url, url)} could not be reached.",
                "Check the address, and that its database driver is installed.",
                details=masked(str(error), url), subject="storage",
            ) from error  # fmt: skip


def _unreachable(order: Order, url: str, error: Exception) -> StorageError:
    return StorageError(
        "The study cannot be read or written",
        f"The storage of the study {order.study!r} gave an error.",
        "Check the disk or the connection, then search again: it goes on where it was.",
        # Optuna's own error says less than the one that it wraps.
        details=masked(str(error.__cause__ or error), url),
    )


def _pruner(order: Order) -> optuna.pruners.BasePruner:
    if order.pruner == "median":
        return optuna.pruners.MedianPruner(
            n_startup_trials=4, n_warmup_steps=max(2, order.recipe.epochs // 4)
        )
    if order.pruner == "hyperband":
        return optuna.pruners.HyperbandPruner(max_resource=order.recipe.epochs)
    return optuna.pruners.NopPruner()


def _settle(study: optuna.Study, order: Order) -> None:
    base = json.dumps(order.base(), sort_keys=True)
    known = study.user_attrs.get(BASE)
    if known is None:
        study.set_user_attr(BASE, base)
    elif known != base:
        raise ConfigurationError(
            "This study searches something else",
            f"The study {order.study!r} was begun with other settings or another span, and its "
            "trials cannot be compared with new ones.",
            "Give the new search a name of its own, or the old settings.", subject="study",
        )  # fmt: skip
