"""The models a person can choose from: those of the catalogue, and those found beside it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from engine.models.catalogue import Entry
    from engine.models.library import Found
    from engine.room import Room

BYTES_HELD = 4  # of a parameter that stays as it is
BYTES_LEARNING = 16  # of one that learns: itself, its gradient, and two moments of AdamW
BATCH = 32  # items learned from at once, if nothing else is chosen


@dataclass(frozen=True)
class ModelRow:
    """A model in the browser.

    Attributes:
        entry: what the catalogue says of it; None for weights that it does not know.
        path: its weights on this machine.
        usable: the project's task can be learned with it.
        wanted, folder: the file to get when there are none here, and where to put it.
    """

    name: str
    title: str
    family: str
    task: str
    bytes: int
    usable: bool
    entry: Entry | None
    path: Path | None
    wanted: str
    folder: Path

    @property
    def ours(self) -> bool:
        """Its weights lie in Graft's models folder, so Graft may delete them."""
        ships = self.entry is not None and self.entry.source == "graft"
        return self.path is not None and not ships and self.folder in self.path.parents

    @property
    def kind(self) -> str:
        return self.entry.kind if self.entry else self.task

    @property
    def parameters(self) -> int | None:
        return self.entry.parameters if self.entry else None

    @property
    def flops(self) -> int | None:
        return self.entry.flops if self.entry else None

    @property
    def accuracy(self) -> float | None:
        return self.entry.accuracy if self.entry else None

    @property
    def commercial(self) -> str:
        return self.entry.commercial if self.entry else "unknown"

    @property
    def clinical(self) -> str:
        return self.entry.clinical if self.entry else "unknown"

    @cached_property
    def said(self) -> str:
        """What a search looks through, in small letters."""
        words = [self.name, self.title, self.family, self.task]
        if self.entry is not None:
            words += [self.entry.kind, self.entry.domain, *self.entry.tasks, self.entry.purpose]
        return " ".join(words).lower()

    def needs(self, learning: bool) -> int | None:
        """Bytes where all of it learns, in batches of BATCH, or only the head does."""
        if self.parameters is None:
            return None
        if not learning:
            return self.parameters * BYTES_HELD
        activations = self.entry.activations if self.entry else 0
        return self.parameters * BYTES_LEARNING + BATCH * activations


@dataclass(frozen=True)
class Shelf:
    """All rows, and the machine they would run on."""

    rows: list[ModelRow]
    room: Room


def read(task: str) -> Shelf:
    """Every model Graft knows or finds here: first what is here, then what the task can use."""
    from engine import room
    from engine.models import catalogue, library

    here = {found.name: found for found in library.found()}
    rows = [_known(entry, here.pop(entry.name, None), task) for entry in catalogue.entries()]
    folder = library.models_folder()
    for other in here.values():
        network = catalogue.network_of(other.name)
        family = network.family if network else "found here"
        rows.append(
            ModelRow(
                other.name, other.title, family, other.task, other.bytes,
                other.task == catalogue.teachers(task), None, other.path, "", folder,
            )
        )  # fmt: skip
    rows.sort(key=lambda row: (not row.usable, row.path is None))
    return Shelf(rows, room.room())


def _known(entry: Entry, found: Found | None, task: str) -> ModelRow:
    from engine.models import catalogue, library

    wanted, folder = library.wanted(entry.name)
    usable = entry.trainable and entry.task == catalogue.teachers(task)
    return ModelRow(
        entry.name, entry.title, entry.family, entry.task, entry.bytes, usable, entry,
        found.path if found else None, wanted, folder,
    )  # fmt: skip
