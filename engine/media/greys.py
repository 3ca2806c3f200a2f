"""From many grey levels to 256.

One rule for every single-channel picture with more than 8 bits, from whatever
file: the smallest value in the picture becomes black, the largest white, and
all between lie on a straight line. Pictures from 12-bit cameras in 16-bit
files, 32-bit counts and floating-point maps all keep their full contrast;
what is lost is how bright one picture is compared with another. A DICOM file
that brings its own window or table is shown through that instead.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

Grey = npt.NDArray[np.uint8]


def stretch(values: npt.NDArray[Any], valid: npt.NDArray[np.bool_] | None = None) -> Grey:
    """Values (height, width) of any number type to 8 bits, smallest to 0, largest to 255.

    Args:
        valid: (height, width), the pixels that count for the range, for example
            those that are no padding. Others are clipped into it.

    Values that are not numbers become black. A picture of one value is black.
    """
    counted = values if valid is None else values[valid]
    if values.dtype.kind == "f":
        counted = counted[np.isfinite(counted)]
    if counted.size == 0:
        return np.zeros(values.shape, np.uint8)
    return ramp(values, float(counted.min()), float(counted.max()))


def ramp(values: npt.NDArray[Any], low: float, high: float) -> Grey:
    """A straight line from `low` (0) to `high` (255), clipped; all black if they are equal."""
    out = np.zeros(values.shape, np.uint8)
    if not high > low:
        return out
    scale = 255.0 / (high - low)
    for start in range(0, values.shape[0], 256):  # strips: large pictures need no second copy
        part = (values[start : start + 256].astype(np.float64) - low) * scale
        part = np.nan_to_num(part, nan=0.0, posinf=255.0, neginf=0.0)
        out[start : start + 256] = np.clip(np.rint(part), 0, 255)
    return out
