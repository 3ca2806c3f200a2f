"""YOLO: a text file for each picture, a row for each mark, in shares of the picture.

Darknet's, Ultralytics', Roboflow's and Label Studio's folders are all read the same way:
every text file of such rows, and beside it or under the same path with images for labels
the picture it belongs to. Pictures without one come in without marks. A row is a class
number and a box (centre, size), or the corners of a polygon, of which a turned box is one.
"""

from __future__ import annotations

import codecs
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from engine.errors import DataError, GraftError
from engine.exchange.class_names import LISTS, Names, is_yaml, names_in
from engine.exchange.findings import Findings
from engine.exchange.format import Drawn, Example, Request, Survey
from engine.exchange.naming import natural
from engine.exchange.numbers import corners, number, numbers, snapped, snapped_box
from engine.exchange.pictures import Pictures, files_in
from engine.exchange.sources import base_of, nothing_in, split_of
from engine.exchange.split_names import split_named, split_of_folder
from engine.labels.shapes import Polygon, Shape
from engine.media.images import inspect
from engine.media.opening import open_file
from engine.media.text import encoding_of

_CLASS = re.compile(r"\d+(\.0*)?", re.ASCII)
_ENOUGH = 50  # text files that are looked into before a folder is of another format
_LARGEST = 64 << 20  # bytes
_NAMES = frozenset({".txt", ".yaml", ".yml", ".names", ".data", ".json"})


class Yolo:
    key = "yolo"
    title = "YOLO (a text file for each picture)"
    order = 6

    def fits(self, source: Path) -> bool:
        folder = _folder(source)
        if folder is None:
            return False
        rows = any(_begins_with_row(file) for file in islice(_texts(folder), _ENOUGH))
        return rows or _is_described(folder)

    def base(self, source: Path) -> Path:
        return _folder(source) or base_of(source)

    def kinds(self, source: Path) -> set[str]:
        return {"image"}

    def survey(self, request: Request) -> Survey:
        source = _Source(request)
        names = source.names.by_number
        said = [names[one] for one in sorted(names)]
        used = {one for file in source.labels for one in _classes_in(file)} if not names else ()
        unnamed = [str(one) for one in sorted(used)]
        total = len(source.labels) + len(source.alone())
        if not total:
            raise nothing_in(request.source, self.title, "It holds no rows of numbers.")
        return Survey(total, tuple(dict.fromkeys(said + unnamed)))

    def examples(self, request: Request) -> Iterator[Example | GraftError]:
        source = _Source(request)
        if source.names.problem is not None:
            yield source.names.problem
        for file in source.labels:
            try:
                yield source.example(file)
            except DataError as error:
                yield error
        for picture in source.alone():
            path = source.pictures.path_of(picture)
            yield Example(path, split=source.split(picture))


def _folder(source: Path) -> Path | None:
    """Where the data lies, given the folder or the file in it that describes it."""
    if source.is_dir():
        return source
    described = is_yaml(source) or source.suffix.lower() in (".data", ".names")
    return source.parent if described or source.name.lower() in LISTS else None


def _is_described(folder: Path) -> bool:
    """Whether a folder has label files, be they empty, and names for its classes."""
    labels = any(one.is_dir() for one in (folder / "labels", *folder.glob("*/labels")))
    described = [file for file in folder.glob("*.y*ml") if is_yaml(file)]
    return labels and bool(names_in(folder, described).by_number)


def _texts(folder: Path) -> Iterator[Path]:
    found = files_in(folder, frozenset({".txt"}))
    return (file for file in found if file.name.lower() not in LISTS)


