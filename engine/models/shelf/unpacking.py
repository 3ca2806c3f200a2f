"""Adds the models of a model pack; every byte is verified before anything appears.

Packs are stored, not compressed, so nothing in one can be larger than the pack.
"""

from __future__ import annotations

import errno
import json
import os
import stat
import struct
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from engine.events import Emit
from engine.models import library
from engine.models.shelf import apart, folders, manifest, placing, plain_names
from engine.models.shelf.copying import copy, digest
from engine.models.shelf.manifest import Member, Packed, refused
from engine.models.shelf.placing import Bytes, Got
from engine.models.shelf.safetensors_file import shapes
from engine.progress import Cancel

_LARGEST_MANIFEST = 16 << 20  # bytes
_ENCRYPTED, _UTF8 = 0x1 | 0x40 | 0x2000, 0x800  # bits of a member's flags
_DAMAGED = (zipfile.BadZipFile, EOFError, NotImplementedError, ValueError, struct.error)
Members = dict[str, zipfile.ZipInfo]


def unpack(pack: Path, emit: Emit, cancel: Cancel) -> list[Got]:
    """Raises as `engine.models.shelf.adding.add`; then no model of the pack was added."""
    with placing.arriving() as place, _opened(pack) as archive:
        members = _members(archive, pack)
        models = _manifest(archive, members, pack)
        _refuse_others(members, models, pack)
        _refuse_between(archive, pack)
        there = {model.name: _known(model, cancel) for model in models}
        new = [model for model in models if not there[model.name]]
        placing.refuse_full(place, sum(m.bytes for model in new for m in model.members))
        pace = Bytes("Verifying", sum(m.bytes for model in models for m in model.members), emit)
        for model in models:
            for member in model.members:
                goal = None if there[model.name] or member is model.licence_text else place
                _take(archive, members, member, goal, pack, pace, cancel)
        notes = {model.name: _usable(place, model, cancel) for model in new}
        _place(place, new)
        return [_got(model, there[model.name], notes.get(model.name, ())) for model in models]


@contextmanager
def _opened(pack: Path) -> Iterator[zipfile.ZipFile]:
    try:
        with zipfile.ZipFile(pack) as archive:
            yield archive
    except (*_DAMAGED, OSError) as error:
        if isinstance(error, OSError) and error.errno != errno.EINVAL:  # a place before its start
            raise
        raise refused(pack.name, "it is cut off, or no archive", str(error)) from error


def _members(archive: zipfile.ZipFile, pack: Path) -> Members:
    """By name. Refuses whatever is no plain, stored file with a plain name of its own."""
    found: Members = {}
    keys: set[str] = set()
    for info in archive.infolist():
        name = info.orig_filename
        objection = _objection(info)
        if objection:
            raise refused(pack.name, f"{name!r}: {objection}")
        if plain_names.key(name) in keys:
            raise refused(pack.name, f"{name!r} is in it twice")
        keys.add(plain_names.key(name))
        found[name] = info
    if sum(info.file_size for info in found.values()) > pack.stat().st_size:
        raise refused(pack.name, "its files claim to be larger than itself")
    return found


def _objection(info: zipfile.ZipInfo) -> str:
    if not info.flag_bits & _UTF8 and not info.orig_filename.isascii():
        return "its name is not UTF-8"
    kind = stat.S_IFMT(info.external_attr >> 16)
    if kind not in (0, stat.S_IFREG) or info.external_attr & 0x10:
        return "it is a link, a folder or a device"
    if info.flag_bits & _ENCRYPTED:
        return "it is encrypted"
    if info.compress_type != zipfile.ZIP_STORED or info.compress_size != info.file_size:
        return "it is compressed"
    return plain_names.objection(info.orig_filename)


def _manifest(archive: zipfile.ZipFile, members: Members, pack: Path) -> list[Packed]:
    info = members.get(manifest.NAME)
    if info is None or info.file_size > _LARGEST_MANIFEST:
        raise refused(pack.name, "it has no manifest")
    try:
        wire = json.loads(archive.read(info))
    except RecursionError as error:
        raise refused(pack.name, "its manifest is damaged") from error
    return manifest.from_wire(wire, pack.name)


