"""A child that plays a script, with the interface of `engine.training.process.Child`."""

from __future__ import annotations

import queue
from collections.abc import Iterator
from typing import Any

from engine.errors import CrashedRun
from engine.events import (
    CheckpointSaved,
    Done,
    EpochEnded,
    EpochStarted,
    Event,
    Failed,
    PhaseStarted,
    RunEnded,
    RunStarted,
    StepLogged,
)
from engine.training.process import Request


class ScriptChild:
    """Plays `script` to its end, or waits for `stop` after it when `waits`."""

    def __init__(self, script: list[Event], waits: bool = False, deaf: bool = False) -> None:
        self.script, self.waits, self.deaf = script, waits, deaf
        self.request: Request | None = None
        self.commands: list[str] = []
        self._inbox: queue.SimpleQueue[str] = queue.SimpleQueue()

    def start(self, request: Request) -> None:
        self.request = request

    def command(self, name: str) -> None:
        self.commands.append(name)
        if not self.deaf:
            self._inbox.put(name)

    def kill(self) -> None:
        self._inbox.put("kill")

    def close(self) -> None:
        pass

    def events(self) -> Iterator[Event]:
        yield from self.script
        if not self.waits:
            return
        while (command := self._inbox.get()) not in ("stop", "stop-after-epoch", "kill"):
            pass
        if command == "kill":
            error = CrashedRun("The training process ended unexpectedly", "Killed.", "Resume it.")
            yield Failed(error.to_wire())
        else:
            yield Done(ended("stopped"))


def ended(state: str = "finished", **more: Any) -> dict[str, Any]:
    said = {"run": 1, "state": state, "epochs": 2, "seconds": 3.0, "samples_per_second": 50.0}
    return {**said, **more}


def epochs(count: int = 2, steps: int = 5, run: int = 1) -> list[Event]:
    """What a run says in its first epochs."""
    said: list[Event] = [
        RunStarted(run, f"Run {run}", "squeezenet1_1", "feature-extraction", 4,
                   {"train": 80, "validation": 20, "test": 20}, "CPU", 1026, 700_000),
        PhaseStarted(run, 1, "Head only", 1026, "features", 0, 100),
    ]  # fmt: skip
    for epoch in range(1, count + 1):
        said.append(EpochStarted(run, epoch, 4))
        for step in range(steps):
            at = epoch - 1 + (step + 1) / steps
            said.append(StepLogged(run, step, at, 1 / (1 + at), 0.001, 120.0, 8.0))
        metrics = {
            "train/loss": 0.5, "validation/loss": 0.6, "validation/accuracy": 0.7 + epoch / 100,
            "validation/balanced_accuracy": 0.65 + epoch / 100,
        }  # fmt: skip
        said.append(EpochEnded(run, epoch, metrics, True))
        said.append(CheckpointSaved(run, epoch, epoch, epoch * steps, True))
    return said


def finished(count: int = 4) -> list[Event]:
    outcome = ended()
    return [*epochs(count), RunEnded(**outcome), Done(outcome)]
