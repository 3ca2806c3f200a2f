"""The trials of a search as a table, and which search is shown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import Signal
from PySide6.QtGui import QResizeEvent

from engine.freezing.presets import PRESETS
from engine.training.search_record import StudyRecord, TrialRecord, best_of
from gui.facts import Facts
from gui.theme import THEME
from gui.widgets.card import Card
from gui.widgets.controls import Choice, button
from gui.widgets.table import Column, Table
from gui.widgets.words import count

STATES = {
    "running": "at work", "finished": "finished", "pruned": "stopped early",
    "stopped": "cut off", "failed": "failed", "waiting": "waiting", "interrupted": "interrupted",
}  # fmt: skip
NEEDS = {"Augmented": 600, "Epochs": 560, "Run": 500}  # px of the card, by column
TIPS = "Stopped early: did worse than the others. Cut off: the search ended first."


@dataclass(frozen=True)
class Line:
    """A trial, and what the table says beside it. `here`: its run is one of this project."""

    trial: TrialRecord
    best: bool
    here: bool

    @property
    def number(self) -> int:
        return self.trial.number

    @property
    def rate(self) -> str:
        rate = self.trial.choices.get("lr")
        return f"{rate:.2e}".replace("e-0", "e-") if rate else "–"

    @property
    def preset(self) -> str:
        name = str(self.trial.choices.get("preset", "–"))
        return PRESETS[name].title if name in PRESETS else name

    @property
    def run(self) -> str:
        if self.trial.run is None:
            return "–"
        return str(self.trial.run) if self.here else "other"

    @property
    def value(self) -> str:
        return f"{self.trial.value:.3f}" if self.trial.value is not None else "–"


def lines_of(trials: Sequence[TrialRecord], facts: Facts | None, shared: bool) -> list[Line]:
    """`shared`: several projects work on the search, each with runs of the same numbers."""
    best = best_of(trials)
    runs = {run.id: run.recipe for run in facts.runs} if facts else {}

    def here(one: TrialRecord) -> bool:
        if one.run is None or not shared:
            return one.run is not None
        recipe = runs.get(one.run, {})
        return all(recipe.get(n) == one.choices.get(n, "") for n in ("preset", "augmentation"))

    return [Line(one, one is best, here(one)) for one in trials]


def _columns(augmented: bool) -> tuple[Column, ...]:
    varied = (
        Column("Augmented", lambda line: str(line.trial.choices.get("augmentation", "–")), 96,
               sort=lambda line: line.trial.choices.get("augmentation"), tip="Augmentation"),
    )  # fmt: skip
    return (
        Column("Trial", lambda line: str(line.number + 1), 50, sort=lambda line: line.number),
        Column("State", lambda line: "best" if line.best else STATES[line.trial.state], 114,
               sort=lambda line: line.trial.state, tip=TIPS,
               stands_out=lambda line: line.best),
        Column("Value", lambda line: line.value, 62, True, sort=lambda line: line.trial.value,
               tip="Best validation: balanced accuracy", stands_out=lambda line: line.best),
        Column("Rate", lambda line: line.rate, 76, True,
               sort=lambda line: line.trial.choices.get("lr"), tip="Learning rate of the head"),
        Column("Preset", lambda line: line.preset, sort=lambda line: line.preset),
        *(varied if augmented else ()),
        Column("Epochs", lambda line: str(line.trial.epochs), 62, True,
               sort=lambda line: line.trial.epochs),
        Column("Run", lambda line: line.run, 54, True, sort=lambda line: line.trial.run),
    )  # fmt: skip


class Trials(Card):
    chosen = Signal(object)  # the number of a trial, or None
    run_wanted = Signal(int)
    study_wanted = Signal(str)

    def __init__(self, kind: str) -> None:
        super().__init__("Trials")
        self.studies = Choice([], "Which search is shown")
        self.studies.setMinimumWidth(THEME.px(150))
        self.studies.setMaximumWidth(THEME.px(300))
        self.curves = button("Curves", tip="The curves of this trial's run (Enter)")
        self.top.addWidget(self.studies)
        self.top.addWidget(self.curves)
        self.table = Table(_columns(kind == "image"), "Trials")
        self.box.addWidget(self.table, 1)
        self.table.chosen.connect(self._chosen)
        self.table.opened.connect(lambda line: self._open())
        self.curves.clicked.connect(self._open)
        self.studies.activated.connect(
            lambda: self.study_wanted.emit(str(self.studies.currentData()))
        )
        self.curves.setEnabled(False)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """What matters less gives way where there is little room."""
        super().resizeEvent(event)
        for place, one in enumerate(self.table.rows.columns):
            if one.title in NEEDS:
                self.table.setColumnHidden(place, self.width() < THEME.px(NEEDS[one.title]))

    def show_studies(self, studies: Sequence[StudyRecord], current: str) -> None:
        self.studies.set_choices([(study_words(study), study.name) for study in studies])
        self.studies.choose(current)
        self.studies.setVisible(bool(studies))

    def show_lines(self, lines: Sequence[Line]) -> None:
        """The newest on top; the current one stays current."""
        self.table.set_rows(sorted(lines, key=lambda line: -line.number), lambda line: line.number)
        self._chosen(self.table.current)

    def choose(self, number: int) -> None:
        self.table.choose(lambda line: line.number == number)

    def _chosen(self, line: Line | None) -> None:
        self.curves.setEnabled(line is not None and line.trial.run is not None and line.here)
        self.chosen.emit(line.number if line is not None else None)

    def _open(self) -> None:
        line = self.table.current
        if line is not None and line.trial.run is not None and line.here:
            self.run_wanted.emit(line.trial.run)


def study_words(study: StudyRecord) -> str:
    """'search · 12 trials · 0.948'."""
    words = f"{study.name} · {count(len(study.trials), 'trial')}"
    best = study.best
    return f"{words} · {best.value:.3f}" if best is not None and best.value is not None else words
