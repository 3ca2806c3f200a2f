"""A project on disk: `NAME.graft/`, a folder that holds everything made in it."""

from __future__ import annotations

import json
import os
import secrets
import threading
import weakref
from pathlib import Path
from typing import Any

import psutil
from filelock import FileLock, Timeout
from sqlite_utils import Database

from engine.errors import ConfigurationError, StorageError
from engine.store import schema
from engine.store.database import connect, told, writing
from engine.store.migrating import migrate, refuse_newer_file, refuse_outdated

SUFFIX = ".graft"
TASKS = ("audio-classification", "image-classification", "text-classification")


class Project:
    """An open project. Usable from any thread: each gets a connection of its own.

    Use `Project.create` or `Project.open`. One writer at a time: the window, or
    a command that writes, holds the project's lock until `close`.
    """

    def __init__(self, folder: Path, *, readonly: bool = False) -> None:
        self.folder = folder
        self.readonly = readonly
        self._lock: FileLock | None = None
        self._local = threading.local()
        self._open: set[weakref.finalize[..., Any]] = set()
        self._guard = threading.Lock()

    @classmethod
    def create(cls, folder: Path, task: str, *, hold: bool = True) -> Project:
        """Makes a new, empty project and opens it.

        Raises:
            ConfigurationError: an unknown task.
            StorageError: the folder exists already or cannot be made.
        """
        folder = with_suffix(folder)
        if task not in TASKS:
            raise ConfigurationError(
                "Unknown task",
                f"There is no task named {task!r}.",
                f"Choose one of: {', '.join(TASKS)}.",
                subject="task",
            )
        if folder.exists() and any(folder.iterdir()):
            raise StorageError(
                "The project exists already",
                f"There is something in {folder} already.",
                "Open it, or choose another name.",
            )
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StorageError(
                "The project cannot be made here",
                f"{folder} could not be created: {error.strerror}.",
                "Choose a folder you can write to.",
            ) from error
        project = cls(folder)
        try:
            if hold:
                project.hold()
            migrate(project.database, schema.project)
            migrate(project.checkpoint_database, schema.checkpoints)
            project.settings_set(task=task, name=folder.stem, id=secrets.token_hex(16))
            # The key that turns patient identifiers into groups; it never leaves the project.
            project.settings_set(group_key=secrets.token_hex(32))
        except BaseException:
            project.close()
            raise
        return project

    @classmethod
    def open(cls, folder: Path, *, hold: bool = True, readonly: bool | None = None) -> Project:
        """Opens a project, bringing an older one up to date.

        Args:
            hold: take the lock of the one writer.
            readonly: None finds out: a folder that cannot be written opens for reading.

        Raises:
            StorageError: no project there, open elsewhere, damaged, or newer than this Graft.
        """
        folder = Path(folder)
        if not (folder / "project.sqlite").is_file() and with_suffix(folder).is_dir():
            folder = with_suffix(folder)
        if not (folder / "project.sqlite").is_file():
            raise StorageError(
                "There is no project here",
                f"{folder} holds no project.sqlite.",
                f"Choose a folder that ends in {SUFFIX}, or make a new project.",
            )
        if readonly is None:
            readonly = not writable(folder)
        project = cls(folder, readonly=readonly)
        try:
            if hold and not readonly:
                project.hold()
            if readonly:
                refuse_outdated(project.db, schema.project, project.database)
                if project.checkpoint_database.exists():
                    refuse_outdated(
                        project.checkpoints_db, schema.checkpoints, project.checkpoint_database
                    )
            else:
                # Both are looked at before either is changed.
                both = (
                    (project.database, schema.project),
                    (project.checkpoint_database, schema.checkpoints),
                )
                for path, steps in both:
                    refuse_newer_file(path, steps)
                for path, steps in both:
                    migrate(path, steps)
            project._refuse_unknown_task()
        except BaseException:
            project.close()
            raise
        return project

    @property
    def database(self) -> Path:
        return self.folder / "project.sqlite"

    @property
    def checkpoint_database(self) -> Path:
        return self.folder / "checkpoints.sqlite"

    @property
    def cache(self) -> Path:
        """Thumbnails and frozen features. Deleting it loses nothing."""
        return self.folder / "cache"

    @property
    def db(self) -> Database:
        """This thread's connection to project.sqlite."""
        return self._connection("project", self.database)

    @property
    def checkpoints_db(self) -> Database:
        """This thread's connection to checkpoints.sqlite."""
        return self._connection("checkpoints", self.checkpoint_database)

    @property
    def task(self) -> str:
        return str(self.setting("task"))

    @property
    def name(self) -> str:
        return str(self.setting("name"))

    def setting(self, key: str, default: Any = None) -> Any:
        with told(self.database):
            row = self.db.execute("SELECT value FROM setting WHERE key = ?", [key]).fetchone()
        return json.loads(row[0]) if row else default

    def settings_set(self, **values: Any) -> None:
        with self.writing() as db:
            for key, value in values.items():
                db.execute(
                    "INSERT INTO setting VALUES (?, ?) "
                    "ON CONFLICT (key) DO UPDATE SET value = excluded.value",
                    [key, json.dumps(value)],
                )

    def writing(self) -> Any:
        """A transaction on project.sqlite (see `engine.store.database.writing`).

        Raises:
            StorageError: the project is open for reading only.
        """
        if self.readonly:
            raise StorageError(
                "The project is open for reading only",
                f"This account may not write to {self.folder}.",
                "Copy the project folder to a place you can write to and open the copy.",
            )
        return writing(self.db)

    def hold(self) -> None:
        """Becomes the one writer.

        Raises:
            StorageError: another Graft has the project open.
        """
        lock = FileLock(self.folder / "lock", timeout=0)
        try:
            lock.acquire()
        except Timeout as error:
            raise StorageError(
                "The project is open in another Graft",
                f"{holder(self.folder)} has {self.folder.name} open, and two writers could "
                "undo each other's work.",
                "Close it there, then try again.",
            ) from error
        except OSError as error:
            raise StorageError(
                "The project cannot be written",
                f"The lock in {self.folder} could not be taken: {error.strerror}.",
                "Copy the project folder to a place you can write to.",
            ) from error
        self._lock = lock
        (self.folder / "lock.owner").write_text(f"process {os.getpid()}", encoding="utf-8")

    def close(self) -> None:
        with self._guard:
            for closing in self._open:
                closing()
            self._open.clear()
            self._local = threading.local()
        if self._lock is not None:
            (self.folder / "lock.owner").unlink(missing_ok=True)
            self._lock.release()
            self._lock = None

    def __enter__(self) -> Project:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _refuse_unknown_task(self) -> None:
        task = self.setting("task")
        if task is None:
            raise StorageError(
                "This is not a Graft project",
                f"{self.database} names no task: it is empty, or was never finished.",
                "Choose another project, or restore this one from a backup.",
            )
        if task not in TASKS:
            raise StorageError(
                "This project was made by a newer Graft",
                f"Its task is {task!r}, which this version does not know.",
                "Update Graft, then open the project again. Nothing was changed.",
            )

    def _connection(self, name: str, path: Path) -> Database:
        db: Database | None = getattr(self._local, name, None)
        if db is None:
            db = connect(path, readonly=self.readonly)
            setattr(self._local, name, db)
            with self._guard:
                # A thread that ends takes its connection with it, or long sessions would
                # collect one for every job they ran.
                self._open = {closing for closing in self._open if closing.alive}
                self._open.add(weakref.finalize(db, db.conn.close))
        return db


def with_suffix(folder: Path) -> Path:
    folder = Path(folder)
    return folder if folder.suffix == SUFFIX else folder.with_name(folder.name + SUFFIX)


def writable(folder: Path) -> bool:
    files = [folder / "project.sqlite", folder / "checkpoints.sqlite"]
    return os.access(folder, os.W_OK) and all(
        os.access(file, os.W_OK) for file in files if file.exists()
    )


def holder(folder: Path) -> str:
    """Who holds the lock, as far as it is known."""
    try:
        said = (folder / "lock.owner").read_text(encoding="utf-8")
        pid = int(said.split()[-1])
        return f"{psutil.Process(pid).name()} ({said})"
    except (OSError, ValueError, IndexError, psutil.Error):
        return "Another process"
