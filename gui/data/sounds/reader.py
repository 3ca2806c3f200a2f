"""What is drawn of a sound, read beside the window: an outline of all, and the part in view."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QObject, Signal

from engine.progress import Cancel
from gui.jobs import Job
from gui.session import Session
from gui.widgets.file_reader import FileReader

if TYPE_CHECKING:
    from engine.media.listening import Outline


@dataclass(frozen=True, eq=False)
class Drawing:
    """A part of a sound, in seconds, as wide as it was asked for."""

    begin: float
    end: float
    waveform: npt.NDArray[np.float32]  # [columns, 2], lowest and highest, -1 to 1
    spectrum: npt.NDArray[np.uint8]  # [pitches, moments], low pitches in the last row


class SoundReader(FileReader):
    """Ask with `open` and `want`; what is asked for anew comes instead of the old."""

    opened = Signal(object)  # Outline
    arrived = Signal(object)  # Drawing
    failed = Signal(object)  # GraftError

    def __init__(self, session: Session, parent: QObject | None = None) -> None:
        super().__init__(session, parent)
        self._outline: Outline | None = None
        self._job: Job | None = None
        self._waiting: tuple[float, float, int] | None = None

    def open(self, path: Path) -> None:
        self.leave()
        looking = self.looking()

        def read(emit: Any, cancel: Cancel) -> Outline:
            return looking.outline(path, cancel)

        self._job = self._session.jobs.run(read, done=self._take, failed=self.failed.emit)

    def want(self, begin: float, end: float, columns: int) -> None:
        """The part to draw. While one is read, only the last that was wanted waits."""
        outline = self._outline
        if outline is None:
            return
        if self._job is not None:
            self._waiting = (begin, end, columns)
            return
        looking = self.looking()

        def read(emit: Any, cancel: Cancel) -> Drawing:
            wave = looking.waveform(outline, begin, end, columns, cancel)
            cancel.check()
            spectrum = looking.spectrum(outline.path, begin, end, columns, cancel)
            return Drawing(begin, end, wave, spectrum)

        job = self._session.jobs.run(read, done=self.arrived.emit, failed=self.failed.emit)
        self._job = job
        job.ended.connect(lambda: self._ended(job))

    def leave(self) -> None:
        """Nothing is shown any more."""
        if self._job is not None:
            self._job.cancel()
        self._job = self._outline = self._waiting = None

    def _take(self, outline: Outline) -> None:
        self._job, self._outline = None, outline
        self.opened.emit(outline)

    def _ended(self, job: Job) -> None:
        if self._job is not job:
            return
        self._job = None
        if self._waiting is not None:
            waiting, self._waiting = self._waiting, None
            self.want(*waiting)
