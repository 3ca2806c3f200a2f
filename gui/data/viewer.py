"""One item, large: the picture on near-black, or the text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, Qt, QTimer
from PySide6.QtGui import QImage, QPainter, QPaintEvent, QPixmap, QResizeEvent
from PySide6.QtWidgets import QFrame, QPlainTextEdit, QVBoxLayout, QWidget

from engine.errors import GraftError
from gui.jobs import Job
from gui.session import Session
from gui.theme import THEME
from gui.widgets.thumbnails import read_picture

if TYPE_CHECKING:
    from engine.store.items import Item

LARGEST = 2048  # px read of a picture


class Picture(QWidget):
    """A picture on near-black, as large as fits and never enlarged beyond four times."""

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName("Picture")
        self.setMinimumSize(THEME.px(120), THEME.px(120))
        self._pixmap: QPixmap | None = None
        self._words = ""

    def show_picture(self, image: QImage | None, words: str = "") -> None:
        self._pixmap = QPixmap.fromImage(image) if image is not None else None
        self._words = words
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(THEME.color("reading"))
        painter.drawRoundedRect(self.rect(), THEME.px(8), THEME.px(8))
        edge = THEME.px(8)
        room = QRectF(self.rect()).adjusted(edge, edge, -edge, -edge)
        if self._pixmap is None:
            painter.setPen(THEME.color("on_reading"))
            wrap = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
            painter.drawText(room, int(wrap), self._words)
            return
        wide, high = self._pixmap.width(), self._pixmap.height()
        scale = min(room.width() / wide, room.height() / high, 4.0)
        # Small pictures show their pixels: what the model sees is not smooth either.
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, scale < 2)
        target = QRectF(0, 0, wide * scale, high * scale)
        target.moveCenter(room.center())
        painter.drawPixmap(target, self._pixmap, QRectF(self._pixmap.rect()))


class Viewer(QFrame):
    """Shows an item by its kind. The picture is read beside the window."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self._item: Item | None = None
        self._job: Job | None = None
        self.picture = Picture()
        self.text = QPlainTextEdit()
        self.text.setReadOnly(True)
        self.text.setAccessibleName("Text of the item")
        self.text.setFont(THEME.font(15))
        self.text.hide()
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.addWidget(self.picture)
        box.addWidget(self.text)
        # A burst of arrow keys reads only the picture at which it ends.
        self._timer = QTimer(self, singleShot=True, interval=30)
        self._timer.timeout.connect(self._read)

    def show_item(self, item: Item | None) -> None:
        if (
            item is not None
            and self._item is not None
            and item.id == self._item.id
            and (item.hash == self._item.hash)
        ):
            return
        self._item = item
        if self._job is not None:
            self._job.cancel()
            self._job = None
        textual = item is not None and item.kind == "text"
        self.picture.setVisible(not textual)
        self.text.setVisible(textual)
        if item is None:
            self.picture.show_picture(None, "Choose an item to see it here")
        elif textual:
            self.text.setPlainText(item.text or "")
        else:
            self._timer.start()

    def _read(self) -> None:
        item = self._item
        if item is None or item.kind == "text" or self._session.project is None:
            return
        path = item.file
        self._job = self._session.jobs.run(
            lambda emit, cancel: read_picture(path, LARGEST),
            done=self._read_done, failed=self._read_failed,
        )  # fmt: skip

    def _read_done(self, image: QImage) -> None:
        self.picture.show_picture(image)

    def _read_failed(self, error: GraftError) -> None:
        self.picture.show_picture(None, f"{error.title}\n\n{error.cause}\n{error.remedy}")

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.picture.update()
