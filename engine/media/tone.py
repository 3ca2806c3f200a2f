"""From values to grey: a window, or a table that the file brings.

A window is a straight line from black to white (or an S); what lies outside is
clipped. The formulas are DICOM's (PS3.3 C.11.2.1). `MINMAX` is Graft's own: the
smallest value of a picture becomes black, the largest white.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from engine.media.greys import Grey, ramp

Array = npt.NDArray[Any]
LINEAR, EXACT, SIGMOID, MINMAX = "LINEAR", "LINEAR_EXACT", "SIGMOID", "MINMAX"


@dataclass(frozen=True)
class Window:
    """Centre and width in the values' unit; `function` one of DICOM's, or MINMAX."""

    centre: float
    width: float
    function: str = LINEAR

    @staticmethod
    def between(low: float, high: float) -> Window:
        """From `low` (black) to `high` (white)."""
        return Window((low + high) / 2, high - low, MINMAX)

    @property
    def ends(self) -> tuple[float, float]:
        """The values that become black and white."""
        if self.function == LINEAR:
            middle, half = self.centre - 0.5, (self.width - 1) / 2
        else:
            middle, half = self.centre, self.width / 2
        return middle - half, middle + half

    def grey(self, values: Array) -> Grey:
        """Values of any number type and shape to 8 bits; what is no number becomes black."""
        if self.function == SIGMOID:
            with np.errstate(over="ignore"):
                curve = 1 / (
                    1 + np.exp(-4 * (values.astype(np.float64) - self.centre) / self.width)
                )
            return ramp(curve, 0, 1)
        if self.function == LINEAR and self.width == 1:  # a threshold, by the standard
            return np.where(values > self.centre - 0.5, 255, 0).astype(np.uint8)
        return ramp(values, *self.ends)


@dataclass(frozen=True, eq=False)
class Table:
    """A VOI table: `greys` of the values `first`, `first` + 1, …; outside, its ends go on."""

    first: int
    greys: Grey  # [entries]

    def grey(self, values: Array) -> Grey:
        places = np.nan_to_num(np.rint(values.astype(np.float64))) - self.first
        out: Grey = self.greys[np.clip(places, 0, len(self.greys) - 1).astype(np.int64)]
        return out

    @property
    def window(self) -> Window:
        """Over the part in which the table rises or falls, to go on from by hand."""
        moving = np.flatnonzero(self.greys != self.greys[0])
        still = np.flatnonzero(self.greys != self.greys[-1])
        low = self.first + max(0, int(moving[0]) - 1 if moving.size else 0)
        high = self.first + (int(still[-1]) + 1 if still.size else len(self.greys) - 1)
        return Window.between(float(low), float(max(high, low + 1)))


Tone = Window | Table


def as_window(tone: Tone) -> Window:
    return tone if isinstance(tone, Window) else tone.window


def spread(values: Array, valid: npt.NDArray[np.bool_] | None = None) -> Window:
    """The window of `engine.media.greys.stretch`: from the smallest to the largest value.

    Args:
        values: (height, width).
        valid: (height, width), the pixels that count.
    """
    counted = values if valid is None else values[valid]
    if values.dtype.kind == "f":
        counted = counted[np.isfinite(counted)]
    if counted.size == 0:
        return Window.between(0.0, 0.0)
    return Window.between(float(counted.min()), float(counted.max()))
