"""A dry run of an import: what is there, and what would become of it. Nothing is written."""

from __future__ import annotations

import os
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path, PurePosixPath
from typing import Any

from engine.errors import DataError, GraftError
from engine.events import Emit
from engine.exchange.findings import Counted, Finding
from engine.exchange.format import Columns, Example, Request, Survey
from engine.exchange.importing import chosen_format, refuse_other_kind
from engine.exchange.naming import shown, storable
from engine.exchange.settling import settle
from engine.media import audio
from engine.media.looking import Looking
from engine.media.text import read_text
from engine.progress import Cancel, silent, track

_THREADS = 4
_SIZES = 20  # of pictures that a report names
_AT_ONCE = 200  # pictures looked at together


@dataclass
class Inspection:
    """What an import would bring."""

    format: str
    title: str  # of the format, for people
    items: int = 0  # that would come in
    with_marks: int = 0  # of those
    items_of: dict[str, int] = field(default_factory=dict)  # class -> items it is said of whole
    marks: dict[str, dict[str, int]] = field(default_factory=dict)  # kind -> class -> marks
    splits: dict[str, int] = field(default_factory=dict)  # that the data names
    sizes: dict[str, int] = field(default_factory=dict)  # '640 x 480' -> pictures, most first
    size_count: int = 0  # different sizes, of which `sizes` has the commonest
    new_classes: tuple[str, ...] = ()
    known_classes: tuple[str, ...] = ()
    findings: dict[str, Counted] = field(default_factory=dict)  # by kind

    def find(self, kind: str, path: str, what: str = "", count: int = 1) -> None:
        self.findings.setdefault(kind, Counted(kind)).add(path, what, count)

    def to_wire(self) -> dict[str, Any]:
        """A JSON-ready form."""
        return {
            "format": self.format, "title": self.title, "items": self.items,
            "with_marks": self.with_marks, "items_of": self.items_of, "marks": self.marks,
            "splits": self.splits, "sizes": self.sizes, "size_count": self.size_count,
            "new_classes": list(self.new_classes),
            "known_classes": list(self.known_classes),
            "findings": [one.to_wire() for one in self.findings.values()],
        }  # fmt: skip


def inspect_source(
    source: Path,
    kind: str,
    *,
    format: str = "auto",
    columns: Columns | None = None,
    pictures: Path | None = None,
    known_classes: Sequence[str] = (),
    emit: Emit = silent,
    cancel: Cancel | None = None,
) -> Inspection:
    """Reads annotations and the headers of the pictures they name.

    Args:
        kind: what the project holds: image or text.
        format: a key of `engine.exchange.formats`, or auto.
        columns: of a table, where its headings are not the usual ones.
        pictures: a folder the pictures are in, if not beside the annotations.
        known_classes: that the project has already.

    Raises:
        Cancelled: on request.
        ConfigurationError: an unknown format, or data of another kind than the project's.
        DataError: there is nothing to import, or it cannot be read at all.
    """
    source = Path(source).absolute()
    chosen = chosen_format(source, format)
    request = Request(source, kind, columns or Columns(), pictures)
    refuse_other_kind(chosen, request)
    survey = chosen.survey(request)
    report = Inspection(chosen.key, chosen.title)
    found = track(chosen.examples(request), survey.total, "Looking at the data", emit, cancel)
    with (
        closing(Looking()) as looking,
        ThreadPoolExecutor(_THREADS, thread_name_prefix="graft-inspect") as pool,
    ):
        tally = _Tally(report, chosen.base(source), kind, looking)
        for batch in _batches(_usable(found, report)):
            if cancel is not None:
                cancel.check()
            sizes = pool.map(tally.look, batch)
            for example, size in zip(batch, sizes, strict=True):
                tally.take(example, size)
    tally.close(survey, known_classes)
    return report


def _usable(found: Iterable[Example | GraftError], report: Inspection) -> Iterator[Example]:
    for one in found:
        if isinstance(one, GraftError):
            report.find("problem", one.subject, f"{one.title}. {one.cause}")
        else:
            yield one


