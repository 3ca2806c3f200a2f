"""Pascal VOC: an XML file for each picture; ImageNet's is the same.

The coordinates are numbers of pixels, the first being 1, and both ends belong to the box:
1 to 3 covers three pixels, which here is 0 to 3. Some programs count from 0 instead, with
the right end outside. Where more boxes of the data begin before 1 than exactly at 1, no
picture of which the edge is touched counts from 1, and all are read from 0. A box whose
corners are one point is empty, as other programs have it; only Graft's own files mean a pixel.
"""

from __future__ import annotations

import math
import os
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from xml.etree.ElementTree import Element

from engine.errors import DataError, GraftError
from engine.exchange.documents import read_xml, root_tag
from engine.exchange.findings import Findings
from engine.exchange.format import Drawn, Example, Request, Survey
from engine.exchange.numbers import coordinates, corners, size_of
from engine.exchange.pictures import Pictures, files_in, plain_path
from engine.exchange.sources import (
    annotation_files,
    any_fits,
    base_of,
    in_order,
    nothing_in,
    split_of,
)
from engine.exchange.split_names import split_named
from engine.labels.outlines import turned
from engine.labels.shapes import Box, Polygon, Shape
from engine.media.opening import open_file

PROGRAM = "Graft"  # what its own files say that wrote them
_CORNERS = ("xmin", "ymin", "xmax", "ymax")
_TURNED = ("cx", "cy", "w", "h", "angle")
_PLAIN = (None, "", "0", "0.0", "false", "no", "none", "unspecified")
_PROPERTIES = ("difficult", "truncated", "occluded", "pose")
_FLAGS = ("-1", "0", "1")
_LONGEST = 64 << 20  # bytes of a list of a split


class PascalVoc:
    key = "pascal-voc"
    title = "Pascal VOC (an XML file for each picture)"
    order = 5

    def fits(self, source: Path) -> bool:
        return any_fits(source, ".xml", lambda file: root_tag(file) == "annotation")

    def base(self, source: Path) -> Path:
        return base_of(source)

    def kinds(self, source: Path) -> set[str]:
        return {"image"}

    def survey(self, request: Request) -> Survey:
        census = _look(request.source)
        if not census.files:
            raise nothing_in(request.source, self.title, "It holds no XML file of this kind.")
        return Survey(census.files, in_order(census.classes))

    def examples(self, request: Request) -> Iterator[Example | GraftError]:
        base = base_of(request.source)
        splits, problems = _splits(request.source)
        yield from problems
        reading = _Reading(Pictures(base, request.pictures), base, _look(request.source), splits)
        for file in annotation_files(request.source, ".xml"):
            try:
                root = read_xml(file)
                if root.tag == "annotation":
                    yield reading.example(file, root)
                elif root.tag != "annotations":  # CVAT's, which has a format of its own
                    yield _other(file, root.tag)
            except DataError as error:
                yield error


@dataclass
class _Census:
    files: int
    classes: set[str]
    from_zero: bool
    said: Counter[str]  # names of pictures


def _look(source: Path) -> _Census:
    census = _Census(0, set(), False, Counter())
    before = at = 0  # boxes that begin before 1, and at 1
    for file in annotation_files(source, ".xml"):
        try:
            root = read_xml(file)
        except DataError:
            if file == source:
                raise
            continue  # told when it is read for good
        if root.tag != "annotation":
            continue
        census.files += 1
        census.said[_text(root, "filename")] += 1
        for one in root.iter("object"):
            census.classes |= {name} if (name := _text(one, "name")) else set()
            values = _values(one.find("bndbox"), _CORNERS)
            if values is not None:
                before += min(values[:2]) < 1
                at += min(values[:2]) == 1
    census.from_zero = before > at
    return census


def _splits(source: Path) -> tuple[dict[str, str], list[DataError]]:
    """Split by what lists like train.txt name (a picture, with folders and extension or
    without), and by its last part alone; and lists that cannot be read."""
    found: dict[str, str] = {}
    alone: dict[str, str] = {}
    problems: list[DataError] = []
    listed = files_in(source, frozenset({".txt"})) if source.is_dir() else ()
    for file in listed:
        split = split_named(file.stem)
        if split is None:
            continue
        try:
            with open_file(file) as stream:
                content = stream.read(_LONGEST)
        except DataError as error:
            problems.append(error)
            continue
        for line in content.decode("utf-8", "replace").splitlines():
            # A number behind a name says whether a class is on it, or is part of the name.
            words = line.split()
            if not words:
                continue
            flag = words[-1] if words[1:] and words[-1] in _FLAGS else ""
            for name in map(plain_path, (line, line.strip().removesuffix(flag))):
                found.setdefault(name, split)
                alone.setdefault(PurePosixPath(name).name, split)
    return alone | found, problems


