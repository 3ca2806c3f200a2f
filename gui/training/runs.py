"""All runs of the project, newest first."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Signal

from engine.freezing.presets import PRESETS
from gui.live import Live
from gui.widgets.card import Card
from gui.widgets.controls import button
from gui.widgets.table import Column, Table
from gui.widgets.words import duration

if TYPE_CHECKING:
    from engine.store.runs import Run

STATES = {
    "running": "running", "finished": "finished", "stopped": "stopped", "failed": "failed",
    "interrupted": "interrupted",
}  # fmt: skip


def preset_title(run: Run) -> str:
    name = str(run.recipe.get("preset", ""))
    return PRESETS[name].title if name in PRESETS else name


def model_name(run: Run) -> str:
    return str(run.model.get("name") or run.recipe.get("model", ""))


def _best(run: Run) -> str:
    return f"{run.best_validation:.3f}" if run.best_validation is not None else "–"


COLUMNS = (
    Column("Run", lambda run: str(run.id), 44, sort=lambda run: run.id),
    Column("Preset", preset_title, 148),
    Column("Model", model_name),
    Column("Best", _best, 56, True, sort=lambda run: run.best_validation,
           tip="Best validation: balanced accuracy"),
    Column("Time", lambda run: duration(run.seconds), 66, True, sort=lambda run: run.seconds),
    Column("State", lambda run: STATES[run.state], 92),
)  # fmt: skip


class Runs(Card):
    chosen = Signal(object)  # Run
    results_wanted = Signal(int)
    resume_wanted = Signal(object)  # Run

    def __init__(self) -> None:
        super().__init__("Runs")
        self.results = button("Results", tip="Judge this run on its test items (Enter)")
        self.resume = button("Resume", tip="Goes on from the last checkpoint to the same result")
        self.top.addWidget(self.resume)
        self.top.addWidget(self.results)
        self.table = Table(COLUMNS, "Runs")
        self.table.chosen.connect(self._chosen)
        self.table.opened.connect(lambda run: self._open())
        self.results.clicked.connect(self._open)
        self.resume.clicked.connect(lambda: self.resume_wanted.emit(self.table.current))
        self.box.addWidget(self.table, 1)
        self._live: Live | None = None

    def show_runs(self, runs: list[Run], live: Live | None) -> None:
        self._live = live
        newest = runs[0].id if runs else None
        known = {run.id for run in self.table.rows.rows}
        self.table.set_rows(runs, keep=lambda run: run.id)
        if runs and (self.table.current is None or newest not in known):
            self.table.choose(lambda run: run.id == newest)
        self._mark()

    def _chosen(self, run: Run | None) -> None:
        self._mark()
        if run is not None:
            self.chosen.emit(run)

    def _mark(self) -> None:
        run: Any = self.table.current
        self.results.setEnabled(run is not None and run.state in ("finished", "stopped"))
        resumable = run is not None and run.state in ("interrupted", "stopped", "failed")
        self.resume.setVisible(resumable)
        self.resume.setEnabled(self._live is None)

    def _open(self) -> None:
        run = self.table.current
        if run is not None and run.state in ("finished", "stopped"):
            self.results_wanted.emit(run.id)
