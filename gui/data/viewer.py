"""One item, large: the picture in the reading room, the text, or the sound."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QFrame, QVBoxLayout

from engine.labels.shapes import Span
from gui.data.sounds.view import SoundView
from gui.data.texts import TextView
from gui.data.viewing.room import Room
from gui.session import Session

if TYPE_CHECKING:
    from engine.store.items import Item

BURST = 30  # ms


class Viewer(QFrame):
    """Shows an item by its kind. Pictures and sounds are read beside the window."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self._item: Item | None = None
        self.room = Room(session)
        self.picture = self.room.canvas
        self.text = TextView()
        self.text.hide()
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.addWidget(self.room)
        box.addWidget(self.text)
        self.sound = SoundView(session)
        self.sound.hide()
        box.addWidget(self.sound)
        # Of a burst of arrow keys only the first file and that at which it ends are read.
        self._timer = QTimer(self, singleShot=True, interval=BURST)
        self._timer.timeout.connect(self._read)
        self._read_at = 0.0
        session.closed.connect(self._leave)

    def show_item(self, item: Item | None) -> None:
        if (
            item is not None
            and self._item is not None
            and item.id == self._item.id
            and (item.hash == self._item.hash)
        ):
            return
        self._item = item
        self._timer.stop()
        kind = item.kind if item is not None else "image"
        self.text.setVisible(kind == "text")
        self.sound.setVisible(kind == "audio")
        self._show_room(kind == "image")
        if kind != "image":
            self.room.say("")
        if kind != "audio":
            self.sound.say("")
        if item is None:
            self.room.say("Choose an item to see it here")
        elif kind == "text":
            self.text.show_text(item.text or "")
        elif time.monotonic() - self._read_at > BURST / 1000:
            self._read()
        else:
            self._timer.start()

    def _leave(self) -> None:
        self.show_item(None)

    @property
    def item(self) -> Item | None:
        """What is shown, or is being read."""
        return self._item

    @property
    def words(self) -> Span | None:
        """Words of a text that are selected."""
        return self.text.words if not self.text.isHidden() else None

    def _show_room(self, on: bool) -> None:
        """Its keys hold on the whole page, and mean something else while a sound is shown."""
        self.room.setVisible(on)
        frames = (self.room.next_frame, self.room.last_frame)  # on where a picture has several
        for one in self.room.actions():
            one.setEnabled(on and one not in frames)

    def _read(self) -> None:
        item = self._item
        if item is None or item.kind == "text" or self._session.project is None:
            return
        shown = self.sound if item.kind == "audio" else self.room
        if item.problem is not None:  # known from the check; reading it again may take long
            problem = item.problem
            shown.say(f"{problem.title}\n\n{problem.cause}\n{problem.remedy}")
            return
        self._read_at = time.monotonic()
        shown.open(item.file)
