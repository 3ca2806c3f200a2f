"""What the window's tests share: a window of their own that leaves nothing behind."""

from __future__ import annotations

import gc
import os
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import psutil
import pytest
from PIL import Image
from PySide6.QtCore import QCoreApplication, QEvent, QSettings, QTimer
from PySide6.QtWidgets import QApplication

from engine.store import classes, items, labels
from engine.store.items import NewItem
from engine.store.project import Project
from engine.store.splits import split_project
from gui.theme import THEME
from gui.window import Window
from tests.gui.layered_page import open_layers  # noqa: F401 - a fixture

SHARED = Path(__file__).parents[2] / "../shared/data"
HARMLESS = ("propagateSizeHints", "does not support raise()")  # what the offscreen platform lacks


@pytest.fixture(scope="session")
def qapp_cls() -> type[QApplication]:
    return QApplication


@pytest.fixture(autouse=True)
def own_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Settings and weights of the person who runs the tests are not looked at."""
    QSettings.setDefaultFormat(QSettings.Format.IniFormat)
    folder = str(tmp_path / "settings")
    QSettings.setPath(QSettings.Format.IniFormat, QSettings.Scope.UserScope, folder)
    QCoreApplication.setOrganizationName("Graft")
    QCoreApplication.setApplicationName("GraftTests")
    for name in ("GRAFT_MODELS", "TORCH_HOME", "HF_HOME"):
        monkeypatch.setenv(name, str(tmp_path / "models"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.delenv("HF_HUB_CACHE", raising=False)


@pytest.fixture(autouse=True)
def no_qt_warnings(qtlog) -> Iterator[None]:  # type: ignore[no-untyped-def]
    yield
    said = [record.message for record in qtlog.records if record.type.name != "QtDebugMsg"]
    said = [message for message in said if not any(known in message for known in HARMLESS)]
    assert not said


@pytest.fixture
def make_window(qapp: QApplication, qtbot) -> Iterator[Callable[..., Window]]:  # type: ignore[no-untyped-def]
    """Makes windows, closes them, and fails when a thread, child, timer or dialog is left."""
    THEME.begin(qapp)
    children = _children()
    made: list[Window] = []

    def make(project: Path | None = None, **options: object) -> Window:
        options.setdefault("keep_warm", False)
        window = Window(**options)  # type: ignore[arg-type]
        made.append(window)
        window.resize(1280, 800)
        window.show()
        if project is not None:
            window.open(project)
            qtbot.waitUntil(lambda: window.session.facts is not None, timeout=10_000)
        return window

    yield make
    for window in made:
        if window.session.live is not None:
            window.session.live.kill()
            qtbot.waitUntil(lambda window=window: window.session.live is None, timeout=20_000)
        window.close()
        window.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
    qapp.processEvents()
    made.clear()
    gc.collect()
    threads = [one.name for one in threading.enumerate() if one.name.startswith("graft-")]
    assert not threads, "threads are left"
    assert not _left(children), "child processes are left"
    timers = [one for one in gc.get_objects() if issubclass(type(one), QTimer) and _active(one)]
    assert not timers, "timers are left"
    dialogs = [one for one in qapp.topLevelWidgets() if one.isVisible()]
    assert not dialogs, "windows are left"
    gc.freeze()  # what is left now stays: the next look need not walk through the libraries again


def _children() -> set[int]:
    return {child.pid for child in psutil.Process().children(recursive=True)}


def _left(before: set[int]) -> list[str]:
    """Children that are new and do not go, apart from Python's own resource tracker."""
    until = time.monotonic() + 5
    while True:
        there = [
            " ".join(child.cmdline()[-1:])
            for child in psutil.Process().children(recursive=True)
            if child.pid not in before and child.status() != psutil.STATUS_ZOMBIE
        ]
        there = [command for command in there if "resource_tracker" not in command]
        if not there or time.monotonic() > until:
            return there
        time.sleep(0.05)


def _active(timer: QTimer) -> bool:
    import shiboken6

    return shiboken6.isValid(timer) and timer.isActive()


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    """Twelve pictures: six reddish, six bluish, and one file that is none."""
    folder = tmp_path / "pictures"
    for name, color in (("red", (200, 40, 40)), ("blue", (40, 40, 200))):
        (folder / name).mkdir(parents=True)
        for number in range(6):
            shade = tuple(min(255, part + 5 * number) for part in color)
            file = folder / name / f"patient{number // 2}_{number}.png"
            Image.new("RGB", (40, 30), shade).save(file)
    (folder / "red" / "broken.png").write_bytes(b"no picture")
    return folder


@pytest.fixture
def project(tmp_path: Path, pictures: Path) -> Path:
    """A project with the twelve pictures, labelled and split, and one item that is broken."""
    from engine.exchange.importing import import_source

    folder = tmp_path / "Colours.graft"
    with Project.create(folder, "image-classification") as made:
        import_source(made, pictures)
    return folder


@pytest.fixture
def texts(tmp_path: Path) -> Path:
    """A text project with twenty texts in two classes."""
    folder = tmp_path / "Tickets.graft"
    with Project.create(folder, "text-classification") as made:
        source = items.source_id(made, tmp_path)
        items.add(
            made, source,
            [NewItem("t.csv", "text", f"h{n}", 10, position=n + 1, text=f"the text number {n}")
             for n in range(20)],
        )  # fmt: skip
        known = classes.ensure(made, ["refund", "delivery"])
        pairs = [(n + 1, known["refund" if n % 2 else "delivery"]) for n in range(20)]
        labels.give(made, pairs, "import", "import")
        split_project(made)
    return folder
