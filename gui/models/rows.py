"""The models a person can choose from: those of the catalogue, and those found beside it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class ModelRow:
    name: str
    title: str
    family: str
    source: str
    parameters: int | None
    bytes: int
    accuracy: float | None  # 0..1
    measured_on: str
    input_size: int | None  # px
    licence: str
    path: Path | None  # weights on this machine
    wanted: str  # the file to get when there are none here
    folder: Path  # where to put it


def read(task: str) -> list[ModelRow]:
    """Everything that serves a task, the models that are here first. Reads folders."""
    from engine.models import catalogue, library

    here = {found.name: found for found in library.found(task)}
    rows = []
    for entry in catalogue.entries(task):
        found = here.pop(entry.name, None)
        wanted, folder = library.wanted(entry.name)
        rows.append(
            ModelRow(
                entry.name, entry.title, entry.family, entry.source, entry.parameters,
                entry.bytes, entry.accuracy, entry.measured_on, entry.input_size, entry.licence,
                found.path if found else None, wanted, folder,
            )
        )  # fmt: skip
    for other in here.values():
        rows.append(
            ModelRow(
                other.name, other.title, "found on this machine", other.source, None,
                other.bytes, None, "", None, "", other.path, "", library.models_folder(),
            )
        )  # fmt: skip
    return sorted(rows, key=lambda row: row.path is None)
