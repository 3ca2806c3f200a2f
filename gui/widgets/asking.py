"""The line that asks something of a child: its button, how far it is, and a bar below."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QProgressBar, QSizePolicy, QWidget

from engine.events import Activity
from gui.theme import THEME
from gui.widgets.card import column, row
from gui.widgets.controls import Elided, button
from gui.widgets.words import done_of, time_left

BAR = 6  # px


class AskingLine(QWidget):
    """Its words change, its places do not."""

    pressed = Signal()

    def __init__(self, name: str, kind: str = "") -> None:
        super().__init__()
        self.ask = button("Find out", kind, done=self.pressed.emit)
        self.ask.setMinimumWidth(THEME.px(128))
        self.said = Elided("", "muted")
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.setFixedHeight(THEME.px(BAR))
        self.bar.setAccessibleName(f"Progress: {name}")
        keeps = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        keeps.setRetainSizeWhenHidden(True)
        self.bar.setSizePolicy(keeps)
        self.bar.hide()
        top = row(self.ask, self.said, spacing=12)
        top.setStretch(1, 1)
        self.setLayout(column(top, self.bar))

    def begin(self, words: str) -> None:
        self.bar.setRange(0, 0)
        self.bar.show()
        self.said.setText(words)
        self.ask.setText("Stop")
        self.ask.setToolTip("Ends it at once. Nothing is stored")
        self.ask.setEnabled(True)

    def hear(self, event: Activity, before: str = "") -> None:
        far = f" · {done_of(event.done, event.total, event.unit)}" if event.total else ""
        left = time_left(event.seconds_left, " · ")
        self.said.setText(f"{before}{event.text}{far}{left}")
        self.bar.setRange(0, event.total)
        self.bar.setValue(event.done)

    def rest(self, text: str, reason: str = "", can: bool = True) -> None:
        """Nothing is asked now. `reason`: why nothing can be, '' when it can."""
        self.bar.hide()
        self.ask.setText(text)
        self.ask.setEnabled(can and not reason)
        self.ask.setToolTip(reason)
        self.said.setText(reason)
