"""What the numbers of a DICOM frame mean, and how the file wants them shown.

Stored numbers become modality values (rescale or table), then the file's own VOI
table or first window maps them to grey. A file with neither is stretched from its
smallest to its largest value that is no padding.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset
from pydicom.pixels.processing import apply_color_lut, apply_modality_lut, apply_voi

from engine.media.frame import Frame, every
from engine.media.tone import EXACT, LINEAR, Table, Tone, Window, spread

Array = npt.NDArray[Any]
# In enhanced files these stand in functional groups instead of at the top.
_PER_FRAME = {
    "PixelValueTransformationSequence": ("RescaleIntercept", "RescaleSlope", "RescaleType"),
    "FrameVOILUTSequence": ("WindowCenter", "WindowWidth", "WindowCenterWidthExplanation",
                            "VOILUTFunction"),
    "PixelMeasuresSequence": ("PixelSpacing",),
}  # fmt: skip


def with_settings(data: Dataset, index: int) -> Dataset:
    """A copy with the frame's own rescale, window and spacing at the top, in a usable form."""
    settled = Dataset()
    settled.update(data)
    if hasattr(data, "file_meta"):
        settled.file_meta = data.file_meta
    implicit, little = data.original_encoding
    settled.set_original_encoding(implicit, little, data.original_character_set)
    # What is said of the one frame counts before what is said of all.
    for place in ("SharedFunctionalGroupsSequence", "PerFrameFunctionalGroupsSequence"):
        groups = data.get(place)
        if not groups:
            continue
        own = groups[min(index, len(groups) - 1)]
        for sequence, names in _PER_FRAME.items():
            inner = own.get(sequence)
            for name in names if inner else ():
                if name in inner[0]:
                    settled[name] = inner[0][name]
    _settle_tables(settled)
    _settle_rescale(settled)
    return settled


def _settle_tables(data: Dataset) -> None:
    """Sequences of tables that hold none are as good as not there."""
    for name in ("ModalityLUTSequence", "VOILUTSequence"):
        tables = data.get(name)
        if tables is not None and not (
            tables and "LUTDescriptor" in tables[0] and "LUTData" in tables[0]
        ):
            del data[name]


def _settle_rescale(data: Dataset) -> None:
    """Of slope and intercept one may be missing; a slope of 0 would leave nothing to see."""
    if "RescaleSlope" not in data and "RescaleIntercept" not in data:
        return
    slope = (_numbers(data.get("RescaleSlope")) or [1.0])[0]
    intercept = (_numbers(data.get("RescaleIntercept")) or [0.0])[0]
    if not slope or not np.isfinite(slope + intercept):
        slope, intercept = 1.0, 0.0
    # Numbers, not decimal strings, which hold 16 characters at most.
    data["RescaleSlope"] = DataElement("RescaleSlope", "FD", slope)
    data["RescaleIntercept"] = DataElement("RescaleIntercept", "FD", intercept)


def understood(stored: Array, data: Dataset) -> Frame:
    """A decoded frame with its meaning.

    Args:
        stored: (rows, columns) or (rows, columns, 3), as `engine.media.dicom_frames` gives it.
        data: with the frame's settings at the top.
    """
    if data.get("PhotometricInterpretation") == "PALETTE COLOR":
        return _coloured(_palette(stored, data))
    if stored.ndim == 3:
        return _coloured(_upper_bits(stored, int(data.get("BitsStored", 8))))
    stored = stored.astype(stored.dtype.newbyteorder("="), copy=False)
    valid = _not_padding(stored, data)
    units, fractions = None, stored.dtype.kind == "f"
    if stored.dtype.kind in "iu" and stored.dtype.itemsize <= 2:
        units = np.asarray(apply_modality_lut(every(stored.dtype), data), np.float64)
        shown = spread(stored, valid)
        low = int(np.iinfo(stored.dtype).min)
        ends = units[int(shown.ends[0]) - low], units[int(shown.ends[1]) - low]
        whole = Window.between(float(min(ends)), float(max(ends)))
    else:
        stored = np.asarray(apply_modality_lut(stored, data))
        whole = spread(stored, valid)
    tone = _asked(data, min(whole.ends))
    if isinstance(tone, Window) and tone.function == LINEAR and fractions:
        # Its half steps are for whole numbers: a map of 0 to 1 would become black and white.
        tone = Window(tone.centre, tone.width, EXACT)
    return Frame(stored, units, tone if tone is not None else whole, tone is not None)


def windows(data: Dataset) -> list[tuple[str, Window]]:
    """Every window the file brings that can be used, with what it is for, '' if unsaid."""
    centres, widths = _numbers(data.get("WindowCenter")), _numbers(data.get("WindowWidth"))
    said = data.get("WindowCenterWidthExplanation")
    names = [str(said)] if isinstance(said, str) else [str(one) for one in said or []]
    function = str(data.get("VOILUTFunction") or LINEAR).strip().upper()
    found = []
    for place, (centre, width) in enumerate(zip(centres, widths, strict=False)):
        if width > 0 and not (function == LINEAR and width < 1):
            name = names[place].strip() if place < len(names) else ""
            found.append((name, Window(centre, width, function)))
    return found


def table(data: Dataset, lowest: float = 0.0) -> Table | None:
    """The file's first VOI table.

    Args:
        lowest: of the values that it is for. Below zero, a first entry of 32,768 or more is a
            negative number in a field that was written as unsigned.
    """
    if not data.get("VOILUTSequence"):
        return None
    entries, first, bits = (int(part) for part in data.VOILUTSequence[0].LUTDescriptor)
    inputs = np.arange(first, first + (entries or 1 << 16), dtype=np.int32)
    outputs = apply_voi(inputs, data).astype(np.float64)
    greys = np.rint(np.clip(outputs * (255 / (2**bits - 1)), 0, 255)).astype(np.uint8)
    return Table(first - (1 << 16) if first >= 1 << 15 and lowest < 0 else first, greys)


def _asked(data: Dataset, lowest: float) -> Tone | None:
    """A table goes before the windows; of those the first counts, when it is usable."""
    own = table(data, lowest)
    if own is not None:
        return own
    first = _numbers(data.get("WindowCenter"))[:1], _numbers(data.get("WindowWidth"))[:1]
    usable = windows(data)
    if not all(first) or not usable or usable[0][1].width != first[1][0]:
        return None
    return usable[0][1]


def _numbers(value: Any) -> list[float]:
    if value is None or value == "":
        return []
    if hasattr(value, "__len__") and not isinstance(value, str):
        return [float(one) for one in value]
    return [float(value)]


def _coloured(values: npt.NDArray[np.uint8]) -> Frame:
    return Frame(values, None, Window.between(0, 255), False)


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


def _not_padding(frame: Array, data: Dataset) -> npt.NDArray[np.bool_] | None:
    low = data.get("PixelPaddingValue")
    if not isinstance(low, int):
        return None
    high = data.get("PixelPaddingRangeLimit")
    ends = sorted(
        _as_stored(end, frame.dtype) for end in (low, high if isinstance(high, int) else low)
    )
    valid = (frame < ends[0]) | (frame > ends[1])
    return valid if valid.any() else None


def _as_stored(value: int, dtype: np.dtype[Any]) -> int:
    """A padding value with the sign of the pixels, whatever sign it was written with."""
    if dtype.kind not in "iu":
        return value
    return int(np.array(value & ((1 << 8 * dtype.itemsize) - 1), np.uint64).astype(dtype))
