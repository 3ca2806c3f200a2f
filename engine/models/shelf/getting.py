"""Downloads a model into the models folder, once a person has allowed downloads."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

from engine.errors import ConfigurationError, ModelError
from engine.events import Emit, LogLine
from engine.models import catalogue, library
from engine.models.catalogue import Entry
from engine.models.shelf import answers, fetching, folders, hub, placing
from engine.models.shelf.fetching import Source
from engine.models.shelf.line import Line
from engine.models.shelf.placing import Got
from engine.progress import Cancel, silent


def get(
    name: str,
    emit: Emit = silent,
    cancel: Cancel | None = None,
    *,
    online: bool | None = None,
    url: str | None = None,
) -> Got:
    """Brings a model of the catalogue, or any of a Hugging Face hub, onto this machine.

    It appears when all of it is there and verified. What arrived before a cut
    is kept, and the next call goes on from there.

    Args:
        online: whether the network may be used, None: as the person has set it.
        url: in place of the usual address: of torchvision's file, or of a Hugging Face hub.

    Raises:
        ConfigurationError: offline, or a name or address that cannot be used.
        ModelError: not there, not given out, wrong bytes, the line failed, or not usable.
        ResourceError: the disk is full.
        StorageError: the models folder cannot be written.
        Cancelled: the person asked for the end.
    """
    cancel = cancel or Cancel()
    entry = catalogue.find(name)
    name = entry.name if entry else name
    for here in library.places(name):
        return placing.got(name, here, known=True, notes=(f"It is here already: {here}",))
    answers.refuse_offline(name, online)
    with placing.getting(name) as place, Line(cancel) as line:
        if entry is not None and entry.source == "torchvision":
            return _file(entry, url or entry.url, place, line, emit)
        _refuse_elsewhere(entry)
        return _folder(name, url, place, line, emit, cancel)


def _file(entry: Entry, url: str, place: Path, line: Line, emit: Emit) -> Got:
    source = Source(url, sha256=entry.weights[0].sha256)
    staged = place / entry.file
    here = fetching.kept(source, staged)
    placing.refuse_full(place, entry.bytes - here)
    pace = placing.Bytes(f"Getting {entry.name}", max(entry.bytes, here), emit, here)
    fetching.fetch(source, staged, entry.name, line, pace.at)
    goal = library.models_folder() / entry.file
    placing.place(staged, goal)
    notes = () if source.sha256 else ("Its publisher gives no checksum to hold it against.",)
    return placing.got(entry.name, goal, notes=notes)


def _folder(
    name: str, endpoint: str | None, place: Path, line: Line, emit: Emit, cancel: Cancel
) -> Got:
    goal = placing.folder_of(name)
    listed = hub.listing(name, line, endpoint)
    _drop_strays(place, listed)
    total = sum(source.bytes or 0 for source in listed.sources.values())
    here = sum(fetching.kept(source, place / file) for file, source in listed.sources.items())
    # Converted weights lie beside the pickles for a while.
    placing.refuse_full(place, total * (2 if listed.needed.pickled else 1) - here)
    pace = placing.Bytes(f"Getting {name}", total, emit, here)
    for file, source in listed.sources.items():
        staged = place / file
        staged.parent.mkdir(parents=True, exist_ok=True)
        others = here - fetching.kept(source, staged)
        fetching.fetch(source, staged, name, line, _after(others, pace))
        here = others + staged.stat().st_size
        if file == "config.json":  # what cannot be built is not worth the rest
            _usable(folders.refuse_code, place, name, cancel)
    notes = _usable(folders.finish, place, name, cancel)
    for note in notes:
        emit(LogLine(note, "warning"))
    placing.place(place, goal)
    return placing.got(name, goal, notes=(f"Commit {listed.commit} of the hub.", *notes))


def _after(others: int, pace: placing.Bytes) -> Callable[[int], None]:
    """Tells of one file as a part of all of them."""
    return lambda done: pace.at(others + done)


def _usable(
    look: Callable[[Path, str, Cancel], tuple[str, ...]], place: Path, name: str, cancel: Cancel
) -> tuple[str, ...]:
    """What arrived whole and cannot be used is not kept: another try would bring the same."""
    try:
        return look(place, name, cancel)
    except ModelError:
        shutil.rmtree(place)
        raise


def _drop_strays(place: Path, listed: hub.Listing) -> None:
    """What an earlier try brought, of another commit or half converted."""
    wanted = set(listed.sources)
    for file in [file for file in place.rglob("*") if file.is_file()]:
        name = file.relative_to(place).as_posix()
        if name.removesuffix(".json").removesuffix(".part") not in wanted and name not in wanted:
            file.unlink()


def _refuse_elsewhere(entry: Entry | None) -> None:
    if entry is not None and entry.source != "huggingface":
        raise ConfigurationError(
            "The model is not for download",
            f"{entry.title} comes with {entry.source}, not from a server.",
            "Install what it comes with.",
            subject=entry.name,
        )
