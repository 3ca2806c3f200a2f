"""The run that trains now: what was heard of it, and what a person can tell it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, Signal

from engine.errors import CrashedRun, GraftError
from engine.events import (
    Activity,
    CheckpointSaved,
    EpochEnded,
    EpochStarted,
    Event,
    LogLine,
    PhaseStarted,
    Remark,
    RunEnded,
    RunStarted,
    StepLogged,
    Stuck,
)
from engine.training.process import Request
from gui.children import Children, ChildThread


class LiveRun(QObject):
    """Follows a child that trains. `heard` passes each event on after it was taken in."""

    heard = Signal(object)  # Event
    changed = Signal()  # paused, stopping, stuck, unresponsive
    stored = Signal()  # the run or its figures are in the database
    ended = Signal()

    def __init__(
        self, children: Children, project: Path, recipe: dict[str, Any], resume: int | None,
        parent: QObject | None = None,
    ) -> None:  # fmt: skip
        super().__init__(parent)
        self._children = children
        self._request = Request("train", str(project), {"recipe": recipe, "resume": resume})
        self._thread: ChildThread | None = None
        self.recipe = recipe
        self.run = resume
        self.started: RunStarted | None = None
        self.phase: PhaseStarted | None = None
        self.step: StepLogged | None = None
        self.activity = "Loading the libraries"
        self.epoch = 0
        self.epochs = int(recipe.get("epochs", 0))
        self.seconds_left: float | None = None
        self.stuck: Stuck | None = None
        self.outcome: RunEnded | None = None
        self.error: GraftError | None = None
        self.notes: list[LogLine | Remark] = []
        self.paused = self.stopping = self.unresponsive = self.over = False

    def start(self) -> None:
        if self.stopping:  # before it began
            self._end()
            return
        self._thread = self._children.ask(
            self._request, done=self._done, failed=self.fail, heard=self._hear
        )
        self._thread.unresponsive.connect(self._not_stopping)

    @property
    def name(self) -> str:
        return self.started.name if self.started else "Training"

    @property
    def fraction(self) -> float:
        """How much is done, 0 to 1."""
        if self.step is None or not self.epochs:
            return 0.0
        return min(1.0, self.step.epoch / self.epochs)

    def pause(self) -> None:
        self._tell("pause", paused=True)

    def resume(self) -> None:
        self._tell("resume", paused=False)

    def stop_after_epoch(self) -> None:
        self._tell("stop-after-epoch", stopping=True)

    def stop(self) -> None:
        """Now; what was learned is saved first."""
        self._tell("stop", stopping=True)

    def kill(self) -> None:
        """When it does not answer. The last checkpoint stays."""
        if self._thread is not None and not self.over:
            self._thread.kill()

    def _tell(self, command: str, **flags: bool) -> None:
        if self.over:
            return
        if self._thread is not None:
            self._thread.command(command)
        for name, value in flags.items():
            setattr(self, name, value)
        self.changed.emit()

    def _hear(self, event: Event) -> None:
        if not isinstance(event, Stuck) and self.stuck is not None:
            self.stuck = None
            self.changed.emit()
        match event:
            case RunStarted():
                self.started, self.run, self.epochs = event, event.run, event.epochs
                self.activity = "Preparing the data"
                self.stored.emit()
            case PhaseStarted():
                self.phase = event
            case EpochStarted(epoch=epoch, epochs=epochs):
                self.epoch, self.epochs, self.activity = epoch, epochs, ""
            case StepLogged():
                self.step, self.seconds_left, self.activity = event, event.seconds_left, ""
            case Activity(text=text, done=done, total=total, seconds_left=left):
                self.activity = f"{text}: {done:,} of {total:,}" if total else text
                if left is not None or self.step is None:  # looking and saving do not end a run
                    self.seconds_left = left
            case LogLine() | Remark():
                self.notes.append(event)
            case Stuck():
                self.stuck = event
                self.changed.emit()
            case RunEnded():
                self.outcome = event
            case EpochEnded() | CheckpointSaved():
                self.stored.emit()
            case _:
                pass
        self.heard.emit(event)

    def _not_stopping(self) -> None:
        self.unresponsive = True
        self.changed.emit()

    def _done(self, result: object) -> None:
        if self.outcome is None and isinstance(result, dict) and "state" in result:
            known = RunEnded.__dataclass_fields__
            self.outcome = RunEnded(**{k: v for k, v in result.items() if k in known})
        if self.outcome is not None and self.outcome.error is not None:
            self.error = GraftError.from_wire(self.outcome.error)
        self._end()

    def fail(self, error: GraftError) -> None:
        """The run ended with an error, or could not begin."""
        killed = self.stopping and isinstance(error, CrashedRun)
        self.error = None if killed else error
        self._end()

    def _end(self) -> None:
        self.over = True
        self.ended.emit()
