"""A window that a script drives: it waits as a person does, and takes pictures."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from PySide6.QtWidgets import QApplication, QWidget

from gui.window import Window

PATIENCE = 300.0  # seconds for any one step
USUAL = (1440, 900)


class Tour:
    """A window, and where its pictures go."""

    def __init__(self, app: QApplication, out: Path, work: Path) -> None:
        self.app, self.out, self.work = app, out, work
        self.window = Window(keep_warm=False)
        self.window.resize(*USUAL)
        self.window.show()
        self.window.activateWindow()  # keys are heard by the window that is active
        self.taken: list[str] = []

    def wait(self, ready: Callable[[], object], what: str) -> None:
        """Lets the window work until `ready`. Raises TimeoutError."""
        until = time.monotonic() + PATIENCE
        while not ready():
            self.app.processEvents()
            time.sleep(0.005)
            if time.monotonic() > until:
                raise TimeoutError(f"waited too long for: {what}")

    def settle(self, seconds: float = 0.4) -> None:
        until = time.monotonic() + seconds
        self.wait(lambda: time.monotonic() > until and not self.window.jobs.busy, "jobs to end")

    def take(self, name: str, seconds: float = 0.4) -> None:
        self.settle(seconds)
        self.save(self.window, name)

    def save(self, widget: QWidget, name: str) -> None:
        widget.grab().save(str(self.out / f"{name}.png"), "PNG", 0)
        self.taken.append(name)
        print(f"  {name}.png", flush=True)

    def go(self, page: str) -> None:
        self.window.show_page(page)
        self.settle(0.2)

    def make(self, name: str, task: str) -> None:
        self.window.session.create(self.work / f"{name}.graft", task)
        self.wait(lambda: self.window.session.facts is not None, f"the project {name}")

    def import_data(self, source: Path) -> None:
        sheet = self.window.pages["data"].sheet
        self.window.pages["data"].begin_import()
        sheet.choose(source)
        self.wait(lambda: sheet.steps.currentIndex() == 1, "a look at the data")
        sheet.form.button.click()
        self.wait(lambda: sheet.report is not None, "the import")
        sheet.close_sheet()

    def train(self, name: str = "") -> None:
        """Trains with what is chosen; takes a picture in the middle when it has a name."""
        session = self.window.session
        self.go("training")
        self.window.page.train.click()
        self.wait(lambda: session.live is not None, "the run to begin")
        live = session.live
        if name:
            self.wait(lambda: live.over or (live.fraction or 0.0) > 0.5, "half of the run")
            self.wait(lambda: live.over or not self.window.page._waiting, "a redraw")
            self.save(self.window, name)
        self.wait(lambda: session.live is None, "the run to end")
        self.settle()

    def end(self) -> None:
        self.window.close()
        self.app.processEvents()
