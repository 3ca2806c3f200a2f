"""The shapes that a mark can have, and their wire forms.

Pictures: pixels of the upright picture as `engine.media.images` gives it, x to the right
and y down, (0, 0) the outer corner of the first pixel; so a box around that pixel alone is
(0, 0, 1, 1). Texts: characters (code points) of the item's text.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import accumulate
from typing import Any

import numpy as np
import numpy.typing as npt

Point = tuple[float, float]
Bits = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Whole:
    """The item itself: one of several classes that it has."""

    kind = "class"


@dataclass(frozen=True)
class Box:
    """Edges in px."""

    left: float
    top: float
    right: float
    bottom: float
    kind = "box"

    @property
    def width(self) -> float:
        return self.right - self.left

    @property
    def height(self) -> float:
        return self.bottom - self.top


@dataclass(frozen=True)
class Polygon:
    """A closed outline: corners in px, the last joined to the first."""

    points: tuple[Point, ...]
    kind = "polygon"


@dataclass(frozen=True)
class Mask:
    """Pixels inside a rectangle of the picture.

    `runs`: lengths of pixels outside and inside in turn, row by row, beginning with those
    outside (0 where the first is inside); their sum is width * height.
    """

    left: int
    top: int
    width: int
    height: int
    runs: tuple[int, ...]
    kind = "mask"

    @staticmethod
    def of(bits: Bits, left: int = 0, top: int = 0) -> Mask | None:
        """The pixels that are True of a bool [height, width]; None where there are none.

        Args:
            left, top: where the array's first pixel lies in the picture.
        """
        rows, columns = np.flatnonzero(bits.any(1)), np.flatnonzero(bits.any(0))
        if not len(rows):
            return None
        y, x = int(rows[0]), int(columns[0])
        tight = bits[y : int(rows[-1]) + 1, x : int(columns[-1]) + 1]
        flat = np.concatenate([[False], tight.ravel()])
        turns = np.flatnonzero(flat[1:] != flat[:-1])
        ends = np.concatenate([[0], turns, [tight.size]])
        runs = tuple(int(n) for n in np.diff(ends))
        return Mask(left + x, top + y, tight.shape[1], tight.shape[0], runs)

    def bits(self) -> Bits:
        """Bool [height, width]."""
        flat = np.zeros(self.width * self.height, np.bool_)
        ends = list(accumulate(self.runs, initial=0))
        for begin, end in zip(ends[1::2], ends[2::2], strict=False):
            flat[begin:end] = True
        return flat.reshape(self.height, self.width)

    @property
    def area(self) -> int:
        """Pixels inside."""
        return sum(self.runs[1::2])


@dataclass(frozen=True)
class Span:
    """Characters of a text, from `begin` up to but not including `end`."""

    begin: int
    end: int
    kind = "span"


Shape = Whole | Box | Polygon | Mask | Span
KINDS: dict[str, type[Shape]] = {one.kind: one for one in (Whole, Box, Polygon, Mask, Span)}


def to_wire(shape: Shape) -> dict[str, Any]:
    """JSON-ready, without the kind."""
    return dict(vars(shape))


def from_wire(kind: str, wire: dict[str, Any]) -> Shape:
    """The shape that `to_wire` was given. Raises KeyError for a kind that is unknown."""
    values = dict(wire)
    if kind == "polygon":
        values["points"] = tuple((float(x), float(y)) for x, y in values["points"])
    if kind == "mask":
        values["runs"] = tuple(int(n) for n in values["runs"])
    return KINDS[kind](**values)


def bounds(shape: Shape) -> Box | None:
    """The smallest box around a shape on a picture; None for others."""
    match shape:
        case Box():
            return shape
        case Polygon(points):
            xs, ys = [x for x, _ in points], [y for _, y in points]
            return Box(min(xs), min(ys), max(xs), max(ys))
        case Mask(left, top, width, height):
            return Box(left, top, left + width, top + height)
        case _:
            return None
