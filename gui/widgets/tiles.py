"""How an item looks in the grid: a tile with what is seen of it, or a row with its text."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

from PySide6.QtCore import QObject, QPoint, QRect, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPen, QPolygon

from gui.session import Session
from gui.theme import SMALL, TEXT, THEME
from gui.widgets.lasting import lasting
from gui.widgets.thumbnails import Thumbnails
from gui.widgets.words import SPLIT_WORDS

if TYPE_CHECKING:
    from engine.store.items import Item


class Suggested(Protocol):
    """What a model says of an item."""

    @property
    def class_id(self) -> int: ...

    @property
    def probability(self) -> float: ...

    @property
    def hidden(self) -> bool: ...


TILES = (72, 96, 128, 168, 224)  # px that a tile can have
USUAL = 2  # place in TILES
GAP = 10  # px
ROW = 54  # px of a text: a line of it, and its class below


class Look(QObject):
    """Paints items. `tiles`: whether they are seen: pictures, and sounds as spectrograms."""

    changed = Signal()  # of the size
    arrived = Signal()  # pictures

    def __init__(
        self, session: Session, parent: QObject | None = None,
        suggested: Callable[[Item], Suggested | None] | None = None,
    ) -> None:  # fmt: skip
        """`suggested`: what a model says of an item without a label."""
        super().__init__(parent)
        self._session, self._suggested = session, suggested
        self._size = USUAL
        self.pictures = Thumbnails(session, THEME.px(self.tile), parent=self)
        self.pictures.arrived.connect(self.arrived)

    @property
    def tile(self) -> int:
        """Px across a tile, before scaling."""
        return TILES[self._size]

    def zoom(self, step: int) -> None:
        """So many sizes larger or smaller, as far as there are any."""
        size = min(max(0, self._size + step), len(TILES) - 1)
        if size == self._size or not self.tiles:
            return
        self._size = size
        self.pictures.resize(THEME.px(self.tile))
        self.changed.emit()

    @property
    def tiles(self) -> bool:
        facts = self._session.facts
        return facts is None or facts.kind in ("image", "audio")

    @property
    def width(self) -> int:
        return THEME.px(self.tile + GAP)

    @property
    def height(self) -> int:
        return THEME.px(self.tile + GAP if self.tiles else ROW)

    def paint(
        self, painter: QPainter, rect: QRect, item: Item | None, selected: bool, current: bool
    ) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self.tiles:
            self._tile(painter, rect, item, selected, current)
        else:
            self._row(painter, rect, item, selected, current)

    def _tile(
        self, painter: QPainter, rect: QRect, item: Item | None, selected: bool, current: bool
    ) -> None:
        px = THEME.px
        edge = 2  # room for the frame of a selected tile
        box = rect.adjusted(edge, edge, edge - px(GAP), edge - px(GAP))
        if item is None:
            painter.fillRect(box, THEME.color("skeleton"))
        else:
            painter.fillRect(box, THEME.color("reading"))
            picture = self.pictures.get(item) if item.state != "broken" else None
            if picture is not None:
                shown = QRectF(picture.rect())
                shown.moveCenter(QRectF(box).center())
                painter.drawPixmap(shown.topLeft().toPoint(), picture)
            elif item.state == "broken":
                painter.setPen(THEME.color("on_reading"))
                painter.setFont(THEME.font(SMALL))
                painter.drawText(box, Qt.AlignmentFlag.AlignCenter, "cannot be read")
            for place, class_id in enumerate(_classes(item)[:3]):
                chip = QRect(
                    box.left() + px(6), box.bottom() - px(24 + 22 * place), box.width() - px(12),
                    px(19),
                )  # fmt: skip
                self._chip(painter, chip, class_id)
            self._ghost(
                painter, item,
                QRect(box.left() + px(6), box.bottom() - px(24), box.width() - px(12), px(19)),
            )  # fmt: skip
            _paint_length(painter, box, lasting(item))
            if item.flagged:
                _paint_flag(painter, box)
        if selected or current:
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(THEME.color("accent"), px(3) if selected else px(1)))
            painter.drawRect(QRectF(box).adjusted(-1, -1, 1, 1))

    def _row(
        self, painter: QPainter, rect: QRect, item: Item | None, selected: bool, current: bool
    ) -> None:
        px = THEME.px
        if selected:
            painter.fillRect(rect, THEME.color("accent_soft"))
        painter.setPen(THEME.color("line"))
        painter.drawLine(rect.bottomLeft(), rect.bottomRight())
        line = QRect(rect.left() + px(12), rect.top() + px(5), rect.width() - px(24), px(22))
        below = line.translated(0, px(23))
        if item is None:
            painter.fillRect(line.adjusted(0, px(6), -line.width() // 4, -px(4)),
                             THEME.color("skeleton"))  # fmt: skip
            return
        middle, right = Qt.AlignmentFlag.AlignVCenter, Qt.AlignmentFlag.AlignRight
        words = " ".join((item.text or item.name).split())
        room = line.width() - (px(20) if item.flagged else 0)
        chips = self._row_chips(painter, below, item)
        painter.setFont(THEME.font(TEXT))
        painter.setPen(THEME.color("bad" if item.problem else "text"))
        if chips or item.split:
            painter.drawText(line, middle, _begun(painter, words, room))
        else:  # there is room for more of it
            first, rest = _broken(painter, words, room)
            painter.drawText(line, middle, first)
            painter.drawText(below, middle, _begun(painter, rest, line.width()))
        painter.setFont(THEME.font(SMALL))
        painter.setPen(THEME.color("muted"))
        painter.drawText(below, middle | right, SPLIT_WORDS.get(item.split or "", ""))
        if item.flagged:
            _paint_flag(painter, rect, "muted")
        if current:
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(THEME.color("accent"), 1))
            painter.drawRect(QRectF(rect).adjusted(0.5, 0.5, -0.5, -1.5))

    def _row_chips(self, painter: QPainter, line: QRect, item: Item) -> bool:
        """The classes beside each other, as many as there is room for; else what is suggested.
        Returns whether there is anything."""
        px = THEME.px
        wide = min(px(170), line.width() - px(76))  # the split stands at the right
        chip = QRect(line.left(), line.top(), wide, px(19))
        for class_id in _classes(item):
            if chip.right() > line.right() - px(76):
                break
            self._chip(painter, chip, class_id)
            chip.translate(wide + px(6), 0)
        return bool(_classes(item)) or self._ghost(painter, item, chip)

    def _chip(self, painter: QPainter, rect: QRect, class_id: int | None) -> None:
        facts = self._session.facts
        cls = next((one for one in facts.classes if one.id == class_id), None) if facts else None
        if cls is not None:
            paint_chip(painter, rect, cls.name, THEME.class_color(cls.color))

    def _ghost(self, painter: QPainter, item: Item, rect: QRect) -> bool:
        """What the model suggests, dashed: nobody has said so. Returns whether it does."""
        facts = self._session.facts
        if facts is None or self._suggested is None or _classes(item):
            return False
        found = self._suggested(item)
        if found is None or found.hidden:
            return False
        cls = next((one for one in facts.classes if one.id == found.class_id), None)
        if cls is not None:
            words = f"{cls.name}  {found.probability:.2f}"
            paint_ghost(painter, rect, words, THEME.class_color(cls.color), self.tiles)
        return cls is not None


def _classes(item: Item) -> list[int]:
    """The classes an item has, the one that stands alone first."""
    alone = [item.class_id] if item.class_id is not None else []
    return [*alone, *(id for id in item.classes if id != item.class_id)]


def _paint_length(painter: QPainter, box: QRect, words: str) -> None:
    """How long a sound is, at the upper left."""
    if not words:
        return
    px = THEME.px
    painter.setFont(THEME.font(SMALL))
    wide = painter.fontMetrics().horizontalAdvance(words) + px(8)
    place = QRect(box.left(), box.top(), wide, px(17))
    painter.fillRect(place, THEME.color("reading", 0.75))
    painter.setPen(THEME.color("on_reading"))
    painter.drawText(place, Qt.AlignmentFlag.AlignCenter, words)


def _paint_flag(painter: QPainter, box: QRect, pole: str = "on_reading") -> None:
    """A small flag at the upper right. `pole`: a colour of the theme."""
    px = THEME.px
    x, y = box.right() - px(16), box.top() + px(5)
    painter.setPen(QPen(THEME.color(pole), px(2)))
    painter.drawLine(x, y, x, y + px(15))
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(THEME.color("bad"))
    painter.drawPolygon(QPolygon([QPoint(x + 1, y), QPoint(x + px(11), y + px(4)),
                                  QPoint(x + 1, y + px(8))]))  # fmt: skip


def paint_chip(painter: QPainter, rect: QRect, text: str, color: QColor) -> None:
    """A class, solid: a person said so."""
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(color)
    painter.drawRoundedRect(rect, rect.height() / 2, rect.height() / 2)
    painter.setFont(THEME.font(SMALL))
    painter.setPen(THEME.ink_on(color))
    shown = _elided(painter, text, rect.width() - THEME.px(12))
    painter.drawText(rect, Qt.AlignmentFlag.AlignCenter, shown)


def paint_ghost(painter: QPainter, rect: QRect, text: str, color: QColor, on_reading: bool) -> None:
    """A class, dashed: a model suggests it. `on_reading`: over a picture."""
    if on_reading:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(THEME.color("reading", 0.75))
        painter.drawRoundedRect(rect, rect.height() / 2, rect.height() / 2)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(color, THEME.px(1.5) or 1, Qt.PenStyle.DashLine))
    painter.drawRoundedRect(rect, rect.height() / 2, rect.height() / 2)
    painter.setFont(THEME.font(SMALL))
    painter.setPen(THEME.color("on_reading" if on_reading else "text"))
    shown = _elided(painter, text, rect.width() - THEME.px(12))
    painter.drawText(rect, Qt.AlignmentFlag.AlignCenter, shown)


def _begun(painter: QPainter, text: str, width: int) -> str:
    """The beginning of a text that does not fit."""
    return painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, width)


def _broken(painter: QPainter, text: str, width: int) -> tuple[str, str]:
    """What fits on a line, up to the end of a word, and the rest."""
    metrics = painter.fontMetrics()
    if metrics.horizontalAdvance(text[:400]) <= width:
        return text[:400], text[400:]
    end = len(metrics.elidedText(text[:400], Qt.TextElideMode.ElideRight, width))
    space = text.rfind(" ", 0, end)
    return (text[:space], text[space + 1 :]) if space > 0 else (text[: end - 1], text[end - 1 :])


def _elided(painter: QPainter, text: str, width: int) -> str:
    return painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideMiddle, width)
