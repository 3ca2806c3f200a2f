"""The network as a strip of stages from input to output: ice stays frozen, warm learns."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QHelpEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from gui.layers.reading import Reading
from gui.theme import SMALL, THEME


class StageStrip(QWidget):
    def __init__(self) -> None:
        super().__init__()
        self._reading: Reading | None = None
        self._phase = 0
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setMouseTracking(True)
        THEME.changed.connect(self.update)

    def show_reading(self, reading: Reading, phase: int) -> None:
        self._reading, self._phase = reading, phase
        learns = [reading.stages[n]["title"] for n in sorted(reading.learns[phase])]
        self.setAccessibleName(f"{len(reading.stages)} stages; {', '.join(learns)} learn")
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(THEME.px(400), THEME.px(96))

    def paintEvent(self, event: QPaintEvent) -> None:
        if self._reading is None:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(THEME.font(SMALL))
        px, learns = THEME.px, self._reading.learns[self._phase]
        for number, box in enumerate(self._boxes()):
            look = "trainable" if number in learns else "frozen"
            painter.setPen(QPen(THEME.color(look), 1.5))
            painter.setBrush(THEME.color(f"{look}_soft"))
            painter.drawRoundedRect(box, px(4), px(4))
            painter.setPen(THEME.color("muted"))
            title = str(self._reading.stages[number]["title"]).lower()
            room = box.width() + px(6)
            shown = painter.fontMetrics().elidedText(title, Qt.TextElideMode.ElideMiddle, int(room))
            place = QRectF(box.center().x() - room / 2, box.bottom() + px(4), room, px(18))
            painter.drawText(place, Qt.AlignmentFlag.AlignCenter, shown)
        self._paint_cut(painter)

    def _paint_cut(self, painter: QPainter) -> None:
        """The line between what is computed once and what runs at every step."""
        assert self._reading is not None
        px, boxes = THEME.px, self._boxes()
        prefix = self._reading.prefix(self._phase)
        if not boxes:
            return
        if prefix == 0:
            painter.setPen(THEME.color("trainable_text"))
            painter.drawText(QRectF(boxes[0].left(), 0, self.width(), px(18)), "all of it learns")
            return
        end = prefix == len(boxes)
        x = boxes[-1].right() if end else (boxes[prefix - 1].right() + boxes[prefix].left()) / 2
        top, bottom = px(9), boxes[0].bottom() + px(4)
        painter.setPen(QPen(THEME.color("text"), px(2)))
        painter.setBrush(THEME.color("text"))
        painter.drawLine(QPointF(x, top), QPointF(x, bottom))
        painter.drawEllipse(QPointF(x, top), px(4), px(4))
        right = Qt.AlignmentFlag.AlignRight
        painter.setPen(THEME.color("frozen_text"))
        words = "stays frozen: computed once, read from the cache"
        wide = painter.fontMetrics().horizontalAdvance(words)
        if wide > x - px(16):
            words = "stays frozen"
        painter.drawText(QRectF(0, 0, x - px(12), px(18)), right, words)
        painter.setPen(THEME.color("trainable_text"))
        if not end:
            painter.drawText(QRectF(x + px(12), 0, self.width() - x, px(18)), "learns")

    def _boxes(self) -> list[QRectF]:
        assert self._reading is not None
        count, px = len(self._reading.stages), THEME.px
        gap = px(8) if count < 40 else 2
        wide = (self.width() - 2 - gap * (count - 1)) / max(1, count)
        return [QRectF(1 + n * (wide + gap), px(26), wide, px(44)) for n in range(count)]

    def event(self, event: object) -> bool:
        if isinstance(event, QHelpEvent) and self._reading is not None:
            for number, box in enumerate(self._boxes()):
                if box.contains(QPointF(event.pos())):
                    stage = self._reading.stages[number]
                    words = f"{stage['title']}: {int(stage['parameters']):,} parameters"
                    QToolTip.showText(event.globalPos(), words, self)
                    return True
            QToolTip.hideText()
            return True
        return super().event(event)  # type: ignore[arg-type]