@dataclass
class _Source:
    """The label files, pictures and names of one source."""

    request: Request
    labels: list[Path] = field(init=False)
    names: Names = field(init=False)
    pictures: Pictures = field(init=False)

    def __post_init__(self) -> None:
        self.folder = (_folder(self.request.source) or self.request.source.parent).absolute()
        self.labels = sorted(
            (file for file in _texts(self.folder) if not _is_prose(file)),
            key=lambda file: natural(str(file)),
        )
        described = self.request.source if self.request.source.is_file() else None
        files = [described] if described else list(files_in(self.folder, _NAMES))
        self.names = names_in(self.folder, files)
        for above in () if described else _above(self.folder):
            if not self.names.by_number:
                self.names = names_in(above, list(files_in(above, _NAMES, inside=False)))
        self.pictures = Pictures(self.folder, self.request.pictures)
        self._listed = self._lists()
        self._by_place = {(one.parent, one.stem): one for one in self.pictures.all()}
        self._of = {file: self._picture(file) for file in self.labels}

    def alone(self) -> list[Path]:
        """Pictures without a label file, of the folders that were named."""
        taken = {found for found in self._of.values() if isinstance(found, Path)}
        named = [self.folder, *([self.request.pictures] if self.request.pictures else [])]
        return [
            file for file in self.pictures.all()
            if file not in taken and any(file.is_relative_to(one.absolute()) for one in named)
        ]  # fmt: skip

    def example(self, file: Path) -> Example:
        """Raises DataError where the picture is not there or not clear, or nothing is read."""
        picture = self._of[file]
        if isinstance(picture, DataError):
            raise picture
        path = self.pictures.path_of(picture)
        split = self.split(picture) or self.split(_mirrored(file))
        try:
            facts = inspect(picture)
        except DataError:
            # The item tells what is wrong with the file; where its marks lie, nobody knows.
            return Example(path, split=split, origin=file.name)
        findings = Findings()
        marks: list[Drawn] = []
        for row in _rows(file):
            mark = self._mark(row, (facts.width, facts.height), findings)
            marks += [mark] if mark is not None else []
        return Example(
            path, split=split, origin=file.name, marks=tuple(marks),
            findings=findings.all(),
        )  # fmt: skip

    def split(self, picture: Path) -> str | None:
        told = self.names.split_of(self.pictures.path_of(picture))
        return told or split_of(picture, self.folder) or self._listed.get(picture.name)

    def _lists(self) -> dict[str, str]:
        """Split by a picture's name, as lists of paths like train.txt tell it."""
        found: dict[str, str] = {}
        for file in _texts(self.folder):
            split = split_named(file.stem)
            if split is None or not _is_prose(file):
                continue
            for line in _lines(file):
                found.setdefault(line.strip().replace("\\", "/").rpartition("/")[2], split)
        # One list alone is all there is (Darknet's train.txt), and no division.
        return found if len(set(found.values())) > 1 else {}

    def _picture(self, file: Path) -> Path | DataError:
        for folder in (file.parent, _mirrored(file).parent):
            if found := self._by_place.get((folder, file.stem)):
                return found
        try:
            relative = os.path.relpath(file.with_suffix(""), self.folder)
            return self.pictures.find(relative, file.parent) or _no_picture(file)
        except DataError as error:
            return error

    def _mark(self, row: list[str], size: tuple[int, int], findings: Findings) -> Drawn | None:
        values = numbers(row)
        which = _class_in(values)
        if values is None or which is None:
            findings.add("broken_mark", " ".join(row)[:60])
            return None
        names = self.names.by_number
        label = names.get(which) if names else str(which)
        if label is None:
            findings.add("unknown_class", f"class {which}")
            return None
        if not names:
            findings.add("no_names", f"class {which}")
        shape = self._shape(values[1:], size, findings)
        if shape is None:
            findings.add("broken_mark", " ".join(row)[:60])
        return Drawn(shape, label) if shape is not None else None

    def _shape(
        self, values: list[float], size: tuple[int, int], findings: Findings
    ) -> Shape | None:
        points, count = self.names.keypoints, len(values)
        # Where nothing tells, key points come in threes, and an odd count is no polygon's.
        guessed = not points and count > 5 and count % 2 == 1 and count % 3 == 1
        if guessed or (points and count == 4 + points):
            findings.add("keypoints")
        elif count == 5:
            findings.add("scores")
        elif count >= 6 and count % 2 == 0:
            shares = corners(values)
            return Polygon(tuple((snapped(x * size[0]), snapped(y * size[1])) for x, y in shares))
        elif count != 4:
            return None
        x, y, width, height = values[:4]
        if width < 0 or height < 0:
            return None
        return snapped_box([
            (x - width / 2) * size[0], (y - height / 2) * size[1],
            (x + width / 2) * size[0], (y + height / 2) * size[1],
        ])  # fmt: skip


def _mirrored(file: Path) -> Path:
    """Where the picture of a label file lies in Ultralytics' layout: images for labels."""
    folder = re.sub(r"(.*)\blabels\b", r"\1images", str(file.parent), flags=re.IGNORECASE)
    return Path(folder, file.name)


def _begins_with_row(file: Path) -> bool:
    row = _words(file)
    said = [number(one) for one in row]
    return len(row) > 4 and None not in said and _CLASS.fullmatch(row[0]) is not None


def _is_prose(file: Path) -> bool:
    """Whether a text file is something else: a list of paths, a licence, a readme."""
    said = [number(one) is not None for one in _words(file)]
    return bool(said) and not (said[0] and any(said[1:]))


def _words(file: Path) -> list[str]:
    """Of the first line; none for an empty file, which says that nothing is on the picture."""
    try:
        with open_file(file) as stream:
            first = next((line for line in islice(stream, 100) if line.strip()), b"")
            return first.removeprefix(codecs.BOM_UTF8)[:10_000].decode("utf-8", "replace").split()
    except (OSError, DataError, ValueError):
        return []


def _lines(file: Path) -> list[str]:
    with open_file(file) as stream:
        content = stream.read(_LARGEST)
    return content.decode(encoding_of(content, whole=True), "replace").splitlines()


def _rows(file: Path) -> Iterator[list[str]]:
    return (row for line in _lines(file) if (row := line.split()))


def _classes_in(file: Path) -> set[int]:
    try:
        found = {_class_in(numbers(row)) for row in _rows(file) if len(row) > 4}
    except (OSError, DataError):
        return set()  # told when it is read for good
    return found - {None}  # type: ignore[return-value]


def _class_in(row: list[float] | None) -> int | None:
    """The class number that a row begins with, also written as 3.0."""
    whole = row is not None and row[0] >= 0 and row[0].is_integer()
    return int(row[0]) if row is not None and whole else None


def _above(folder: Path) -> Iterator[Path]:
    """The folders above a part of a set, as labels and train are: the names may stand there."""
    while folder.name.lower() == "labels" or split_of_folder(folder.name):
        folder = folder.parent
        yield folder


def _no_picture(file: Path) -> DataError:
    return DataError(
        f"{file.name}: there is no picture for it",
        "Its rows are in shares of a picture, and none of that name was found.",
        "Put the picture beside it, or into a folder images beside labels.",
        subject=str(file),
    )


FORMAT = Yolo()
