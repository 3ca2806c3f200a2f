"""What the checks need of every picture: taken from its thumbnail in one pass, and kept.

A row a content, in `cache/quality/looks-NUMBER.npy`: a second check reads pictures no more.
"""

from __future__ import annotations

import io
import os
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from itertools import islice

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from engine.errors import DataError, ResourceError
from engine.events import Emit
from engine.media.thumbnails import Thumbnails
from engine.progress import Cancel, track
from engine.store.items import Item
from engine.store.project import Project
from engine.suggesting import files
from engine.suggesting.stock import content

Grey = NDArray[np.float32]

SIDE = 32  # px of the small picture
SIDES, CORNERS = 4, 4
BORDER = 0.05  # of the picture's side
LOOK = np.dtype(
    [
        ("content", np.int64),
        ("grey", np.uint8, (SIDE, SIDE)),
        ("colour", np.float32, (3,)),  # mean, 0 to 1
        ("spread", np.float32),  # standard deviation of grey, 0 to 255
        ("detail", np.float32),  # the share of neighbours that differ by more than _SAME levels
        ("border", np.float32, (SIDES, 4)),  # mean, deviation, share of black, share of white
        ("strokes", np.float32, (CORNERS, 2)),  # see `strokes`
    ]
)
_NAME = "looks"
_SAME = 3  # grey levels that compression makes of nothing
_CORNER = 0.25  # of each side: where names, dates and side marks stand
_STROKE = 80  # grey levels by which a stroke stands out
_PURE, _EVEN = 75, 40  # levels from white or black that a stroke has; of the ground beside it
_AHEAD = 8  # pictures under way for each thread

Looks = NDArray[np.void]


def read(
    project: Project, wanted: Callable[[], Iterable[Item]], total: int, emit: Emit,
    cancel: Cancel | None,
) -> tuple[Looks, dict[int, DataError]]:  # fmt: skip
    """The looks of these pictures, contents ascending, and what cannot be read, by item id.

    Args:
        wanted: gives readable pictures; total: how many.

    Raises:
        Cancelled: on request; what was read by then is kept for the next time.
    """
    place = project.cache / "quality"
    kept = files.newest(place, _NAME)
    if kept is None or kept.dtype != LOOK:
        kept = np.empty(0, LOOK)
    known = set(kept["content"].tolist())
    needed: set[int] = set()
    made: list[Looks] = []
    refused: dict[int, DataError] = {}

    def lacking() -> Iterator[Item]:
        for item in wanted():
            mark = content(item.hash)
            if mark not in known and mark not in needed:
                yield item
            needed.add(mark)

    try:
        with closing(_looked_at(project, lacking())) as found:
            for item, look in track(found, total - len(known), "Looking at pictures", emit, cancel):
                if isinstance(look, DataError):
                    refused[item.id] = look
                else:
                    made.append(look)
    finally:
        if made:
            kept = _kept(project, np.concatenate([kept, *made]))
    wanted_now = np.isin(kept["content"], np.fromiter(needed, np.int64, len(needed)))
    return (kept if wanted_now.all() else kept[wanted_now]), refused


def _kept(project: Project, rows: Looks) -> Looks:
    """Sorted, and on disk where it takes them: a cache, so nothing is lost where it does not."""
    rows = rows[np.argsort(rows["content"], kind="stable")]
    if project.readonly:
        return rows
    try:
        files.write(project.cache / "quality", _NAME, rows)
    except ResourceError:
        return rows
    mapped = files.newest(project.cache / "quality", _NAME)
    return rows if mapped is None or len(mapped) != len(rows) else mapped


Outcome = tuple[Item, "Looks | DataError"]


def _looked_at(project: Project, items: Iterator[Item]) -> Generator[Outcome, None, None]:
    workers = min(4, os.cpu_count() or 1)
    store = Thumbnails(project.cache)

    def one(item: Item) -> Outcome:
        try:
            with Image.open(io.BytesIO(store.get(item.file, item.hash))) as image:
                return item, look(image.convert("RGB"), content(item.hash))
        except DataError as error:
            return item, error

    with ThreadPoolExecutor(workers, thread_name_prefix="graft-quality") as pool:
        running: list[Future[Outcome]] = []
        try:
            running += [pool.submit(one, item) for item in islice(items, _AHEAD * workers)]
            while running:
                yield running.pop(0).result()
                running += [pool.submit(one, item) for item in islice(items, 1)]
        finally:
            for future in running:
                future.cancel()
            store.close()


def look(image: Image.Image, mark: int = 0) -> Looks:
    """One row of LOOK for an RGB picture."""
    row = np.zeros(1, LOOK)
    single = image.convert("L")
    grey = np.asarray(single, np.float32)
    row["content"] = mark
    row["grey"] = np.asarray(single.resize((SIDE, SIDE), Image.Resampling.BOX))
    row["colour"] = np.asarray(image.resize((1, 1), Image.Resampling.BOX), np.float32)[0, 0] / 255
    row["spread"] = grey.std()
    row["detail"] = _detail(grey)
    row["border"] = border(grey)
    row["strokes"] = strokes(grey)
    return row


def border(grey: Grey) -> Grey:
    """Float32 [4, 4]: mean, deviation, share of black and of white of the outer 5 % of each side
    (top, bottom, left, right), 0 to 1. `grey`: 0 to 255 [height, width]."""
    down, across = (max(1, round(BORDER * side)) for side in grey.shape)
    strips = (grey[:down], grey[-down:], grey[:, :across], grey[:, -across:])
    found = [
        (one.mean() / 255, one.std() / 255, (one < 8).mean(), (one > 247).mean()) for one in strips
    ]
    return np.asarray(found, np.float32)


def strokes(grey: Grey) -> Grey:
    """Float32 [4, 2]: how much in each corner looks like letters, 0 to 1.

    Letters are thin, near-white or near-black, stand out sharply from an even ground, and stand
    in a line: the share of points that do so against both neighbours two points away, in the
    corner and in the richest quarter of its rows.

    Args:
        grey: 0 to 255 [height, width].
    """
    thin = np.zeros(grey.shape, bool)
    middle = grey[:, 2:-2]
    if middle.size:
        left, right = grey[:, :-4], grey[:, 4:]
        high, low = np.maximum(left, right), np.minimum(left, right)
        white = (middle > 255 - _PURE) & (middle - high > _STROKE)
        black = (middle < _PURE) & (low - middle > _STROKE)
        thin[:, 2:-2] = (white | black) & (high - low < _EVEN)
    down, across = (max(1, round(_CORNER * side)) for side in grey.shape)
    found = []
    for rows in (slice(None, down), slice(-down, None)):
        for columns in (slice(None, across), slice(-across, None)):
            lines = np.sort(thin[rows, columns].mean(1))[::-1]
            found.append((lines.mean(), lines[: max(1, len(lines) // 4)].mean()))
    return np.asarray(found, np.float32)


def _detail(grey: Grey) -> float:
    steps = [np.abs(np.diff(grey, axis=axis)).ravel() for axis in (0, 1)]
    both = np.concatenate(steps)
    return float((both > _SAME).mean()) if both.size else 0.0
