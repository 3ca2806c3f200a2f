"""Pause, stop after this epoch, stop now, and, when nothing answers, end it."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QWidget

from gui.keys import action
from gui.live import Live, LiveRun
from gui.session import Session
from gui.widgets.card import row
from gui.widgets.controls import button


class RunActions(QWidget):
    """For a run and for a search. Absent when nothing trains."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self.pause = button("Pause", done=self.turn_pause)
        self.after = button("Stop after this epoch", done=self._after)
        self.stop = button("Stop now", done=self.stop_now)
        self.kill = button("End it now", "danger")
        self.kill.clicked.connect(self._kill)
        self.setLayout(row(self.pause, self.after, self.stop, self.kill))
        session.run_began.connect(self._began)
        session.run_ended.connect(lambda live: self._show())
        if session.live is not None:
            self._began(session.live)
        self._show()

    def add_keys(self, page: QWidget, go: Callable[[], object], turn: Callable[[], object]) -> None:
        for text, keys, done in (
            ("Train, or search", "Ctrl+Return", go), ("One run, or a search", "Ctrl+T", turn),
            ("Pause or resume", "Ctrl+P", self.turn_pause), ("Stop now", "Ctrl+.", self.stop_now),
        ):  # fmt: skip
            action(page, text, keys, "Train").triggered.connect(lambda _=False, done=done: done())

    def turn_pause(self) -> None:
        live = self._session.live
        if live is not None and not live.stopping:
            live.resume() if live.paused else live.pause()

    def stop_now(self) -> None:
        if self._session.live is not None:
            self._session.live.stop()

    def _after(self) -> None:
        if isinstance(self._session.live, LiveRun):
            self._session.live.stop_after_epoch()

    def _kill(self) -> None:
        if self._session.live is not None:
            self._session.live.kill()

    def _began(self, live: Live) -> None:
        live.changed.connect(self._show)
        self.pause.setToolTip(live.pausing)
        self.stop.setToolTip(f"Keeps {live.kept} (Ctrl+.)")
        self.kill.setToolTip(f"It does not answer; {live.kept_by_force} stays")
        self._show()

    def _show(self) -> None:
        live = self._session.live
        self.setVisible(live is not None)
        if live is None:
            return
        self.pause.setText("Resume" if live.paused else "Pause")
        self.pause.setEnabled(not live.stopping)
        self.after.setVisible(isinstance(live, LiveRun))
        self.after.setEnabled(not live.stopping)
        self.stop.setEnabled(not live.stopping)
        self.kill.setVisible(live.unresponsive)