def _refuse_others(members: Members, models: list[Packed], pack: Path) -> None:
    """What is there is what is declared, name by name and size by size."""
    declared = [member for model in models for member in model.members]
    sizes = {member.path: member.bytes for member in declared}
    if len(sizes) != len(declared) or len(
        {plain_names.key(model.place) for model in models}
    ) != len(models):
        raise refused(pack.name, "its manifest names something twice")
    for name, info in members.items():
        if name != manifest.NAME and name not in sizes:
            raise refused(pack.name, f"{name!r} is not in its manifest")
        if name in sizes and info.file_size != sizes[name]:
            raise refused(pack.name, f"{name!r} has another size than its manifest says")
    for name in sizes:
        if name not in members:
            raise refused(pack.name, f"{name!r} is missing")


def _refuse_between(archive: zipfile.ZipFile, pack: Path) -> None:
    """Byte for byte, what lies around the files is what Graft writes there, and no more.

    Archives of more than 2 GB are written in another form; there the files speak for themselves.
    """
    if pack.stat().st_size * 1.05 > zipfile.ZIP64_LIMIT:
        return
    at, listed = 0, b""
    with pack.open("rb") as stream:
        for info in archive.infolist():
            plain = manifest.entry(info.orig_filename, info.file_size)
            plain.CRC, plain.header_offset = info.CRC, at
            head = plain.FileHeader(zip64=False)
            stream.seek(at)
            if info.header_offset != at or stream.read(len(head)) != head:
                raise refused(pack.name, f"{info.orig_filename!r} is stored in another way")
            at += len(head) + info.file_size
            listed += manifest.listed(plain)
        count = len(archive.infolist())
        listed += struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, count, count, len(listed), at, 0)
        stream.seek(at)
        if stream.read(len(listed) + 1) != listed:
            raise refused(pack.name, "there is something else behind its files")


def _take(
    archive: zipfile.ZipFile, members: Members, member: Member, place: Path | None, pack: Path,
    pace: Bytes, cancel: Cancel,
) -> None:  # fmt: skip
    """Copies a member below `place`, or only looks at it."""
    with archive.open(members[member.path]) as stream:
        if place is None:
            found = copy(stream, None, cancel.check, pace.more)
        else:
            goal = place / member.path
            goal.parent.mkdir(parents=True, exist_ok=True)
            with goal.open("xb") as sink:
                found = copy(stream, sink, cancel.check, pace.more)
    if found != (member.bytes, member.sha256):
        raise refused(pack.name, f"the bytes of {member.path!r} are not those that were packed")


def _known(model: Packed, cancel: Cancel) -> Path | None:
    """Where the same bytes are already; raises ConfigurationError where others have the name."""
    for path in library.places(model.name):
        names = [""] if model.single else model.inside
        same = all(
            (path / name).is_file() and digest(path / name, cancel.check) == member.sha256
            for name, member in zip(names, model.files, strict=True)
        )
        if same:
            return path
    goal = library.models_folder() / model.place
    if goal.exists() or goal.is_symlink():
        raise placing.taken(goal)
    return None


def _usable(place: Path, model: Packed, cancel: Cancel) -> tuple[str, ...]:
    """A pack may be whole and hold what Graft must refuse all the same."""
    made = place / "models" / model.place
    if not model.single:
        return folders.finish(made, model.name, cancel)
    if made.suffix == ".safetensors":
        shapes(made)
    else:
        apart.call("engine.models.shelf.torch_files:refuse_code", [str(made)], cancel)
    return ()


def _place(place: Path, models: list[Packed]) -> None:
    """All of them appear, or none."""
    done: list[tuple[Path, Path]] = []
    try:
        for model in models:
            made = place / "models" / model.place
            placing.place(made, library.models_folder() / model.place)
            done.append((library.models_folder() / model.place, made))
    except BaseException:
        for goal, made in done:
            os.rename(goal, made)
        raise


def _got(model: Packed, there: Path | None, notes: tuple[str, ...]) -> Got:
    if there is not None:
        notes = (f"The same bytes are here already: {there}",)
        return placing.got(model.name, there, known=True, notes=notes)
    return placing.got(model.name, library.models_folder() / model.place, notes=notes)