def _batches(examples: Iterator[Example]) -> Iterator[list[Example]]:
    while batch := list(islice(examples, _AT_ONCE)):
        yield batch


Looked = tuple[int, int] | DataError | None


class _Tally:
    def __init__(self, report: Inspection, base: Path, kind: str, looking: Looking) -> None:
        self._report, self._base, self._kind, self._looking = report, base, kind, looking
        self._seen: set[tuple[str, int]] = set()
        self._names: defaultdict[str, list[str]] = defaultdict(list)
        self._items_of: Counter[str] = Counter()
        self._splits: Counter[str] = Counter()
        self._sizes: Counter[tuple[int, int]] = Counter()
        self._marks: defaultdict[str, Counter[str]] = defaultdict(Counter)

    def look(self, example: Example) -> Looked:
        """The size of an example's picture, or why there is none; None for texts and sounds."""
        if example.text is not None:
            return None
        try:
            if not storable(example.path):
                return DataError("The file's name cannot be stored", "It is no text.", "Rename it.")
            file = self._base / example.path
            if self._kind == "text":
                read_text(file)
                return None
            if file.suffix.lower() in audio.EXTENSIONS:
                self._looking.hear(file)
                return None
            facts = self._looking.inspect(file)
        except DataError as problem:
            return problem
        return facts.width, facts.height

    def take(self, example: Example, looked: Looked) -> None:
        report, path = self._report, example.path
        if (path, example.position) in self._seen:
            report.find("named_twice", path, example.origin)
            return
        self._seen.add((path, example.position))
        for one in example.findings:
            self._find(example, one)
        if isinstance(looked, DataError):
            gone = not storable(path) or not os.path.exists(self._base / path)
            # A text that cannot be read is no item; a picture or a sound is a broken one.
            left_out = "problem" if self._kind == "text" else None
            kind = "missing" if gone else left_out or "unreadable"
            report.find(kind, shown(path), looked.cause)
            if kind != "unreadable":
                return
        if example.text is None:
            self._names[PurePosixPath(path).name.casefold()].append(path)
        size = looked if isinstance(looked, tuple) else None
        self._sizes.update([size] if size is not None else [])
        settled = settle(example, size)
        for one in settled.findings:
            self._find(example, one)
        report.items += 1
        report.with_marks += bool(settled.marks)
        self._items_of.update(dict.fromkeys([*example.classes, example.label or ""], 1))
        self._splits[example.split or ""] += 1
        for mark in settled.marks:
            self._marks[mark.shape.kind][mark.label] += 1

    def _find(self, example: Example, one: Finding) -> None:
        where = example.path if example.text is None else example.origin or example.path
        self._report.find(one.kind, where, one.what, one.count)

    def _tell_like_classes(self, names: Sequence[str]) -> None:
        like: defaultdict[str, list[str]] = defaultdict(list)
        for name in dict.fromkeys(names):
            like[name.casefold()].append(name)
        for found in like.values():
            if len(found) > 1:
                self._report.find("like_classes", ", ".join(found), count=len(found) - 1)

    def close(self, survey: Survey, known: Sequence[str]) -> None:
        report = self._report
        for paths in self._names.values():
            if len(paths) > 1:
                report.find("same_name", paths[0], "also " + ", ".join(paths[1:4]), len(paths) - 1)
        self._tell_like_classes([*known, *survey.classes])
        self._items_of.pop("", None)
        self._splits.pop("", None)
        report.size_count = len(self._sizes)
        report.sizes = {f"{w} x {h}": n for (w, h), n in self._sizes.most_common(_SIZES)}
        report.items_of, report.splits = dict(self._items_of), dict(self._splits)
        report.marks = {kind: dict(counts) for kind, counts in self._marks.items()}
        report.new_classes = tuple(one for one in survey.classes if one not in known)
        report.known_classes = tuple(one for one in survey.classes if one in known)
