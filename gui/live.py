"""What works in a child now: what was heard of it, and what a person can tell it."""

from __future__ import annotations

from dataclasses import dataclass
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
from gui.widgets.words import time_left


@dataclass(frozen=True)
class Leaving:
    """What is asked of a person who leaves while it works."""

    title: str
    text: str
    more: str
    stay: str  # on the button


class Live(QObject):
    """Follows a child. `heard` passes each event on after it was taken in.

    A run and a search differ in what they take in and in their words; how they
    are begun, paused, stopped, ended and missed is the same and stands here.
    """

    heard = Signal(object)  # Event
    changed = Signal()  # paused, stopping, stuck, unresponsive
    stored = Signal()  # something new is in the database
    ended = Signal()

    kept = "what was learned"  # by stopping
    kept_by_force = "the last checkpoint"
    pausing = "Ctrl+P"  # what there is to know of it

    def __init__(self, children: Children, request: Request, parent: QObject | None) -> None:
        super().__init__(parent)
        self._children = children
        self._request = request
        self._thread: ChildThread | None = None
        self.activity = "Loading the libraries"
        self.seconds_left: float | None = None
        self.stuck: Stuck | None = None
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
        raise NotImplementedError

    @property
    def fraction(self) -> float | None:
        """How much is done, 0 to 1; None: nobody can tell."""
        raise NotImplementedError

    @property
    def doing(self) -> str:
        """What it does when nothing is amiss."""
        raise NotImplementedError

    @property
    def leaving(self) -> Leaving:
        raise NotImplementedError

    @property
    def words(self) -> str:
        """What it does now."""
        if self.unresponsive:
            return f"does not answer; ending it now keeps {self.kept_by_force}"
        if self.stopping:
            return f"stopping, and keeping {self.kept}"
        if self.stuck is not None:
            return f"no sign of life for {self.stuck.seconds:.0f} s, last: {self.stuck.doing}"
        if self.paused:
            return f"paused · {self.doing}"
        return self.doing + time_left(self.seconds_left, " · ")

    def pause(self) -> None:
        self._tell("pause", paused=True)

    def resume(self) -> None:
        self._tell("resume", paused=False)

    def stop(self) -> None:
        """Now; what was learned is saved first."""
        self._tell("stop", stopping=True)

    def kill(self) -> None:
        """When it does not answer. The last checkpoint stays."""
        if self._thread is not None and not self.over:
            self._thread.kill()

    def fail(self, error: GraftError) -> None:
        """It ended with an error, or could not begin."""
        killed = self.stopping and isinstance(error, CrashedRun)
        self.error = None if killed else self._worded(error)
        self._end()

    # What a run and a search do in their own way

    def _take(self, event: Event) -> None:
        raise NotImplementedError

    def _take_result(self, result: object) -> None:
        raise NotImplementedError

    def _worded(self, error: GraftError) -> GraftError:
        return error

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
        if isinstance(event, LogLine | Remark):
            self.notes.append(event)
        elif isinstance(event, Stuck):
            self.stuck = event
            self.changed.emit()
        self._take(event)
        self.heard.emit(event)

    def _not_stopping(self) -> None:
        self.unresponsive = True
        self.changed.emit()

    def _done(self, result: object) -> None:
        self._take_result(result)
        self._end()

    def _end(self) -> None:
        self.over = True
        self.ended.emit()


class LiveRun(Live):
    """The run that trains."""

    def __init__(
        self, children: Children, project: Path, recipe: dict[str, Any], resume: int | None,
        parent: QObject | None = None,
    ) -> None:  # fmt: skip
        request = Request("train", str(project), {"recipe": recipe, "resume": resume})
        super().__init__(children, request, parent)
        self.recipe = recipe
        self.run = resume
        self.started: RunStarted | None = None
        self.phase: PhaseStarted | None = None
        self.step: StepLogged | None = None
        self.epoch = 0
        self.epochs = int(recipe.get("epochs", 0))
        self.outcome: RunEnded | None = None

    @property
    def name(self) -> str:
        return self.started.name if self.started else "Training"

    @property
    def fraction(self) -> float | None:
        if self.step is None:
            return None
        return min(1.0, self.step.epoch / self.epochs) if self.epochs else 0.0

    @property
    def doing(self) -> str:
        return self.activity or f"epoch {self.epoch} of {self.epochs}"

    @property
    def leaving(self) -> Leaving:
        return Leaving(
            "A run is training", f"{self.name} is still training.",
            "Stopping keeps what it has learned so far, and it can be resumed later.",
            "Keep training",
        )  # fmt: skip

    def stop_after_epoch(self) -> None:
        self._tell("stop-after-epoch", stopping=True)

    def _take(self, event: Event) -> None:
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
            case RunEnded():
                self.outcome = event
            case EpochEnded() | CheckpointSaved():
                self.stored.emit()
            case _:
                pass

    def _take_result(self, result: object) -> None:
        if self.outcome is None and isinstance(result, dict) and "state" in result:
            known = RunEnded.__dataclass_fields__
            self.outcome = RunEnded(**{k: v for k, v in result.items() if k in known})
        if self.outcome is not None and self.outcome.error is not None:
            self.error = GraftError.from_wire(self.outcome.error)
