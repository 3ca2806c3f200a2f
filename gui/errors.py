"""How errors show: in the page first; a dialog only for a mistake in Graft itself."""

from __future__ import annotations

import platform
import sys
from types import TracebackType

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtWidgets import (
    QApplication,
    QDialog,
    QFrame,
    QHBoxLayout,
    QLabel,
    QPlainTextEdit,
    QVBoxLayout,
    QWidget,
)

from engine.errors import GraftError
from gui.jobs import Bug, as_bug
from gui.theme import THEME
from gui.widgets.controls import button, label


class ErrorCard(QFrame):
    """What happened, why, and what to do about it; more can be unfolded."""

    dismissed = Signal()

    def __init__(self, error: GraftError, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("errorBar")
        self.error = error
        self.setAccessibleName(f"Error: {error.title}")
        px = THEME.px
        box = QVBoxLayout(self)
        box.setContentsMargins(px(16), px(12), px(12), px(12))
        box.setSpacing(px(4))
        top = QHBoxLayout()
        title = label(error.title, "section", wrap=True)
        top.addWidget(title, 1)
        close = button("Dismiss", "link")
        close.clicked.connect(self._dismiss)
        top.addWidget(close, 0, Qt.AlignmentFlag.AlignTop)
        box.addLayout(top)
        said = label(f"{error.cause}\n{error.remedy}".strip(), wrap=True)
        said.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        box.addWidget(said)
        if error.details:
            self._add_details(box, error.details)

    def _add_details(self, box: QVBoxLayout, details: str) -> None:
        more = button("Show details", "link")
        text = QPlainTextEdit(details)
        text.setReadOnly(True)
        text.setAccessibleName("Details of the error")
        text.setFixedHeight(THEME.px(140))
        text.hide()

        def turn() -> None:
            text.setVisible(text.isHidden())
            more.setText("Show details" if text.isHidden() else "Hide details")

        more.clicked.connect(turn)
        box.addWidget(more, 0, Qt.AlignmentFlag.AlignLeft)
        box.addWidget(text)

    def _dismiss(self) -> None:
        self.dismissed.emit()
        self.hide()
        self.deleteLater()


class BugReport(QDialog):
    """Shows a mistake in Graft with its traceback, ready to be sent to its makers."""

    def __init__(self, bug: Bug, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Graft made a mistake")
        self.resize(THEME.px(640), THEME.px(420))
        px = THEME.px
        box = QVBoxLayout(self)
        box.setContentsMargins(px(24), px(24), px(24), px(16))
        box.setSpacing(px(12))
        box.addWidget(label("Graft made a mistake", "title"))
        words = "What was stored is safe, and you can go on. Please send this text to the makers."
        box.addWidget(label(words, wrap=True))
        self.text = QPlainTextEdit(_report(bug))
        self.text.setReadOnly(True)
        self.text.setAccessibleName("Report")
        box.addWidget(self.text, 1)
        row = QHBoxLayout()
        row.addStretch(1)
        copy = button("Copy the text")
        copy.clicked.connect(lambda: QApplication.clipboard().setText(self.text.toPlainText()))
        close = button("Go on", "primary")
        close.setDefault(True)
        close.clicked.connect(self.accept)
        row.addWidget(copy)
        row.addWidget(close)
        box.addLayout(row)


def _report(bug: Bug) -> str:
    versions = f"Python {platform.python_version()}, {platform.platform()}"
    return f"{bug.cause}\n{versions}\n\n{bug.details}"


class Hook(QObject):
    """The window's exception hook: an error is shown in the page, a bug gets a report."""

    error = Signal(object)  # GraftError
    bug = Signal(object)  # Bug

    def install(self) -> None:
        sys.excepthook = self._caught

    def _caught(
        self, kind: type[BaseException], error: BaseException, trace: TracebackType | None
    ) -> None:
        if issubclass(kind, KeyboardInterrupt):
            QApplication.quit()
            return
        sys.__excepthook__(kind, error, trace)
        if isinstance(error, GraftError):
            self.error.emit(error)
        else:
            self.bug.emit(as_bug(error))


def show_label(widget: QLabel, text: str) -> None:
    """Sets a text, hiding the label when there is none."""
    widget.setText(text)
    widget.setVisible(bool(text))
