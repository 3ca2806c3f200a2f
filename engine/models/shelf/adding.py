"""Brings a model into the models folder from a file, a folder or a model pack."""

from __future__ import annotations

import re
from pathlib import Path

from engine.errors import ConfigurationError, ModelError
from engine.events import Activity, Emit, LogLine
from engine.models import catalogue, library
from engine.models.catalogue import Entry
from engine.models.shelf import apart, folders, placing, unpacking, zipped
from engine.models.shelf.copying import copy_file, digest
from engine.models.shelf.manifest import SUFFIX
from engine.models.shelf.needed import Needed, names_in, needed
from engine.models.shelf.placing import Got
from engine.models.shelf.safetensors_file import shapes
from engine.progress import Cancel, silent

_CONVERT = "engine.models.shelf.torch_files:to_safetensors"
_RECOGNISE = "engine.models.shelf.torch_files:recognise"


def add(
    path: Path, emit: Emit = silent, cancel: Cancel | None = None, *, name: str | None = None
) -> list[Got]:
    """Copies what is at `path` and verifies it; the models appear whole or not at all.

    Args:
        path: a .safetensors, .pth or .pt file, a Hugging Face folder, as it is or in a .zip,
            or a .graftpack.
        name: which model it is, where neither its file name nor its tensors say so; for a
            single file also 'resnet18/lungs', to keep it under a name of its own.

    Raises:
        ModelError: damaged, cut off, refused because it holds code, or of no known model.
        ConfigurationError: `name` is needed or unknown, or something else has that name here.
        ResourceError: the disk is full.
        StorageError: the source cannot be read, or the models folder not be written.
        Cancelled: the person asked for the end; nothing was added.
    """
    cancel = cancel or Cancel()
    with placing.writing(path):
        if path.is_dir():
            return [_folder(path, name, emit, cancel)]
        if path.is_file() and path.suffix.lower() == SUFFIX:
            return unpacking.unpack(path, emit, cancel)
        if path.is_file() and path.suffix.lower() == zipped.SUFFIX:
            with placing.arriving() as place:
                return [_folder(zipped.extract(path, place, emit, cancel), name, emit, cancel)]
        if path.is_file() and path.suffix.lower() in library.SUFFIXES:
            return [_file(path, name, emit, cancel)]
    raise ModelError(
        "This cannot be added" if path.exists() else "There is nothing at this place",
        f"{path} is no weights file (.safetensors, .pth, .pt), no folder, .zip or model pack."
        if path.exists() else f"{path} does not exist.",
        f"Choose a weights file, a Hugging Face folder (or a .zip of one) or a {SUFFIX} file.",
        subject=str(path),
    )  # fmt: skip


def _file(path: Path, name: str | None, emit: Emit, cancel: Cancel) -> Got:
    entry = _entry(path, name)
    placing.refuse_full(library.models_folder(), path.stat().st_size)
    own = digest(path, cancel.check)
    _refuse_false_name(path, own)
    if entry is not None and (known := _same_file(entry, own, cancel)):
        return known
    with placing.arriving() as place:
        staged, notes = place / "weights.safetensors", list[str]()
        if path.suffix.lower() == ".safetensors":
            shapes(path)
            pace = placing.Bytes(f"Copying {path.name}", path.stat().st_size, emit)
            copy_file(path, staged, cancel.check, pace.more)
        else:
            emit(Activity(f"Reading {path.name} and writing it as safetensors"))
            apart.call(
                "engine.models.shelf.torch_files:to_safetensors", [str(path), str(staged)], cancel
            )
            notes.append("It was converted from a Python pickle to safetensors.")
        emit(Activity(f"Looking at which model {path.name} belongs to"))
        names = apart.call(_RECOGNISE, [str(staged), [entry.name] if entry else []], cancel)
        entry = _told(path, entry, names)
        if known := _same_file(entry, digest(staged, cancel.check), cancel):
            return known
        name, goal = _goal(path, entry, name)
        if not any(own.startswith(one.sha256) for one in entry.weights):
            notes.append(
                f"They are not the bytes that were published as {entry.title}: what the catalogue "
                "says of training data, accuracy and licence need not hold for them."
            )
        placing.place(staged, goal)
        return placing.got(name, goal, notes=tuple(notes))


def _goal(path: Path, entry: Entry, name: str | None) -> tuple[str, Path]:
    """A file's name among the models, and its place.

    Where the model's own place holds other weights, a file takes its name along.
    """
    goal = library.models_folder() / f"{_stem(path, entry)}.safetensors"
    if name is not None and catalogue.network_of(name) is not None:
        own = name.partition("/")[2]
    elif goal.exists() and path.stem not in (entry.name, *_stems(entry)):
        own = path.stem
    else:
        return entry.name, goal
    # Of the '--' in the names of files, the first alone stands for '/'.
    name = f"{entry.name}/{re.sub('-{2,}', '-', own)}"
    return name, placing.folder_of(name).with_name(f"{placing.folder_of(name).name}.safetensors")


