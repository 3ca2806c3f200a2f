"""What the checks of a run share: a question to a child, how far it is, stop, and what came."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from engine.errors import GraftError
from engine.events import Activity, LogLine
from gui.asking import Asked
from gui.errors import ErrorCard
from gui.facts import Facts
from gui.session import Session
from gui.widgets.asking import AskingLine
from gui.widgets.card import Card, column
from gui.widgets.controls import label
from gui.widgets.words import listing

if TYPE_CHECKING:
    from engine.store.runs import Run


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
        self.line = AskingLine(title)
        self.line.pressed.connect(self._turn)
        self.ask, self.said, self.bar = self.line.ask, self.line.said, self.line.bar
        self.box.addWidget(self.line)
        self._errors = QVBoxLayout()
        self.box.addLayout(self._errors)
        self.result = QWidget()
        self.answer = column()
        self.result.setLayout(self.answer)
        self.box.addWidget(self.result)
        self.noted = label("", "small", wrap=True)
        self.noted.hide()
        self.box.addWidget(self.noted)
        self.box.addStretch(1)

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
        if not self.busy:
            text = "Find out again" if not self.result.isHidden() else "Find out"
            self.line.rest(text, self._blocked or self.why_not(), self.run is not None)

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
        self.line.begin(f"{self.run.name}: loading …")
        self.asked.ask({"run": self.run.id, **self.arguments()})
        self.turned.emit()

    def _hear_activity(self, event: Activity) -> None:
        assert self._of is not None
        self.line.hear(event, f"{self._of.name}: ")

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
