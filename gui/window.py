"""The window: rail, page, strip. It only puts pages together."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from pathlib import Path

from PySide6.QtCore import QSettings, Qt, QTimer
from PySide6.QtGui import QCloseEvent, QShowEvent
from PySide6.QtWidgets import (
    QHBoxLayout,
    QMainWindow,
    QMessageBox,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from engine.errors import GraftError
from engine.progress import Cancel
from engine.training.process import Child
from gui.children import Children
from gui.errors import BugReport
from gui.jobs import Bug, Jobs
from gui.keys import KeySheet, action
from gui.live import Live
from gui.rail import STEPS, Rail
from gui.session import Session
from gui.strip import Strip
from gui.theme import THEME
from gui.widgets.page import Page

WARM_AFTER = 3000  # ms after a project is open

_PAGES = {
    "start": ("gui.start.page", "StartPage"),
    "data": ("gui.data.page", "DataPage"),
    "models": ("gui.models.page", "ModelsPage"),
    "layers": ("gui.layers.page", "LayersPage"),
    "training": ("gui.training.page", "TrainingPage"),
    "results": ("gui.results.page", "ResultsPage"),
    "use": ("gui.use.page", "UsePage"),
}


def _load_pages(_: object, cancel: Cancel) -> None:
    """In a thread; modules make no Qt objects when they load."""
    for module, _name in _PAGES.values():
        cancel.check()
        import_module(module)


class Window(QMainWindow):
    """Pages are made when they are first visited, so that the window opens at once."""

    def __init__(self, make_child: Callable[[], Child] = Child, keep_warm: bool = True) -> None:
        super().__init__()
        self.setWindowTitle("Graft")
        self.setMinimumSize(THEME.px(880), THEME.px(560))
        self.jobs = Jobs(self)
        self.processes = Children(make_child, keep_warm, self)
        self.session = Session(self.jobs, self.processes, self)
        self.pages: dict[str, Page] = {}
        self._closing = False
        self._lay_out()
        self._connect()
        self._add_actions()
        self._warm_timer = QTimer(self, singleShot=True, interval=WARM_AFTER)
        self._warm_timer.timeout.connect(self._warm_up)
        geometry = QSettings().value("geometry")
        if geometry is None or not self.restoreGeometry(geometry):
            self.resize(THEME.px(1440), THEME.px(900))
        self.show_page("start")

    def _lay_out(self) -> None:
        self.rail = Rail()
        self.stack = QStackedWidget()
        self.stack.setObjectName("pages")
        self.strip = Strip()
        middle = QWidget()
        upper = QHBoxLayout()
        upper.setSpacing(0)
        upper.addWidget(self.rail)
        upper.addWidget(self.stack, 1)
        outer = QVBoxLayout(middle)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSpacing(0)
        outer.addLayout(upper, 1)
        outer.addWidget(self.strip)
        self.setCentralWidget(middle)

    def _connect(self) -> None:
        session = self.session
        self.rail.chosen.connect(self.show_page)
        self.rail.leave.connect(self.leave_project)
        self.rail.help.connect(self.show_keys)
        self.jobs.began.connect(self.strip.show_job)
        self.jobs.bug.connect(self.show_bug)
        session.opened.connect(self._opened)
        session.closed.connect(self._closed)
        session.facts_changed.connect(self._show_facts)
        session.run_began.connect(self._run_began)
        session.run_ended.connect(self._show_facts)
        session.page_wanted.connect(self.show_page)
        session.item_wanted.connect(lambda item: self.show_page("data"))
        session.run_wanted.connect(lambda run: self.show_page("results"))
        session.change_failed.connect(self.show_error)

    def _add_actions(self) -> None:
        for number, (page, name) in enumerate(STEPS, start=1):
            one = action(self, f"Go to {name}", f"Ctrl+{number}", "Pages")
            one.triggered.connect(lambda checked=False, page=page: self._go(page))
        action(self, "Open another project", "Ctrl+O").triggered.connect(self.leave_project)
        action(self, "Keys and help", ["F1", "?"]).triggered.connect(self.show_keys)
        action(self, "Close Graft", "Ctrl+Q").triggered.connect(self.close)

    def open(self, folder: Path) -> None:
        self.session.open(folder)

    def show_page(self, name: str) -> None:
        """Shows a page, making it on the first visit."""
        page = self.pages.get(name)
        if page is None:
            module, cls = _PAGES[name]
            page = getattr(import_module(module), cls)(self.session)
            assert isinstance(page, Page)
            self.pages[name] = page
            self.stack.addWidget(page)
        self.stack.setCurrentWidget(page)
        self.rail.show_page(name)
        page.entered()
        if page.first is not None:
            page.first.setFocus()

    @property
    def page(self) -> Page:
        page = self.stack.currentWidget()
        assert isinstance(page, Page)
        return page

    def show_error(self, error: GraftError) -> None:
        self.page.show_error(error)

    def show_bug(self, bug: Bug) -> None:
        BugReport(bug, self).open()

    def show_keys(self) -> None:
        KeySheet(self).open()

    def leave_project(self) -> None:
        """Closes the project and goes back to the start."""
        if self.session.live is not None:
            self._ask_about_work(self.session.close)
        else:
            self.session.close()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._warm_timer.start()

    def closeEvent(self, event: QCloseEvent) -> None:
        if self.session.live is not None:
            event.ignore()
            if not self._closing:
                self._ask_about_work(self.close)
            return
        QSettings().setValue("geometry", self.saveGeometry())
        self._warm_timer.stop()
        self.session.close()
        self.jobs.close()
        self.processes.close()
        event.accept()

    def _ask_about_work(self, then: Callable[[], object]) -> None:
        """Work could be lost here, so this one is a dialog."""
        live = self.session.live
        assert live is not None
        words = live.leaving
        box = QMessageBox(self)
        box.setWindowTitle(words.title)
        box.setText(words.text)
        box.setInformativeText(words.more)
        stop = box.addButton("Stop and save", QMessageBox.ButtonRole.AcceptRole)
        box.addButton(words.stay, QMessageBox.ButtonRole.RejectRole)
        box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)

        def answered() -> None:
            if box.clickedButton() is not stop:
                return
            if self.session.live is None:
                then()
                return
            self.session.run_ended.connect(
                lambda: QTimer.singleShot(0, self, then), Qt.ConnectionType.SingleShotConnection
            )
            self.session.live.stop()

        box.finished.connect(answered)
        box.open()

    def _warm_up(self) -> None:
        """What the first visit of a page would wait for: a child, and the page's own code."""
        self.processes.warm()
        if self.processes.keep_warm:
            self.jobs.run(_load_pages)

    def _go(self, page: str) -> None:
        if self.session.facts is not None:
            self.show_page(page)

    def _opened(self) -> None:
        facts = self.session.facts
        assert facts is not None
        self.setWindowTitle(f"{facts.name} · Graft")
        self.show_page("data")
        self._warm_timer.start()

    def _closed(self) -> None:
        self.setWindowTitle("Graft")
        self.rail.show_facts(None, None)
        for name in [name for name in self.pages if name != "start"]:
            page = self.pages.pop(name)
            self.stack.removeWidget(page)
            page.deleteLater()
        self.show_page("start")

    def _run_began(self, live: Live) -> None:
        self.strip.show_live(live)
        live.heard.connect(self._show_live_step)

    def _show_live_step(self, event: object) -> None:
        if self.session.facts is not None and self.session.live is not None:
            self.rail.steps["training"].say(f"{self.session.live.fraction or 0.0:.0%}")

    def _show_facts(self) -> None:
        self.rail.show_facts(self.session.facts, self.session.live)
