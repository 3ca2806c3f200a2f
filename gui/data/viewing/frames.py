"""The frames of the picture that is shown, read beside the window, the next one ahead of time."""

from __future__ import annotations

from collections import OrderedDict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal

from engine.progress import Cancel
from gui.jobs import Job
from gui.session import Session
from gui.widgets.file_reader import FileReader

if TYPE_CHECKING:
    from engine.media.reading import Reading
    from gui.data.viewing.raster import Raster

MEMORY = 256 << 20  # bytes of frames kept, beside the one that is shown


class Frames(FileReader):
    """Ask with `open`, `want` and `want_seen`; what is asked for anew comes instead of the old."""

    opened = Signal(object, object)  # Reading, Raster of the first frame
    arrived = Signal(int, object)  # number of the frame, Raster
    seen = Signal(object)  # Raster of what the model sees
    failed = Signal(object)  # GraftError
    seen_failed = Signal(object)  # GraftError

    def __init__(self, session: Session, parent: QObject | None = None) -> None:
        super().__init__(session, parent)
        self._path: Path | None = None
        self._count = 0
        self._wanted = 0
        self._onwards = 1  # or back: the way the person goes
        self._kept: OrderedDict[int, Raster] = OrderedDict()
        self._jobs: dict[int, Job] = {}  # by frame; `_OPENING` and `_SEEN` beside them

    def open(self, path: Path) -> None:
        self.leave()
        self._path = path
        looking = self.looking()

        def read(emit: Any, cancel: Cancel) -> tuple[Reading, Raster]:
            from gui.data.viewing.raster import Raster

            reading, frame = looking.reading(path, cancel)
            return reading, Raster(frame)

        self._run(_OPENING, read, self._take_opened, self.failed.emit)

    def want(self, index: int) -> None:
        """This frame, at once where it is kept; its neighbours are read when it is there."""
        if self._path is None or not 0 <= index < self._count:
            return
        self._onwards = 1 if index >= self._wanted else -1
        self._wanted = index
        for old in [one for one in self._jobs if one >= 0 and one != index]:
            self._jobs.pop(old).cancel()
        if index in self._kept:
            self._kept.move_to_end(index)
            self.arrived.emit(index, self._kept[index])
            self._read_ahead()
        elif index not in self._jobs:
            self._read(index)

    def want_seen(self) -> None:
        path, looking = self._path, self.looking()
        if path is None or _SEEN in self._jobs:
            return

        def read(emit: Any, cancel: Cancel) -> Raster:
            from gui.data.viewing.raster import Raster

            return Raster(looking.seen_by_model(path, cancel))

        self._run(_SEEN, read, self.seen.emit, self.seen_failed.emit)

    def leave(self) -> None:
        """Nothing is shown any more."""
        for job in self._jobs.values():
            job.cancel()
        self._jobs.clear()
        self._kept.clear()
        self._path, self._count, self._wanted, self._onwards = None, 0, 0, 1

    def _read(self, index: int) -> None:
        path, looking = self._path, self.looking()
        assert path is not None

        def read(emit: Any, cancel: Cancel) -> Raster:
            from gui.data.viewing.raster import Raster

            return Raster(looking.frame(path, index, cancel))

        self._run(
            index, read, lambda raster: self._take(index, raster),
            lambda error: self._missed(index, error),
        )  # fmt: skip

    def _run(self, key: int, work: Any, done: Any, failed: Any) -> None:
        job = self._session.jobs.run(work, done=done, failed=failed)
        self._jobs[key] = job
        job.ended.connect(lambda: self._ended(key, job))

    def _ended(self, key: int, job: Job) -> None:
        if self._jobs.get(key) is job:
            del self._jobs[key]

    def _take_opened(self, found: tuple[Reading, Raster]) -> None:
        reading, raster = found
        self._count = reading.frames
        self._keep(0, raster)
        self.opened.emit(reading, raster)
        self._read_ahead()

    def _take(self, index: int, raster: Raster) -> None:
        self._jobs.pop(index, None)
        self._keep(index, raster)
        if index == self._wanted:
            self.arrived.emit(index, raster)
        self._read_ahead()

    def _read_ahead(self) -> None:
        """One at a time, so that what else is read need not wait."""
        shown = self._kept.get(self._wanted)
        if shown is None or 3 * shown.nbytes > MEMORY or any(one >= 0 for one in self._jobs):
            return
        for index in (self._wanted + self._onwards, self._wanted - self._onwards):
            if 0 <= index < self._count and index not in self._kept:
                self._read(index)
                return

    def _missed(self, index: int, error: Any) -> None:
        if index == self._wanted:
            self.failed.emit(error)

    def _keep(self, index: int, raster: Raster) -> None:
        self._kept[index] = raster
        self._kept.move_to_end(index)
        while len(self._kept) > 1 and sum(one.nbytes for one in self._kept.values()) > MEMORY:
            oldest = next(one for one in self._kept if one != self._wanted)
            del self._kept[oldest]
            if oldest == index:
                return


_OPENING, _SEEN = -1, -2
