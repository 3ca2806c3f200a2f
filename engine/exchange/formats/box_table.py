"""A table (CSV) with a mark in each row, as OpenImages, TensorFlow and Graft write them.

Either two corners, or the upper left one with width and height. They are pixels, or shares
of the picture where none is above 1 and the table has no column for the pictures' size. A
row without corners says the class of the whole picture. Graft's own tables tell shapes other
than boxes in a column of their own.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engine.errors import DataError, GraftError
from engine.exchange.findings import Findings
from engine.exchange.format import Drawn, Example, Request, Survey
from engine.exchange.formats.csv_table import SUFFIXES, USUAL
from engine.exchange.numbers import box_between, coordinates, number, size_of, snapped_box
from engine.exchange.pictures import Pictures
from engine.exchange.sources import annotation_files, any_fits, base_of, in_order, nothing_in
from engine.exchange.split_names import split_named
from engine.exchange.tables import Table, listed_classes, open_table
from engine.labels.shapes import Box, Shape, from_wire
from engine.media.images import inspect

_CORNERS = (("xmin", "x_min", "x1", "left"), ("ymin", "y_min", "y1", "top"),
            ("xmax", "x_max", "x2", "right"), ("ymax", "y_max", "y2", "bottom"))  # fmt: skip
_EXTENTS = (("x", "bbox_x", "box_x", *_CORNERS[0]), ("y", "bbox_y", "box_y", *_CORNERS[1]),
            ("bbox_width", "box_width", "w", "width"),
            ("bbox_height", "box_height", "h", "height"))  # fmt: skip
_SIZES = (("image_width", "img_width", "width"), ("image_height", "img_height", "height"))
_PATHS = (*USUAL["path"].split(), "imageid")
_LABELS = (*USUAL["label"].split(), "labelname", "name", "category_name")
_PROPERTIES = ("isoccluded", "istruncated", "isgroupof", "isdepiction", "isinside", "difficult")
_SHAPES = ("box", "polygon", "mask")


class BoxTable:
    key = "box-table"
    title = "A table (CSV) with a box in each row"
    order = 7

    def fits(self, source: Path) -> bool:
        return any(any_fits(source, suffix, _fits) for suffix in SUFFIXES)

    def base(self, source: Path) -> Path:
        return base_of(source)

    def kinds(self, source: Path) -> set[str]:
        return {"image"}

    def survey(self, request: Request) -> Survey:
        total = 0
        classes: set[str] = set()
        for file in _files(request.source):
            rows = _Rows.read(file)
            total += len(rows.of)
            classes |= {label for row in rows.all() for label in (row.label, *row.classes) if label}
        if not total:
            raise nothing_in(request.source, self.title, "It has no rows.")
        return Survey(total, in_order(classes))

    def examples(self, request: Request) -> Iterator[Example | GraftError]:
        base = base_of(request.source)
        pictures = Pictures(base, request.pictures)
        for file in _files(request.source):
            rows = _Rows.read(file)
            for said, of_picture in rows.of.items():
                try:
                    yield _example(file, said, of_picture, rows.shares, pictures, base)
                except DataError as error:
                    yield error
            yield from rows.problems


def _files(source: Path) -> list[Path]:
    files = [file for suffix in SUFFIXES for file in annotation_files(source, suffix)]
    return [file for file in files if _fits(file)] if source.is_dir() else [source]


def _fits(file: Path) -> bool:
    try:
        with open_table(file) as table:
            return _places(table) is not None
    except DataError:
        return False  # a table that nobody can read is the plain table's to tell of


@dataclass(frozen=True)
class _Places:
    path: int
    label: int
    corners: tuple[int, ...]
    extents: bool  # width and height stand in place of the lower right corner
    sizes: tuple[int, ...] | None
    others: dict[str, int]  # by heading

    def cell(self, cells: list[str], name: str) -> str:
        return _cell(cells, self.others.get(name))


def _places(table: Table) -> _Places | None:
    """None where a column is lacking that a table of boxes needs."""
    names = [heading.lower().replace(" ", "_").replace("-", "_") for heading in table.header]

    def place(usual: tuple[str, ...], *taken: int) -> int | None:
        found = (names.index(one) for one in usual if one in names)
        return next((one for one in found if one not in taken), None)

    path, label = place(_PATHS), place(_LABELS)
    corners = tuple(found for usual in _CORNERS if (found := place(usual)) is not None)
    extents = len(corners) < len(_CORNERS)
    if extents:
        corners = tuple(found for usual in _EXTENTS if (found := place(usual)) is not None)
    if path is None or label is None or len(corners) < len(_CORNERS):
        return None
    sizes = tuple(found for usual in _SIZES if (found := place(usual, *corners)) is not None)
    others = {name: position for position, name in enumerate(names)}
    sized = sizes if len(sizes) == len(_SIZES) else None
    return _Places(path, label, corners, extents, sized, others)


@dataclass(frozen=True)
class _Row:
    number: int
    label: str
    corners: tuple[str, ...]
    extents: bool
    size: tuple[int, int] | None
    split: str
    kind: str
    shape: str
    classes: tuple[str, ...]
    properties: tuple[str, ...]


@dataclass
class _Rows:
    of: dict[str, list[_Row]]  # by the picture's path
    shares: bool
    problems: list[DataError]

    def all(self) -> Iterator[_Row]:
        return (row for rows in self.of.values() for row in rows)

    @staticmethod
    def read(file: Path) -> _Rows:
        found: dict[str, list[_Row]] = defaultdict(list)
        problems: list[DataError] = []
        sized = True
        with open_table(file) as table:
            places = _places(table)
            if places is None:
                raise nothing_in(file, BoxTable.title, "It has no columns for boxes.")
            sized = places.sizes is not None
            try:
                for at, cells in table.rows():
                    found[_cell(cells, places.path)].append(_row(at, cells, places))
            except DataError as error:
                problems.append(error)
        nameless = found.pop("", [])
        problems += [_nameless(file, nameless)] if nameless else []
        rows = _Rows(dict(found), False, problems)
        rows.shares = not sized and all(
            value is None or abs(value) <= 1
            for row in rows.all() for value in map(number, row.corners)
        )  # fmt: skip
        return rows


def _row(at: int, cells: list[str], places: _Places) -> _Row:
    size = None
    if places.sizes is not None:
        size = size_of(*(_cell(cells, place) for place in places.sizes))
    return _Row(
        at, _cell(cells, places.label), tuple(_cell(cells, place) for place in places.corners),
        places.extents, size, places.cell(cells, "split"), places.cell(cells, "kind"),
        places.cell(cells, "shape"), listed_classes(places.cell(cells, "classes")),
        tuple(one for one in _PROPERTIES if places.cell(cells, one) == "1"),
    )  # fmt: skip


def _cell(cells: list[str], place: int | None) -> str:
    return cells[place].strip() if place is not None and place < len(cells) else ""


def _example(
    file: Path, said: str, rows: list[_Row], shares: bool, pictures: Pictures, base: Path
) -> Example:
    """Raises DataError: the picture is not clear, or its size is needed and cannot be read."""
    path = pictures.place(said, file.parent)
    size = next((row.size for row in rows if row.size is not None), None)
    if shares and any(any(row.corners) for row in rows):
        facts = inspect(base / path)
        size = (facts.width, facts.height)
    findings = Findings()
    marks: list[Drawn] = []
    labels: list[str] = []
    for row in rows:
        for name in row.properties:
            findings.add("attributes", name)
        labels += [one for one in row.classes if one not in labels]
        if not any(row.corners):
            labels += [row.label] if row.label and row.label not in labels else []
            continue
        shape = _shape(row, size if shares else None)
        if not row.label or shape is None:
            findings.add("broken_mark" if row.label else "no_label", f"row {row.number}")
        else:
            marks.append(Drawn(shape, row.label))
    return Example(
        path, label=labels[0] if len(labels) == 1 else None,
        split=next((split for row in rows if (split := split_named(row.split))), None),
        origin=f"{file.name}, row {rows[0].number}", marks=tuple(marks), classes=tuple(labels),
        size=size, findings=findings.all(),
    )  # fmt: skip


def _shape(row: _Row, size: tuple[int, int] | None) -> Shape | None:
    """`size`: of the picture, of which the corners are shares; None: they are pixels."""
    if row.kind in _SHAPES and row.shape:
        return _own(row.kind, row.shape)
    found = coordinates(row.corners)
    if found is None or (row.extents and min(found[2:]) < 0):
        return None
    if row.extents:
        found = [*found[:2], found[0] + found[2], found[1] + found[3]]
    if size is None:
        return box_between(found)
    left, top, right, bottom = found
    return snapped_box([left * size[0], top * size[1], right * size[0], bottom * size[1]])


def _own(kind: str, text: str) -> Shape | None:
    """A shape as `engine.labels.shapes.to_wire` writes it; None where it is none."""
    try:
        wire: dict[str, Any] = json.loads(text)
        shape = from_wire(kind, wire)
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return None
    values = [value for one in vars(shape).values() for value in _flat(one)]
    if coordinates(values) is None or not _is_whole(shape):
        return None
    return shape


def _flat(value: Any) -> Iterator[Any]:
    if isinstance(value, tuple | list):
        for one in value:
            yield from _flat(one)
    else:
        yield value


def _is_whole(shape: Shape) -> bool:
    runs = getattr(shape, "runs", None)
    if runs is None:
        return not isinstance(shape, Box) or shape.width >= 0
    size = getattr(shape, "width", 0) * getattr(shape, "height", 0)
    return sum(runs) == size and min(runs, default=0) >= 0


def _nameless(file: Path, rows: list[_Row]) -> DataError:
    return DataError(
        f"{file.name}: {len(rows)} rows name no picture",
        f"The first of them is row {rows[0].number}.",
        "Fill in the pictures' names, or remove the rows.",
        subject=str(file),
    )


FORMAT = BoxTable()
