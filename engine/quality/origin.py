"""Where a file says that it comes from: the scanner or camera, and when. Read when it is asked.

A station's or a hospital's name could lead to people, so nothing leaves this module in clear: a
value becomes a keyed hash, as groups do, and it is kept nowhere.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from PIL import ExifTags, Image

from engine.errors import DataError
from engine.media import images
from engine.media.quiet import quiet
from engine.store.items import Item

_SCANNER = (
    "Manufacturer", "ManufacturerModelName", "StationName", "InstitutionName",
    "DeviceSerialNumber", "SoftwareVersions", "Modality",
)  # fmt: skip
_CAMERA = (ExifTags.Base.Make, ExifTags.Base.Model, ExifTags.Base.Software)
_DATES = ("AcquisitionDate", "ContentDate", "SeriesDate", "StudyDate")


@dataclass(frozen=True)
class Origin:
    """`tags`: name -> keyed hash of its value. `day`: a count of days, None where none is told."""

    tags: dict[str, str]
    day: int | None = None


def origin(item: Item, key: bytes) -> Origin:
    """What the file's header says; nothing where it says nothing or cannot be read.

    Args:
        key: of the project; without it nobody finds out what a hash stands for.
    """
    path = item.file
    if item.state == "broken":  # and perhaps of a kind that never ends
        return Origin({})
    try:
        tags, day = _from_dicom(path) if images.is_dicom(path) else _from_picture(path)
    except (DataError, *images.BROKEN):
        return Origin({})
    return Origin({name: _hidden(value, key) for name, value in tags.items() if value}, day)


def _from_dicom(path: Path) -> tuple[dict[str, str], int | None]:
    from pydicom import dcmread

    quiet()
    with images.opened(path) as (stream, _):
        data = dcmread(
            stream, force=True, stop_before_pixels=True, specific_tags=[*_SCANNER, *_DATES]
        )
        tags = {name: str(data.get(name, "") or "").strip() for name in _SCANNER}
        days = (_day(str(data.get(name, "") or "")) for name in _DATES)
        return tags, next((day for day in days if day is not None), None)


def _from_picture(path: Path) -> tuple[dict[str, str], int | None]:
    with images.opened(path) as (stream, _), Image.open(stream, formats=images.FORMATS) as image:
        exif = image.getexif()
        tags = {tag.name or "": str(exif.get(tag, "") or "").strip(" \0") for tag in _CAMERA}
        taken = exif.get_ifd(ExifTags.IFD.Exif).get(ExifTags.Base.DateTimeOriginal)
        return tags, _day(str(taken or exif.get(ExifTags.Base.DateTime, "")))


def _day(said: str) -> int | None:
    """Of '20240131', '2024:01:31 10:20:30', '2024-01-31'."""
    digits = "".join(one for one in said[:10] if one.isdigit())
    try:
        return date(int(digits[:4]), int(digits[4:6]), int(digits[6:8])).toordinal()
    except ValueError:
        return None


def _hidden(value: str, key: bytes) -> str:
    return hmac.new(key, value.encode(), hashlib.sha256).hexdigest()[:16]
