"""Reading delimited text whatever program wrote it: encoding, separator and quotes found out."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TextIO

from engine.errors import DataError
from engine.media import refusals
from engine.media.text import encoding_of_file

DELIMITERS = (",", ";", "\t", "|")
_SAMPLE = 1 << 16  # characters that the separator is judged by
_LONGEST = 1 << 24  # characters in a cell; a forgotten quotation mark makes one of all the rest


@dataclass
class Table:
    """An open table; its rows can be read once."""

    file: Path
    header: list[str]
    delimiter: str
    encoding: str
    _reader: Iterator[list[str]]
    _heading: int = 1  # the row that the headings are in

    def rows(self) -> Iterator[tuple[int, list[str]]]:
        """Row number, as a spreadsheet counts, and cells.

        Raises:
            DataError: the table breaks off in a way that nothing after it can be read.
        """
        number = self._heading
        while True:
            number += 1
            try:
                cells = next(self._reader)
            except StopIteration:
                return
            except (csv.Error, UnicodeError) as error:
                raise _unreadable(self.file, number, error) from error
            if any(cell.strip() for cell in cells):
                yield number, cells

    def overfull(self, cells: list[str]) -> bool:
        """Whether there are cells beyond the last heading that hold something."""
        return any(cell.strip() for cell in cells[len(self.header) :])


@contextmanager
def open_table(file: Path) -> Iterator[Table]:
    """Opens a table and reads its headings.

    Raises:
        DataError: unreadable or empty.
    """
    encoding = encoding_of_file(file)
    csv.field_size_limit(_LONGEST)
    try:
        stream = file.open(encoding=encoding, errors="replace", newline="")
    except OSError as error:
        raise refusals.unopened(file, error) from error
    with stream:
        delimiter = _said_delimiter(stream) or _delimiter(stream)
        reader = csv.reader(stream, delimiter=delimiter)
        row = 1
        try:
            header = next(reader, [""])
            while not header:  # blank lines above
                row += 1
                header = next(reader, [""])
        except csv.Error as error:
            raise _unreadable(file, 1, error) from error
        header = [heading.strip() for heading in header]
        if not any(header):
            raise DataError(
                "The table is empty",
                f"{file.name} has no headings in its first row.",
                "Write the names of the columns into the first row.",
                subject=str(file),
            )
        while header and not header[-1]:
            header.pop()
        yield Table(file, header, delimiter, encoding, reader, row)


def listed_classes(cell: str) -> tuple[str, ...]:
    """Several classes as Graft writes them into a cell: a list in JSON."""
    try:
        found = json.loads(cell) if cell.startswith("[") else []
    except (ValueError, RecursionError):
        return ()
    return tuple(dict.fromkeys(one.strip() for one in found if isinstance(one, str)))


def _said_delimiter(stream: TextIO) -> str | None:
    """The separator that a first line tells, which Excel reads and does not show: sep=;"""
    first = stream.readline(20).strip().strip('"').lower()
    if first.startswith("sep=") and len(first) == 5:
        return first[4]
    if first == "sep=":  # and a tab, which was stripped
        return "\t"
    stream.seek(0)
    return None


def _delimiter(stream: TextIO) -> str:
    """The separator under which the first rows have the most even and meaningful columns."""
    sample = stream.read(_SAMPLE)
    stream.seek(0)
    scores = {one: _score(sample, one) for one in DELIMITERS}
    return max(DELIMITERS, key=lambda one: scores[one])


def _score(sample: str, delimiter: str) -> tuple[float, int]:
    lines = sample.splitlines(keepends=True)
    if len(sample) == _SAMPLE:
        lines = lines[:-1]
    try:
        rows = [row for row in islice(csv.reader(lines, delimiter=delimiter), 50) if row]
    except csv.Error:
        return (0.0, 0)
    width = len(rows[0]) if rows else 0
    if width < 2:
        return (0.0, 0)
    even = sum(len(row) == width for row in rows) / len(rows)
    return (even, width)


def _unreadable(file: Path, number: int, error: Exception) -> DataError:
    return DataError(
        "The table cannot be read to its end",
        f"{file.name} breaks off at row {number} ({error}).",
        "Look there for a quotation mark that is opened and never closed.",
        subject=str(file),
    )
