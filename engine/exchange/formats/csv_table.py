"""A CSV: one example a row, with a path or a text, a label, and if need be a group and a split.

Where there is no file at a path, its name is looked for, as annotations' pictures are.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, fields
from itertools import islice
from pathlib import Path

from engine.errors import DataError, GraftError
from engine.exchange.format import Columns, Example, Request, Survey
from engine.exchange.naming import is_hidden, natural
from engine.exchange.pictures import Pictures, is_picture_folder
from engine.exchange.split_names import split_named, split_of_folder
from engine.exchange.tables import Table, listed_classes, open_table
from engine.media import audio
from engine.media.images import EXTENSIONS

SUFFIXES = (".csv", ".tsv", ".tab")
USUAL = {
    "path": "path file filename file_name filepath file_path image image_path image_file img "
    "img_path image_name image_filename image_id picture photo audio audio_path audio_file sound "
    "sound_file wav recording clip",
    "text": "text sentence content message question utterance review comment body tweet document "
    "ticket description query",
    "label": "label class category target class_name label_name class_label labels intent "
    "sentiment diagnosis species tag y",
    "group": "group patient subject patient_id patientid subject_id subjectid group_id case "
    "case_id person",
    "split": "split set subset partition fold usage",
}
_NEEDED = {"image": "path", "text": "text", "audio": "path"}
_SHOWN = 40  # headings, and characters of each, that a message shows
_LOOKED_AT = 20  # rows whose files' endings tell pictures from sounds


@dataclass(frozen=True)
class _Places:
    """At which position of a row each thing stands."""

    content: int
    label: int
    group: int | None
    split: int | None
    classes: int | None = None  # several, as a list in JSON


class CsvTable:
    key = "csv"
    title = "A table (CSV) with a path or a text and a label in each row"
    order = 10

    def fits(self, source: Path) -> bool:
        if source.is_dir():
            folders = [one for one in source.iterdir() if one.is_dir() and not is_hidden(one.name)]
            tables = _tables(source)
            if not folders:
                return len(tables) > 0
            # Pictures beside the table that names them are no class of that name.
            beside = all(is_picture_folder(one.name) for one in folders)
            flat = not any(map(_may_hold_classes, folders))
            return beside and any(_names_pictures(one, also_there=not flat) for one in tables)
        return source.suffix.lower() in SUFFIXES

    def base(self, source: Path) -> Path:
        return source if source.is_dir() else source.parent

    def kinds(self, source: Path) -> set[str]:
        found: set[str] = set()
        for file in _tables(source):
            with suppress(DataError), open_table(file) as table:
                if _usual(table.header, "text") is not None:
                    found.add("text")
                path = _usual(table.header, "path")
                if path is not None:
                    found |= _of_files(_cell(cells, path) for _, cells in _first(table))
        return found

    def survey(self, request: Request) -> Survey:
        total = 0
        names: set[str] = set()
        problem = None
        for file in _tables(request.source):
            try:
                with open_table(file) as table:
                    places = _find(table, request)
                    for _, cells in table.rows():
                        total += 1
                        label = _cell(cells, places.label)
                        if not table.overfull(cells):
                            names |= {label} if label else set()
                            names |= set(listed_classes(_cell(cells, places.classes)))
            except DataError as error:
                problem = problem or error  # of several tables, told when they are read for good
        if problem is not None and not total:
            raise problem
        return Survey(total, tuple(sorted(names, key=natural)))

    def examples(self, request: Request) -> Iterator[Example | GraftError]:
        files = _tables(request.source)
        suffixes = audio.EXTENSIONS if request.kind == "audio" else EXTENSIONS
        pictures = Pictures(self.base(request.source), request.pictures, suffixes)
        for file in files:
            # Only beside others does a name like 'test.csv' tell what the rows are for.
            split = split_named(file.stem) if len(files) > 1 else None
            try:
                with open_table(file) as table:
                    places = _find(table, request)
                    for number, cells in table.rows():
                        yield from _read(table, request, places, number, cells, split, pictures)
            except DataError as error:
                yield error


def _tables(source: Path) -> list[Path]:
    if not source.is_dir():
        return [source]
    found = (one for one in source.iterdir() if one.suffix.lower() in SUFFIXES)
    return sorted(
        (one for one in found if one.is_file() and not is_hidden(one.name)),
        key=lambda one: natural(one.name),
    )


def _may_hold_classes(folder: Path) -> bool:
    return any(one.is_dir() for one in folder.iterdir() if not is_hidden(one.name))


def _names_pictures(file: Path, also_there: bool) -> bool:
    """Whether a table has what pictures need, and if asked, whether its first ones are there.

    Folders inside one named images are then no classes, but those that the table names.
    """
    try:
        with open_table(file) as table:
            path, label = _usual(table.header, "path"), _usual(table.header, "label")
            if path is None or label is None:
                return False
            named = [_cell(cells, path) for _, cells in _first(table)] if also_there else []
    except DataError:
        return False
    return not also_there or any(
        split_of_folder(one.partition("/")[0]) is None and os.path.isfile(file.parent / one)
        for one in named if "\0" not in one
    )  # fmt: skip


def _find(table: Table, request: Request) -> _Places:
    """Raises DataError when a column that is needed, or was named, is not there."""
    needed = _NEEDED[request.kind]
    found: dict[str, int | None] = {}
    for name in (field.name for field in fields(Columns)):
        given = getattr(request.columns, name)
        if given is None:
            found[name] = _usual(table.header, name)
        elif given in table.header:
            found[name] = table.header.index(given)
        else:
            raise _no_column(table, name, f"There is no column {given!r}.")
    content, label = found[needed], found["label"]
    if content is None:
        raise _no_column(table, needed, f"No column looks like the {needed}.")
    if label is None:
        raise _no_column(table, "label", "No column looks like the label.")
    several = table.header.index("classes") if "classes" in table.header else None
    return _Places(content, label, found["group"], found["split"], several)


def _first(table: Table) -> Iterator[tuple[int, list[str]]]:
    return islice(table.rows(), _LOOKED_AT)


def _of_files(paths: Iterable[str]) -> set[str]:
    """Pictures or sounds, by the endings; files without any are pictures."""
    endings = {os.path.splitext(path)[1].lower() for path in paths} - {""}
    if not endings & audio.EXTENSIONS:
        return {"image"}
    return {"audio"} if endings <= audio.EXTENSIONS else {"audio", "image"}


def _usual(header: list[str], name: str) -> int | None:
    simple = [heading.strip().lower().replace(" ", "_").replace("-", "_") for heading in header]
    return next((simple.index(usual) for usual in USUAL[name].split() if usual in simple), None)


def _no_column(table: Table, name: str, why: str) -> DataError:
    found = ", ".join(repr(heading[:_SHOWN]) for heading in table.header[:_SHOWN]) or "none at all"
    if any(os.path.splitext(heading)[1].lower() in EXTENSIONS for heading in table.header):
        return DataError(
            "The table has no headings",
            f"The first row of {table.file.name} names a picture: {found}.",
            "Write a row above it that says what the columns are, such as path, label.",
            subject=str(table.file),
        )
    return DataError(
        f"The table has no column for the {name}",
        f"{why} {table.file.name} has the columns {found}.",
        f"Say which column holds the {name}: under Columns in the window's import, or with "
        f"--{name}-column NAME. Or give it a usual heading such as "
        f"{', '.join(USUAL[name].split()[:3])}.",
        subject=str(table.file),
    )


def _read(
    table: Table, request: Request, places: _Places, number: int, cells: list[str],
    split: str | None, pictures: Pictures,
) -> Iterator[Example | GraftError]:  # fmt: skip
    origin = f"{table.file.name}, row {number}"
    if table.overfull(cells):
        yield _row_problem(
            table, origin, "there are more cells than headings",
            f"The row has {len(cells)} cells, the first row {len(table.header)}.",
            "Put texts that hold the separator into quotation marks.",
        )  # fmt: skip
        return
    content, label = _cell(cells, places.content), _cell(cells, places.label)
    if not content:
        yield _row_problem(
            table, origin, f"the {_NEEDED[request.kind]} is empty",
            "The row does not say what it is about.", "Fill it in, or remove the row.",
        )  # fmt: skip
        return
    classes = listed_classes(_cell(cells, places.classes)) or ((label,) if label else ())
    if not classes:
        yield _row_problem(
            table, origin, "the label is empty", "The item is taken in without a label.",
            "Fill it in and import again, or label the item by hand.",
        )  # fmt: skip
    said = _cell(cells, places.split)
    if said and split_named(said) is None:
        yield _row_problem(
            table, origin, f"the split {said!r} is unknown", "Graft gives the item a split itself.",
            "Write train, validation or test.",
        )  # fmt: skip
    split = split_named(said) if said else split
    group = _cell(cells, places.group) or None
    if request.kind == "text":
        yield Example(
            table.file.name, number, content, label or None, group, split, origin, classes=classes
        )
        return
    try:
        path = _path(table.file.parent, content, pictures)
    except DataError as error:
        yield error
        return
    yield Example(path, 0, None, label or None, group, split, origin, classes=classes)


def _cell(cells: list[str], place: int | None) -> str:
    return cells[place].strip() if place is not None and place < len(cells) else ""


def _path(base: Path, cell: str, pictures: Pictures) -> str:
    """Of the file that a cell means, from the table's folder; where there is none, as said.

    Raises:
        DataError: several files fit equally well.
    """
    said = _as_said(base, cell)
    if "\0" in said or os.path.lexists(base / said):
        return said
    found = pictures.find(cell, base)
    return pictures.path_of(found) if found is not None else said


def _as_said(base: Path, cell: str) -> str:
    """From the table's folder where it lies in there, with '/' between parts."""
    if "\\" in cell and os.sep != "\\" and not os.path.lexists(base / cell):
        cell = cell.replace("\\", "/")  # written on Windows
    whole = os.path.normpath(base.absolute() / cell)
    try:
        relative = os.path.relpath(whole, base.absolute())
    except ValueError:  # another drive
        relative = whole
    return (whole if os.path.isabs(cell) and relative.startswith("..") else relative).replace(
        os.sep, "/"
    )


def _row_problem(table: Table, origin: str, what: str, cause: str, remedy: str) -> DataError:
    return DataError(f"{origin}: {what}", cause, remedy, subject=str(table.file))


FORMAT = CsvTable()
