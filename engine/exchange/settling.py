"""What an annotation's marks become when they meet the picture or text they are of.

The dry run and the import both go through `settle`, so what the one says is what the
other does. Finding kinds and what becomes of each: `engine.exchange.findings`.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace

import numpy as np

from engine.exchange.findings import Finding, Findings
from engine.exchange.format import Drawn, Example
from engine.exchange.numbers import snapped
from engine.labels.outlines import area, clipped_box, clipped_mask, clipped_polygon
from engine.labels.shapes import Box, Mask, Polygon, Shape, Span, Whole, bounds

_UNSEEN = 0.5  # px beyond the edge that nobody could have drawn; cut off without a word


@dataclass(frozen=True)
class Settled:
    """Marks that can be stored, and what became of the rest."""

    marks: tuple[Drawn, ...]
    findings: tuple[Finding, ...]


def settle(example: Example, size: tuple[int, int] | None) -> Settled:
    """The marks of an example as they can be stored.

    Args:
        size: width and height of the upright picture in px; None for texts.
    """
    findings = Findings()
    marks = example.marks
    if size is not None and example.size is not None and example.size != size:
        findings.add("size", f"{_px(example.size)} said, {_px(size)} found")
        if _same_proportions(example.size, size):
            marks = tuple(_scaled(one, example.size, size) for one in marks)
    kept: list[Drawn] = []
    for mark in marks:
        shape: Shape | None = mark.shape
        if isinstance(mark.shape, Span):
            shape = _in_text(mark.shape, example.text, mark.label, findings)
        elif size is not None:
            shape = _in_picture(mark.shape, size, mark.label, findings)
        if shape is not None:
            kept.append(replace(mark, shape=shape))
    for (_, label, _), times in Counter((one.shape, one.label, one.frame) for one in kept).items():
        if times > 1:
            findings.add("repeated", label, times - 1)
    return Settled(tuple(kept), findings.all())


def _in_text(span: Span, text: str | None, label: str, findings: Findings) -> Span | None:
    if text is not None and 0 <= span.begin < span.end <= len(text):
        return span
    findings.add("zero_area" if span.begin >= span.end else "outside", label)
    return None


def _in_picture(
    shape: Shape, size: tuple[int, int], label: str, findings: Findings
) -> Shape | None:
    if isinstance(shape, Whole):
        return shape
    trouble = _emptiness(shape)
    if trouble:
        findings.add(trouble, label)
        return None
    around = bounds(shape)
    if around is None:
        return shape
    inside = _clip(shape, *size)
    if inside is None:
        findings.add("outside", label)
    elif _beyond(around, *size) > _UNSEEN:
        findings.add("clipped", label)
    return inside


def _emptiness(shape: Shape) -> str | None:
    match shape:
        case Box() if shape.width <= 0 or shape.height <= 0:
            return "zero_area"
        case Polygon(points) if len(set(points)) < 3:
            return "few_corners"
        case Polygon(points) if area(points) <= 0:
            return "zero_area"
        case Mask() if not shape.area:
            return "zero_area"
    return None


def _clip(shape: Shape, width: int, height: int) -> Shape | None:
    around = bounds(shape)
    if around is None or _beyond(around, width, height) <= 0:
        return shape
    match shape:
        case Box():
            return clipped_box(shape, width, height)
        case Polygon():
            return clipped_polygon(shape, width, height)
        case Mask():
            return clipped_mask(shape, width, height)
        case _:
            return shape


def _beyond(box: Box, width: int, height: int) -> float:
    """How far a box reaches over the picture's edges, in px; 0 or less: not at all."""
    return max(-box.left, -box.top, box.right - width, box.bottom - height)


def _same_proportions(said: tuple[int, int], found: tuple[int, int]) -> bool:
    """Whether one is the other at another scale, but for the rounding to whole pixels."""
    return abs(said[0] * found[1] - said[1] * found[0]) <= max(*said, *found)


def _scaled(mark: Drawn, said: tuple[int, int], found: tuple[int, int]) -> Drawn:
    across, down = found[0] / said[0], found[1] / said[1]
    match mark.shape:
        case Box(left, top, right, bottom):
            shape: Shape = Box(*map(snapped, (left * across, top * down,
                                              right * across, bottom * down)))  # fmt: skip
        case Polygon(points):
            shape = Polygon(tuple((snapped(x * across), snapped(y * down)) for x, y in points))
        case Mask():
            shape = _scaled_mask(mark.shape, said, found)
        case _:
            shape = mark.shape
    return replace(mark, shape=shape)


def _scaled_mask(mask: Mask, said: tuple[int, int], found: tuple[int, int]) -> Mask:
    """A mask at another scale; each pixel is what lies under its centre."""
    across, down = found[0] / said[0], found[1] / said[1]
    left, top = int(mask.left * across), int(mask.top * down)
    right = round((mask.left + mask.width) * across + 0.5)
    bottom = round((mask.top + mask.height) * down + 0.5)
    columns = ((np.arange(left, right) + 0.5) / across).astype(np.intp) - mask.left
    rows = ((np.arange(top, bottom) + 0.5) / down).astype(np.intp) - mask.top
    bits = np.pad(mask.bits(), 1)  # what lies beyond the mask is outside
    rows, columns = np.clip(rows, -1, mask.height) + 1, np.clip(columns, -1, mask.width) + 1
    empty = Mask(left, top, 1, 1, (1,))  # told as enclosing nothing
    return Mask.of(bits[np.ix_(rows, columns)], left, top) or empty


def _px(size: tuple[int, int]) -> str:
    return f"{size[0]} x {size[1]} px"
