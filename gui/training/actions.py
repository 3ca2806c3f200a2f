"""Pause, stop after this epoch, stop now, and, when nothing answers, end it."""

from __future__ import annotations

from PySide6.QtWidgets import QPushButton, QWidget

from gui.keys import action
from gui.live import LiveRun
from gui.session import Session
from gui.widgets.card import row
from gui.widgets.controls import button


class RunActions(QWidget):
    """Absent when nothing trains."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self.pause = button("Pause", tip="Ctrl+P", done=self.turn_pause)
        self.after = button("Stop after this epoch", done=self._after)
        self.stop = button("Stop now", tip="Keeps what was learned (Ctrl+.)", done=self.stop_now)
        self.kill = button("End it now", "danger", "It does not answer; the last checkpoint stays")
        self.kill.clicked.connect(self._kill)
        self.setLayout(row(self.pause, self.after, self.stop, self.kill))
        session.run_began.connect(self._began)
        session.run_ended.connect(lambda live: self._show())
        if session.live is not None:
            self._began(session.live)
        self._show()

    def add_keys(self, page: QWidget, train: QPushButton) -> None:
        action(page, "Train", "Ctrl+Return", "Train").triggered.connect(train.click)
        action(page, "Pause or resume", "Ctrl+P", "Train").triggered.connect(self.turn_pause)
        action(page, "Stop now", "Ctrl+.", "Train").triggered.connect(self.stop_now)

    def turn_pause(self) -> None:
        live = self._session.live
        if live is not None and not live.stopping:
            live.resume() if live.paused else live.pause()

    def stop_now(self) -> None:
        if self._session.live is not None:
            self._session.live.stop()

    def _after(self) -> None:
        if self._session.live is not None:
            self._session.live.stop_after_epoch()

    def _kill(self) -> None:
        if self._session.live is not None:
            self._session.live.kill()

    def _began(self, live: LiveRun) -> None:
        live.changed.connect(self._show)
        self._show()

    def _show(self) -> None:
        live = self._session.live
        self.setVisible(live is not None)
        if live is None:
            return
        self.pause.setText("Resume" if live.paused else "Pause")
        self.pause.setEnabled(not live.stopping)
        self.after.setEnabled(not live.stopping)
        self.stop.setEnabled(not live.stopping)
        self.kill.setVisible(live.unresponsive)
