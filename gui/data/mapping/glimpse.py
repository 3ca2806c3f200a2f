"""What the point under the pointer is: its picture, or its first words, and its class."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QRect, QRectF, Qt, QTimer
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from engine.errors import GraftError
from gui.jobs import Job
from gui.session import Session
from gui.theme import CARD_RADIUS, SMALL, THEME
from gui.widgets.thumbnails import Thumbnails

if TYPE_CHECKING:
    from engine.store.items import Item

SIDE = 112  # px of a picture
WORDS = (220, 84)  # px of the room for a text
_LINE = 22  # px below: the class
_SOON = 60  # ms that the pointer stays on a point before its item is read
_CHARACTERS = 240  # of a text


class Glimpse(QWidget):
    """Lies over a corner of the map and lets the mouse through."""

    def __init__(self, session: Session, parent: QWidget) -> None:
        super().__init__(parent)
        self._session = session
        self.pictures = Thumbnails(session, THEME.px(SIDE), parent=self)
        self.pictures.arrived.connect(self.update)
        self.item: Item | None = None
        self.said = ""  # its class, or that it has none
        self._color: QColor | None = None
        self._solid = False
        self._wanted: int | None = None
        self._job: Job | None = None
        self._soon = QTimer(self, singleShot=True, interval=_SOON)
        self._soon.timeout.connect(self._load)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.hide()

    def show_item(self, item: int | None, said: str, color: QColor | None, solid: bool) -> None:
        """Args:
        said: what is known of its class.
        color: of that class, None: it has none.
        solid: a person said so.
        """
        self.said, self._color, self._solid = said, color, solid
        if item != self._wanted:
            self._wanted, self.item = item, None
            self._soon.start()
        if item is None:
            self._soon.stop()
        self.setVisible(item is not None)
        tiles = self._session.facts is None or self._session.facts.kind != "text"
        wide, high = (SIDE, SIDE) if tiles else WORDS
        self.resize(THEME.px(wide + 8), THEME.px(high + _LINE + 8))
        self.setAccessibleName(said)
        self.update()

    def forget(self) -> None:
        """Another project."""
        self._soon.stop()
        self._wanted, self.item = None, None
        self.pictures.clear()
        self.hide()

    def _load(self) -> None:
        project, wanted = self._session.project, self._wanted
        if project is None or wanted is None:
            return
        if self._job is not None:
            self._job.cancel()

        def read(emit: Any, cancel: Any) -> list[Item]:
            from engine.store import items

            return items.load(project, [wanted])

        self._job = self._session.jobs.run(
            read, done=partial(self._take, wanted), failed=self._refused
        )

    def _take(self, wanted: int, found: list[Item]) -> None:
        self._job = None
        if found and wanted == self._wanted:
            self.item = found[0]
            self.update()

    def _refused(self, error: GraftError) -> None:
        self._job = None
        self._session.change_failed.emit(error)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        px, edge = THEME.px, THEME.px(4)
        painter.setPen(THEME.color("line"))
        painter.setBrush(THEME.color("surface"))
        box = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
        painter.drawRoundedRect(box, px(CARD_RADIUS), px(CARD_RADIUS))
        inner = self.rect().adjusted(edge, edge, -edge, -edge - px(_LINE))
        if self.item is None:
            painter.fillRect(inner, THEME.color("skeleton"))
        elif self.item.text is not None:
            self._paint_words(painter, inner, " ".join(self.item.text[:_CHARACTERS].split()))
        else:
            self._paint_picture(painter, inner, self.item)
        self._paint_class(
            painter, QRect(inner.left(), inner.bottom() + 1, inner.width(), px(_LINE))
        )

    def _paint_words(self, painter: QPainter, room: QRect, words: str) -> None:
        painter.setFont(THEME.font(SMALL))
        painter.setPen(THEME.color("text"))
        flags = Qt.TextFlag.TextWordWrap | Qt.AlignmentFlag.AlignTop
        edge = THEME.px(4)
        painter.drawText(room.adjusted(edge, edge, -edge, 0), int(flags), words)

    def _paint_picture(self, painter: QPainter, room: QRect, item: Item) -> None:
        painter.fillRect(room, THEME.color("reading"))
        picture = self.pictures.get(item) if item.state != "broken" else None
        if picture is not None:
            shown = QRectF(picture.rect())
            shown.moveCenter(QRectF(room).center())
            painter.drawPixmap(shown.topLeft().toPoint(), picture)
        elif item.state == "broken":
            painter.setFont(THEME.font(SMALL))
            painter.setPen(THEME.color("on_reading"))
            painter.drawText(room, Qt.AlignmentFlag.AlignCenter, "cannot be read")

    def _paint_class(self, painter: QPainter, room: QRect) -> None:
        px = THEME.px
        left = px(4)
        if self._color is not None:
            painter.setPen(self._color)
            painter.setBrush(self._color if self._solid else Qt.BrushStyle.NoBrush)
            painter.drawEllipse(
                QRectF(room.left() + left, room.center().y() - px(3.5), px(8), px(8))
            )
            left += px(14)
        painter.setFont(THEME.font(SMALL))
        painter.setPen(THEME.color("text" if self._solid else "muted"))
        words = room.adjusted(left, 0, -px(2), 0)
        shown = painter.fontMetrics().elidedText(
            self.said, Qt.TextElideMode.ElideMiddle, words.width()
        )
        painter.drawText(words, Qt.AlignmentFlag.AlignVCenter, shown)
