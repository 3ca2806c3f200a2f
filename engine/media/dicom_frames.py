"""One frame of a DICOM file as it is stored, whatever it is compressed with.

Each transfer syntax has the one decoder that was measured to give exactly what
went in, for every depth and sign. GDCM ends the whole process at some damaged or odd
files, so it decodes only what nothing else does: lossless JPEG, and JPEG of 12 bits.
"""

from __future__ import annotations

import io
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt
from PIL import Image
from pydicom.dataset import Dataset
from pydicom.encaps import get_frame
from pydicom.pixels.decoders.base import get_decoder
from pydicom.pixels.utils import pixel_array
from pydicom.uid import HTJ2K as HTJ2KLossy
from pydicom.uid import JPEG2000 as JPEG2000Lossy
from pydicom.uid import (
    UID,
    DeflatedExplicitVRLittleEndian,
    ExplicitVRLittleEndian,
    HTJ2KLossless,
    HTJ2KLosslessRPCL,
    ImplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGBaseline8Bit,
    JPEGExtended12Bit,
    JPEGLossless,
    JPEGLosslessSV1,
    JPEGLSLossless,
    JPEGLSNearLossless,
    RLELossless,
)

Array = npt.NDArray[Any]

DECODERS: dict[UID, str] = {
    JPEGBaseline8Bit: "pillow",
    JPEGExtended12Bit: "pillow",  # of 8 bits; of 12: `_twelve_bits`
    JPEGLossless: "gdcm",
    JPEGLosslessSV1: "gdcm",
    JPEGLSLossless: "pyjpegls",
    JPEGLSNearLossless: "pyjpegls",
    JPEG2000Lossless: "pylibjpeg",
    JPEG2000Lossy: "pylibjpeg",
    HTJ2KLossless: "pylibjpeg",
    HTJ2KLosslessRPCL: "pylibjpeg",
    HTJ2KLossy: "pylibjpeg",
    RLELossless: "pylibjpeg",
}


def settle_syntax(data: Dataset) -> UID:
    """The transfer syntax. Without a header the pixels can only be plain."""
    meta = getattr(data, "file_meta", None)
    syntax = meta.get("TransferSyntaxUID") if meta is not None else None
    if syntax is None:
        syntax = ImplicitVRLittleEndian if data.original_encoding[0] else ExplicitVRLittleEndian
        data.ensure_file_meta()
        data.file_meta.TransferSyntaxUID = syntax
    return UID(syntax)


def decodable(syntax: UID) -> bool:
    """Whether there is a decoder here for pixels of this transfer syntax."""
    if not syntax.is_encapsulated:
        return True
    return syntax in DECODERS and DECODERS[syntax] in get_decoder(syntax).available_plugins


def by_offset(syntax: UID, frames: int) -> bool:
    """Whether single frames can be read where they lie, the rest of the file left alone."""
    return frames > 1 and syntax != DeflatedExplicitVRLittleEndian


def stored(data: Dataset, index: int, stream: BinaryIO | None = None) -> Array:
    """Values of one frame: (rows, columns), or (rows, columns, 3) as RGB.

    Args:
        data: the dataset; with its pixels where there is no `stream`.
        index: of the frame, from 0.
        stream: the open file, from which only this frame is read.

    Raises:
        What pydicom and the decoders raise on damaged files.
    """
    syntax = settle_syntax(data)
    bits = int(data.get("BitsStored") or data.get("BitsAllocated") or 0)
    if syntax == RLELossless and data.get("BitsAllocated") == 1:
        return _single_bits(data, index)
    if syntax == JPEGExtended12Bit and bits > 8:
        return _twelve_bits(data, index)
    options: dict[str, Any] = {}
    if syntax in DECODERS:
        options["decoding_plugin"] = DECODERS[syntax]
    if DECODERS.get(syntax) == "gdcm" and data.get("BitsAllocated") == 8:
        # GDCM ends the process when fewer bits are stored than allocated.
        options["bits_stored"] = 8
    if _says_rgb(data, syntax) and _halves_colours(_frame_bytes(data, index)):
        options["photometric_interpretation"] = "YBR_FULL_422"
    shift = _misplaced(data, bits) if not syntax.is_encapsulated else 0
    if shift:
        options["correct_unused_bits"] = False
    if stream is None:
        values = pixel_array(data, index=index, **options)
    else:
        values = pixel_array(stream, index=index, transfer_syntax_uid=syntax, **options)
    return _shifted(values, shift, bits) if shift else values


