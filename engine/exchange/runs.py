"""Run lengths as COCO, Label Studio and CVAT write them, from and to masks.

All raise ValueError for data that is no mask of that kind.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from engine.labels.shapes import Bits, Mask
from engine.media.refusals import MAX_PIXELS

_SIZES = (3, 4, 8, 16)  # bits of a run's length, of which Label Studio's form chooses one a run
_CHANNELS = 4


def _painted(runs: Sequence[int], length: int) -> npt.NDArray[np.bool_]:
    """Bool [length]: outside and inside in turn, beginning outside."""
    lengths = _checked(runs, length)
    return np.repeat(np.arange(len(lengths)) % 2 == 1, lengths)


def _checked(runs: Sequence[int], length: int) -> npt.NDArray[np.int64]:
    if not 0 < length <= MAX_PIXELS:
        raise ValueError(f"{length} pixels")
    lengths = np.asarray(runs, np.int64)
    if lengths.ndim != 1 or (lengths < 0).any() or lengths.sum() != length:
        raise ValueError(f"runs of {int(lengths.sum())} pixels, for {length}")
    return lengths


def from_rows(runs: Sequence[int], left: int, top: int, width: int, height: int) -> Mask | None:
    """CVAT's: row by row inside a rectangle. None where no pixel is inside."""
    return Mask.of(_painted(runs, width * height).reshape(height, width), left, top)


def from_columns(runs: Sequence[int], width: int, height: int) -> Mask | None:
    """COCO's: column by column through the whole picture. None where no pixel is inside.

    Only the columns that hold some are painted: a picture may have many small objects.
    """
    ends = np.cumsum(_checked(runs, width * height))
    stops = ends[1::2]
    begins = ends[::2][: len(stops)]
    begins, stops = begins[begins < stops], stops[begins < stops]
    if not len(begins):
        return None
    first, last = begins[0] // height, (stops[-1] - 1) // height
    turns = np.zeros((last - first + 1) * height + 1, np.int8)
    turns[begins - first * height] += 1
    turns[stops - first * height] -= 1
    inside = np.cumsum(turns[:-1], dtype=np.int8).reshape(-1, height).T > 0
    return Mask.of(inside, int(first))


def to_columns(mask: Mask, width: int, height: int) -> list[int]:
    """COCO's runs of a mask that lies inside the picture."""
    return _runs(whole(mask, width, height).T)


def whole(mask: Mask, width: int, height: int) -> Bits:
    """Bool [height, width] of the picture; what lies beyond it is left out."""
    bits = np.zeros((height, width), np.bool_)
    left, top = max(mask.left, 0), max(mask.top, 0)
    part = mask.bits()[top - mask.top :, left - mask.left :][: height - top, : width - left]
    bits[top : top + part.shape[0], left : left + part.shape[1]] = part
    return bits


def _runs(bits: Bits) -> list[int]:
    flat = np.concatenate([[False], bits.ravel()])
    turns = np.flatnonzero(flat[1:] != flat[:-1])
    return [int(n) for n in np.diff(np.concatenate([[0], turns, [bits.size]]))]


def unpacked(text: str) -> list[int]:
    """COCO's compressed runs: six bits a character, the sixth says that more follow.

    From the fourth on, a run is told by its difference to the one two before.
    """
    runs: list[int] = []
    value = shift = 0
    for character in text:
        bits = ord(character) - 48
        if not 0 <= bits < 64 or shift > 60:
            raise ValueError("no compressed run lengths")
        value |= (bits & 31) << shift
        shift += 5
        if bits & 32:
            continue
        if bits & 16:
            value -= 1 << shift
        runs.append(value + (runs[-2] if len(runs) > 2 else 0))
        value = shift = 0
    if shift:
        raise ValueError("compressed run lengths that break off")
    return runs


def from_brush(packed: Sequence[int], width: int, height: int) -> Mask | None:
    """Label Studio's brush: rle-pack over a picture of four channels, of which the last counts."""
    if not 0 < width * height <= MAX_PIXELS:
        raise ValueError(f"{width * height} pixels")
    values = _unpack_brush(packed, width * height * _CHANNELS)
    return Mask.of(values[_CHANNELS - 1 :: _CHANNELS].reshape(height, width) > 0)


def _unpack_brush(packed: Sequence[int], expected: int) -> npt.NDArray[Any]:
    stream = _Bits(bytes(packed))
    total, word = stream.read(32), stream.read(5) + 1
    sizes = [stream.read(4) + 1 for _ in range(4)]
    if total != expected:
        raise ValueError(f"a brush of {total // _CHANNELS} pixels, for {expected // _CHANNELS}")
    values = np.zeros(total, np.uint8 if word <= 8 else np.uint32)
    place = 0
    while place < total:
        repeated = stream.read(1)
        end = min(total, place + 1 + stream.read(sizes[stream.read(2)]))
        if repeated:
            values[place:end] = stream.read(word)
        else:
            values[place:end] = [stream.read(word) for _ in range(end - place)]
        place = end
    return values


class _Bits:
    def __init__(self, content: bytes) -> None:
        self._content, self._place = content, 0

    def read(self, count: int) -> int:
        """Raises ValueError at the end."""
        first, end = self._place // 8, self._place + count
        if end > len(self._content) * 8:
            raise ValueError("a brush that breaks off")
        part = self._content[first : (end + 7) // 8]
        self._place = end
        return int.from_bytes(part, "big") >> (-end % 8) & ((1 << count) - 1)


def to_brush(mask: Mask, width: int, height: int) -> list[int]:
    """Label Studio's brush of a mask in its picture."""
    bits = [f"{width * height * _CHANNELS:032b}", f"{8 - 1:05b}"]
    bits += [f"{size - 1:04b}" for size in _SIZES]
    for number, run in enumerate(_runs(whole(mask, width, height))):
        left = run * _CHANNELS
        while left:
            part = min(left, 1 << _SIZES[-1])
            choice = next(n for n, size in enumerate(_SIZES) if part <= 1 << size)
            value = 255 * (number % 2)
            bits.append(f"1{choice:02b}{part - 1:0{_SIZES[choice]}b}{value:08b}")
            left -= part
    text = "".join(bits)
    text += "0" * (-len(text) % 8)
    return list(int(text, 2).to_bytes(len(text) // 8, "big"))
