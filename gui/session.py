"""The open project and its signals: the only place where pages meet."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, QSettings, QTimer, Signal

from engine.errors import GraftError
from engine.events import Event
from engine.progress import Cancel
from gui import facts
from gui.children import Children
from gui.facts import Facts
from gui.jobs import Job, Jobs
from gui.live import Live, LiveRun

if TYPE_CHECKING:
    from engine.media.thumbnails import Thumbnails
    from engine.store.project import Project
    from engine.training.search_record import TrialRecord

RECENT = 8  # projects
SOON = 400  # ms


class Session(QObject):
    """Everything a page asks of the rest of the window goes through here."""

    opening = Signal(str)  # a folder
    opened = Signal()  # facts are there
    closed = Signal()
    open_failed = Signal(object)  # GraftError
    facts_changed = Signal()
    items_changed = Signal()  # items, labels, classes or splits
    change_failed = Signal(object)  # GraftError: something the person did was not stored
    run_began = Signal(object)  # Live: a run or a search
    run_ended = Signal(object)  # Live
    page_wanted = Signal(str)  # data, models, layers, training, results, use
    item_wanted = Signal(int)  # show this item on the Data page
    run_wanted = Signal(int)  # show this run on the Results page

    def __init__(self, jobs: Jobs, children: Children, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.jobs = jobs
        self.processes = children
        self.project: Project | None = None
        self.thumbnails: Thumbnails | None = None
        self.facts: Facts | None = None
        self.live: Live | None = None  # one works at a time
        self._reading: Job | None = None
        self._stale = False
        # A fast run stores ten times a second; nobody reads that fast.
        self._soon = QTimer(self, singleShot=True, interval=SOON)
        self._soon.timeout.connect(self.refresh)
        self._held: list[Project | Thumbnails] = []  # whatever was opened, so that it is closed
        self._opening = False

    # The project

    def create(self, folder: Path, task: str) -> None:
        """Makes a project and opens it."""

        def work(emit: Callable[[Event], None], cancel: Cancel) -> Any:
            from engine.store.project import Project

            project = Project.create(folder, task)
            self._held.append(project)
            return self._taken(project)

        self._begin(folder, work)

    def open(self, folder: Path) -> None:
        def work(emit: Callable[[Event], None], cancel: Cancel) -> Any:
            from engine.store import runs
            from engine.store.project import Project

            project = Project.open(folder)
            self._held.append(project)
            if not project.readonly:
                runs.mark_interrupted(project)
            return self._taken(project)

        self._begin(folder, work)

    def close(self) -> None:
        """Leaves the project. A run that trains has been ended before."""
        if self.project is None and not self._opening:
            return
        self._soon.stop()
        self.jobs.settle()
        self.project, self.thumbnails, self.facts = None, None, None
        self._reading, self._opening = None, False
        while self._held:
            self._held.pop().close()
        self.closed.emit()

    # What is in it

    def change(
        self, work: Callable[[Project], Any], done: Callable[[Any], None] | None = None,
        items: bool = False, soon: bool = False,
        failed: Callable[[GraftError], None] | None = None,
    ) -> None:  # fmt: skip
        """Stores something; then the facts are read anew.

        Args:
            work: what to store; runs in the lane of writers.
            items: whether items, labels, classes or splits change by it.
            soon: the facts can wait a moment: more of the kind is to come.
            failed: called beside the signal `change_failed`.
        """
        project = self.project
        if project is None:
            return

        def after(result: Any) -> None:
            if done is not None:
                done(result)
            if soon:
                self._refresh_soon()
            else:
                self.refresh(items)

        job = self.jobs.run(
            lambda emit, cancel: work(project), done=after, failed=self.change_failed.emit,
            lane="write",
        )  # fmt: skip
        if failed is not None:
            job.failed.connect(failed)

    def set(self, **settings: Any) -> None:
        """Stores settings of the project."""
        self.change(lambda project: project.settings_set(**settings))

    def set_recipe(self, changes: dict[str, Any], **settings: Any) -> None:
        """Changes fields of the recipe, and settings beside it.

        A field that is None takes its default again. The rest of the recipe stays as it
        is stored, whatever this window knows of it.
        """

        def work(project: Project) -> None:
            recipe = {**project.setting("recipe", {}), **changes}
            kept = {name: value for name, value in recipe.items() if value is not None}
            project.settings_set(recipe=kept, **settings)

        self.change(work)

    def take_remedy(self, changes: dict[str, Any]) -> bool:
        """What a guard or a verdict would change in the next recipe. Returns whether it could."""
        if self.facts is None or self.facts.readonly:
            return False
        changes = dict(changes)
        settings = {}
        if "preset" in changes:  # it takes the place of phases made by hand
            settings, changes["phases"] = {"preset": changes.pop("preset")}, None
        self.set_recipe(changes, **settings)
        return True

    def refresh(self, items: bool = False) -> None:
        """Reads the facts again; a burst of calls reads once more after the one under way."""
        if self.project is None:
            return
        if items:
            self.items_changed.emit()
        if self._reading is not None:
            self._stale = True
            return
        self._stale = False
        self._reading = self.jobs.run(
            facts.reader(self.project), done=self._read, failed=self.change_failed.emit
        )
        self._reading.ended.connect(self._reading_ended)

    # What trains

    def train(self, recipe: dict[str, Any], resume: int | None = None) -> None:
        """Starts a run in a child. One trains at a time."""
        if self.project is not None and self.live is None:
            folder = self.project.folder
            self._go(LiveRun(self.processes, folder, recipe, resume, self), self.project)

    def search(self, arguments: dict[str, Any], known: Iterable[TrialRecord] = ()) -> None:
        """Starts a search in a child, which is many runs; `known`: its trials of before."""
        from gui.searching import LiveSearch  # the window shows before it loads the store

        if self.project is not None and self.live is None:
            folder = self.project.folder
            self._go(LiveSearch(self.processes, folder, arguments, known, self), self.project)

    def _go(self, live: Live, project: Project) -> None:
        self.live = live
        live.ended.connect(self._run_ended)
        live.stored.connect(self._refresh_soon)
        self.run_began.emit(live)
        self.jobs.run(
            lambda emit, cancel: _split_new(project), done=lambda _: live.start(),
            failed=live.fail, lane="write",
        )  # fmt: skip

    def _refresh_soon(self) -> None:
        if not self._soon.isActive():
            self._soon.start()

    def _run_ended(self) -> None:
        live, self.live = self.live, None
        self.run_ended.emit(live)
        if live is not None and (live.unresponsive or live.error is not None):
            self.change(_mark_interrupted)  # whatever a process that is no more left running
        else:
            self.refresh()

    def _begin(self, folder: Path, work: Any) -> None:
        if self._opening:
            return
        self.close()
        self._opening = True
        self.opening.emit(str(folder))
        self.jobs.run(work, done=self._opened, failed=self._open_failed, lane="write")

    def _opened(self, found: tuple[Project, Thumbnails, Facts]) -> None:
        self._opening = False
        self.project, self.thumbnails, self.facts = found
        remember(self.project.folder)
        self.opened.emit()
        self.facts_changed.emit()
        self.items_changed.emit()

    def _taken(self, project: Project) -> tuple[Project, Thumbnails, Facts]:
        from engine.media.thumbnails import Thumbnails

        small = Thumbnails(project.cache)
        self._held.append(small)
        return project, small, facts.reader(project)(lambda event: None, Cancel())

    def _open_failed(self, error: GraftError) -> None:
        self._opening = False
        while self._held:
            self._held.pop().close()
        self.open_failed.emit(error)

    def _read(self, found: Facts) -> None:
        if self.project is not None:
            self.facts = found
            self.facts_changed.emit()

    def _reading_ended(self) -> None:
        self._reading = None
        if self._stale:
            self.refresh()


def _mark_interrupted(project: Project) -> None:
    from engine.store import runs

    if not project.readonly:
        runs.mark_interrupted(project)


def _split_new(project: Project) -> None:
    """Gives a split to items that were labelled since the last one was made."""
    from engine.store.splits import split_project

    if project.readonly:
        return
    waiting = project.db.execute(
        "SELECT 1 FROM item JOIN current_label ON item_id = item.id "
        "WHERE item.split IS NULL AND item.state != 'broken' LIMIT 1"
    ).fetchone()
    if waiting:
        split_project(project)


def recent() -> list[Path]:
    """Projects opened before that are still there, the last first."""
    stored: Any = QSettings().value("recent", [])
    names = [stored] if isinstance(stored, str) else list(stored or [])
    return [Path(name) for name in names]


def remember(folder: Path) -> None:
    names = [str(folder.absolute())]
    names += [str(path) for path in recent() if str(path) not in names]
    QSettings().setValue("recent", names[:RECENT])


def forget(folder: Path) -> None:
    QSettings().setValue("recent", [str(path) for path in recent() if path != folder])
