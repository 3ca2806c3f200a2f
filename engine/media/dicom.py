"""DICOM files as pictures, shown as a viewer would: modality values, then the file's window.

For training the first frame counts. MONOCHROME1 is inverted, so that more is always
brighter. Colour comes as RGB. How values become grey: `engine.media.dicom_grey`.
"""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import IO, BinaryIO, cast

from PIL import Image
from pydicom import dcmread
from pydicom.dataset import Dataset
from pydicom.errors import BytesLengthException, InvalidDicomError

from engine.errors import DataError
from engine.media import decoding, refusals
from engine.media.dicom_frames import (
    Array,
    by_offset,
    decodable,
    needs_whole,
    settle_syntax,
    stored,
)
from engine.media.dicom_grey import understood, with_settings
from engine.media.dicom_spacing import spacing
from engine.media.frame import Frame
from engine.media.opening import open_file
from engine.media.quiet import quiet

# What pydicom and its decoders raise on damaged files.
BROKEN = (InvalidDicomError, BytesLengthException, *decoding.BROKEN)
# The kinds of colour that the standard knows; another word may be anybody's name.
_COLOURS = (
    "MONOCHROME1", "MONOCHROME2", "PALETTE COLOR", "RGB", "ARGB", "CMYK", "YBR_FULL",
    "YBR_FULL_422", "YBR_PARTIAL_422", "YBR_PARTIAL_420", "YBR_ICT", "YBR_RCT", "XYB",
)  # fmt: skip
_CODE = re.compile(r"[A-Z]{2,8}")  # of a modality
_SAID = re.compile(r"""['"].*['"]|: .*""", re.DOTALL)  # what an error quotes, or says it found
_PIXELS = ("PixelData", "FloatPixelData", "DoubleFloatPixelData")


def read(path: Path, stream: IO[bytes]) -> Image.Image:
    """The first frame of an open DICOM file as RGB.

    Raises:
        DataError: no picture inside, damaged, too large, or compressed in a way that
            has no decoder here.
    """
    frame, _ = read_frame(path, stream, 0)
    if frame.colour:
        return Image.fromarray(frame.stored)
    return Image.fromarray(frame.rendered(invert=frame.inverted)).convert("RGB")


def read_frame(path: Path, stream: IO[bytes], index: int) -> tuple[Frame, Dataset]:
    """A frame in full depth, and the dataset without pixels, the frame's settings at its top.

    Raises:
        DataError: as `read`; or there is no such frame.
    """
    with _refusing(path):
        data = dcmread(stream, force=True, stop_before_pixels=True)
        width, height, _, frames = _facts(path, data)
        if width * height > refusals.MAX_PIXELS:
            raise refusals.too_large(path, width, height)
        _refuse_undecodable(path, data)
        if not 0 <= index < frames:
            raise refusals.no_frame(path, index, frames)
        values = _decoded(path, stream, data, index, frames)
        settled = with_settings(data, index)
        frame = understood(values, settled)
        turned = not frame.colour and _says_monochrome1(data)
        return replace(frame, inverted=turned, spacing=spacing(settled)), settled


def _says_monochrome1(data: Dataset) -> bool:
    return str(data.get("PhotometricInterpretation", "")).strip() == "MONOCHROME1"


def facts(path: Path, stream: IO[bytes]) -> tuple[int, int, str, int]:
    """Width (px), height (px), photometric interpretation and number of frames.

    Raises:
        DataError: no DICOM, or no picture inside.
    """
    with _refusing(path):
        data = dcmread(stream, force=True, stop_before_pixels=True)
        found = _facts(path, data)
        if found[0] * found[1] > refusals.MAX_PIXELS:
            raise refusals.too_large(path, found[0], found[1])
        return found


def kin(path: Path) -> tuple[str, str] | None:
    """What files of one patient have in common: ('patient', ID), or where that was taken out
    ('study', UID), as pictures of one study are of one patient. None where it says neither.

    The caller must not store it as it is (see `engine.exchange.groups`).

    Raises:
        DataError: the file cannot be read or is no DICOM.
    """
    with open_file(path) as stream, _refusing(path):
        tags: list[str] = ["PatientID", "StudyInstanceUID", "Rows"]
        data = dcmread(stream, force=True, stop_before_pixels=True, specific_tags=tags)
        for kind, tag in (("patient", "PatientID"), ("study", "StudyInstanceUID")):
            value = str(data.get(tag, "") or "").strip(" \0")
            if value:
                return kind, value
    return None


def _decoded(path: Path, stream: IO[bytes], data: Dataset, index: int, frames: int) -> Array:
    """Of a file with several frames only the one is read, where its coding allows it."""
    if by_offset(settle_syntax(data), frames) and not needs_whole(data):
        try:
            return stored(data, index, cast(BinaryIO, stream))
        except BROKEN:
            pass  # files that bend the rules can often be read whole
    stream.seek(0)
    whole = dcmread(stream, force=True)
    if not any(name in whole for name in _PIXELS):
        raise _pictureless(path, whole)
    return stored(whole, index)


def _facts(path: Path, data: Dataset) -> tuple[int, int, str, int]:
    if not data.get("Rows") or not data.get("Columns"):
        raise _pictureless(path, data)
    said = str(data.get("PhotometricInterpretation", "")).strip()
    return (
        int(data.Columns),
        int(data.Rows),
        said if said in _COLOURS else "unknown",
        # A zero for the number of frames is a common slip for one.
        max(1, int(data.get("NumberOfFrames") or 1)),
    )


def _pictureless(path: Path, data: Dataset) -> DataError:
    modality = str(data.get("Modality") or "")
    what = f" (modality {modality})" if _CODE.fullmatch(modality) else ""
    return DataError(
        "There is no picture in this DICOM file",
        f"{path.name}{what} holds no pixels: it is another kind of record, or it was cut off.",
        "Remove it from the data, or copy it again from where it came from.",
        subject=str(path),
    )


def _refuse_undecodable(path: Path, data: Dataset) -> None:
    syntax = settle_syntax(data)
    try:
        available = decodable(syntax)
    except NotImplementedError:
        available = False
    if not available:
        raise DataError(
            "This DICOM file is compressed in a way Graft cannot read",
            f"{path.name} uses {syntax.name}, for which there is no decoder here.",
            "Export it again uncompressed, or as JPEG 2000 or RLE.",
            subject=str(path),
        )


class _refusing:
    """Turns what pydicom raises on damaged files into a DataError.

    Its words may hold values of the file, a name where a number should be, and the refusal is
    stored and shown: so only the kind of error and what comes before a value is kept.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    def __enter__(self) -> None:
        quiet()

    def __exit__(self, _: object, error: BaseException | None, __: object) -> None:
        if isinstance(error, BROKEN):
            raise refusals.damaged(self._path, error, _unnamed(error)) from error


def _unnamed(error: BaseException) -> str:
    words = _SAID.sub(" …", str(error)).strip()
    return f"{type(error).__name__}: {words}" if words else type(error).__name__
