"""A frame made ready to be drawn at any size: halved again and again, and cut to what is seen.

Made and sampled without Qt, as that happens beside the window, too. A sample stays in
the frame's own depth, so another window costs only a look into a table.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image

from engine.media.frame import Frame
from engine.media.tone import Tone, Window

Array = npt.NDArray[Any]
_LEAST = 512  # px of the longer side; smaller levels save nothing
_PLAIN = Window.between(0, 255)


class Raster:
    """`levels[0]` has the frame's size, each further one half of it."""

    def __init__(self, frame: Frame) -> None:
        self.frame = frame
        self.height, self.width = frame.stored.shape[:2]
        self._levels = [Image.fromarray(_ordered(frame.stored))]
        while max(self._levels[-1].size) > _LEAST:
            self._levels.append(_halved(self._levels[-1]))

    @property
    def nbytes(self) -> int:
        return int(self.frame.stored.nbytes * 7 // 3)

    def sample(self, box: tuple[float, float, float, float], size: tuple[int, int],
               smooth: bool) -> Array:  # fmt: skip
        """What lies in a box of the picture, in so many px.

        Args:
            box: left, top, right, bottom in px of the picture, inside it.
            size: width and height of the answer, px.
            smooth: between neighbours; else each pixel of the picture shows as it is.
        """
        level = self._level(max((box[2] - box[0]) / size[0], (box[3] - box[1]) / size[1]))
        image = self._levels[level]
        across, down = image.width / self.width, image.height / self.height
        part = (
            box[0] * across, box[1] * down,
            min(box[2] * across, image.width), min(box[3] * down, image.height),
        )  # fmt: skip
        how = Image.Resampling.BILINEAR if smooth else Image.Resampling.NEAREST
        return np.asarray(image.resize(size, how, box=part))

    def grey(self, sample: Array, tone: Tone, invert: bool) -> npt.NDArray[np.uint8]:
        """A sample in 8 bits."""
        if self.frame.colour and tone == _PLAIN and not invert:
            return sample.astype(np.uint8, copy=False)
        table = self.frame.greys(tone, invert)
        if table is not None:
            greys: npt.NDArray[np.uint8] = table.take(sample)
            return greys
        shown = tone.grey(sample)
        return 255 - shown if invert else shown

    def _level(self, shrink: float) -> int:
        """The smallest that need not be enlarged."""
        level = 0
        while level + 1 < len(self._levels) and 2 ** (level + 1) <= shrink:
            level += 1
        return level


def _ordered(stored: Array) -> Array:
    """As unsigned numbers in the order of the values, or as float32."""
    if stored.ndim == 3 or stored.dtype == np.uint8:
        return stored
    kind, size = stored.dtype.kind, stored.dtype.itemsize
    if kind == "u" and size == 2:
        return stored
    if kind == "i" and size <= 2:
        words: Array = stored.view(f"u{size}") ^ np.array(1 << (8 * size - 1), f"u{size}")
        return words
    return stored.astype(np.float32)


def _halved(image: Image.Image) -> Image.Image:
    """The mean of every four."""
    if image.mode != "I;16":
        return image.reduce(2)
    values = np.asarray(image)
    height, width = (max(1, side // 2) for side in values.shape)
    whole = values[: 2 * height, : 2 * width]
    if min(values.shape) < 2:
        return image.resize((max(1, image.width // 2), max(1, image.height // 2)))
    total = whole[0::2, 0::2].astype(np.uint32)
    total += whole[0::2, 1::2]
    total += whole[1::2, 0::2]
    total += whole[1::2, 1::2]
    return Image.fromarray(((total + 2) // 4).astype(np.uint16))
