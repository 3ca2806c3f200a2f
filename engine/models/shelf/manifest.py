"""What a model pack says of itself: manifest.json, beside the files in a ZIP archive.

models/PLACE            one file of weights, or
models/PLACE/...        a Hugging Face folder
licences/PLACE.txt      under which terms
manifest.json           names, sizes and SHA-256 of all of these
"""

from __future__ import annotations

import stat
import struct
import zipfile
from dataclasses import asdict, dataclass
from typing import Any

from engine.errors import ModelError
from engine.models import catalogue
from engine.models.library import OWN, SUFFIXES
from engine.models.shelf import plain_names
from engine.models.shelf.needed import needed

SUFFIX = ".graftpack"
NAME = "manifest.json"
FORMAT = 1
_BEGAN = (1980, 1, 1, 0, 0, 0)  # the first moment that ZIP knows


@dataclass(frozen=True)
class Member:
    path: str  # in the archive
    bytes: int
    sha256: str


@dataclass(frozen=True)
class Packed:
    """A model in a pack."""

    name: str
    title: str
    source: str
    licence: str
    place: str  # the name of its file or folder among the models
    licence_text: Member
    files: tuple[Member, ...]

    @property
    def members(self) -> tuple[Member, ...]:
        return (*self.files, self.licence_text)

    @property
    def single(self) -> bool:
        """One file, not a folder."""
        return [file.path for file in self.files] == [f"models/{self.place}"]

    @property
    def inside(self) -> list[str]:
        """Names of the files in the model's folder."""
        return [file.path.removeprefix(f"models/{self.place}/") for file in self.files]


def entry(path: str, size: int) -> zipfile.ZipInfo:
    """What the archive says of a file: the same whenever and on whatever machine it is made."""
    info = zipfile.ZipInfo(path, _BEGAN)
    info.create_system = 3  # Unix
    info.external_attr = (stat.S_IFREG | 0o644) << 16
    info.flag_bits = 0 if path.isascii() else 0x800  # UTF-8
    info.file_size = info.compress_size = size
    return info


def listed(info: zipfile.ZipInfo) -> bytes:
    """What stands of a file, as `entry` makes it, in the list at the archive's end."""
    name, (year, month, day, *_) = info.filename.encode(), info.date_time
    date = (year - 1980) << 9 | month << 5 | day
    return struct.pack(
        "<4s4B4HL2L5H2L", b"PK\1\2", info.create_version, info.create_system,
        info.extract_version, info.reserved, info.flag_bits, info.compress_type, 0, date,
        info.CRC, info.compress_size, info.file_size, len(name), 0, 0, 0, info.internal_attr,
        info.external_attr, info.header_offset,
    ) + name  # fmt: skip


def to_wire(models: list[Packed]) -> dict[str, Any]:
    return {"format": FORMAT, "models": [asdict(model) for model in models]}


def from_wire(wire: Any, pack: str) -> list[Packed]:
    """Args:
        pack: name of the file, for errors.

    Raises:
        ModelError: of a newer format, damaged, or with something in it that no pack of ours has.
    """  # fmt: skip
    try:
        if int(wire["format"]) > FORMAT:
            raise _newer(pack)
        if int(wire["format"]) != FORMAT:
            raise ValueError("format")
        models = [_packed(row) for row in wire["models"]]
    except (KeyError, TypeError, ValueError, OverflowError, AttributeError) as error:
        raise refused(pack, "its manifest is damaged", repr(error)) from error
    if not models:
        raise refused(pack, "there is no model in it")
    for model in models:
        objection = objection_to(model)
        if objection:
            raise refused(pack, f"{model.name!r}: {objection}")
    return models


def refused(pack: str, why: str, details: str = "") -> ModelError:
    return ModelError(
        "The model pack was refused",
        f"{pack} was changed, damaged, or not made by Graft: {why}. Nothing was added.",
        "Copy it again from where it was made, or have it made again with 'models pack'.",
        details=details,
        subject=pack,
    )


def _packed(row: dict[str, Any]) -> Packed:
    texts = {key: row[key] for key in ("name", "title", "source", "licence", "place")}
    if not all(isinstance(text, str) for text in texts.values()):
        raise ValueError("a text is none")
    files = tuple(_member(file) for file in row["files"])
    return Packed(**texts, licence_text=_member(row["licence_text"]), files=files)


def _member(row: dict[str, Any]) -> Member:
    member = Member(str(row["path"]), int(row["bytes"]), str(row["sha256"]))
    if member.bytes < 0 or len(member.sha256) != 64:
        raise ValueError(f"size or checksum of {member.path}")
    return member


def objection_to(model: Packed) -> str:
    """Why a model may not take its place among the models, '' when it may."""
    if plain_names.objection(model.place) or "/" in model.place or model.place.startswith("."):
        return "its place is no plain name"
    if model.licence_text.path != f"licences/{model.place}.txt":
        return "its licence lies elsewhere"
    if model.single:
        known = catalogue.find(model.name)
        stem, _, suffix = model.place.rpartition(".")
        if catalogue.network_of(model.name) is not None:
            stems = [model.name.replace("/", OWN)]
        else:
            stems = [one.file.rpartition(".")[0] for one in known.weights] if known else []
            stems += [known.name] if known else []
        if f".{suffix}" not in SUFFIXES or stem not in stems:
            return "Graft knows no model that is one file of this name; a newer one may"
        if known is None:  # own weights, which nobody published
            return ""
        published = [one.sha256 for one in known.weights if one.file == model.place]
        if any(not model.files[0].sha256.startswith(one) for one in published):
            return "its bytes are not those that were published under its name"
        return ""
    if model.name.replace("/", "--") != model.place:
        return "its folder is called otherwise than the model"
    if not all(file.path.startswith(f"models/{model.place}/") for file in model.files):
        return "a file lies outside its folder"
    chosen = needed(model.inside)
    if chosen.pickled or sorted(chosen.files) != sorted(model.inside):
        return "there are files in it that Graft does not take, such as code"
    return ""


def _newer(pack: str) -> ModelError:
    return ModelError(
        "The model pack was made by a newer Graft",
        f"{pack} has a form that this version does not know. Nothing was added.",
        "Update Graft, or have the pack made with this version.",
        subject=pack,
    )
