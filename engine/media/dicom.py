"""DICOM files as pictures, shown as a viewer would: modality values, then the file's window.

The first frame counts. Stored values become modality values (rescale or table),
then the file's own VOI table or first window maps them to grey. A file with
neither is stretched from its smallest to its largest value that is no padding.
MONOCHROME1 is inverted, so that more is always brighter. Colour comes as RGB.
"""

from __future__ import annotations

import struct
from pathlib import Path
from typing import IO, Any

import numpy as np
import numpy.typing as npt
from PIL import Image
from pydicom import dcmread
from pydicom.dataset import Dataset
from pydicom.errors import InvalidDicomError
from pydicom.pixels.decoders.base import get_decoder
from pydicom.pixels.processing import apply_color_lut, apply_modality_lut, apply_voi
from pydicom.pixels.utils import pixel_array
from pydicom.uid import ExplicitVRLittleEndian, ImplicitVRLittleEndian, RLELossless

from engine.errors import DataError
from engine.media import refusals
from engine.media.greys import ramp, stretch
from engine.media.opening import open_file
from engine.media.quiet import quiet

Array = npt.NDArray[Any]
# What pydicom and its decoders raise on damaged files.
BROKEN = (
    InvalidDicomError, OSError, ValueError, TypeError, KeyError, IndexError, AttributeError,
    EOFError, OverflowError, ZeroDivisionError, RuntimeError, struct.error,
)  # fmt: skip
_PIXELS = ("PixelData", "FloatPixelData", "DoubleFloatPixelData")
# In enhanced files these stand in functional groups instead of at the top.
_PER_FRAME = {
    "PixelValueTransformationSequence": ("RescaleIntercept", "RescaleSlope", "RescaleType"),
    "FrameVOILUTSequence": ("WindowCenter", "WindowWidth", "VOILUTFunction"),
}


def read(path: Path, stream: IO[bytes]) -> Image.Image:
    """The first frame of an open DICOM file as RGB.

    Raises:
        DataError: no picture inside, damaged, too large, or compressed in a way that
            has no decoder here.
    """
    with _refusing(path):
        data = dcmread(stream, force=True)
        _refuse_pictureless(path, data)
        width, height, _, _ = _facts(path, data)
        if width * height > refusals.MAX_PIXELS:
            raise refusals.too_large(path, width, height)
        _refuse_undecodable(path, data)
        # A zero for the number of frames is a common slip for one.
        frame = pixel_array(data, index=0)
        return _picture(frame, data)


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


def _picture(frame: Array, data: Dataset) -> Image.Image:
    if data.get("PhotometricInterpretation") == "PALETTE COLOR":
        return Image.fromarray(_palette(frame, data))
    if frame.ndim == 3:
        return Image.fromarray(_upper_bits(frame, int(data.get("BitsStored", 8))))
    grey = _grey(frame, data)
    if data.get("PhotometricInterpretation") == "MONOCHROME1":
        grey = 255 - grey
    return Image.fromarray(grey).convert("RGB")


def _palette(frame: Array, data: Dataset) -> npt.NDArray[np.uint8]:
    coloured = apply_color_lut(frame, data)[..., :3]
    if coloured.dtype.itemsize == 1:
        return _upper_bits(coloured, 8)
    # pydicom takes the table's bytes in the machine's order, whatever the file's is.
    if not data.original_encoding[1] and "RedPaletteColorLookupTableData" in data:
        coloured = coloured.byteswap()
    # Entries of 8 bits often stand in 16, whatever their description says.
    return _upper_bits(coloured, 16 if coloured.max() > 255 else 8)


def _upper_bits(values: Array, bits: int) -> npt.NDArray[np.uint8]:
    if bits <= 8:
        return np.ascontiguousarray(values.astype(np.uint8))
    return np.ascontiguousarray((values >> (bits - 8)).astype(np.uint8))


