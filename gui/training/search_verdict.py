"""Whether a search's best is surely better than its second best, asked for in a job."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from engine.training.search_record import StudyRecord, TrialRecord
from gui.jobs import Job
from gui.session import Session
from gui.training.search_judging import Judged, judging


class Verdict(QObject):
    found = Signal(object)  # Judged
    failed = Signal(object)  # GraftError

    def __init__(self, session: Session, parent: QObject) -> None:
        super().__init__(parent)
        self._session = session
        self.judged: Judged | None = None
        self._job: Job | None = None
        self._asked: int | None = None  # the best that was held against the others

    def forget(self) -> None:
        """Another search is shown."""
        self.judged = self._asked = None

    def about(self, best: TrialRecord | None) -> Judged | None:
        """Never what was said of an earlier best."""
        known = self.judged is not None and best is not None and self.judged.best == best.number
        return self.judged if known else None

    def wanted(self, best: TrialRecord | None) -> bool:
        """It is asked for once: what failed would fail again."""
        return best is not None and self.about(best) is None and self._asked != best.number

    def ask(self, study: StudyRecord, here: set[int]) -> None:
        """`here`: numbers of trials whose runs this project holds."""
        project = self._session.project
        if project is None:
            return
        if self._job is not None:
            self._job.cancel()
        self._asked = study.best.number if study.best else None
        self._job = job = self._session.jobs.run(
            judging(project, study.trials, here), done=self._done, failed=self.failed.emit
        )
        job.ended.connect(lambda: self._ended(job))

    def _done(self, judged: Judged) -> None:
        self.judged, self._job = judged, None
        self.found.emit(judged)

    def _ended(self, job: Job) -> None:
        if self._job is job:
            self._job = None
