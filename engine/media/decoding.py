"""From an opened picture to its pixels: upright, in full depth, and as 8-bit RGB."""

from __future__ import annotations

import struct
import sys
import zlib
from typing import IO, Any

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageOps

from engine.media import tiff
from engine.media.greys import stretch

Array = npt.NDArray[Any]
# What Pillow's decoders raise on damaged files.
BROKEN = (
    OSError, SyntaxError, ValueError, TypeError, KeyError, IndexError, AttributeError, EOFError,
    OverflowError, ZeroDivisionError, NotImplementedError, RuntimeError, AssertionError,
    struct.error, zlib.error,
)  # fmt: skip
_DEEP = ("I", "F", "I;16", "I;16L", "I;16B", "I;16N")
# By which byte of each number a decoder goes: the upper one, and how the lower one is had.
_LOWER = {"B": "L", "L": "B", "N": "B" if sys.byteorder == "little" else "L"}
_DEPTHS = (8, 10, 12, 14, 16)  # bits that cameras and scanners fill


def decoded(image: Image.Image, stream: IO[bytes]) -> Image.Image:
    """The frame at which an opened picture stands, upright.

    Of colour with 16 bits, 8 are left (see `eight`); where the colours are all the same, it
    is a grey of 16 bits.

    Args:
        stream: that the picture was opened from.
    """
    tiff.mend(image)
    if not wide(image):
        image.load()
        return upright(image)
    bands = words(image, stream)
    colours, alpha = (bands, None) if bands.shape[2] == 3 else (bands[..., :-1], bands[..., -1:])
    alpha = None if alpha is None else eight(alpha)
    if (alpha is None or alpha.min() == 255) and (colours == colours[..., :1]).all():
        return Image.fromarray(np.ascontiguousarray(colours[..., 0]))
    shown = np.broadcast_to(eight(colours), (*colours.shape[:2], 3))
    return Image.fromarray(shown.copy() if alpha is None else np.concatenate([shown, alpha], 2))


def upright(image: Image.Image) -> Image.Image:
    try:
        ImageOps.exif_transpose(image, in_place=True)
    except BROKEN:
        # The pixels are decoded and whole; only the words about them are damaged.
        return image
    return image


def rgb(image: Image.Image) -> Image.Image:
    if deep(image):
        return grey(image).convert("RGB")
    if image.mode == "RGB" and "transparency" not in image.info:
        return image
    if image.has_transparency_data:
        clear = image.convert("RGBA")
        white = Image.new("RGB", clear.size, (255, 255, 255))
        white.paste(clear, mask=clear.getchannel("A"))
        return white
    return image.convert("RGB")


def deep(image: Image.Image) -> bool:
    """Whether it is a grey picture of more than the 256 levels from 0."""
    return image.mode in _DEEP or tiff.signed(image)


def grey(image: Image.Image) -> Image.Image:
    """A deep picture in 8 bits: stretched, and turned where it says that white is zero."""
    shown = Image.fromarray(stretch(numbers(image)))
    return ImageOps.invert(shown) if white_is_zero(image) else shown


def numbers(image: Image.Image) -> Array:
    """The values of a deep picture (height, width), in the machine's byte order."""
    values = np.asarray(image)
    if tiff.signed(image):
        return values.view(np.int8)
    if tiff.unsigned(image):
        return values.view(np.uint32)
    return values.astype(values.dtype.newbyteorder("="), copy=False)


def white_is_zero(image: Image.Image) -> bool:
    """Whether small values of a deep picture are bright; shallow ones Pillow turns by itself."""
    return deep(image) and tiff.white_is_zero(image)


def wide(image: Image.Image) -> bool:
    """Whether an opened picture has several channels of 16 bits, of which Pillow keeps 8."""
    names = {_name(tile) for tile in getattr(image, "tile", [])}
    known = ("LA", "RGB", "RGBX", "RGBA", "R", "G", "B", "A")
    return bool(names) and all(
        base in known and depth[:2] == "16"
        for base, _, depth in (one.partition(";") for one in names)
    )


def words(image: Image.Image, stream: IO[bytes]) -> Array:
    """All bits of a wide picture, upright: uint16 (height, width, 2, 3 or 4).

    Pillow gives the upper byte of each number, so the file is decoded twice.
    """
    if _name(image.tile[0]) == "LA;16B":  # type: ignore[attr-defined]
        _set(image, lambda name: "RGBA")  # grey and alpha, two bytes each
        image.load()
        four = np.asarray(upright(image)).astype(np.uint16)
        return four[..., 0::2] << 8 | four[..., 1::2]
    index = image.tell()
    image.load()
    stream.seek(0)
    low = Image.open(stream, formats=[image.format or ""])
    low.seek(index)
    tiff.mend(low)
    _set(low, lambda name: name[:-1] + _LOWER[name[-1]])
    low.load()
    upper, lower = (np.asarray(upright(one)) for one in (image, low))
    found: Array = upper.astype(np.uint16) << 8
    found |= lower
    return found


def eight(values: Array) -> npt.NDArray[np.uint8]:
    """Numbers of 16 bits as 8: the upper ones of those in use, as many fill 10, 12 or 14 only."""
    used = int(values.max(initial=0)).bit_length()
    shift = next(bits for bits in _DEPTHS if used <= bits) - 8
    return (values >> shift).astype(np.uint8)


def _name(tile: Any) -> str:
    """Of the decoder that a part of the file is given to."""
    args = tile.args
    return str(args if isinstance(args, str) else args[0] if args else "")


def _set(image: Image.Image, change: Any) -> None:
    tiles = image.tile  # type: ignore[attr-defined]
    image.tile = [  # type: ignore[attr-defined]
        one._replace(
            args=change(_name(one)) if isinstance(one.args, str)
            else (change(_name(one)), *one.args[1:])
        )
        for one in tiles
    ]  # fmt: skip
