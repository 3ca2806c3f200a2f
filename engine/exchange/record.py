"""What leaves a project: items with all that was said of them, and what came of writing it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from engine.exchange.findings import Kind
from engine.exchange.format import Drawn

EXAMPLES = 20  # items that a report names of each kind of note
_FORBIDDEN = re.compile(r'[<>:"|?*\x00-\x1f]')

NOTES: dict[str, Kind] = {
    "marks": Kind("The format holds no marks.", "They are left out; the classes are written."),
    "spans": Kind("The format holds no spans of a text.", "They are left out."),
    "masks": Kind(
        "The format holds no masks.",
        "Each becomes one polygon along its pixels' edges, which gives the same pixels back.",
    ),
    "polygon_box": Kind(
        "Many programs read boxes only from this format.",
        "The box around each polygon or mask is written beside its outline.",
    ),
    "shape_column": Kind(
        "Other programs read only boxes from a table.",
        "The box around each polygon or mask is written, and its shape in a column of its own.",
    ),
    "mixed": Kind(
        "An item has boxes and polygons.",
        "Both are written; programs that read one kind in a file may refuse it.",
    ),
    "whole": Kind("The format holds no class of an item as a whole.", "It is left out."),
    "several": Kind("An item has several classes, and the format holds one.", "It is left out."),
    "unlabelled": Kind("An item has no class.", "It is left out."),
    "folder_name": Kind(
        "The name of a class cannot be a folder's.", "The folder has one like it."
    ),
    "splits": Kind("The format holds no splits.", "They are left out."),
    "some_splits": Kind(
        "Some items have a split and others none.", "The folders of splits are left out."
    ),
    "no_size": Kind(
        "The size of an item's picture is not known, and its marks need it.",
        "The item is left out.",
    ),
    "other_kind": Kind("The format holds no items of this kind.", "They are left out."),
    "frames": Kind(
        "A mark lies on another frame than the first.", "It is left out: the format knows one."
    ),
    "one_pixel": Kind(
        "A box covers a single pixel.", "Programs that read this format may take it for empty."
    ),
    "names": Kind(
        "Two files would have the same name.", "The second has a number behind its name."
    ),
    "dicom": Kind(
        "A DICOM file holds words about the patient.",
        "The picture alone is written, as PNG with 8 bits.",
    ),
    "unreadable": Kind("The file of an item cannot be read.", "The item is left out."),
    "no_validation": Kind(
        "There are no validation items, and programs want a folder for them.",
        "The file data.yaml names the training folder for both.",
    ),
    "readers": Kind("The format does not hold who said it.", "The names are left out."),
}  # fmt: skip


@dataclass(frozen=True)
class Record:
    """An item as it leaves the project."""

    file: Path | None  # None: a text that stands in a table
    name: str  # relative path, '/' between parts; all of the place that an export tells
    kind: str  # image, text
    width: int | None = None  # px, upright
    height: int | None = None
    text: str | None = None
    label: str | None = None
    classes: tuple[str, ...] = ()
    marks: tuple[Drawn, ...] = ()
    split: str | None = None
    reader: str | None = None

    @property
    def all_classes(self) -> tuple[str, ...]:
        """Of the item as a whole."""
        return self.classes or ((self.label,) if self.label is not None else ())


@dataclass
class Note:
    """What did not map in one way: how often, and for which items."""

    kind: str
    count: int = 0
    examples: list[str] = field(default_factory=list)

    @property
    def says(self) -> str:
        return NOTES[self.kind].says

    @property
    def does(self) -> str:
        return NOTES[self.kind].does


@dataclass
class ExportReport:
    """What came of an export."""

    format: str
    folder: Path
    files: int = 0
    items: int = 0
    marks: int = 0
    pictures: int = 0  # copied
    notes: dict[str, Note] = field(default_factory=dict)

    def note(self, kind: str, name: str, count: int = 1) -> None:
        found = self.notes.setdefault(kind, Note(kind))
        found.count += count
        if len(found.examples) < EXAMPLES and name not in found.examples:
            found.examples.append(name)

    def to_wire(self) -> dict[str, Any]:
        """A JSON-ready form."""
        return {
            "format": self.format, "folder": str(self.folder), "files": self.files,
            "items": self.items, "marks": self.marks, "pictures": self.pictures,
            "notes": [
                {"kind": one.kind, "says": one.says, "does": one.does, "count": one.count,
                 "examples": one.examples}
                for one in self.notes.values()
            ],
        }  # fmt: skip


class Writing(Protocol):
    """One export under way."""

    def add(self, record: Record, path: str) -> None:
        """Takes an item. `path`: of its picture, as the format's files shall say it."""

    def finish(self) -> None:
        """Writes what is left."""


class Writer(Protocol):
    """One format that can be written."""

    @property
    def key(self) -> str:
        """What `--format` takes; the same as the format's that reads it."""

    @property
    def title(self) -> str:
        """What a person reads."""

    @property
    def kinds(self) -> frozenset[str]:
        """What kinds of item it holds."""

    @property
    def copies(self) -> bool:
        """Whether the files are part of the format, so that they are always copied."""

    def place(self, record: Record) -> str:
        """The folder below the export's in which a copied picture lies, '' for itself."""

    def begin(self, folder: Path, classes: tuple[str, ...], report: ExportReport) -> Writing:
        """Begins an export into a folder that is there and empty."""


def relative_name(name: str) -> str:
    """A name that leads nowhere else, and tells of no folder outside the data's."""
    parts = [part for part in name.replace("\\", "/").split("/") if part not in ("", ".", "..")]
    absolute = name.startswith("/") or (len(name) > 1 and name[1] == ":")
    return "/".join(parts[-1:] if absolute else parts) or "item"


def usable_name(name: str) -> str:
    """A relative name that a file can have on any system."""
    return "/".join(_FORBIDDEN.sub("_", part).rstrip(". ") or "_" for part in name.split("/"))


class UniqueNames:
    """Gives every file a name of its own, whatever the system makes of capitals."""

    def __init__(self, report: ExportReport) -> None:
        self._taken: set[str] = set()
        self._report = report

    def claim(self, name: str, *, stem: bool = False) -> str:
        """The name, with a number where it is taken; `stem`: whatever follows the last dot."""
        before, dot, after = name.rpartition(".")
        if not dot or "/" in after:
            before, after = name, ""
        number, found = 1, before
        while (key := (found if stem else found + dot + after).casefold()) in self._taken:
            number += 1
            found = f"{before}-{number}"
        self._taken.add(key)
        if number > 1:
            self._report.note("names", name)
        return found + (dot + after if after else "")


def first_frame(record: Record, report: ExportReport) -> tuple[Drawn, ...]:
    """The marks of a record for formats that know one frame."""
    kept = tuple(one for one in record.marks if one.frame == 0)
    if len(kept) < len(record.marks):
        report.note("frames", record.name, len(record.marks) - len(kept))
    return kept
