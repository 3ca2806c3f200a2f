"""What an import format is, and what it finds."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from engine.errors import GraftError
from engine.exchange.findings import Finding
from engine.labels.shapes import Shape


@dataclass(frozen=True)
class Columns:
    """Which column of a table holds what, by its heading; None: found by its usual names."""

    path: str | None = None
    text: str | None = None
    label: str | None = None
    group: str | None = None
    split: str | None = None


@dataclass(frozen=True)
class Request:
    """What is to be imported, for a format to read."""

    source: Path
    kind: str  # what the project holds: image or text
    columns: Columns = Columns()
    pictures: Path | None = None  # where the pictures lie, if not beside the annotations


@dataclass(frozen=True)
class Drawn:
    """A shape on an item, with its class, as the data says it; it may lie anywhere."""

    shape: Shape
    label: str
    frame: int = 0


@dataclass(frozen=True)
class Reading:
    """What another reader said of an item."""

    reader: str
    label: str | None = None
    classes: tuple[str, ...] = ()
    marks: tuple[Drawn, ...] = ()


@dataclass(frozen=True)
class Example:
    """One example that the data names; its file has not been looked at."""

    path: str  # from the format's base folder, '/' between parts, or absolute
    position: int = 0  # row of a table whose rows are the items
    text: str | None = None  # None: the content is in the file
    label: str | None = None
    group: str | None = None
    split: str | None = None
    origin: str = ""  # where the data says so, for messages: 'row 12'
    marks: tuple[Drawn, ...] = ()
    classes: tuple[str, ...] = ()  # of the item as a whole; `label` too where it is just one
    size: tuple[int, int] | None = None  # px the data says the picture has: width, height
    reader: str | None = None  # who said all this, where the data tells
    readings: tuple[Reading, ...] = ()  # what others said of it
    findings: tuple[Finding, ...] = ()  # what was read another way than it was said, or not at all


@dataclass(frozen=True)
class Survey:
    """A first look at the whole."""

    total: int  # examples to come
    classes: tuple[str, ...]  # in the order the project shall show them


class Format(Protocol):
    """One way of laying out data on disk."""

    @property
    def key(self) -> str:
        """What `--format` takes."""

    @property
    def title(self) -> str:
        """What a person reads."""

    @property
    def order(self) -> int:
        """Formats with a lower number are asked first whether they fit."""

    def fits(self, source: Path) -> bool:
        """Whether `source` looks like this format; reads little."""

    def base(self, source: Path) -> Path:
        """The folder that paths are relative to."""

    def kinds(self, source: Path) -> set[str]:
        """What kinds of item it can hold, as far as a look tells: image, text."""

    def survey(self, request: Request) -> Survey:
        """Raises DataError when it cannot be read at all."""

    def examples(self, request: Request) -> Iterator[Example | GraftError]:
        """Every example, or why one cannot be used, in a stable order."""
