"""What the checks of a run share: a question to a child, how far it is, stop, and what came."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QProgressBar, QSizePolicy, QVBoxLayout, QWidget

from engine.errors import GraftError
from engine.events import Activity, LogLine
from gui.asking import Asked
from gui.errors import ErrorCard
from gui.facts import Facts
from gui.session import Session
from gui.theme import THEME
from gui.widgets.card import Card, column, row
from gui.widgets.controls import Elided, button, label
from gui.widgets.words import listing, time_left

if TYPE_CHECKING:
    from engine.store.runs import Run

BAR = 6  # px


class CheckCard(Card):
    """Subclasses say what is asked (`arguments`, `why_not`) and show the answer (`take`).

    Another run may be chosen while one is asked about: the answer still belongs to the first.
    """

    turned = Signal()  # it began or ended

    def __init__(self, session: Session, operation: str, title: str, words: str) -> None:
        super().__init__(title)
        self.session = session
        self.run: Run | None = None  # that is shown
        self._of: Run | None = None  # that is asked about
        self._blocked = ""
        self._error: ErrorCard | None = None
        self._notes: list[str] = []
        self.asked = Asked(session, operation, self)
        self.asked.activity.connect(self._hear_activity)
        self.asked.heard.connect(self._hear)
        self.asked.done.connect(self._take)
        self.asked.failed.connect(self.show_error)
        self.asked.ended.connect(self._ended)
        session.closed.connect(self.asked.give_up)
        self.intro = label(words, "muted", wrap=True)
        self.box.addWidget(self.intro)
        self.inputs = QVBoxLayout()
        self.box.addLayout(self.inputs)
        self._build_asking()
        self.result = QWidget()
        self.answer = column()
        self.result.setLayout(self.answer)
        self.box.addWidget(self.result)
        self.noted = label("", "small", wrap=True)
        self.noted.hide()
        self.box.addWidget(self.noted)
        self.box.addStretch(1)

    def _build_asking(self) -> None:
        self.ask = button("Find out", done=self._turn)
        self.ask.setMinimumWidth(THEME.px(128))  # its words change, its place does not
        self.said = Elided("", "muted")
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.setFixedHeight(THEME.px(BAR))
        self.bar.setAccessibleName(f"Progress: {self.heading.text()}")
        keeps = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        keeps.setRetainSizeWhenHidden(True)
        self.bar.setSizePolicy(keeps)
        self.bar.hide()
        asking = row(self.ask, self.said, spacing=12)
        asking.setStretch(1, 1)
        self.box.addLayout(asking)
        self.box.addWidget(self.bar)
        self._errors = QVBoxLayout()
        self.box.addLayout(self._errors)

    # What subclasses say

    def arguments(self) -> dict[str, Any]:
        """What the child is asked, beside the run."""
        return {}

    def why_not(self) -> str:
        """Why it cannot be asked now, in a sentence; '' when it can."""
        return ""

    def take(self, run: Run, result: dict[str, Any]) -> None:
        raise NotImplementedError

    def show_kept(self) -> None:
        """An answer from before, after a question that brought none."""

    def show_facts(self, facts: Facts) -> None:
        """What the session knows has changed."""

    # What is shown

    @property
    def busy(self) -> bool:
        return self.asked.busy

    def show_run(self, run: Run | None) -> None:
        if run != self.run:
            self.run = run
            self._clear()
        self.refresh()

    def block(self, reason: str) -> None:
        """Why nothing can be asked now, whatever this card holds."""
        self._blocked = reason
        self.refresh()

    def refresh(self) -> None:
        """The button, and the line beside it."""
        self.bar.setVisible(self.busy)
        if self.busy:
            self.ask.setText("Stop")
            self.ask.setToolTip("Ends it at once. Nothing is stored")
            self.ask.setEnabled(True)
            return
        reason = self._blocked or self.why_not()
        self.ask.setText("Find out again" if not self.result.isHidden() else "Find out")
        self.ask.setEnabled(self.run is not None and not reason)
        self.ask.setToolTip(reason)
        self.said.setText(reason)

    def show_error(self, error: GraftError) -> None:
        self.clear_error()
        self._error = ErrorCard(error)
        self._error.dismissed.connect(self._error_gone)
        self._errors.addWidget(self._error)

    @property
    def error(self) -> GraftError | None:
        return self._error.error if self._error is not None else None

    def clear_error(self) -> None:
        if self._error is not None:
            self._error.hide()
            self._error.deleteLater()
            self._error = None

    def _error_gone(self) -> None:
        self._error = None

    def _clear(self) -> None:
        self.clear_error()
        self.noted.hide()
        self.result.hide()

    # Asking

    def _turn(self) -> None:
        if self.busy:
            self.asked.give_up()
        elif self.run is not None:
            self.begin()

    def begin(self) -> None:
        assert self.run is not None
        self._of, self._notes = self.run, []
        self._clear()
        self.bar.setRange(0, 0)
        self.said.setText(f"{self.run.name}: loading …")
        self.asked.ask({"run": self.run.id, **self.arguments()})
        self.refresh()
        self.turned.emit()

    def _hear_activity(self, event: Activity) -> None:
        assert self._of is not None
        far = f" · {event.done:,} of {event.total:,}" if event.total else ""
        left = time_left(event.seconds_left, " · ")
        self.said.setText(f"{self._of.name}: {event.text}{far}{left}")
        self.bar.setRange(0, event.total)
        self.bar.setValue(event.done)

    def _hear(self, event: object) -> None:
        if isinstance(event, LogLine) and event.level == "warning":
            self._notes.append(event.text)

    def _take(self, result: Any) -> None:
        assert self._of is not None
        self.take(self._of, result)
        if self._notes and self._of == self.run:
            self.noted.setText(listing(self._notes, 2))
            self.noted.setToolTip("\n".join(self._notes[:50]))
            self.noted.show()

    def _ended(self) -> None:
        self._of = None
        self.show_kept()
        self.refresh()
        self.turned.emit()
