"""Checks of one run: did its pre-training help, and does other data look like its own?"""

from __future__ import annotations

from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QVBoxLayout, QWidget

from gui.facts import Facts
from gui.results.check import CheckCard
from gui.results.controls_card import ControlsCard
from gui.results.shift_card import ShiftCard
from gui.session import Session
from gui.theme import THEME
from gui.widgets.card import scrolling

WIDE = 900  # px from which the two stand beside each other


class ChecksView(QWidget):
    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        facts = session.facts
        self.controls = ControlsCard(session)
        self.shift = ShiftCard(session, facts.kind if facts else "image")
        self._parts = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self._parts.setContentsMargins(0, 0, 0, 0)
        self._parts.setSpacing(THEME.px(12))
        for card in self.cards:
            self._parts.addWidget(card, 1)
            card.turned.connect(self._block)
        self._parts.addStretch(0)
        content = QWidget()
        content.setLayout(self._parts)
        content.setContentsMargins(0, 0, THEME.px(6), 0)  # clear of the scroll bar
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(scrolling(content, "Checks"))
        session.run_began.connect(lambda live: self._block())
        session.run_ended.connect(lambda live: self._block())
        self._block()

    @property
    def cards(self) -> tuple[CheckCard, CheckCard]:
        return self.controls, self.shift

    @property
    def first(self) -> QWidget:
        """What the keyboard goes to."""
        return self.controls.ask

    def show_facts(self, facts: Facts, run: int | None) -> None:
        chosen = next((one for one in facts.usable if one.id == run), None)
        for card in self.cards:
            card.show_run(chosen)
            card.show_facts(facts)
        self._block()

    def _block(self) -> None:
        """One thing at a time on a machine: a run that trains comes first, then one check."""
        live = self._session.live
        for card, other in (self.cards, self.cards[::-1]):
            if live is not None:
                card.block(f"{live.name} is under way. Ask when it has ended")
            elif other.busy:
                card.block("The other check is under way")
            else:
                card.block("")

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        way = QBoxLayout.Direction
        wide = self.width() >= THEME.px(WIDE)
        self._parts.setDirection(way.LeftToRight if wide else way.TopToBottom)
        for place, stretch in enumerate((1, 1, 0) if wide else (0, 0, 1)):
            self._parts.setStretch(place, stretch)
