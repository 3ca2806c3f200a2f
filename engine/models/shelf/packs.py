"""Writes model packs: models with their licences in one file, to carry to an offline machine.

The same models give the same bytes: order, times and rights in the archive are fixed.
"""

from __future__ import annotations

import io
import json
import os
import re
import tempfile
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import IO

from engine.errors import ConfigurationError, ModelError
from engine.events import Emit
from engine.models import catalogue, library
from engine.models.catalogue import UNCONFIRMED
from engine.models.shelf import apart, folders, manifest, placing
from engine.models.shelf.copying import copy, copy_file
from engine.models.shelf.manifest import Member, Packed
from engine.models.shelf.needed import names_in, needed
from engine.models.shelf.placing import Bytes
from engine.models.shelf.safetensors_file import shapes
from engine.progress import Cancel, silent


def pack(
    names: Sequence[str], out: Path, emit: Emit = silent, cancel: Cancel | None = None
) -> list[Packed]:
    """Writes models of this machine into `out`, whole or not at all.

    Args:
        names: as `engine.models.library.find` takes them.
        out: a new file, NAME.graftpack.

    Raises:
        ModelError: a model is not on this machine, or damaged.
        ConfigurationError: `out` exists or is called otherwise.
        ResourceError: the disk is full.
        StorageError: a file cannot be read or written.
        Cancelled: the person asked for the end; nothing was written.
    """
    cancel = cancel or Cancel()
    _refuse_name(out)
    with (
        placing.writing(out.parent),
        tempfile.TemporaryDirectory(prefix=".graft-pack-", dir=out.parent) as place,
    ):
        found = {name: path for name, path in map(_found, names)}  # noqa: C416 - each once
        whole = {name: _whole(name, path, Path(place), cancel) for name, path in found.items()}
        total = sum(file.stat().st_size for files in whole.values() for file in files.values())
        placing.refuse_full(out.parent, total)
        made = Path(place) / "made"
        with zipfile.ZipFile(made, "w", zipfile.ZIP_STORED) as archive:
            pace = Bytes("Packing", total, emit)
            models = [_add(archive, name, found[name], whole[name], pace, cancel) for name in whole]
            text = json.dumps(manifest.to_wire(models), indent=1, ensure_ascii=False)
            _write(archive, manifest.NAME, io.BytesIO(text.encode()), len(text.encode()))
        with made.open("rb+") as stream:
            os.fsync(stream.fileno())
        os.replace(made, out)
    return models


def _found(name: str) -> tuple[str, Path]:
    """A model's full name, and where it lies."""
    entry = catalogue.find(name)
    # No hub takes '--' in a name: Graft writes it for '/' in the names of folders.
    name = entry.name if entry else name.replace("--", "/")
    path = next(iter(library.places(name)), None)
    if path is None:
        raise ModelError(
            "The model is not on this machine",
            f"There are no weights of {name!r} here to be packed.",
            "'models list' shows what is here. Get it first with 'models get' or 'models add'.",
            subject=name,
        )
    return name, path


def _whole(name: str, path: Path, place: Path, cancel: Cancel) -> dict[str, Path]:
    """The files that go in, by their path in the archive; a folder's pickles are converted."""
    if path.is_file():
        if path.suffix == ".safetensors":
            shapes(path)
        else:
            apart.call("engine.models.shelf.torch_files:refuse_code", [str(path)], cancel)
        return {f"models/{path.name}": path}
    inside = f"models/{placing.folder_of(name).name}"
    chosen = needed(names_in(path))
    if chosen.pickled:
        copied = place / placing.folder_of(name).name
        for file in chosen.files:
            copy_file(path / file, copied / file, cancel.check)
        folders.finish(copied, name, cancel)
        path, chosen = copied, needed(names_in(copied))
    for file in chosen.weights:
        if file.endswith(".safetensors"):
            shapes(path / file)
    return {f"{inside}/{file}": path / file for file in chosen.files}


def _add(
    archive: zipfile.ZipFile, name: str, path: Path, files: dict[str, Path], pace: Bytes,
    cancel: Cancel,
) -> Packed:  # fmt: skip
    members = []
    for inside, file in files.items():
        with file.open("rb") as stream:
            size = os.fstat(stream.fileno()).st_size
            members.append(_write(archive, inside, stream, size, pace, cancel))
    place = path.name if path.is_file() else placing.folder_of(name).name
    licence, text = _licence(name, path)
    content = text.encode("utf-8")
    terms = _write(archive, f"licences/{place}.txt", io.BytesIO(content), len(content))
    known = catalogue.find(name) or catalogue.network_of(name)
    title, source = library.title_of(name), known.source if known else "huggingface"
    made = Packed(name, title, source, licence, place, terms, tuple(members))
    objection = manifest.objection_to(made)
    if objection:  # no other machine would take it
        raise ModelError(
            "The model cannot be packed",
            f"{name} at {path}: {objection}.",
            "Remove it and bring it in again, with 'models get' or 'models add'.",
            subject=name,
        )
    return made


def _write(
    archive: zipfile.ZipFile, path: str, stream: IO[bytes], size: int, pace: Bytes | None = None,
    cancel: Cancel | None = None,
) -> Member:  # fmt: skip
    with archive.open(manifest.entry(path, size), "w") as sink:
        count, digest = copy(
            stream, sink, (cancel or Cancel()).check, pace.more if pace else silent
        )  # fmt: skip
    return Member(path, count, digest)


def _licence(name: str, path: Path) -> tuple[str, str]:
    """The licence in a few words, and the text that goes with the weights."""
    entry = catalogue.find(name)
    folder = path if path.is_dir() else None
    licence = entry.licence if entry else _said_licence(folder) or UNCONFIRMED
    lines = [f"{library.title_of(name)} ({name})", f"Licence: {licence}"]
    if entry:
        lines += [f"Stated at: {entry.licence_source}", f"The model's page: {entry.link}"]
    for file in sorted(folder.iterdir()) if folder else ():
        if re.match(r"licen[cs]e|notice|copying|use_policy", file.name, re.IGNORECASE):
            lines += ["", f"--- {file.name} ---", "", file.read_text("utf-8", "replace")]
    return licence, "\n".join(lines) + "\n"


def _said_licence(folder: Path | None) -> str:
    """What the head of a readme says: 'license: mit'."""
    readme = folder / "README.md" if folder else None
    if readme is None or not readme.is_file():
        return ""
    found = re.search(r"^license:\s*(\S.*)$", readme.read_text("utf-8", "replace"), re.MULTILINE)
    return found[1].strip() if found else ""


def _refuse_name(out: Path) -> None:
    if out.suffix != manifest.SUFFIX:
        raise ConfigurationError(
            "The pack needs a name",
            f"{out.name!r}, given last, does not end in {manifest.SUFFIX}.",
            f"Name the models first and then the file, for example my{manifest.SUFFIX}.",
            subject="out",
        )
    if out.exists() or not out.parent.is_dir():
        raise ConfigurationError(
            "The pack cannot be written there",
            f"{out} exists already." if out.exists() else f"There is no folder {out.parent}.",
            "Give another name, or make room for it.",
            subject="out",
        )
