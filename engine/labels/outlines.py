"""From a mask to its outline and back, and what of a shape lies inside the picture.

A pixel belongs to an outline when its centre lies inside it, counting crossings: a part
inside a part is a hole. So the outlines of a mask give back the very same mask.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from itertools import pairwise

import numpy as np

from engine.labels.shapes import Bits, Box, Mask, Point, Polygon

_STRAIGHT = 1e-9
_MOST = 178_956_970  # pixels of a mask; the largest picture that Graft reads


def area(points: Sequence[Point]) -> float:
    """What a closed outline encloses, in px² (the shoelace formula)."""
    ring = [*points, *points[:1]]
    return abs(sum(x * v - u * y for (x, y), (u, v) in pairwise(ring))) / 2


def fill(rings: Iterable[Sequence[Point]], width: int, height: int) -> Bits:
    """Bool [height, width]: pixels whose centre lies inside an odd number of the rings."""
    turns = np.zeros((height, width + 1), np.int32)
    for ring in rings:
        for (x, y), (u, v) in pairwise([*ring, *ring[:1]]):
            if y == v:
                continue
            low, high = sorted((y, v))
            first, last = max(0, math.ceil(low - 0.5)), min(height, math.ceil(high - 0.5))
            rows = np.arange(first, last)
            crossings = x + (rows + 0.5 - y) * ((u - x) / (v - y))
            columns = np.clip(np.ceil(crossings - 0.5), 0, width).astype(np.intp)
            np.add.at(turns, (rows, columns), 1)
    odd: Bits = np.cumsum(turns[:, :-1], axis=1) % 2 == 1
    return odd


def mask_of(rings: Sequence[Sequence[Point]]) -> Mask | None:
    """The pixels inside the rings; None where they hold no pixel's centre.

    Raises:
        ValueError: they reach further than any picture.
    """
    points = [point for ring in rings for point in ring]
    if not points:
        return None
    left, top = (math.floor(min(one[axis] for one in points)) for axis in (0, 1))
    right, bottom = (math.ceil(max(one[axis] for one in points)) for axis in (0, 1))
    if (right - left) * (bottom - top) > _MOST:
        raise ValueError("an outline larger than any picture")
    moved = [[(x - left, y - top) for x, y in ring] for ring in rings]
    return Mask.of(fill(moved, right - left, bottom - top), left, top)


def union(masks: Sequence[Mask]) -> Mask | None:
    """The pixels that are inside any of them; None without masks.

    Raises:
        ValueError: they lie further apart than in any picture.
    """
    if len(masks) < 2:
        return masks[0] if masks else None
    left, top = min(one.left for one in masks), min(one.top for one in masks)
    right = max(one.left + one.width for one in masks)
    bottom = max(one.top + one.height for one in masks)
    if (right - left) * (bottom - top) > _MOST:
        raise ValueError("masks further apart than in any picture")
    bits = np.zeros((bottom - top, right - left), np.bool_)
    for one in masks:
        x, y = one.left - left, one.top - top
        bits[y : y + one.height, x : x + one.width] |= one.bits()
    return Mask.of(bits, left, top)


def rings_of(mask: Mask) -> list[tuple[Point, ...]]:
    """The outlines of a mask along its pixels' edges, holes too; corners only.

    Pixels that touch at a corner only are outlined apart, so no outline crosses itself.
    """
    ahead = _edges(np.pad(mask.bits(), 1))
    rings = []
    while ahead:
        start = next(iter(ahead))
        ring, place, came = [], start, (0, 0)
        while True:
            ways = ahead[place]
            way = _turn(ways, came)
            ways.remove(way)
            if not ways:
                del ahead[place]
            if way != came:
                ring.append(place)
            place, came = (place[0] + way[0], place[1] + way[1]), way
            if place == start:
                break
        rings.append(tuple((float(x + mask.left), float(y + mask.top)) for x, y in ring))
    return rings


def _edges(bits: Bits) -> dict[tuple[int, int], list[tuple[int, int]]]:
    """From every corner, which ways an outline leaves it, with the pixels on its right.

    `bits` has a border of one empty pixel; corners are counted without it.
    """
    ahead: dict[tuple[int, int], list[tuple[int, int]]] = {}
    inside, above, before = bits[1:, 1:], bits[:-1, 1:], bits[1:, :-1]
    for found, way, shift in (
        (inside & ~above, (1, 0), (0, 0)),
        (~inside & above, (-1, 0), (1, 0)),
        (inside & ~before, (0, -1), (0, 1)),
        (~inside & before, (0, 1), (0, 0)),
    ):
        rows, columns = np.nonzero(found)
        for y, x in zip(rows.tolist(), columns.tolist(), strict=True):
            ahead.setdefault((x + shift[0], y + shift[1]), []).append(way)
    return dict(sorted(ahead.items(), key=lambda one: (one[0][1], one[0][0])))


def _turn(ways: list[tuple[int, int]], came: tuple[int, int]) -> tuple[int, int]:
    """Where two outlines meet at a corner, to the right, and so around the same pixel."""
    right = (-came[1], came[0])
    return right if right in ways else ways[0]


def clipped_box(box: Box, width: int, height: int) -> Box | None:
    """The part of a box inside the picture; None where there is none."""
    inside = Box(
        max(box.left, 0.0), max(box.top, 0.0), min(box.right, width), min(box.bottom, height)
    )
    return inside if inside.width > 0 and inside.height > 0 else None


def clipped_polygon(polygon: Polygon, width: int, height: int) -> Polygon | None:
    """The part of a polygon inside the picture, side by side (Sutherland and Hodgman, 1974).

    Where that is in several pieces, they hang together by lines along the picture's edge.
    """
    points = list(polygon.points)
    for axis, limit, sign in (
        (0, 0.0, 1), (0, float(width), -1), (1, 0.0, 1), (1, float(height), -1)
    ):  # fmt: skip
        kept: list[Point] = []
        for here, there in pairwise([*points, *points[:1]]):
            inside, next_inside = (sign * (one[axis] - limit) >= 0 for one in (here, there))
            if inside:
                kept.append(here)
            if inside != next_inside:
                kept.append(_crossing(here, there, axis, limit))
        points = kept
    points = [one for one, before in zip(points, [*points[-1:], *points], strict=False)
              if one != before]  # fmt: skip
    return Polygon(tuple(points)) if len(points) >= 3 and area(points) > _STRAIGHT else None


def _crossing(here: Point, there: Point, axis: int, limit: float) -> Point:
    part = (limit - here[axis]) / (there[axis] - here[axis])
    across = here[1 - axis] + part * (there[1 - axis] - here[1 - axis])
    return (limit, across) if axis == 0 else (across, limit)


def clipped_mask(mask: Mask, width: int, height: int) -> Mask | None:
    """The pixels of a mask inside the picture; None where there are none."""
    left, top = max(mask.left, 0), max(mask.top, 0)
    right, bottom = min(mask.left + mask.width, width), min(mask.top + mask.height, height)
    if right <= left or bottom <= top:
        return None
    bits = mask.bits()[top - mask.top : bottom - mask.top, left - mask.left : right - mask.left]
    return Mask.of(bits, left, top)


def turned(box: Box, degrees: float, about: Point) -> Polygon:
    """The corners of a box turned clockwise, as one sees it, about a point."""
    corners = (
        (box.left, box.top), (box.right, box.top), (box.right, box.bottom), (box.left, box.bottom)
    )  # fmt: skip
    return Polygon(tuple(_rotate(point, degrees, about) for point in corners))


def ellipse(centre: Point, across: float, down: float, degrees: float = 0.0) -> Polygon:
    """An ellipse as 64 corners on it.

    Args:
        across, down: its half axes in px, before it is turned clockwise by `degrees`.
    """
    angles = (2 * math.pi * step / 64 for step in range(64))
    points = (
        (centre[0] + across * math.cos(one), centre[1] + down * math.sin(one)) for one in angles
    )
    return Polygon(tuple(_rotate(point, degrees, centre) for point in points))


def _rotate(point: Point, degrees: float, about: Point) -> Point:
    cos, sin = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    x, y = point[0] - about[0], point[1] - about[1]
    return (about[0] + x * cos - y * sin, about[1] + x * sin + y * cos)


def joined(rings: Sequence[tuple[Point, ...]]) -> tuple[Point, ...]:
    """One outline of several, for formats that hold one: it goes to each and back.

    The ways between are gone twice and enclose nothing, so the same pixels lie inside.
    """
    first, *others = rings
    points = [*first]
    for ring in others:
        points += [first[0], *ring, ring[0]]
    return tuple(points)