def _entry(path: Path, name: str | None) -> Entry | None:
    """The model that is named, or that the file is named after."""
    if name is not None:
        found = catalogue.network_of(name) or catalogue.find(name)
        if found is None or found.source != "torchvision":
            raise ConfigurationError(
                "A single file needs a model of torchvision",
                f"{name!r} is none that Graft knows. A Hugging Face model is a folder: its weights "
                "mean nothing without config.json and what lies beside it.",
                "Give a name that 'models list' shows for torchvision, alone or with one of your "
                "own behind it (resnet18/lungs), or add the whole folder.",
                subject="name",
            )
        return found
    listed = (e for e in catalogue.entries() if e.source == "torchvision")
    return next((e for e in listed if path.stem == e.name or path.stem in _stems(e)), None)


def _told(path: Path, entry: Entry | None, names: list[str]) -> Entry:
    """The one model that the tensors fit."""
    if entry is not None and not names:
        raise ModelError(
            "The weights do not belong to this model",
            f"The tensors in {path.name} have other names or sizes than those of {entry.name}.",
            "Give the model that they were made for with --name.",
            subject=str(path),
        )
    if len(names) != 1:
        fitting = f"It fits {', '.join(names)}." if names else "It fits none that Graft knows."
        raise ConfigurationError(
            "Which model is this?",
            f"Neither the name of {path.name} nor its tensors tell. {fitting}",
            "Say it with --name, for example --name resnet50; for a Hugging Face model add the "
            "whole folder.",
            subject="name",
        )
    found = catalogue.find(names[0])
    assert found is not None
    return found


def _refuse_false_name(path: Path, own: str) -> None:
    """A file under a published name has the published bytes, or is damaged."""
    for entry in catalogue.entries():
        for weights in entry.weights:
            if weights.file == path.name and not own.startswith(weights.sha256):
                raise ModelError(
                    "The weights file is damaged",
                    f"{path.name} is the name of a published file, but its bytes are others: the "
                    f"checksum should begin with {weights.sha256} and begins with {own[:8]}.",
                    "Get it again. If these are weights of your own, give the file another name.",
                    subject=str(path),
                )


def _same_file(entry: Entry, own: str, cancel: Cancel) -> Got | None:
    for name in (entry.name, *library.own_names(entry.name)):
        for place in library.places(name):
            if digest(place, cancel.check) == own:
                notes = (f"The same bytes are here already: {place}",)
                return placing.got(name, place, known=True, notes=notes)
    return None


def _stem(path: Path, entry: Entry) -> str:
    return path.stem if path.stem in _stems(entry) else entry.name


def _stems(entry: Entry) -> list[str]:
    return [Path(weights.file).stem for weights in entry.weights]


def _folder(path: Path, name: str | None, emit: Emit, cancel: Cancel) -> Got:
    chosen = needed(names_in(path))
    name = _folder_name(path, name)
    goal = placing.folder_of(name)
    notes = folders.refuse_code(path, name, cancel)
    if known := _same_folder(path, chosen, name, cancel):
        return known
    if goal.exists() and not chosen.pickled:
        raise placing.taken(goal)
    total = sum((path / file).stat().st_size for file in chosen.files)
    placing.refuse_full(goal.parent, total * (2 if chosen.pickled else 1))
    with placing.arriving() as place:
        staged = place / goal.name
        staged.mkdir()
        pace = placing.Bytes(f"Copying {path.name}", total, emit)
        for file in chosen.files:
            copy_file(path / file, staged / file, cancel.check, pace.more)
        notes = folders.finish(staged, name, cancel)
        if chosen.pickled and (
            known := _same_folder(staged, needed(names_in(staged)), name, cancel)
        ):
            return known  # the one here was converted when it came
        if chosen.code and not any("code" in note for note in notes):
            notes += ("Python files lay beside it; they were left out.",)
        for note in notes:
            emit(LogLine(note, "warning"))
        placing.place(staged, goal)
    return placing.got(name, goal, notes=notes)


def _folder_name(path: Path, name: str | None) -> str:
    """As given, or told by the folder's name, in the ways Hugging Face and Graft write it."""
    if name is None:
        place = path.absolute()
        if place.parent.name == "snapshots":  # of Hugging Face's cache
            place = place.parents[1]
        name = place.name.removeprefix("models--").replace("--", "/")
    entry = catalogue.find(name)
    if entry is not None and entry.source != "huggingface":
        raise ConfigurationError(
            "The folder is no model of that name",
            f"{entry.name} is a model of {entry.source}, which comes as one file.",
            "Give another name with --name.",
            subject="name",
        )
    return entry.name if entry else name


def _same_folder(path: Path, chosen: Needed, name: str, cancel: Cancel) -> Got | None:
    for place in library.places(name):
        there = [file for file in chosen.files if (place / file).is_file()]
        if len(there) == len(chosen.files) and all(
            digest(path / file, cancel.check) == digest(place / file, cancel.check)
            for file in there
        ):
            notes = (f"The same bytes are here already: {place}",)
            return placing.got(name, place, known=True, notes=notes)
    return None
