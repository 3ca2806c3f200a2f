"""The strip below: what works in the background, how far, how long still, and how to end it."""

from __future__ import annotations

from PySide6.QtWidgets import QFrame, QHBoxLayout, QProgressBar, QVBoxLayout, QWidget

from engine.events import Activity
from gui.jobs import Job
from gui.live import Live
from gui.theme import THEME
from gui.widgets.controls import Elided, button, label
from gui.widgets.words import done_of, time_left


class Work(QWidget):
    """One line: name, bar, words, actions. The words never move the actions."""

    def __init__(self, name: str) -> None:
        super().__init__()
        px = THEME.px
        row = QHBoxLayout(self)
        row.setContentsMargins(px(16), px(4), px(12), px(4))
        row.setSpacing(px(12))
        self.name = label(name, "muted")
        self.bar = QProgressBar()
        self.bar.setRange(0, 1000)
        self.bar.setTextVisible(False)
        self.bar.setFixedSize(px(200), px(12))
        self.bar.setAccessibleName(f"Progress of {name}")
        self.words = Elided("", "muted")
        row.addWidget(self.name)
        row.addWidget(self.bar)
        row.addWidget(self.words, 1)
        self.buttons = row

    def show_progress(self, fraction: float | None, words: str) -> None:
        """`fraction` None: nobody can tell how far."""
        if fraction is None:
            self.bar.setRange(0, 0)
        else:
            self.bar.setRange(0, 1000)
            self.bar.setValue(round(fraction * 1000))
        self.words.setText(words)


class JobWork(Work):
    """A job that has a text to show."""

    def __init__(self, job: Job) -> None:
        super().__init__(job.text)
        cancel = button("Cancel", done=job.cancel)
        cancel.setAccessibleName(f"Cancel {job.text}")
        self.buttons.addWidget(cancel)
        self.show_progress(None, "starting")
        cancel.clicked.connect(lambda: self.show_progress(None, "ending"))
        job.progress.connect(self._progressed)

    def _progressed(self, event: object) -> None:
        if isinstance(event, Activity):
            fraction = event.done / event.total if event.total else None
            words = event.text
            if event.total:
                words = f"{event.text} · {done_of(event.done, event.total, event.unit)}"
            self.show_progress(fraction, words + time_left(event.seconds_left, " · "))


class LiveWork(Work):
    """A run or a search, with pause and stop."""

    def __init__(self, live: Live) -> None:
        super().__init__(live.name)
        self._live = live
        self.pause = button("Pause")
        self.pause.clicked.connect(lambda: live.resume() if live.paused else live.pause())
        self.stop = button("Stop", tip=f"Stops now and keeps {live.kept}")
        self.stop.clicked.connect(lambda: live.kill() if live.unresponsive else live.stop())
        self.buttons.addWidget(self.pause)
        self.buttons.addWidget(self.stop)
        live.heard.connect(self._show)
        live.changed.connect(self._show)
        self._show()

    def _show(self, event: object = None) -> None:
        live = self._live
        self.name.setText(live.name)
        self.pause.setText("Resume" if live.paused else "Pause")
        self.pause.setEnabled(not live.stopping)
        self.stop.setText("End it now" if live.unresponsive else "Stop")
        self.stop.setEnabled(not live.stopping or live.unresponsive)
        self.show_progress(live.fraction, live.words)


class Strip(QFrame):
    """Absent when nothing runs."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("strip")
        self.setAccessibleName("Work in the background")
        self._box = QVBoxLayout(self)
        self._box.setContentsMargins(0, 0, 0, 0)
        self._box.setSpacing(0)
        self._shown = 0
        self.hide()

    def show_job(self, job: Job) -> None:
        work = JobWork(job)
        self._add(work)
        job.ended.connect(lambda: self._drop(work))

    def show_live(self, live: Live) -> None:
        work = LiveWork(live)
        self._add(work)
        live.ended.connect(lambda: self._drop(work))

    def _add(self, work: Work) -> None:
        self._box.addWidget(work)
        self._shown += 1
        self.show()

    def _drop(self, work: Work) -> None:
        self._box.removeWidget(work)
        work.hide()
        work.deleteLater()
        self._shown -= 1
        self.setVisible(self._shown > 0)
