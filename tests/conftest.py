"""What all tests share: projects to try things on, real data where it is, and no way out.

No test reaches the network or the settings of the person who runs it, and none
leaves a thread or a process behind.
"""

from __future__ import annotations

import contextlib
import os
import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

# Before any library reads them.
os.environ["OMP_WAIT_POLICY"] = "PASSIVE"  # tests share few cores
if "PYTEST_XDIST_WORKER" in os.environ:  # several test processes share the cores
    os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ["HF_HUB_OFFLINE"] = "1"
os.environ["HF_HUB_DISABLE_TELEMETRY"] = "1"
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ.setdefault("MPLBACKEND", "agg")

import psutil
import pytest
from hypothesis import HealthCheck, settings
from PIL import Image

from engine.store.project import Project

ROOT = Path(__file__).parents[1]
DATA = (ROOT / "../shared/data").resolve()

settings.register_profile(
    "graft", deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
settings.load_profile("graft")


@pytest.fixture(scope="session")
def shared_data() -> Callable[[str], Path]:
    """A folder of the real data that lies beside the repository; skips where it does not."""

    def find(name: str) -> Path:
        folder = DATA / name
        if not folder.is_dir():
            pytest.skip(f"the shared data {name} is not on this machine")
        return folder

    return find


@pytest.fixture(scope="session")
def _plots(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("plots")  # font lists are slow to make: once a session


@pytest.fixture(autouse=True)
def home(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch, _plots: Path
) -> Path:
    """A home and settings of the test's own."""
    folder = tmp_path_factory.mktemp("home")
    for name in ("HOME", "USERPROFILE", "APPDATA", "LOCALAPPDATA"):
        monkeypatch.setenv(name, str(folder))
    for name in ("CONFIG", "DATA", "CACHE", "STATE"):
        monkeypatch.setenv(f"XDG_{name}_HOME", str(folder / name.lower()))
    monkeypatch.setenv("MPLCONFIGDIR", str(_plots))
    return folder


@pytest.fixture(autouse=True)
def _no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    connect = socket.socket.connect

    def local_only(self: socket.socket, address: object) -> None:
        host = address[0] if isinstance(address, tuple) else "local"
        if host not in ("local", "localhost", "127.0.0.1", "::1"):
            raise OSError(f"a test tried to reach {host}")
        connect(self, address)  # type: ignore[arg-type]

    monkeypatch.setattr(socket.socket, "connect", local_only)


@pytest.fixture(autouse=True)
def _nothing_left_behind() -> Iterator[None]:
    threads, children = _threads(), _children()
    yield
    until = time.monotonic() + 5
    while time.monotonic() < until and (_threads() - threads or _children() - children):
        time.sleep(0.02)
    assert not _threads() - threads, "the test left threads behind"
    assert not _children() - children, "the test left processes behind"


def _threads() -> set[threading.Thread]:
    return {one for one in threading.enumerate() if not one.daemon}


def _children() -> set[int]:
    return {pid for pid in _child_ids() if not _is_pythons_own(pid)}


def _child_ids() -> list[int]:
    lists = [*Path(f"/proc/{os.getpid()}/task").glob("*/children")]  # fast, where there is one
    if not lists:
        return [child.pid for child in psutil.Process().children()]
    found: list[int] = []
    for one in lists:
        with contextlib.suppress(OSError):  # a thread may end just now
            found += map(int, one.read_text().split())
    return found


def _is_pythons_own(pid: int) -> bool:
    """The tracker that multiprocessing starts once for the rest of the session."""
    try:
        return any("resource_tracker" in part for part in psutil.Process(pid).cmdline())
    except psutil.Error:
        return True  # it has ended


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    """An empty project for pictures."""
    with Project.create(tmp_path / "pictures", "image-classification") as made:
        yield made


@pytest.fixture
def text_project(tmp_path: Path) -> Iterator[Project]:
    """An empty project for texts."""
    with Project.create(tmp_path / "texts", "text-classification") as made:
        yield made


@pytest.fixture
def draw() -> Callable[..., Path]:
    """Writes a small picture; different `seed`s give different content."""

    def write(path: Path, seed: int = 0, size: tuple[int, int] = (12, 10)) -> Path:
        path.parent.mkdir(parents=True, exist_ok=True)
        image = Image.new("RGB", size, (seed * 37 % 256, seed * 91 % 256, seed // 256 % 256))
        image.putpixel((seed % size[0], seed % size[1]), (255, 255, 255))
        image.save(path, "PNG")  # whatever it is called
        return path

    return write


@pytest.fixture
def class_folders(tmp_path: Path, draw: Callable[..., Path]) -> Callable[..., Path]:
    """A folder of class folders: `class_folders(cat=12, dog=9)`."""

    def make(folder: str = "data", **classes: int) -> Path:
        seed = 0
        for name, count in classes.items():
            for number in range(count):
                seed += 1
                draw(tmp_path / folder / name / f"{number:03d}.png", seed)
        return tmp_path / folder

    return make
