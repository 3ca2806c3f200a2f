"""Advice on what to let learn, with the facts it rests on."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QVBoxLayout, QWidget

from engine.events import Activity
from gui.theme import SMALL, THEME
from gui.widgets.card import Card, clear, column, row
from gui.widgets.controls import button, label
from gui.widgets.words import time_left


class AdviceCard(Card):
    wanted = Signal()
    stopped = Signal()
    taken = Signal(object)  # the advice

    def __init__(self) -> None:
        super().__init__("Advice")
        self.title = label("", wrap=True)
        self.words = label("", "small", wrap=True)
        self.box.addWidget(self.title)
        self.box.addWidget(self.words)
        self.use = button("Use this plan", done=self._take)
        self.more = button("Show why", "link", done=self._turn_why)
        self.ask = button("Ask for advice", "", "Looks at your data with this model", self._turn)
        self.box.addLayout(row(self.use, self.more, 1))
        self.why = QWidget()
        self._why = QVBoxLayout()
        self._why.setSpacing(THEME.px(6))
        self.why.setLayout(column(self._why))
        self.box.addWidget(self.why)
        self.box.addLayout(row(self.ask, 1))
        self.advice: dict[str, Any] | None = None
        self.busy = False
        self._show()

    def forget(self) -> None:
        """It was for another model."""
        self.advice = None
        self._show()

    def begin(self) -> None:
        self.busy, self.advice = True, None
        self._show()
        self.words.setText("Preparing …")

    def hear_activity(self, event: Activity) -> None:
        far = f": {event.done} of {event.total}" if event.total else ""
        self.words.setText(f"{event.text}{far}{time_left(event.seconds_left, ' · ')}")

    def take_result(self, result: dict[str, Any]) -> None:
        self.advice = result
        clear(self._why)
        facts = [str(fact["words"]) for fact in result.get("facts", [])]
        for words in dict.fromkeys([*result.get("why", [])[1:], *facts]):
            self._why.addWidget(label(words, "small", wrap=True))
        gains = result.get("stages", [])
        if gains:
            self._why.addWidget(label("What training one stage alone brought:", "small", wrap=True))
            self._why.addWidget(Gains(gains))

    def end(self) -> None:
        self.busy = False
        self._show()

    def _show(self) -> None:
        there = self.advice is not None
        self.title.setText(str(self.advice["title"]) if self.advice else "")
        self.title.setVisible(there)
        said = next(iter(self.advice.get("why", [])), "") if self.advice else ""
        nothing = "Graft tries a few short trainings on your data and says what it would let learn."
        self.words.setText(said if there else nothing)
        self.use.setVisible(there)
        self.more.setVisible(there)
        self.more.setText("Show why")
        self.why.hide()
        self.ask.setText("Stop" if self.busy else "Ask again" if there else "Ask for advice")

    def _turn(self) -> None:
        (self.stopped if self.busy else self.wanted).emit()

    def _turn_why(self) -> None:
        self.why.setVisible(self.why.isHidden())
        self.more.setText("Show why" if self.why.isHidden() else "Show less")

    def _take(self) -> None:
        if self.advice is not None:
            self.taken.emit(self.advice)


class Gains(QWidget):
    """Of each stage: what it brought when it was trained alone, with its interval."""

    def __init__(self, gains: list[dict[str, Any]]) -> None:
        super().__init__()
        self._gains = gains
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        said = [f"{g['title']} {100 * g['gain']:+.1f} points" for g in gains]
        self.setAccessibleName("; ".join(said))

    def sizeHint(self) -> QSize:
        return QSize(THEME.px(200), THEME.px(20) * len(self._gains))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(THEME.font(SMALL))
        px, metrics = THEME.px, painter.fontMetrics()
        wide = max(metrics.horizontalAdvance(str(gain["title"])) for gain in self._gains)
        names = min(px(104), wide + px(4))
        figures = metrics.horizontalAdvance("+00.0")
        low = min(0.0, *(float(g["low"]) for g in self._gains))
        high = max(0.0, *(float(g["high"]) for g in self._gains)) or 0.01
        left, right = names + px(8), self.width() - figures - px(8)
        scale = (right - left) / max(1e-9, high - low)
        for number, gain in enumerate(self._gains):
            y, middle = number * px(20), Qt.AlignmentFlag.AlignVCenter
            title = metrics.elidedText(str(gain["title"]), Qt.TextElideMode.ElideMiddle, names)
            painter.setPen(THEME.color("muted"))
            painter.drawText(QRectF(0, y, names, px(20)), middle, title)
            at = [left + (float(gain[key]) - low) * scale for key in ("low", "gain", "high")]
            zero = left - low * scale
            painter.fillRect(QRectF(zero, y + px(2), 1, px(16)), THEME.color("line"))
            bar = QRectF(min(zero, at[1]), y + px(6), abs(at[1] - zero), px(8))
            painter.fillRect(bar, THEME.color("trainable"))
            painter.setPen(QPen(THEME.color("text"), 1))
            painter.drawLine(round(at[0]), y + px(10), round(at[2]), y + px(10))
            words = f"{100 * float(gain['gain']):+.1f}"
            place = QRectF(right, y, self.width() - right, px(20))
            painter.drawText(place, middle | Qt.AlignmentFlag.AlignRight, words)
