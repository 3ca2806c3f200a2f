"""What long work says while it goes on.

Events are a hint, the database is the record: whoever misses one loses a
redraw, never a result. Each has a wire form (a JSON-ready dict) that crosses
the pipe from the training process and is what `--json` prints.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from engine.errors import GraftError


@dataclass(frozen=True)
class Activity:
    """What is being done just now. Also the sign of life that a watchdog reads."""

    text: str
    done: int = 0
    total: int = 0
    seconds_left: float | None = None
    unit: str = ""  # of `done` and `total`: 'bytes', '' for things that are counted


@dataclass(frozen=True)
class LogLine:
    text: str
    level: str = "info"  # info, warning


@dataclass(frozen=True)
class RunStarted:
    run: int
    name: str
    model: str
    preset: str
    epochs: int
    items: dict[str, int]  # split -> number of items
    device: str
    trainable: int  # parameters
    parameters: int
    resumed: bool = False


@dataclass(frozen=True)
class PhaseStarted:
    run: int
    phase: int
    name: str
    trainable: int  # parameters that learn in this phase
    cut: str | None  # module at which the cached frozen prefix ends, None: no cache
    cached: int = 0  # feature records found in the cache
    computed: int = 0  # feature records computed now


@dataclass(frozen=True)
class EpochStarted:
    run: int
    epoch: int  # counts from 1
    epochs: int


@dataclass(frozen=True)
class StepLogged:
    """At most ten a second."""

    run: int
    step: int
    epoch: float  # position in epochs, for the axis
    loss: float
    lr: float
    items_per_second: float
    seconds_left: float


@dataclass(frozen=True)
class EpochEnded:
    run: int
    epoch: int
    metrics: dict[str, float]  # "train/loss", "validation/accuracy", ...
    best: bool


@dataclass(frozen=True)
class Remark:
    """What a guard says of a run, and what one click would change in the next one."""

    run: int
    epoch: int
    kind: str  # the guard's name
    text: str
    remedy: dict[str, Any] | None = None  # 'text', and 'changes': value by field of a Recipe


@dataclass(frozen=True)
class RatePoint:
    """One step of a learning-rate range test."""

    rate: float
    loss: float
    smooth: float  # the loss with the noise of single batches taken out


@dataclass(frozen=True)
class Trial:
    """One run of a search: when it begins, after each epoch, and when it ends."""

    study: str
    number: int
    run: int | None
    state: str  # running, finished, pruned, failed, stopped
    choices: dict[str, Any]  # value by field of a Recipe
    epoch: int = 0
    value: float | None = None  # of the metric selected by, so far
    best: bool = False  # of all trials of the study


@dataclass(frozen=True)
class Suggested:
    """New suggestions are on disk (see engine.suggesting.files)."""

    file: str  # its name in cache/suggestions
    suggested: int  # rows: items without a label
    labelled: int  # labels that taught the probe
    classes: list[int]  # ids of the classes with enough labels
    missing: list[int]  # ids of those with fewer than two; while there are any: orders only
    described: int  # items with features, of `items` that can be read
    items: int
    seconds: float
    accuracy: float | None = None  # balanced, on labels held out, with its 95 % interval
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class CheckpointSaved:
    run: int
    checkpoint: int
    epoch: int
    step: int
    best: bool


@dataclass(frozen=True)
class Stuck:
    """No sign of life for `seconds`; `doing` was the last thing heard."""

    seconds: float
    doing: str


@dataclass(frozen=True)
class RunEnded:
    run: int
    state: str  # finished, stopped, failed
    epochs: int = 0
    seconds: float = 0.0
    samples_per_second: float = 0.0
    best_validation: float | None = None
    metric: str = ""  # the one selected by
    test: dict[str, float] = field(default_factory=dict)
    checkpoint: int | None = None
    error: dict[str, Any] | None = None


@dataclass(frozen=True)
class Done:
    """The last event of work that succeeded; `result` is JSON-ready."""

    result: Any


@dataclass(frozen=True)
class Failed:
    """The last event of work that did not; `error` is a GraftError's wire form."""

    error: dict[str, Any]

    def to_error(self) -> GraftError:
        return GraftError.from_wire(self.error)


Event = (
    Activity
    | LogLine
    | RunStarted
    | PhaseStarted
    | EpochStarted
    | StepLogged
    | EpochEnded
    | Remark
    | RatePoint
    | Trial
    | Suggested
    | CheckpointSaved
    | Stuck
    | RunEnded
    | Done
    | Failed
)
Emit = Callable[[Event], None]

_TYPES: dict[str, type[Any]] = {
    cls.__name__: cls
    for cls in Event.__args__  # type: ignore[attr-defined]
}


def to_wire(event: Event) -> dict[str, Any]:
    return {"event": type(event).__name__, **dataclasses.asdict(event)}


def from_wire(wire: dict[str, Any]) -> Event:
    fields = {key: value for key, value in wire.items() if key != "event"}
    event: Event = _TYPES[wire["event"]](**fields)
    return event
