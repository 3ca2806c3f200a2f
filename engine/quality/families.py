"""What else could tell the label: for each family of facts, numbers for every item.

None of them says what a person would look at in the picture.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.quality.holdings import Holdings
from engine.quality.origin import Origin, origin
from engine.store.items import Item
from engine.suggesting.stock import rows_of

Floats = NDArray[np.float64]

COMMON, MOST = 5, 30  # items of a value that counts as a category, and categories
_WORD = re.compile(r"[^\W_]+")


@dataclass(frozen=True)
class Sample:
    """The items that are asked about, and what reading them again gave."""

    holdings: Holdings
    items: Sequence[Item]
    origins: Sequence[Origin]
    former: frozenset[str]  # names that classes have or had


@dataclass(frozen=True)
class Family:
    """Attributes:
    words: 'the border', as in 'The border alone tells ...'.
    facts: float64 [n, f] of a sample; without columns where there is nothing to go by.
    least: how far better than chance it must be to be told (see foretelling.Foretold.beats);
        more for facts that also follow from what a picture rightly shows.
    advice: what to do about it.
    """

    name: str
    words: str
    facts: Callable[[Sample], Floats]
    least: float
    advice: str


def read(holdings: Holdings, items: Sequence[Item], former: frozenset[str]) -> Sample:
    """Raises Cancelled."""
    key = str(holdings.project.setting("group_key", "")).encode()
    tell = holdings.teller("Reading where files come from")
    origins = []
    for number, item in enumerate(items):
        if number % 20 == 0:
            tell(number, len(items))
        origins.append(origin(item, key) if item.kind == "image" else Origin({}))
    return Sample(holdings, items, origins, former)


def folders(sample: Sample) -> Floats:
    """Parts of the path; those that name a class are the label itself and stay out."""
    parts = [(item.folder, *item.path.split("/")[:-1]) for item in sample.items]
    named = {part for path in parts for part in path[1:] if names_class(part, sample.former)}
    columns = []
    for depth in range(max(map(len, parts), default=0)):
        # A folder that sorts by class does so for all its neighbours, however they are called.
        at = [path[depth] if depth < len(path) else "" for path in parts]
        if depth and sum(part in named for part in at) * 2 > len(at):
            continue
        columns += categories(["" if part in named and depth else part for part in at])
    return stacked(columns, len(parts))


def names_class(part: str, names: frozenset[str]) -> bool:
    """Whether a folder is named after a class: 'cats', '01_cat', 'train-cat'."""
    words = _WORD.findall(part.casefold())
    joined = "".join(words)
    for name in names:
        own = "".join(_WORD.findall(name.casefold()))
        if own and (
            own in words
            or f"{own}s" in words
            or own.rstrip("s") in words
            or (len(own) > 2 and own in joined)
            or (len(joined) > 2 and joined in own)
        ):
            return True  # fmt: skip
    return False


def files(sample: Sample) -> Floats:
    suffixes = [item.file.suffix.lower() for item in sample.items]
    sizes = np.asarray([item.bytes for item in sample.items], np.float64)
    pixels = [max(1, (item.width or 1) * (item.height or 1)) for item in sample.items]
    columns = categories(suffixes)
    if sample.holdings.kind == "image":
        columns += [np.log2(sizes + 1), np.log2((sizes + 1) / np.asarray(pixels))]
    return stacked(columns, len(sizes))


def sizes(sample: Sample) -> Floats:
    wide = np.asarray([item.width or 0 for item in sample.items], np.float64)
    high = np.asarray([item.height or 0 for item in sample.items], np.float64)
    modes = categories([f"{item.mode} {item.frames > 1}" for item in sample.items])
    columns = [wide, high, wide / np.maximum(high, 1), wide * high]
    return stacked([*(one for one in columns if one.min() != one.max()), *modes], len(wide))


def scanners(sample: Sample) -> Floats:
    names = sorted({name for one in sample.origins for name in one.tags})
    columns = []
    for name in names:
        columns += categories([one.tags.get(name, "") for one in sample.origins])
    return stacked(columns, len(sample.items))


def days(sample: Sample) -> Floats:
    """When a picture was taken; how files were copied says nothing, so it is not looked at."""
    told = [one.day for one in sample.origins]
    if sum(day is not None for day in told) * 2 < len(told):
        return np.empty((len(told), 0))
    return stacked([np.asarray([day or 0 for day in told], np.float64)], len(told))


def borders(sample: Sample) -> Floats:
    return _looks(sample, "border")


def corners(sample: Sample) -> Floats:
    return _looks(sample, "strokes")


def lengths(sample: Sample) -> Floats:
    texts = [item.text or "" for item in sample.items]
    counted = [(len(text), len(text.split()), text.count("\n")) for text in texts]
    found = np.asarray(counted, np.float64).reshape(len(texts), 3)
    return found[:, found.min(0) != found.max(0)] if len(found) else found


def _looks(sample: Sample, field: str) -> Floats:
    seen = sample.holdings.seen
    mine = np.searchsorted(
        sample.holdings.ids, np.asarray([item.id for item in sample.items], np.int64)
    )
    place = rows_of(seen.places, mine)
    known = place >= 0
    values = seen.looks[field][seen.rows[place[known]]]
    found = np.full((len(mine), int(np.prod(seen.looks[field].shape[1:]))), -1.0)
    found[known] = values.reshape(len(values), -1)
    return found[:, found.min(0) != found.max(0)] if len(found) else found


def categories(values: Sequence[str]) -> list[Floats]:
    """A column of 0 and 1 for each common value, none where all have one value."""
    counted = Counter(values).most_common(MOST)
    if len(counted) < 2:
        return []
    given = np.asarray(values, object)
    return [
        np.asarray(given == value, np.float64) for value, count in counted if count >= COMMON
    ]  # fmt: skip


def stacked(columns: Sequence[Floats], count: int) -> Floats:
    return np.column_stack(columns) if columns else np.empty((count, 0))


_ELSEWHERE = "Train and test with items of every class from every {one}, or test on one of its own."
FAMILIES = {
    "image": (
        Family("folder", "the folder", folders, 0.1,
               "If a folder is a site or a batch: " + _ELSEWHERE.format(one="site")),
        Family("scanner", "the scanner or camera", scanners, 0.1,
               _ELSEWHERE.format(one="scanner")),
        Family("day", "the day it was taken", days, 0.1,
               "Something may have changed between those days besides what is labelled."),
        Family("size", "the size and kind of the picture", sizes, 0.1,
               "Bring all pictures to one size and kind before they are imported."),
        Family("file", "the file's format and size", files, 0.25,
               "Compression leaves traces that a model can see: save all pictures alike. What is "
               "on a picture also makes its file large or small, so look first."),
        Family("border", "the border", borders, 0.25,
               "Cut the border off, or look whether it rightly belongs to the class."),
        Family("corners", "what looks like writing in the corners", corners, 0.25,
               "Mask names, dates and side marks, or look whether they are the same everywhere."),
    ),
    "text": (
        Family("folder", "the folder", folders, 0.1,
               "If a folder is a source: " + _ELSEWHERE.format(one="source")),
        Family("length", "the length of the text", lengths, 0.25,
               "Look whether one class was gathered in another way than the others."),
    ),
    "audio": (
        Family("folder", "the folder", folders, 0.1,
               "If a folder is a place or a speaker: " + _ELSEWHERE.format(one="place")),
        Family("file", "the file's format", files, 0.1, "Save all sounds in one format."),
    ),
}  # fmt: skip
