"""Did the pre-training help? The run held against cheap alternatives on the same test items."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from engine.errors import GraftError
from gui.results.check import CheckCard
from gui.session import Session
from gui.widgets.card import clear, column
from gui.widgets.controls import label
from gui.widgets.states import Skeleton
from gui.widgets.whiskers import Bar, Scale, Whiskers

if TYPE_CHECKING:
    from engine.store.controls import ControlRow
    from engine.store.project import Project
    from engine.store.runs import Run
    from gui.jobs import Job

# Frozen features are ice, what learns is warm, what looks at nothing is grey.
LOOKS = {
    "run": "trainable", "majority": "muted", "small-net": "trainable",
    "linear-probe": "frozen", "other-backbone": "frozen",
}  # fmt: skip
SCALE = Scale(0.0, 1.0, 0.0, ((0.0, "0"), (0.5, "0.5"), (1.0, "1")))
WORDS = (
    "Holds the run against four cheap alternatives on the same test items: always naming the "
    "most frequent class, a small network that sees only your items, and simple models on the "
    "frozen features of this backbone and of another."
)


@dataclass(frozen=True)
class Stored:
    rows: list[ControlRow]
    judged: bool  # on test items


def read(project: Project, run: int) -> Stored:
    from engine.store import controls, runs

    return Stored(controls.of_run(project, run), bool(runs.predictions(project, run, "test")))


class ControlsCard(CheckCard):
    def __init__(self, session: Session) -> None:
        super().__init__(session, "controls", "Did the pre-training help?", WORDS)
        self._judged = True
        self._rows: list[ControlRow] = []  # of the run that is shown
        self._reading: Job | None = None
        self.loading = Skeleton()
        self.loading.setFixedHeight(96)
        self.loading.hide()
        self.box.insertWidget(self.box.indexOf(self.result), self.loading)
        self.verdict = label("", "figure", wrap=True)
        self.rest = label("", "", wrap=True)
        self.chart = Whiskers("Balanced accuracy")
        self.caption = label("Balanced accuracy on the test items, with 95% intervals", "small")
        self.more = column(spacing=4)
        for part in (self.verdict, self.rest, self.caption, self.chart):
            self.answer.addWidget(part)
        self.answer.addLayout(self.more)
        self.result.hide()

    def show_run(self, run: Run | None) -> None:
        """What was found out before shows again."""
        changed = run != self.run
        super().show_run(run)
        project = self.session.project
        if not changed or run is None or project is None:
            return
        self._judged, self._rows = True, []
        self.loading.show()
        if self._reading is not None:
            self._reading.cancel()
        self._reading = self.session.jobs.run(
            lambda emit, cancel: read(project, run.id), done=self._show_stored,
            failed=self._not_read,
        )  # fmt: skip

    def why_not(self) -> str:
        if self._judged:
            return ""
        name = self.run.name if self.run is not None else "The run"
        return f"{name} was not judged on test items; choose another run, or train again"

    def take(self, run: Run, result: dict[str, Any]) -> None:
        if self.run is None or run.id != self.run.id:
            return  # it is stored, and shows when its run is chosen
        from engine.store.controls import ControlRow

        self._rows = [ControlRow(**row) for row in result["rows"]]
        self.show_kept()

    def show_kept(self) -> None:
        if self._rows:
            self._show(self._rows)

    def _show_stored(self, stored: Stored) -> None:
        self._reading = None
        self.loading.hide()
        self._judged, self._rows = stored.judged, stored.rows
        if not (self.busy and self._of == self.run):
            self.show_kept()
        self.refresh()

    def _not_read(self, error: GraftError) -> None:
        self._reading = None
        self.loading.hide()
        self.show_error(error)

    def _show(self, rows: list[ControlRow]) -> None:
        assert self.run is not None
        own = next((row for row in rows if row.kind == "run"), None)
        said = own.detail if own is not None else {}
        head, _, rest = str(said.get("verdict", "")).partition(": ")
        self.verdict.setText(head or "Held against controls")
        self.rest.setText(rest[:1].upper() + rest[1:])
        self.rest.setVisible(bool(rest))
        self.chart.show_bars([_bar(row, self.run.name) for row in rows], SCALE)
        clear(self.more)
        for words in [*said.get("more", []), *_missing(rows)]:
            self.more.addWidget(label(words, "small", wrap=True))
        self.result.show()


def _bar(row: ControlRow, run: str) -> Bar:
    names = {
        "run": run, "linear-probe": f"Linear probe, {row.name}",
        "other-backbone": f"Other backbone, {row.name}",
    }  # fmt: skip
    low = row.low if row.low is not None else row.value
    high = row.high if row.high is not None else row.value
    words = f"{row.value:.3f}  ({low:.3f} to {high:.3f})"
    name = names.get(row.kind, row.name)
    return Bar(name, row.value, low, high, words, LOOKS[row.kind], row.kind == "run")


def _missing(rows: list[ControlRow]) -> list[str]:
    kinds = {row.kind for row in rows}
    said = []
    if "linear-probe" not in kinds:
        said.append("The run began from random weights, so it has no frozen features to probe.")
    if "other-backbone" not in kinds:
        said.append("No other backbone was at hand on this machine to compare with.")
    return said
