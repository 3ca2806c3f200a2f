"""Small pictures of items, decoded beside the window and kept within a fixed memory."""

from __future__ import annotations

import io
from collections import OrderedDict
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Qt, QTimer, Signal
from PySide6.QtGui import QImage, QPixmap

from engine.errors import GraftError
from engine.progress import Cancel
from gui.jobs import Job, Work
from gui.session import Session

if TYPE_CHECKING:
    from PIL.Image import Image as Picture

    from engine.media import thumbnails
    from engine.store.items import Item

MEMORY = 48 << 20  # bytes of decoded pictures
BATCH = 6  # pictures a job decodes, so that the first soon show


class Thumbnails(QObject):
    """Ask with `get` while painting; `arrived` says when to paint again."""

    arrived = Signal()

    def __init__(
        self, session: Session, side: int, memory: int = MEMORY, parent: QObject | None = None
    ) -> None:
        """`side`: px of the longer side."""
        super().__init__(parent)
        self._session = session
        self._side = side
        self._memory = memory
        self._used = 0
        self._pictures: OrderedDict[int, QPixmap | None] = OrderedDict()
        self._wanted: dict[int, Item] = {}
        self._under_way: dict[Job, set[int]] = {}
        self._timer = QTimer(self, singleShot=True, interval=15)
        self._timer.timeout.connect(self._fetch)

    @property
    def used(self) -> int:
        """Bytes of decoded pictures held."""
        return self._used

    def get(self, item: Item) -> QPixmap | None:
        """The picture, or None: it is being read, or it cannot be."""
        if item.id in self._pictures:
            self._pictures.move_to_end(item.id)
            return self._pictures[item.id]
        self._wanted[item.id] = item
        if not self._timer.isActive():
            self._timer.start()
        return None

    def resize(self, side: int) -> None:
        """Pictures of another size from now on."""
        self._side = side
        self.clear()

    def clear(self) -> None:
        for job in self._under_way:
            job.cancel()
        self._under_way.clear()
        self._pictures.clear()
        self._wanted.clear()
        self._used = 0

    def _fetch(self) -> None:
        """Starts on what is seen now, and gives up what was asked for and is seen no more."""
        wanted, self._wanted = self._wanted, {}
        for job, ids in list(self._under_way.items()):
            if not ids & wanted.keys():
                job.cancel()
                del self._under_way[job]
        coming = set().union(*self._under_way.values()) if self._under_way else set()
        todo = [item for id, item in wanted.items() if id not in coming]
        store = self._session.thumbnails
        if store is None:
            return
        for start in range(0, len(todo), BATCH):
            part = todo[start : start + BATCH]
            job = self._session.jobs.run(_decoder(store, part, self._side), done=self._take)
            job.ended.connect(lambda job=job: self._under_way.pop(job, None))
            self._under_way[job] = {item.id for item in part}

    def _take(self, found: list[tuple[int, QImage | None]]) -> None:
        for id, image in found:
            pixmap = QPixmap.fromImage(image) if image is not None else None
            if id not in self._pictures:
                self._used += _bytes(pixmap)
            self._pictures[id] = pixmap
        while self._used > self._memory and self._pictures:
            _, old = self._pictures.popitem(last=False)
            self._used -= _bytes(old)
        self.arrived.emit()


def _bytes(pixmap: QPixmap | None) -> int:
    return pixmap.width() * pixmap.height() * 4 if pixmap is not None else 64


def _decoder(store: thumbnails.Thumbnails, part: list[Item], side: int) -> Work:
    def decode(emit: Any, cancel: Cancel) -> list[tuple[int, QImage | None]]:
        found: list[tuple[int, QImage | None]] = []
        for item in part:
            cancel.check()
            try:
                data = store.get(item.file, item.hash)
            except GraftError:  # the import's report and the detail say what is wrong
                found.append((item.id, None))
                continue
            found.append((item.id, drawable(data, side)))
        return found

    return decode


def drawable(data: bytes, side: int) -> QImage:
    """JPEG bytes as a picture, its longer side at most `side` px."""
    from PIL import Image

    with Image.open(io.BytesIO(data)) as opened:
        return _image(opened.convert("RGB"), side)


def _image(picture: Picture, side: int) -> QImage:
    """Not by Qt's own reading: in a job's thread that takes locks which the window's thread may
    hold while it waits for Python's, and then neither ever goes on."""
    raw = picture.tobytes()
    width, height = picture.size
    whole = QImage(raw, width, height, 3 * width, QImage.Format.Format_RGB888)
    return _within(whole, side).copy()  # the bytes go when this returns


def _within(image: QImage, side: int) -> QImage:
    if max(image.width(), image.height()) <= side:
        return image
    return image.scaled(
        side, side, Qt.AspectRatioMode.KeepAspectRatio, Qt.TransformationMode.SmoothTransformation
    )