def needs_whole(data: Dataset) -> bool:
    """Whether the decoder for these pixels takes them only from a dataset read in full."""
    syntax = settle_syntax(data)
    bits = int(data.get("BitsStored") or 0)
    return (
        (syntax == RLELossless and data.get("BitsAllocated") == 1)
        or (syntax == JPEGExtended12Bit and bits > 8)
        or _says_rgb(data, syntax)
    )


def _misplaced(data: Dataset, bits: int) -> int:
    """By how many bits the values lie higher in their words than pydicom takes for granted."""
    high = data.get("HighBit")
    allocated = int(data.get("BitsAllocated") or 0)
    if not isinstance(high, int) or allocated not in (8, 16, 32) or high >= allocated:
        return 0
    return max(0, high + 1 - bits)


def _shifted(values: Array, shift: int, bits: int) -> Array:
    """Values out of the middle of their words; above them overlays may lie."""
    width = 8 * values.dtype.itemsize
    unsigned = values.astype(values.dtype.newbyteorder("=")).view(f"u{values.dtype.itemsize}")
    up = unsigned << np.array(width - shift - bits, unsigned.dtype)
    # Of signed values the last shift copies the sign.
    found: Array = up.view(values.dtype.newbyteorder("=")) >> (width - bits)
    return found


def _frame_bytes(data: Dataset, index: int) -> bytes:
    frames = max(1, int(data.get("NumberOfFrames") or 1))
    return bytes(get_frame(data.PixelData, index, number_of_frames=frames))


def _says_rgb(data: Dataset, syntax: UID) -> bool:
    return syntax == JPEGBaseline8Bit and data.get("PhotometricInterpretation") == "RGB"


def _halves_colours(coded: bytes) -> bool:
    """Whether a JPEG holds its colours at half the size, which nobody does to red and blue.

    Files say RGB and hold brightness and two colours; GDCM itself writes such ones.
    """
    with Image.open(io.BytesIO(coded), formats=("JPEG",)) as image:
        sampling = {(across, down) for _, across, down, _ in getattr(image, "layer", [])}
    return len(sampling) > 1


def _single_bits(data: Dataset, index: int) -> Array:
    """One bit a pixel, eight in a byte and the first lowest; pydicom has no way for it."""
    from rle.rle import decode_segment  # type: ignore[import-not-found]

    coded = _frame_bytes(data, index)
    start = int.from_bytes(coded[4:8], "little")
    packed = np.frombuffer(decode_segment(coded[start:]), np.uint8)
    rows, columns = int(data.Rows), int(data.Columns)
    bits = np.unpackbits(packed, bitorder="little")
    if bits.size < rows * columns:
        raise EOFError("the segment is truncated")
    return bits[: rows * columns].reshape(rows, columns)


def _twelve_bits(data: Dataset, index: int) -> Array:
    """JPEG with 12 bits a sample, by GDCM's own reader, which pydicom does not ask."""
    import gdcm  # type: ignore[import-untyped]

    fragment = gdcm.Fragment()
    fragment.SetByteStringValue(_frame_bytes(data, index))
    fragments = gdcm.SequenceOfFragments.New()
    fragments.AddFragment(fragment)
    element = gdcm.DataElement(gdcm.Tag(0x7FE0, 0x0010))
    element.SetValue(fragments.__ref__())
    image = gdcm.Image()
    image.SetNumberOfDimensions(2)
    image.SetDimensions((int(data.Columns), int(data.Rows), 1))
    image.SetDataElement(element)
    grey = gdcm.PhotometricInterpretation.MONOCHROME2
    image.SetPhotometricInterpretation(gdcm.PhotometricInterpretation(grey))
    image.SetTransferSyntax(gdcm.TransferSyntax(gdcm.TransferSyntax.JPEGExtendedProcess2_4))
    signed = int(data.get("PixelRepresentation") or 0)
    image.SetPixelFormat(gdcm.PixelFormat(1, 16, 12, 11, signed))
    raw = image.GetBuffer().encode("utf-8", "surrogateescape")
    values = np.frombuffer(raw, "<i2" if signed else "<u2")
    return values.reshape(int(data.Rows), int(data.Columns)).copy()
