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

    def rows(self) -> Iterator[tuple[int, list[str]]]:
        """Row number, as a spreadsheet counts (the headings are row 1), and cells.

        Raises:
            DataError: the table breaks off in a way that nothing after it can be read.
        """
        number = 1
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
        delimiter = _delimiter(stream)
        reader = csv.reader(stream, delimiter=delimiter)
        try:
            header = [heading.strip() for heading in next(reader, [])]
        except csv.Error as error:
            raise _unreadable(file, 1, error) from error
        if not any(header):
            raise DataError(
                "The table is empty",
                f"{file.name} has no headings in its first row.",
                "Write the names of the columns into the first row.",
                subject=str(file),
            )
        while header and not header[-1]:
            header.pop()
        yield Table(file, header, delimiter, encoding, reader)


def listed_classes(cell: str) -> tuple[str, ...]:
    """Several classes as Graft writes them into a cell: a list in JSON."""
    try:
        found = json.loads(cell) if cell.startswith("[") else []
    except (ValueError, RecursionError):
        return ()
    return tuple(dict.fromkeys(one.strip() for one in found if isinstance(one, str)))


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
