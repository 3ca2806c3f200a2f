"""A Hugging Face folder in a ZIP archive, as people send it to each other.

Of the archive only the files that Graft takes are written, below a folder of Graft's
own, and never more bytes than the archive declared.
"""

from __future__ import annotations

import errno
import stat
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from engine.errors import ModelError
from engine.events import Emit
from engine.models.shelf import placing, plain_names
from engine.models.shelf.copying import copy
from engine.models.shelf.needed import needed
from engine.models.shelf.placing import Bytes
from engine.progress import Cancel

SUFFIX = ".zip"
_ENCRYPTED = 0x1 | 0x40 | 0x2000  # bits of a member's flags
_PLAIN = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_DAMAGED = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, ValueError)


def extract(file: Path, goal: Path, emit: Emit, cancel: Cancel) -> Path:
    """Writes the model in an archive below `goal`, an empty folder. Returns its own folder.

    Raises:
        ModelError: cut off, no model in it, or anything in it that a folder would not hold.
        ResourceError: the disk has no room for what it holds.
        Cancelled: the person asked for the end.
    """
    with _opened(file) as archive:
        members = _members(archive, file)
        prefix = _prefix(members, file)
        inside = {name.removeprefix(prefix): one for name, one in members.items()
                  if name.startswith(prefix)}  # fmt: skip
        folder = goal / (prefix.rstrip("/") or file.stem)
        chosen = needed(inside).files
        total = sum(inside[name].file_size for name in chosen)
        placing.refuse_full(goal, total)
        pace = Bytes(f"Unpacking {file.name}", total, emit)
        for name in chosen:
            there = folder / name
            there.parent.mkdir(parents=True, exist_ok=True)
            with archive.open(inside[name]) as stream, there.open("xb") as sink:
                written, _ = copy(stream, sink, cancel.check, pace.more)
            if written != inside[name].file_size:
                raise refused(file, f"{name!r} is of another size than the archive says")
        return folder


def refused(file: Path, why: str, details: str = "") -> ModelError:
    return ModelError(
        "The archive was refused",
        f"{file.name} is no plain archive of a model: {why}. Nothing was added.",
        "Get it again, or unpack it yourself and add the folder that config.json lies in.",
        details=details,
        subject=str(file),
    )


@contextmanager
def _opened(file: Path) -> Iterator[zipfile.ZipFile]:
    try:
        with zipfile.ZipFile(file) as archive:
            yield archive
    except (*_DAMAGED, OSError) as error:
        if isinstance(error, OSError) and error.errno != errno.EINVAL:  # a place before its start
            raise
        raise refused(file, "it is cut off, or damaged", str(error)) from error


def _members(archive: zipfile.ZipFile, file: Path) -> dict[str, zipfile.ZipInfo]:
    """Files by name; whoever hides one thing in an archive is not trusted with the rest."""
    found: dict[str, zipfile.ZipInfo] = {}
    keys: set[str] = set()
    for info in archive.infolist():
        name = info.orig_filename
        folder = name.endswith("/")
        objection = _objection(info, folder)
        if objection:
            raise refused(file, f"{name!r}: {objection}")
        if plain_names.key(name.rstrip("/")) in keys:
            raise refused(file, f"{name!r} is in it twice")
        keys.add(plain_names.key(name.rstrip("/")))
        if not folder:
            found[name] = info
    return found


def _objection(info: zipfile.ZipInfo, folder: bool) -> str:
    kind = stat.S_IFMT(info.external_attr >> 16)
    if kind not in (0, stat.S_IFDIR if folder else stat.S_IFREG):
        return "it is a link or a device"
    if info.flag_bits & _ENCRYPTED:
        return "it is encrypted"
    if info.compress_type not in _PLAIN:
        return "it is compressed in an unusual way"
    return plain_names.objection(info.orig_filename.removesuffix("/"))


def _prefix(members: dict[str, zipfile.ZipInfo], file: Path) -> str:
    """The folder in it that config.json lies in: none, or one."""
    if "config.json" in members:
        return ""
    found = {name.partition("/")[0] for name in members if name.count("/") == 1
             and name.endswith("/config.json")}  # fmt: skip
    if len(found) != 1:
        raise refused(file, "there is not one folder with a config.json in it")
    return found.pop() + "/"
