"""Numbers as annotation files write them."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any

from engine.labels.shapes import Box, Point

_FARTHEST = 1e7  # px from the corner; nothing beyond was ever meant
_NEAR = 0.01  # px; what a file's few decimals leave beside a whole pixel


def number(value: Any) -> float | None:
    """A finite number, also written as text or with a decimal comma; None for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        found = float(value.strip().replace(",", ".") if isinstance(value, str) else value)
    except (ValueError, OverflowError):
        return None
    return found if math.isfinite(found) else None


def numbers(values: Any) -> list[float] | None:
    """All of a list, or None where one is no number or there is no list."""
    if not isinstance(values, Sequence) or isinstance(values, str):
        return None
    found = [number(one) for one in values]
    return None if None in found else [one for one in found if one is not None]


def coordinates(values: Any) -> list[float] | None:
    """As `numbers`, for places in px; None also where one is absurdly far away."""
    found = numbers(values)
    return found if found is not None and all(abs(one) <= _FARTHEST for one in found) else None


def size_of(width: Any, height: Any) -> tuple[int, int] | None:
    """Width and height in px, where both are said and make sense."""
    found = coordinates([width, height])
    if found is None or min(found) < 1:
        return None
    return round(found[0]), round(found[1])


def corners(values: Sequence[float]) -> tuple[Point, ...]:
    """x, y, x, y ... as points."""
    return tuple(zip(values[::2], values[1::2], strict=False))


def box_between(values: Sequence[float]) -> Box:
    """The box between two opposite corners, x, y, x, y, in whatever order."""
    x, y, u, v = values
    return Box(min(x, u), min(y, v), max(x, u), max(y, v))


def plain(value: float) -> int | float:
    """A coordinate as a file shall say it: whole without a point, else to a millionth."""
    return int(value) if value == int(value) else round(value, 6)


def flat(points: Iterable[Point]) -> list[int | float]:
    """Points as x, y, x, y ..."""
    return [plain(value) for point in points for value in point]


def snapped(value: float) -> float:
    """A coordinate computed from a share of the picture: whole where it was meant whole."""
    near = round(value)
    return float(near) if abs(value - near) < _NEAR else value


def snapped_box(values: Iterable[float]) -> Box:
    return box_between([snapped(one) for one in values])