def _grey(frame: Array, data: Dataset) -> npt.NDArray[np.uint8]:
    _lift_frame_settings(data)
    valid = _not_padding(frame, data)
    values = apply_modality_lut(frame, data)
    if "VOILUTSequence" in data and data.VOILUTSequence and values.dtype.kind in "iu":
        bits = int(data.VOILUTSequence[0].LUTDescriptor[2])
        return ramp(apply_voi(values, data), 0, 2**bits - 1)
    window = _window(data)
    if window is None:
        return stretch(values, valid)
    centre, width, function = window
    if function == "SIGMOID":
        return ramp(1 / (1 + np.exp(-4 * (values.astype(np.float64) - centre) / width)), 0, 1)
    if function == "LINEAR_EXACT":
        return ramp(values, centre - width / 2, centre + width / 2)
    # DICOM PS3.3 C.11.2.1.2: a width of 1 is a threshold.
    if width == 1:
        return np.where(values > centre - 0.5, 255, 0).astype(np.uint8)
    return ramp(values, centre - 0.5 - (width - 1) / 2, centre - 0.5 + (width - 1) / 2)


def _window(data: Dataset) -> tuple[float, float, str] | None:
    """Centre, width and function of the first window; None when there is no usable one."""
    centre, width = _first(data.get("WindowCenter")), _first(data.get("WindowWidth"))
    function = str(data.get("VOILUTFunction") or "LINEAR").strip().upper()
    if centre is None or width is None or width <= 0 or (function == "LINEAR" and width < 1):
        return None
    return centre, width, function


def _first(value: Any) -> float | None:
    if value is None or value == "":
        return None
    if hasattr(value, "__len__") and not isinstance(value, str):
        return float(value[0]) if len(value) else None
    return float(value)


def _not_padding(frame: Array, data: Dataset) -> npt.NDArray[np.bool_] | None:
    low = data.get("PixelPaddingValue")
    if not isinstance(low, int):
        return None
    high = data.get("PixelPaddingRangeLimit")
    ends = sorted((low, high if isinstance(high, int) else low))
    valid = (frame < ends[0]) | (frame > ends[1])
    return valid if valid.any() else None


def _lift_frame_settings(data: Dataset) -> None:
    """Brings the first frame's rescale and window to the top, where they are looked for."""
    for place in ("PerFrameFunctionalGroupsSequence", "SharedFunctionalGroupsSequence"):
        groups = data.get(place)
        if not groups:
            continue
        for sequence, names in _PER_FRAME.items():
            inner = groups[0].get(sequence)
            for name in names if inner else ():
                if name in inner[0] and name not in data:
                    data[name] = inner[0][name]


def _facts(path: Path, data: Dataset) -> tuple[int, int, str, int]:
    if not data.get("Rows") or not data.get("Columns"):
        raise _pictureless(path, data)
    return (
        int(data.Columns),
        int(data.Rows),
        str(data.get("PhotometricInterpretation", "")),
        max(1, int(data.get("NumberOfFrames") or 1)),
    )


def _refuse_pictureless(path: Path, data: Dataset) -> None:
    if not any(name in data for name in _PIXELS):
        raise _pictureless(path, data)


def _pictureless(path: Path, data: Dataset) -> DataError:
    what = f" (modality {data.Modality})" if data.get("Modality") else ""
    return DataError(
        "There is no picture in this DICOM file",
        f"{path.name}{what} holds no pixels: it is another kind of record, or it was cut off.",
        "Remove it from the data, or copy it again from where it came from.",
        subject=str(path),
    )


def _refuse_undecodable(path: Path, data: Dataset) -> None:
    meta = getattr(data, "file_meta", None)
    syntax = meta.get("TransferSyntaxUID") if meta is not None else None
    if syntax is None:
        # Without the header pydicom guesses from the content; pixels can only be plain.
        implicit = bool(data.original_encoding[0])
        data.ensure_file_meta()
        data.file_meta.TransferSyntaxUID = (
            ImplicitVRLittleEndian if implicit else ExplicitVRLittleEndian
        )
        return
    try:
        available = get_decoder(syntax).is_available if syntax.is_encapsulated else True
    except NotImplementedError:
        available = False
    single = syntax == RLELossless and data.get("BitsAllocated") == 1  # pydicom has no way for it
    if not available or single:
        how = f"{syntax.name} of single bits" if single else syntax.name
        raise DataError(
            "This DICOM file is compressed in a way Graft cannot read",
            f"{path.name} uses {how}, for which there is no decoder here.",
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
