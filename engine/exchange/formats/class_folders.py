"""Class folders: FOLDER/CLASS/files, or FOLDER/{train,validation,test}/CLASS/files.

Folders inside a class belong to that class. A folder with files and no folders
gives items without labels. Folders that are called images or data, and nothing else
beside them that holds items, are no classes: what is in them counts.
"""

from __future__ import annotations

import os
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from engine.errors import DataError, GraftError
from engine.exchange.documents import read_json, read_xml
from engine.exchange.format import Example, Request, Survey
from engine.exchange.naming import is_hidden, natural, shown
from engine.exchange.pictures import is_picture_folder
from engine.exchange.split_names import split_named, split_of_folder
from engine.media import audio
from engine.media.images import EXTENSIONS, is_dicom

SUFFIXES = {"image": EXTENSIONS, "text": frozenset({".txt"}), "audio": audio.EXTENSIONS}
_SAVED_AS = {"image": "PNG or JPEG", "audio": "WAV or FLAC"}
_NAMED = 5  # left-out files that a message names
_LOOKED_AT = 2000  # files that are enough to tell what a folder holds


@dataclass(frozen=True)
class _Branch:
    """A folder whose files have one label and one split."""

    folder: Path
    label: str | None
    split: str | None


class ClassFolders:
    key = "class-folders"
    title = "A folder of class folders"
    order = 90

    def fits(self, source: Path) -> bool:
        return source.is_dir() and bool(self.kinds(source))

    def base(self, source: Path) -> Path:
        return source

    def kinds(self, source: Path) -> set[str]:
        found: set[str] = set()
        files = (name for branch in _branches(source) for name in _files(branch))
        for name in islice(files, _LOOKED_AT):
            found |= {kind for kind in SUFFIXES if _is_item(name, kind)}
        return found

    def survey(self, request: Request) -> Survey:
        total = 0
        classes: list[str] = []
        for branch in _branches(request.source):
            count = sum(_is_item(path, request.kind) for path in _files(branch))
            total += count
            if count and branch.label is not None and branch.label not in classes:
                classes.append(branch.label)
        return Survey(total, tuple(sorted(classes, key=natural)))

    def examples(self, request: Request) -> Iterator[Example | GraftError]:
        left_out: list[str] = []
        count = 0
        for branch in _branches(request.source):
            some = False
            for path in _files(branch):
                relative = os.path.relpath(path, request.source).replace(os.sep, "/")
                if _is_item(path, request.kind):
                    some = True
                    yield Example(relative, label=branch.label, split=branch.split)
                else:
                    count += 1
                    left_out += [relative] if len(left_out) < _NAMED else []
            if not some and branch.label is not None:
                yield _empty_class(branch)
        strays = _strays(request.source)
        left_out = (left_out + strays)[:_NAMED]
        for path in left_out:
            yield from _broken_annotations(request.source / path)
        if count + len(strays):
            yield _left_out(request, left_out, count + len(strays))


def _branches(source: Path, split: str | None = None) -> list[_Branch]:
    """In a stable order."""
    folders = _folders(source)
    if not folders:
        return [_Branch(source, None, split)]
    through = _through(folders)
    branches: list[_Branch] = []
    for folder in folders:
        if folder in through:
            branches += _branches(folder, split_of_folder(folder.name) or split)
        else:
            branches.append(_Branch(folder, _class_of(folder), split))
    return branches


def _through(folders: list[Path]) -> list[Path]:
    """Those that are splits or hold pictures of any class, where the others hold no items."""
    found = [one for one in folders if split_named(one.name) or is_picture_folder(one.name)]
    others = (_Branch(one, None, None) for one in folders if one not in found)
    items = (path for branch in others for path in _files(branch))
    return [] if any(_is_item(path, kind) for path in items for kind in SUFFIXES) else found


def _class_of(folder: Path) -> str | None:
    """A folder's name as one that can be stored, however the system writes an accent."""
    return shown(unicodedata.normalize("NFC", folder.name.strip())) or None


def _folders(folder: Path) -> list[Path]:
    return sorted(
        (Path(entry.path) for entry in _entries(folder) if entry.is_dir()),
        key=lambda path: natural(path.name),
    )


def _entries(folder: Path) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as found:
            return [entry for entry in found if not is_hidden(entry.name)]
    except OSError as error:
        raise DataError(
            "The folder cannot be read",
            f"{folder} could not be listed: {error.strerror}.",
            "Check that it exists and that you may read it.",
            subject=str(folder),
        ) from error


def _files(branch: _Branch) -> Iterator[str]:
    """Paths of all files in and under a branch's folder, in a stable order."""
    for folder, inner, names in os.walk(branch.folder):
        inner[:] = sorted((name for name in inner if not is_hidden(name)), key=natural)
        for name in sorted(names, key=natural):
            if not is_hidden(name):
                yield os.path.join(folder, name)


def _strays(source: Path) -> list[str]:
    """Files beside class folders: they have no class."""
    folders = _folders(source)
    if not folders:
        return []
    entries = sorted(_entries(source), key=lambda entry: natural(entry.name))
    found = [entry.name for entry in entries if not entry.is_dir()]
    for folder in _through(folders):
        found += [f"{folder.name}/{path}" for path in _strays(folder)]
    return found


def _is_item(path: str, kind: str) -> bool:
    if os.path.splitext(path)[1].lower() in SUFFIXES[kind]:
        return True
    # Scanners name their files by numbers, without an extension.
    return kind == "image" and is_dicom(Path(path))


def _empty_class(branch: _Branch) -> DataError:
    return DataError(
        "A class folder is empty",
        f"{branch.folder.name} holds no file that can be an item here.",
        "Put files into it, or remove it.",
        subject=str(branch.folder),
    )


def _broken_annotations(file: Path) -> Iterator[DataError]:
    """Why a file of annotations, perhaps those of all the pictures, is none."""
    reading = {".json": read_json, ".xml": read_xml}.get(file.suffix.lower())
    if reading is not None:
        try:
            reading(file)
        except DataError as error:
            yield error


def _left_out(request: Request, names: list[str], count: int) -> DataError:
    more = f" and {count - len(names)} more" if count > len(names) else ""
    files = "1 file was" if count == 1 else f"{count} files were"
    return DataError(
        f"{files} left out",
        f"No {request.kind} files, or not inside a class folder: {', '.join(names)}{more}.",
        "Nothing, unless you expected them: then move them into a class folder"
        + (f", or save them as {_SAVED_AS[request.kind]}." if request.kind in _SAVED_AS else "."),
        subject=str(request.source),
    )


FORMAT = ClassFolders()