@dataclass(frozen=True)
class _Reading:
    pictures: Pictures
    base: Path
    census: _Census
    splits: dict[str, str]

    def example(self, file: Path, root: Element) -> Example:
        """Raises DataError when it is not clear which picture is meant."""
        findings = Findings()
        marks: list[Drawn] = []
        own = _text(root, "source/annotation") == PROGRAM
        for one in root.iter("object"):
            label = _text(one, "name")
            _tell_unmapped(one, findings)
            if not label:
                findings.add("no_label")
                continue
            shape = self._shape(one, findings, own)
            if shape is None:
                findings.add("broken_mark", label)
            else:
                marks.append(Drawn(shape, label))
        if self.census.from_zero and any(isinstance(one.shape, Box) for one in marks):
            findings.add("from_zero", count=len(marks))
        path = self._picture(file, root)
        inner = PurePosixPath(os.path.relpath(file.with_suffix(""), self.base).replace(os.sep, "/"))
        tails = [*_tails(inner), *_tails(PurePosixPath(path))]
        split = next((self.splits[one] for one in tails if one in self.splits), None)
        return Example(
            path, split=split or split_of(file, self.base), origin=file.name, marks=tuple(marks),
            size=size_of(_text(root, "size/width"), _text(root, "size/height")),
            findings=findings.all(),
        )  # fmt: skip

    def _picture(self, file: Path, root: Element) -> str:
        """The file that is named; where it is not there, one named as the annotations are.

        A name that several annotation files say was left behind when files were copied and
        renamed; then the one that is named as the annotations are goes first.
        """
        folder, said = _text(root, "folder"), _text(root, "filename")
        named = [f"{folder}/{said}", said]
        named.sort(key=lambda name: self.pictures.at(name, file.parent) is None)
        own = [file.stem]
        first = [*own, *named] if self.census.said[said] > 1 else [*named, *own]
        for name in (*first, _text(root, "path")):
            if name.strip("/") and (found := self.pictures.find(name, file.parent)) is not None:
                return self.pictures.path_of(found)
        return plain_path(said) or f"{file.stem}.jpg"

    def _shape(self, one: Element, findings: Findings, own: bool) -> Shape | None:
        """`own`: Graft wrote the file."""
        outline = one.find("polygon")
        if outline is not None and len(outline):
            return _polygon(outline)
        around = _values(one.find("robndbox"), _TURNED)
        if around is not None:
            x, y, width, height, angle = around
            findings.add("rotated")
            box = Box(x - width / 2, y - height / 2, x + width / 2, y + height / 2)
            return turned(box, math.degrees(angle), (x, y))
        values = _values(one.find("bndbox"), _CORNERS)
        if values is None:
            return None
        x, y, u, v = values
        if (x, y) == (u, v) and not own:
            return Box(x, y, u, v)  # a slip of the mouse, not an object of one pixel
        first = 0 if self.census.from_zero else 1
        left, right = _edges(x, u, first)
        top, bottom = _edges(y, v, first)
        return Box(left, top, right, bottom)


def _edges(one: float, other: float, first: int) -> tuple[float, float]:
    """Both edges, of whose numbers the lower belongs to the box; also where they are swapped."""
    return (one - first, other) if one - first <= other else (other - first, one)


def _tails(path: PurePosixPath) -> Iterator[str]:
    """A path without its first folders, the longest first: a/b/c, b/c, c."""
    parts = path.parts
    yield from ("/".join(parts[place:]) for place in range(len(parts)))


def _polygon(outline: Element) -> Polygon | None:
    """Either x1, y1, x2, y2 ... or a list of pt or point with x and y."""
    points = [_values(one, ("x", "y")) for one in outline if one.tag in ("pt", "point")]
    if points:
        flat = [value for point in points if point is not None for value in point]
        return Polygon(corners(flat)) if None not in points else None
    count = len(outline) // 2
    names = [f"{axis}{number}" for number in range(1, count + 1) for axis in "xy"]
    values = _values(outline, names)
    return Polygon(corners(values)) if values is not None and count else None


def _tell_unmapped(one: Element, findings: Findings) -> None:
    for name in _PROPERTIES:
        if _text(one, name).lower() not in _PLAIN:
            findings.add("attributes", name)
    for attribute in one.iterfind("attributes/attribute"):
        if _text(attribute, "value").lower() not in _PLAIN:
            findings.add("attributes", _text(attribute, "name"))
    if parts := [part for part in one.iterfind("part") if part.find("bndbox") is not None]:
        findings.add("body_parts", count=len(parts))
    if actions := [name for name in one.iterfind("actions/*") if name.text == "1"]:
        findings.add("attributes", "actions", len(actions))


def _values(element: Element | None, names: tuple[str, ...] | list[str]) -> list[float] | None:
    if element is None:
        return None
    return coordinates([_text(element, name) for name in names])


def _text(element: Element, path: str) -> str:
    return (element.findtext(path) or "").strip()


def _other(file: Path, tag: str) -> DataError:
    return DataError(
        f"{file.name} holds no annotations of a picture",
        f"Its outermost element is <{tag[:40]}>, where Pascal VOC has <annotation>.",
        "Nothing, unless you expected it to.",
        subject=str(file),
    )


FORMAT = PascalVoc()
