"""Opening the window."""

from __future__ import annotations

import sys
from pathlib import Path

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QApplication

from engine import environment
from gui.errors import Hook
from gui.theme import THEME


def application(args: list[str]) -> QApplication:
    """The Qt application with Graft's name and look."""
    # A job that computes gives way to the window within a millisecond, not five.
    sys.setswitchinterval(0.001)
    QCoreApplication.setOrganizationName("Graft")
    QCoreApplication.setApplicationName("Graft")
    app = QApplication(args)
    app.setApplicationDisplayName("Graft")
    THEME.begin(app)
    return app


def main(project: Path | None = None) -> int:
    """Shows the window, with a project if one was given, until it is closed."""
    from gui.window import Window

    environment.prepare()
    app = application(sys.argv[:1])
    hook = Hook()
    window = Window()
    hook.error.connect(window.show_error)
    hook.bug.connect(window.show_bug)
    hook.install()
    window.show()
    if project is not None:
        window.open(project)
    return app.exec()
