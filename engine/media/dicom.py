"""DICOM files as pictures, shown as a viewer would: modality values, then the file's window.

For training the first frame counts. MONOCHROME1 is inverted, so that more is always
brighter. Colour comes as RGB. How values become grey: `engine.media.dicom_grey`.
"""

from __future__ import annotations

import struct
from pathlib import Path
from typing import IO, BinaryIO, cast

from PIL import Image
from pydicom import dcmread
from pydicom.dataset import Dataset
from pydicom.errors import InvalidDicomError

from engine.errors import DataError
from engine.media import refusals
from engine.media.dicom_frames import (
    Array,
    by_offset,
    decodable,
    needs_whole,
    settle_syntax,
    stored,
)
from engine.media.dicom_grey import understood, with_settings
from engine.media.frame import Frame
from engine.media.opening import open_file
from engine.media.quiet import quiet

# What pydicom and its decoders raise on damaged files.
BROKEN = (
    InvalidDicomError, OSError, ValueError, TypeError, KeyError, IndexError, AttributeError,
    EOFError, OverflowError, ZeroDivisionError, RuntimeError, struct.error,
)  # fmt: skip
_PIXELS = ("PixelData", "FloatPixelData", "DoubleFloatPixelData")


def read(path: Path, stream: IO[bytes]) -> Image.Image:
    """The first frame of an open DICOM file as RGB.

    Raises:
        DataError: no picture inside, damaged, too large, or compressed in a way that
            has no decoder here.
    """
    frame, data = read_frame(path, stream, 0)
    if frame.colour:
        return Image.fromarray(frame.stored)
    return Image.fromarray(frame.rendered(invert=inverted(data))).convert("RGB")


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
        return understood(values, settled), settled


def inverted(data: Dataset) -> bool:
    """Whether small values are bright."""
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


def patient_id(path: Path) -> str | None:
    """The patient a DICOM file is of, None where it does not say.

    The caller must not store it as it is (see `engine.exchange.groups`).

    Raises:
        DataError: the file cannot be read or is no DICOM.
    """
    with open_file(path) as stream, _refusing(path):
        data = dcmread(
            stream, force=True, stop_before_pixels=True, specific_tags=["PatientID", "Rows"]
        )
        value = str(data.get("PatientID", "") or "").strip()
    return value or None


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
    return (
        int(data.Columns),
        int(data.Rows),
        str(data.get("PhotometricInterpretation", "")),
        # A zero for the number of frames is a common slip for one.
        max(1, int(data.get("NumberOfFrames") or 1)),
    )


def _pictureless(path: Path, data: Dataset) -> DataError:
    what = f" (modality {data.Modality})" if data.get("Modality") else ""
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
    """Turns what pydicom raises on damaged files into a DataError."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __enter__(self) -> None:
        quiet()

    def __exit__(self, _: object, error: BaseException | None, __: object) -> None:
        if isinstance(error, BROKEN):
            raise refusals.damaged(self._path, error) from error
