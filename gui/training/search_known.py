"""The searches of a project: those in its record, and those that only a child could reach."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QObject, Signal

from engine.errors import ConfigurationError
from engine.training.search_record import StudyRecord, studies
from gui.jobs import Job
from gui.session import Session


class KnownSearches(QObject):
    """Those that are stored elsewhere are known from when they were at work in this window."""

    read = Signal()
    failed = Signal(object)  # GraftError
    completed = Signal()  # the record was read for the first time, or cannot be

    def __init__(self, session: Session, parent: QObject) -> None:
        super().__init__(parent)
        self._session = session
        self.all: list[StudyRecord] = []  # newest first
        self.complete = False
        self._elsewhere: dict[str, tuple[StudyRecord, str]] = {}  # with the address, by name
        self._reading: Job | None = None

    def named(self, name: str) -> StudyRecord | None:
        return next((one for one in self.all if one.name == name), None)

    def address(self, study: StudyRecord) -> str:
        """Where it is stored; '': in the project."""
        return self._elsewhere.get(study.name, (study, ""))[1]

    def goes_on(self, found: dict[str, Any]) -> StudyRecord | None:
        """The search that such arguments go on with.

        Raises:
            ConfigurationError: one of that name is stored elsewhere.
        """
        known = self.named(found["study"])
        if known is not None and self.address(known) != (found["storage"] or ""):
            raise ConfigurationError(
                "Another search has this name", f"'{known.name}' is stored elsewhere.",
                "Choose another name, or store it where that one is.", subject="study",
            )  # fmt: skip
        return known

    def add(self, study: StudyRecord, address: str) -> None:
        """One that has ended; without trials there is nothing to know."""
        self.all = [one for one in self.all if one.name != study.name]
        if study.trials:
            self.all.insert(0, study)
            if address:
                self._elsewhere[study.name] = study, address

    def refresh(self) -> None:
        """Reads the record; what it says takes the place of what was heard."""
        project = self._session.project
        if project is None or self._reading is not None:
            return
        self._reading = self._session.jobs.run(
            lambda emit, cancel: studies(project), done=self._read, failed=self.failed.emit
        )
        self._reading.ended.connect(self._reading_ended)

    def _read(self, found: list[StudyRecord]) -> None:
        local = {one.name for one in found}
        others = [study for study, _ in self._elsewhere.values() if study.name not in local]
        self.all = [*others, *found]
        self.read.emit()

    def _reading_ended(self) -> None:
        self._reading = None
        if not self.complete:
            self.complete = True
            self.completed.emit()
