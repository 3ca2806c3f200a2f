"""Reading every item once in full, so that training meets no surprise.

A file has a limit of time and memory (see `engine.media.looking`): one that is past it is
broken, and the rest goes on.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Generator, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, nullcontext
from dataclasses import dataclass, field
from itertools import islice

from engine.errors import Cancelled, DataError, GraftError
from engine.events import Emit
from engine.media import refusals
from engine.media.hashing import hash_file
from engine.media.looking import Looking
from engine.media.text import normalise
from engine.media.thumbnails import Thumbnails
from engine.progress import Cancel, silent, track
from engine.store import items
from engine.store.items import Item
from engine.store.project import Project

BATCH = 200  # items in one transaction
MOST_PROBLEMS = 200  # kept in a report; the rest is only counted
_LARGE = 32_000_000  # px; of pictures above this, one is decoded at a time
_large = threading.Lock()


@dataclass
class CheckReport:
    checked: int = 0  # readable
    broken: int = 0
    problems: list[GraftError] = field(default_factory=list)  # the first MOST_PROBLEMS


@dataclass(frozen=True)
class _Finding:
    item: int
    hash: str
    problem: GraftError | None
    size: tuple[int, int] | None = None  # px, upright
    thumbnail: bytes | None = None


def check_items(project: Project, emit: Emit = silent, cancel: Cancel | None = None) -> CheckReport:
    """Decodes every item that is only indexed so far, and keeps its thumbnail on the way.

    Items end as 'checked' or 'broken', in small transactions: what was done when
    a person cancels stays done, and the next call goes on from there.

    Raises:
        Cancelled: on request.
        StorageError, ResourceError: the project cannot be written.
    """
    total = project.db.execute("SELECT count(*) FROM item WHERE state = 'indexed'").fetchone()[0]
    report = CheckReport()
    if not total:
        return report
    waiting = items.each(project, "item.state = 'indexed'")
    thumbnails = Thumbnails(project.cache)
    batch: list[_Finding] = []
    try:
        with closing(_findings(waiting, cancel)) as findings:
            for finding in track(findings, total, "Checking items", emit, cancel):
                batch.append(finding)
                if len(batch) >= BATCH:
                    _record(project, thumbnails, batch, report)
                    batch = []
    finally:
        _record(project, thumbnails, batch, report)
        thumbnails.close()
    return report


def _findings(waiting: Iterator[Item], cancel: Cancel | None) -> Generator[_Finding, None, None]:
    workers = min(8, len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 4)
    reader = _Reader(cancel)
    with ThreadPoolExecutor(workers, thread_name_prefix="graft-check") as pool:
        try:
            yield from _in_order(pool, reader, waiting, ahead=4 * workers)
        finally:
            reader.close()  # so that nobody waits for a file that nobody wants


def _in_order(
    pool: ThreadPoolExecutor, reader: _Reader, waiting: Iterable[Item], ahead: int
) -> Iterator[_Finding]:
    """Results in order, with no more than `ahead` items under way or waiting to be taken."""
    source = iter(waiting)
    running = [pool.submit(reader.read, item) for item in islice(source, ahead)]
    try:
        while running:
            yield running.pop(0).result()
            running.extend(pool.submit(reader.read, item) for item in islice(source, 1))
    finally:
        for future in running:
            future.cancel()


class _Reader:
    """Reads items in several threads; each has its own process apart for the files that need it."""

    def __init__(self, cancel: Cancel | None) -> None:
        self._cancel = cancel
        self._own = threading.local()
        self._all: list[Looking] = []
        self._closed = False

    def read(self, item: Item) -> _Finding:
        try:
            if item.kind == "text":
                normalise(item.text or "", item.name)
                return _Finding(item.id, item.hash, None)
            if hash_file(item.file) != item.hash:
                raise refusals.changed(item.file)
            return self._sound(item) if item.kind == "audio" else self._picture(item)
        except DataError as problem:
            return _Finding(item.id, item.hash, problem)

    def _sound(self, item: Item) -> _Finding:
        thumbnail = self._looking().sound(item.file, cancel=self._cancel)
        return _Finding(item.id, item.hash, None, thumbnail=thumbnail)

    def _picture(self, item: Item) -> _Finding:
        pixels = (item.width or 0) * (item.height or 0)
        with _large if pixels > _LARGE else nullcontext():
            looking = self._looking()
            size, thumbnail = looking.look(item.file, cancel=self._cancel, pixels=pixels or None)
            return _Finding(item.id, item.hash, None, size, thumbnail)

    def _looking(self) -> Looking:
        if self._closed:
            raise Cancelled
        if not hasattr(self._own, "looking"):
            self._own.looking = Looking()
            self._all.append(self._own.looking)
        looking: Looking = self._own.looking
        return looking

    def close(self) -> None:
        self._closed = True
        for looking in self._all:
            looking.close()


def _record(
    project: Project, thumbnails: Thumbnails, batch: list[_Finding], report: CheckReport
) -> None:
    if not batch:
        return
    with project.writing():
        items.set_checked(project, ((one.item, one.problem) for one in batch))
        items.set_sizes(project, ((one.item, *one.size) for one in batch if one.size))
    thumbnails.put_all((one.hash, one.thumbnail) for one in batch if one.thumbnail)
    for one in batch:
        if one.problem is None:
            report.checked += 1
            continue
        report.broken += 1
        if len(report.problems) < MOST_PROBLEMS:
            report.problems.append(one.problem)
