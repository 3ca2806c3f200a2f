"""Which runs are held against each other, and what is known of them so far."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal

from engine.errors import GraftError
from gui.facts import Facts
from gui.jobs import Job
from gui.session import Session

if TYPE_CHECKING:
    from engine.evaluation.comparing import Line, Verdict
    from engine.store.runs import Run
    from gui.results.side_by_side import Together

LEAST, MOST = 2, 6  # runs that are compared
AT_ONCE = 8  # runs whose figures one job reads, so that the first are soon there


class Comparing(QObject):
    """Holds the choice; reads what belongs to it in jobs, each thing once."""

    listed = Signal()  # the runs, their figures, or which of them are chosen
    together_came = Signal()
    verdicts_came = Signal()
    refused = Signal(str)  # why a run was not chosen
    failed = Signal(object)  # GraftError

    def __init__(self, session: Session, parent: QObject) -> None:
        super().__init__(parent)
        self._session = session
        self.runs: list[Run] = []  # newest first
        self.lines: dict[int, Line] = {}
        self.places: dict[int, int] = {}  # by chosen run: its colour and mark
        self.split = "test"
        self.together: Together | None = None
        self._said: dict[tuple[int, int, str], Verdict | GraftError] = {}  # by baseline, run, split
        self._baseline: int | None = None  # that the person chose
        self._touched = False
        self._known: list[tuple[int, str | None]] = []
        self._jobs: dict[str, Job] = {}

    @property
    def chosen(self) -> list[int]:
        """The oldest first."""
        return sorted(self.places)

    @property
    def baseline(self) -> int | None:
        """What the others are held against: the oldest, unless another was chosen."""
        if self._baseline in self.places:
            return self._baseline
        return min(self.places, default=None)

    @property
    def others(self) -> list[int]:
        return [run for run in self.chosen if run != self.baseline]

    def run(self, id: int) -> Run:
        return next(run for run in self.runs if run.id == id)

    def verdict(self, run: int) -> Verdict | GraftError | None:
        """None as long as it is not known."""
        base = self.baseline
        return self._said.get((base, run, self.split)) if base is not None else None

    # What changes

    def follow(self, facts: Facts) -> None:
        """Takes the usable runs; one that went on since is read anew."""
        known = [(run.id, run.ended) for run in facts.usable]
        if known == self._known:
            return
        same = set(known) & set(self._known)
        self._known, self.runs = known, facts.usable
        stay = {id for id, _ in same}
        self.lines = {id: line for id, line in self.lines.items() if id in stay}
        self._said = {key: said for key, said in self._said.items() if {*key[:2]} <= stay}
        self.together = None
        there = {run.id for run in self.runs}
        kept = [id for id in self.places if id in there] if self._touched else []
        newest = [run.id for run in self.runs if run.id not in kept]
        kept += newest[: max(0, LEAST - len(kept))]
        self.places = {id: place for id, place in self.places.items() if id in kept}
        for id in sorted(kept):
            self._place(id)
        self.listed.emit()
        self._read_lines()
        self._read_choice()

    def turn(self, run: int) -> None:
        """Takes a run in, or out again."""
        if run in self.places:
            if len(self.places) <= LEAST:
                self.refused.emit("Two runs at least are compared. Choose another one first.")
                return
            del self.places[run]
        else:
            if len(self.places) >= MOST:
                self.refused.emit("Six runs at most are compared. Take one out first.")
                return
            self._place(run)
        self._touched = True
        self.refused.emit("")
        self.listed.emit()
        self._read_choice()

    def choose_baseline(self, run: int) -> None:
        self._baseline = run
        self._read_choice()

    def choose_split(self, split: str) -> None:
        self.split = split
        self._read_verdicts()

    def _place(self, run: int) -> None:
        """A colour that no other chosen run has; it stays while the run is chosen."""
        taken = set(self.places.values())
        if run not in self.places:
            self.places[run] = next(place for place in range(MOST) if place not in taken)

    # Reading

    def _start(self, name: str, work: Any, done: Any) -> None:
        """One job of a kind at a time: a newer question takes the place of an older one."""
        earlier = self._jobs.pop(name, None)
        if earlier is not None:
            earlier.cancel()

        def finish(then: Any) -> Any:
            def ended(value: Any) -> None:
                self._jobs.pop(name, None)
                then(value)

            return ended

        run = self._session.jobs.run
        self._jobs[name] = run(work, done=finish(done), failed=finish(self.failed.emit))

    def _read_lines(self) -> None:
        project = self._session.project
        missing = [run.id for run in self.runs if run.id not in self.lines]
        missing.sort(key=lambda run: run not in self.places)
        if project is None or not missing:
            return

        def work(emit: Any, cancel: Any) -> Any:
            from gui.results.side_by_side import read_lines

            return read_lines(project, missing[:AT_ONCE], cancel)

        def take(found: dict[int, Line]) -> None:
            self.lines.update(found)
            self.listed.emit()
            self._read_lines()

        self._start("lines", work, take)

    def _read_choice(self) -> None:
        project, base = self._session.project, self.baseline
        if project is None or base is None or len(self.places) < LEAST:
            return
        ids = [base, *self.others]

        def work(emit: Any, cancel: Any) -> Any:
            from gui.results.side_by_side import read_together

            return read_together(project, ids)

        def take(found: Together) -> None:
            if {*found.runs} <= {run.id for run in self.runs}:
                self.together = found
                self.together_came.emit()

        self._start("together", work, take)
        self._read_verdicts()

    def _read_verdicts(self) -> None:
        project, base, split = self._session.project, self.baseline, self.split
        if project is None or base is None:
            return
        missing = [run for run in self.others if self.verdict(run) is None]
        self.verdicts_came.emit()  # what is known shows at once

        def work(emit: Any, cancel: Any) -> Any:
            from gui.results.side_by_side import read_verdicts

            return read_verdicts(project, base, missing, split, cancel)

        def take(found: dict[int, Verdict | GraftError]) -> None:
            self._said.update({(base, run, split): said for run, said in found.items()})
            self.verdicts_came.emit()

        if missing:
            self._start("verdicts", work, take)
