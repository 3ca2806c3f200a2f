"""One class in the list: its colour, keys, name, count and meaning."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QSizePolicy

from engine.store.classes import Class
from gui.theme import SMALL, TEXT, THEME


class ClassRow(QAbstractButton):
    """A class: colour, keys, name, number of items, and what it means; framed when the
    selected item has it."""

    def __init__(self, cls: Class, digit: int | None, letter: str | None, count: int) -> None:
        super().__init__()
        self._class, self._count = cls, count
        self.digit, self.letter = digit, letter
        self.ahead = False  # Enter in the field above gives it
        self.setText(cls.name)
        self.setCheckable(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        keys = " or ".join(str(key).upper() for key in (digit, letter) if key)
        press = f"; press {keys} to give it to the selected items" if keys else ""
        meaning = f"\n{cls.definition}" if cls.definition else ""
        self.setToolTip(f"{cls.name}: {count:,} items{press}{meaning}")
        self.setAccessibleName(f"{cls.name}, {count:,} items{press}")
        self.setAccessibleDescription(cls.definition)

    def sizeHint(self) -> QSize:
        return QSize(THEME.px(200), THEME.px(48 if self._class.definition else 32))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        px, color = THEME.px, THEME.class_color(self._class.color)
        box = QRectF(self.rect()).adjusted(1, 1, -1, -1)
        marked, ahead = self.isChecked(), self.ahead or self.hasFocus()
        line = color if marked and not ahead else THEME.color("accent" if ahead else "line")
        painter.setPen(QPen(line, 2 if marked or ahead else 1))
        painter.setBrush(THEME.color("background" if self.underMouse() else "surface"))
        painter.drawRoundedRect(box, px(6), px(6))
        first = QRectF(box.x(), box.y(), box.width(), px(30))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(color)
        painter.drawEllipse(QRectF(px(11), first.center().y() - px(5.5), px(11), px(11)))
        middle = Qt.AlignmentFlag.AlignVCenter
        painter.setFont(THEME.font(SMALL))
        painter.setPen(THEME.color("muted"))
        number = f"{self._count:,}"
        wide = painter.fontMetrics().horizontalAdvance(number)
        painter.drawText(
            first.adjusted(0, 0, -px(10), 0), middle | Qt.AlignmentFlag.AlignRight, number
        )
        painter.drawText(first.adjusted(px(43), 0, 0, 0), middle, (self.letter or "").upper())
        if self._class.definition:
            below = QRectF(box.x() + px(30), first.bottom() - px(3), box.width() - px(40), px(16))
            painter.drawText(below, middle, self._within(painter, self._class.definition, below))
        painter.setFont(THEME.font(TEXT))
        painter.setPen(THEME.color("text"))
        painter.drawText(first.adjusted(px(30), 0, 0, 0), middle, str(self.digit or ""))
        room = first.adjusted(px(60), 0, -px(20) - wide, 0)
        painter.drawText(room, middle, self._within(painter, self.text(), room))

    @staticmethod
    def _within(painter: QPainter, text: str, room: QRectF) -> str:
        return painter.fontMetrics().elidedText(
            text, Qt.TextElideMode.ElideMiddle, int(room.width())
        )
