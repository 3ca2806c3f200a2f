"""What the page asks before it acts: a bar in the page, with what follows and the buttons."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame

from gui.widgets.card import column, row
from gui.widgets.controls import button, label

Answer = tuple[str, str, Callable[[], object]]  # text, kind of button, what it does


class Question(QFrame):
    closed = Signal()

    def __init__(self, title: str, words: Sequence[str], answers: Sequence[Answer]) -> None:
        """Every answer closes it."""
        super().__init__()
        self.setObjectName("noteBar")
        self.setAccessibleName(title)
        self.buttons = [
            button(text, kind, done=partial(self._answer, done)) for text, kind, done in answers
        ]
        # Where the first answer cannot be taken back, Enter is no way to give it.
        self.first = next(
            made for made, (_, kind, _) in zip(self.buttons, answers, strict=True)
            if kind != "danger"
        )  # fmt: skip
        said = [label(line, wrap=True) for line in words]
        self.setLayout(
            column(
                label(title, "section", wrap=True), *said, row(*self.buttons, 1), margins=12,
                spacing=6,
            )
        )  # fmt: skip

    def _answer(self, done: Callable[[], object]) -> None:
        self.closed.emit()
        self.hide()
        self.deleteLater()
        done()
