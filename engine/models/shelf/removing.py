"""Takes a model off this machine, and says before what that frees and who uses it."""

from __future__ import annotations

import json
import os
import sqlite3
import tempfile
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from engine.errors import GraftError, ModelError
from engine.models import catalogue, library
from engine.models.shelf import placing
from engine.progress import Cancel
from engine.store.database import connect, told


@dataclass(frozen=True)
class Use:
    """A project that a model is used in."""

    project: str  # its folder
    chosen: bool  # for the next run
    runs: tuple[str, ...]  # names of runs that began from it


@dataclass(frozen=True)
class Removal:
    """What removing a model would do. Runs keep their own weights: they open without it."""

    name: str
    folder: Path  # Graft's models folder
    places: tuple[Path, ...]  # files and folders in it that go
    bytes: int  # that this frees
    elsewhere: tuple[Path, ...]  # where it also lies, and stays: not Graft's to delete
    used_by: tuple[Use, ...]
    unread: tuple[str, ...]  # projects that could not be asked, and why

    @property
    def projects(self) -> tuple[Path, ...]:
        """Folders of the projects that use it."""
        return tuple(Path(use.project) for use in self.used_by)

    def to_wire(self) -> dict[str, Any]:
        wire = {**asdict(self), "folder": str(self.folder)}
        wire["places"] = [str(place) for place in self.places]
        wire["elsewhere"] = [str(place) for place in self.elsewhere]
        return wire


def removal(name: str, projects: Iterable[Path] = (), cancel: Cancel | None = None) -> Removal:
    """Looks, and changes nothing.

    Args:
        projects: folders of the projects to ask; those that are gone are passed over.

    Raises:
        ModelError: the model is not on this machine.
        Cancelled: the person asked for the end.
    """
    cancel = cancel or Cancel()
    entry = catalogue.find(name)
    name = entry.name if entry else name
    own, elsewhere = _places(name)
    used: list[Use] = []
    unread: list[str] = []
    for folder in dict.fromkeys(map(Path, projects)):
        cancel.check()
        database = folder / "project.sqlite"
        if not database.is_file():
            continue
        try:
            found = _use(database, name, own)
        except (GraftError, sqlite3.Error, ValueError) as error:
            unread.append(f"{folder}: {error.cause if isinstance(error, GraftError) else error}")
            continue
        if found.chosen or found.runs:
            used.append(found)
    size = sum(_size(place) for place in own)
    folder = library.models_folder()
    return Removal(name, folder, own, size, elsewhere, tuple(used), tuple(unread))


def remove(name: str) -> Removal:
    """Deletes a model from Graft's models folder; each place goes by one rename.

    Raises:
        ModelError: it is not here, or only where it is not Graft's to delete.
        StorageError: it cannot be deleted.
    """
    gone = removal(name)
    if not gone.places:
        raise ModelError(
            "The model is not Graft's to delete",
            f"{gone.name} lies in {', '.join(map(str, gone.elsewhere))}, where another program, "
            "a package or Graft's own installer put it. Graft deletes only what is in its own "
            "models folder.",
            "Delete it there yourself, if nothing else needs it.",
            subject=gone.name,
        )
    own = library.models_folder()
    with (
        placing.writing(own),
        tempfile.TemporaryDirectory(prefix=placing.GOING, dir=own) as going,
    ):
        for number, place in enumerate(gone.places):
            os.rename(place, Path(going) / str(number))  # a link goes, not what it points at
            empty = place.parent != own and not any(place.parent.iterdir())
            if empty and not place.parent.is_symlink():
                place.parent.rmdir()
    return gone


def _places(name: str) -> tuple[tuple[Path, ...], tuple[Path, ...]]:
    """Within the models folder, and elsewhere."""
    found = [Path(os.path.abspath(place)) for place in library.places(name)]
    if not found:
        raise ModelError(
            "The model is not on this machine",
            f"There are no weights of {name!r} here.",
            "'models list' shows what is here.",
            subject=name,
        )
    inside = tuple(place for place in found if _is_ours(place))
    return inside, tuple(place for place in found if place not in inside)


def _is_ours(place: Path) -> bool:
    """Below the models folder in truth: not by way of '..' or of a link on the way there."""
    own, parent = library.models_folder().resolve(), place.parent.resolve()
    return parent == own or own in parent.parents


def _use(database: Path, name: str, places: tuple[Path, ...]) -> Use:
    """Reads a project as it is, whoever has it open; raises StorageError."""
    db = connect(database, readonly=True)
    try:
        with told(database):
            settings = dict(db.execute("SELECT key, value FROM setting").fetchall())
            runs = db.execute("SELECT name, recipe FROM run ORDER BY id").fetchall()
    finally:
        db.conn.close()
    model = _json(settings.get("model"))
    chosen = {"model": model.get("name"), "weights": model.get("weights")}
    begun = tuple(run for run, recipe in runs if _means(_json(recipe), name, places))
    return Use(str(database.parent), _means(chosen, name, places), begun)


def _means(recipe: dict[str, Any], name: str, places: tuple[Path, ...]) -> bool:
    """Whether a recipe takes its weights from a model."""
    weights, model = recipe.get("weights"), str(recipe.get("model") or "")
    if weights or Path(model).is_absolute():
        said = Path(str(weights or model)).absolute()
        return any(said == place or place in said.parents for place in places)
    entry = catalogue.find(model)
    return (entry.name if entry else model) == name


def _json(text: str | None) -> dict[str, Any]:
    value = json.loads(text) if text else None
    return value if isinstance(value, dict) else {}


def _size(place: Path) -> int:
    """What deleting it frees: a link frees nothing of what it points at."""
    files = [place] if place.is_symlink() or place.is_file() else place.rglob("*")
    return sum(one.stat().st_size for one in files if one.is_file() and not one.is_symlink())
