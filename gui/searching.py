"""The search that works now: its trials as they are heard of, beside those of before."""

from __future__ import annotations

import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject

from engine.errors import CrashedRun, GraftError
from engine.events import Activity, Event, RunEnded, StepLogged, Trial
from engine.training.process import Request
from engine.training.search_record import StudyRecord, TrialRecord
from gui.children import Children
from gui.live import Leaving, Live
from gui.widgets.words import count

CHOOSING = "Choosing what to try next"
SEARCHING = "Searching"  # how the engine begins what it says of the search itself


class LiveSearch(Live):
    kept = kept_by_force = "every trial so far"
    pausing = "Ctrl+P. The minutes of the search stand still meanwhile"

    def __init__(
        self, children: Children, project: Path, arguments: dict[str, Any],
        known: Iterable[TrialRecord] = (), parent: QObject | None = None,
    ) -> None:  # fmt: skip
        """`arguments`: of engine.training.search; `known`: trials of an earlier time."""
        super().__init__(children, Request("search", str(project), arguments), parent)
        self.study = str(arguments["study"])
        self.arguments = arguments
        self.epochs = int(arguments["recipe"].get("epochs", 0))
        self.seconds = 60.0 * float(arguments["minutes"])
        self.trials = {one.number: one for one in known}
        self.before = len(self.trials)  # that were there when it began
        self._ends: float | None = None  # by time.monotonic; None: it has not begun
        self._paused: float | None = None  # since when; its minutes stand still meanwhile

    @property
    def record(self) -> StudyRecord:
        return StudyRecord(self.study, tuple(self.trials[n] for n in sorted(self.trials)))

    @property
    def running(self) -> list[TrialRecord]:
        return [one for one in self.record.trials if one.state == "running"]

    @property
    def name(self) -> str:
        return f"Search '{self.study}'" if self.study.lower() != "search" else "Search"

    @property
    def fraction(self) -> float | None:
        """Of the time, or of the trials that were asked for, whichever is further."""
        if self._ends is None:
            return None
        share = 1 - max(0.0, self._ends - self._now) / self.seconds
        most = self.arguments.get("trials")
        if most:
            ended = len(self.trials) - self.before - len(self.running)
            share = max(share, ended / most)
        return min(1.0, max(0.0, share))

    @property
    def doing(self) -> str:
        running, ended = self.running, len(self.trials) - len(self.running)
        done = f" · {ended:,} done" if ended else ""
        if not running:
            waits = self.activity.startswith(SEARCHING)
            return (CHOOSING if waits else self.activity) + done
        if len(running) > 1:
            now = f"{count(len(running), 'trial')} at work"
        else:
            (one,) = running
            now = f"{one.title.lower()}, {self.activity.lower()}" if self.activity else (
                f"{one.title.lower()}, epoch {min(one.epochs + 1, self.epochs)} of {self.epochs}"
            )  # fmt: skip
        return now + done

    @property
    def leaving(self) -> Leaving:
        return Leaving(
            "A search is at work", f"{self.name} is still trying settings.",
            "Stopping keeps every trial so far, and the search can go on later.",
            "Keep searching",
        )  # fmt: skip

    def pause(self) -> None:
        self._paused = self._now
        super().pause()

    def resume(self) -> None:
        if self._paused is not None and self._ends is not None:
            self._ends += time.monotonic() - self._paused
        self._paused = None
        super().resume()

    @property
    def _now(self) -> float:
        """On the clock of the search."""
        return time.monotonic() if self._paused is None else self._paused

    def _take(self, event: Event) -> None:
        match event:
            case Trial():
                self._take_trial(event)
            case Activity(text=text, seconds_left=left) if text.startswith(SEARCHING):
                self._ends = self._now + (left or 0.0)
                self.activity = "" if self.running else text
            case Activity(text=text, done=done, total=total):
                self.activity = f"{text}: {done:,} of {total:,}" if total else text
            case StepLogged():
                self.activity = ""
            case RunEnded():
                self.stored.emit()
            case _:
                pass
        if self._ends is not None:
            self.seconds_left = max(0.0, self._ends - self._now)

    def _take_trial(self, event: Trial) -> None:
        if event.state != "running":
            self.activity = CHOOSING
        elif event.epoch:
            self.activity = ""
        self.trials[event.number] = TrialRecord(
            event.number, event.state, event.run, event.choices, event.value, event.epoch
        )
        self.stored.emit()

    def _take_result(self, result: object) -> None:
        if isinstance(result, dict):
            for wire in result.get("trials", ()):
                one = TrialRecord.from_wire(wire)
                self.trials[one.number] = one

    def _worded(self, error: GraftError) -> GraftError:
        if not isinstance(error, CrashedRun):
            return error
        return CrashedRun(
            "The search ended unexpectedly", error.cause,
            "Every trial that had ended is kept. Search on under the same name: it goes on where "
            "it was. If memory was short, take a smaller batch or fewer worker processes.",
            details=error.details,
        )  # fmt: skip
