"""What a command says: JSON lines on stdout, or words for people."""

from __future__ import annotations

import json
import sys
import threading
from typing import Any

from engine import events
from engine.errors import GraftError
from engine.events import Activity, Event, LogLine

WIDTH = 79  # of a terminal, at least


class Speaker:
    """Says what happens: JSON lines on stdout, or words; every line at once.

    On a terminal one line tells how far long work is, and is written over.
    """

    def __init__(self, as_json: bool) -> None:
        self._json = as_json
        self._doing = ""
        self._on_terminal = sys.stderr.isatty()
        self._open = False  # the line is not ended that tells how far
        self._lock = threading.Lock()

    def emit(self, event: Event) -> None:
        if self._json:
            self._line(events.to_wire(event))
        words = _words(event)
        if isinstance(event, Activity):
            if self._on_terminal and event.total:
                self._far(event)
                return
            if words == self._doing:
                return
            self._doing = words
        if words:
            self.log(words)

    def result(self, value: dict[str, Any], words: str) -> None:
        """The outcome of a command: one object, or words on stdout."""
        if self._json:
            self._line(value)
        else:
            with self._lock:
                self._end_line()
                print(words, flush=True)

    def failed(self, error: GraftError) -> None:
        if self._json:
            self._line({"event": "Failed", "error": error.to_wire()})
        self.log(f"{error.title}\n  {error.cause}\n  {error.remedy}")
        if error.details:
            self.log("  " + error.details.rstrip().replace("\n", "\n  "))

    def log(self, words: str) -> None:
        with self._lock:
            self._end_line()
            print(words, file=sys.stderr, flush=True)

    def _far(self, event: Activity) -> None:
        left = f", {event.seconds_left:,.0f} s left" if event.seconds_left is not None else ""
        words = f"{event.text[: WIDTH - 24]}: {event.done / event.total:.0%}{left}"
        with self._lock:
            print(f"\r{words:{WIDTH}}", end="", file=sys.stderr, flush=True)
            self._open = True

    def _end_line(self) -> None:
        if self._open:
            print(file=sys.stderr, flush=True)
            self._open = False

    def _line(self, value: dict[str, Any]) -> None:
        with self._lock:
            print(json.dumps(value, ensure_ascii=False), flush=True)


def _words(event: Event) -> str:
    match event:
        case Activity(text=text):
            return text
        case LogLine(text=text):
            return text
        case events.RunStarted(items=items, device=device, trainable=learns, parameters=all_):
            return (
                f"Run {event.run}: {event.preset} of {event.model} on {device}; "
                f"{items.get('train', 0)} training, {items.get('validation', 0)} validation, "
                f"{items.get('test', 0)} test items; {learns:,} of {all_:,} parameters learn"
            )
        case events.PhaseStarted(name=name, cut=cut):
            return f"Phase {event.phase}: {name}" + (f", frozen before {cut}" if cut else "")
        case events.EpochEnded(epoch=epoch, metrics=metrics, best=best):
            figures = "  ".join(f"{name} {value:.4f}" for name, value in metrics.items())
            return f"Epoch {epoch}: {figures}" + ("  (best)" if best else "")
        case events.Remark(text=text):
            return text
        case events.RatePoint(rate=rate, smooth=smooth):
            return f"  rate {rate:.2e}  loss {smooth:.4f}"
        case events.Trial(number=number, state=state, value=value) if state != "running":
            figure = "" if value is None else f" {value:.4f}"
            return f"Trial {number + 1} {state}{figure}" + ("  (best)" if event.best else "")
        case events.Stuck(seconds=seconds, doing=doing):
            return f"No sign of life for {seconds:.0f} s. It was doing: {doing}"
        case _:
            return ""
