"""When to stop: what more labels are worth, and whether suggestions sway the reader."""

from __future__ import annotations

from typing import Any

from PySide6.QtWidgets import QWidget

from engine.errors import GraftError
from gui.asking import Asked
from gui.session import Session
from gui.widgets.asking import AskingLine
from gui.widgets.card import Card
from gui.widgets.controls import label


class WorthCard(Card):
    def __init__(self, session: Session) -> None:
        super().__init__("When to stop")
        self._session = session
        self.words = label("", wrap=True)
        self.line = AskingLine("What more labels are worth")
        self.line.pressed.connect(self._press)
        self.sway = label("", "muted", wrap=True)
        parts: tuple[QWidget, ...] = (self.words, self.line, self.sway)
        for part in parts:
            self.box.addWidget(part)
        self._asked = Asked(session, "labels-worth", self)
        self._asked.activity.connect(self.line.hear)
        self._asked.done.connect(self._show)
        self._asked.failed.connect(self._fail)
        self._asked.ended.connect(lambda: self.line.rest("What are more labels worth?"))
        session.closed.connect(self._asked.give_up)
        self.line.rest("What are more labels worth?")
        self.words.hide()
        self.sway.hide()

    def _press(self) -> None:
        if self._asked.busy:
            self._asked.give_up()
            return
        self.line.begin("Asking what labels are worth")
        self._asked.ask({})
        self._read_agreement()

    def _show(self, found: Any) -> None:
        if found is not None:
            self.words.setText(str(found["words"]))
            self.words.show()

    def _fail(self, error: GraftError) -> None:
        self.words.setText(f"{error.cause} {error.remedy}")
        self.words.show()

    def _read_agreement(self) -> None:
        project = self._session.project
        if project is None:
            return

        def read(emit: Any, cancel: Any) -> str:
            from engine.suggesting.agreement import agreement
            from engine.suggesting.stock import readings

            return agreement(*readings(project)).words

        self._session.jobs.run(read, done=self._show_agreement)

    def _show_agreement(self, words: str) -> None:
        self.sway.setText(words)
        self.sway.setVisible(bool(words))
