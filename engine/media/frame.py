"""One frame in its full depth, and how it becomes grey."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
import numpy.typing as npt

from engine.media.greys import Grey
from engine.media.tone import Tone

if TYPE_CHECKING:
    from engine.media.dicom_spacing import Spacing

Array = npt.NDArray[Any]
Number = TypeVar("Number", bound=np.generic)


@dataclass(frozen=True, eq=False)
class Frame:
    """A frame as it is stored, and what the stored numbers mean.

    `stored` is (height, width) of any number type, or (height, width, 3) uint8: RGB.
    `units` holds the modality value (Hounsfield units, for example) of every number
    that `stored` could hold, from the smallest on, as float64; None: a stored number
    is the value itself.
    `tone` shows the frame as it is trained; `given`: the file asks for it.
    `inverted`: small values are bright: MONOCHROME1, or TIFF's white is zero.
    """

    stored: Array
    units: npt.NDArray[np.float64] | None
    tone: Tone
    given: bool
    inverted: bool = False
    spacing: Spacing | None = None

    @property
    def colour(self) -> bool:
        return self.stored.ndim == 3

    @property
    def values(self) -> npt.NDArray[np.float32]:
        """Modality values (height, width), or the colours (height, width, 3)."""
        if self.units is None:
            return self.stored.astype(np.float32)
        return self._looked_up(self.units.astype(np.float32))

    def value(self, x: int, y: int) -> float | tuple[int, int, int]:
        """Of one pixel: its modality value, or its red, green and blue."""
        if self.colour:
            red, green, blue = self.stored[y, x]
            return int(red), int(green), int(blue)
        one = self.stored[y, x]
        return float(one) if self.units is None else float(self.units[int(one) - self._lowest])

    def greys(self, tone: Tone, invert: bool = False) -> Grey | None:
        """A grey for every number that could be stored, from the smallest on; None: too many."""
        if self.stored.dtype.kind not in "iu" or self.stored.dtype.itemsize > 2:
            return None
        domain = self.units if self.units is not None else every(self.stored.dtype)
        grey = tone.grey(domain.reshape(1, -1)).reshape(-1)
        return 255 - grey if invert else grey

    def rendered(self, tone: Tone | None = None, invert: bool = False) -> Grey:
        """The frame in 8 bits (height, width), or (height, width, 3) of a colour frame."""
        tone = tone or self.tone
        table = self.greys(tone, invert)
        if table is not None:
            return self._looked_up(table)
        values = self.stored if self.units is None else self.values
        grey = tone.grey(values)
        return 255 - grey if invert else grey

    @property
    def _lowest(self) -> int:
        return int(np.iinfo(self.stored.dtype).min)

    def _looked_up(self, table: npt.NDArray[Number]) -> npt.NDArray[Number]:
        """Every stored number by its entry in a table that begins with the smallest."""
        words = self.stored.view(f"u{self.stored.dtype.itemsize}")
        if self.stored.dtype.kind == "i":  # as words, the negative ones come last
            table = np.roll(table, len(table) // 2)
        found: npt.NDArray[Number] = table.take(words)
        return found


def every(dtype: np.dtype[Any]) -> npt.NDArray[np.int32]:
    """Every number of an integer type of at most 16 bits, from the smallest on."""
    about = np.iinfo(dtype)
    return np.arange(about.min, about.max + 1, dtype=np.int32)
