"""The models folder: where Graft puts models, each whole and by one rename."""

from __future__ import annotations

import errno
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from engine.errors import ConfigurationError, ResourceError, StorageError
from engine.events import Activity, Emit
from engine.models import library
from engine.models.library import models_folder
from engine.models.shelf import plain_names
from engine.progress import Estimate

RESERVE = 256 << 20  # bytes of the disk that are left free for everything else
_GETTING = ".getting"  # downloads that may be gone on with
_ARRIVING = ".arriving-"
GOING = ".going-"  # what is being deleted
_PACE = 1.0  # seconds before a pace is believed
_DAY = 24 * 3600.0  # seconds
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


@dataclass(frozen=True)
class Got:
    """A model that is on this machine now."""

    name: str  # what `--model` takes
    title: str
    path: Path  # a file, or a Hugging Face folder
    bytes: int  # of all its files
    known: bool = False  # it was here before, and nothing was written
    notes: tuple[str, ...] = ()  # what a person should know of it

    def to_wire(self) -> dict[str, Any]:
        return {**asdict(self), "path": str(self.path), "notes": list(self.notes)}


def got(name: str, path: Path, *, known: bool = False, notes: tuple[str, ...] = ()) -> Got:
    files = [path] if path.is_file() else [file for file in path.rglob("*") if file.is_file()]
    size = sum(file.stat().st_size for file in files)
    return Got(name, library.title_of(name), path, size, known, notes)


def folder_of(name: str) -> Path:
    """Where the folder of a Hugging Face model stands.

    Raises:
        ConfigurationError: no folder can be named so.
    """
    if plain_names.objection(name) or name.startswith(".") or name.count("/") > 1:
        raise ConfigurationError(
            "This is no name for a model",
            f"{name!r} cannot be the name of a folder on every system.",
            "Give a name such as 'resnet50' or 'google-bert/bert-base-uncased'.",
            subject="name",
        )
    return models_folder() / name.replace("/", "--")


@contextmanager
def getting(name: str) -> Iterator[Path]:
    """The folder in which a download waits until it is whole; it stays when it is cut off.

    Raises:
        ConfigurationError: another Graft is getting the same model.
        ResourceError, StorageError: see `writing`.
    """
    place = models_folder() / _GETTING / folder_of(name).name
    lock = FileLock(place.with_name(place.name + ".lock"), timeout=0)
    with writing(models_folder()):
        place.mkdir(parents=True, exist_ok=True)
        try:
            lock.acquire()
        except Timeout as error:
            raise ConfigurationError(
                "The model is on its way already",
                f"Another window or command is getting {name}.",
                "Wait until it has ended.",
                subject=name,
            ) from error
        try:
            yield place
        finally:
            lock.release()
            _tidy(place)


@contextmanager
def arriving() -> Iterator[Path]:
    """A new folder beside the models; what is left in it at the end goes."""
    own = models_folder()
    with writing(own):
        own.mkdir(parents=True, exist_ok=True)
        _sweep(own)
        with tempfile.TemporaryDirectory(prefix=_ARRIVING, dir=own) as place:
            yield Path(place)


def place(made: Path, goal: Path) -> None:
    """Gives a finished file or folder its name, which makes it visible.

    Raises:
        ConfigurationError: something else has that name.
    """
    if goal.exists() or goal.is_symlink():
        raise taken(goal)
    goal.parent.mkdir(parents=True, exist_ok=True)
    os.rename(made, goal)


def taken(goal: Path) -> ConfigurationError:
    return ConfigurationError(
        "Another model of that name is here",
        f"{goal} exists, and what is in it is something else. Graft replaces no model.",
        "Remove that one first with 'models remove' or on the Model page, or give another name "
        "with --name; weights of your own can stand beside others as resnet18/lungs.",
        subject="name",
    )


def refuse_full(folder: Path, needed: int) -> None:
    """Raises ResourceError unless `needed` bytes more fit beside `folder`, with a reserve."""
    there = next(place for place in (folder, *folder.parents) if place.exists())
    free = shutil.disk_usage(there).free
    if needed > 0 and needed + RESERVE > free:
        raise ResourceError(
            "There is not enough room on the disk",
            f"It takes {_mb(needed)}, and {_mb(RESERVE)} stay free for other things; "
            f"{_mb(free)} are free where {folder} lies.",
            "Free some space, or choose a models folder on another disk with GRAFT_MODELS.",
            subject=str(folder),
        )


@contextmanager
def writing(folder: Path) -> Iterator[None]:
    """Says what went wrong with a disk.

    Raises:
        ResourceError: it is full.
        StorageError: it cannot be read or written.
    """
    try:
        yield
    except OSError as error:
        if error.errno in _FULL:
            raise ResourceError(
                "The disk is full",
                f"No more could be written to {folder}. What has arrived of a download is kept.",
                "Free some space and try again, or choose a models folder on another disk with "
                "GRAFT_MODELS.",
                subject=str(folder),
            ) from error
        raise StorageError(
            "A file could not be read or written",
            f"{error.filename or folder}: {error.strerror or error}.",
            "Check the disk, and that this account may read and write there.",
            details=str(error),
            subject=str(folder),
        ) from error


class Bytes:
    """Tells how far, at most ten times a second.

    Args:
        total: bytes of the whole work.
        begun: bytes that were done before; they say nothing of the pace.
    """

    def __init__(self, text: str, total: int, emit: Emit, begun: int = 0) -> None:
        self._text, self._total, self._emit, self._begun = text, total, emit, begun
        self._estimate = Estimate()
        self._told, self._at_first = 0.0, time.monotonic()
        self._done = begun
        emit(Activity(text, begun, total, unit="bytes"))

    def at(self, done: int) -> None:
        self._done = done
        now = time.monotonic()
        if now - self._told >= 0.1 or done >= self._total:
            self._told = now
            left = None
            if now - self._at_first >= _PACE:
                left = self._estimate.left(done - self._begun, self._total - self._begun)
            self._emit(Activity(self._text, done, self._total, left, "bytes"))

    def more(self, count: int) -> None:
        self.at(self._done + count)


def _sweep(own: Path) -> None:
    """What was left by a process that was killed, a day ago or longer."""
    for left in [*own.glob(f"{_ARRIVING}*"), *own.glob(f"{GOING}*")]:
        if left.is_dir() and not left.is_symlink() and time.time() - left.stat().st_mtime > _DAY:
            shutil.rmtree(left, ignore_errors=True)


def _tidy(place: Path) -> None:
    """An empty folder and the lock of a download that has ended."""
    try:
        if place.exists():
            place.rmdir()
        place.with_name(place.name + ".lock").unlink(missing_ok=True)
        place.parent.rmdir()
    except OSError:  # something waits there, to be gone on with
        return


def _mb(count: int) -> str:
    return f"{count / 1e6:,.0f} MB"
