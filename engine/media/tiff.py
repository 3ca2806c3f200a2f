"""TIFFs that Pillow refuses or takes for others, mended where it keeps its table of kinds.

Scanners and microscopes write numbers in every size, sign and byte order, with white as
zero or with black. Pillow's decoders know them; what leads to the right decoder has gaps.
"""

from __future__ import annotations

import re
from typing import Any

from PIL import Image, TiffImagePlugin

PHOTOMETRIC, BITS, SIGN = 262, 258, 339  # tags; of the sign: 1 none, 2 signed, 3 fractions
_SIGNED = 2
_PLANES = 2  # the colours lie one after the other
_KINDS: dict[Any, tuple[str, str]] = TiffImagePlugin.OPEN_INFO  # type: ignore[assignment]


def _add_kinds() -> None:
    """Numbers of 32 and 64 bits, and white as zero for every grey there is."""
    intel, motorola = TiffImagePlugin.II, TiffImagePlugin.MM
    more = {
        (motorola, 1, (1,), 1, (12,), ()): ("I;16", "I;12"),
        (motorola, 1, (1,), 1, (32,), ()): ("I", "I;32B"),
        (intel, 1, (3,), 1, (64,), ()): ("F", "F;64F"),
        (motorola, 1, (3,), 1, (64,), ()): ("F", "F;64BF"),
    }
    for kind, modes in (more | _KINDS).items():
        order, photometric, sign, fill, bits, extra = kind
        _KINDS.setdefault(kind, modes)
        if photometric == 1 and len(bits) == 1 and (bits[0] > 8 or sign == (_SIGNED,)):
            _KINDS.setdefault((order, 0, sign, fill, bits, extra), modes)


_add_kinds()


def mend(image: Image.Image) -> None:
    """Leads an opened TIFF, frame by frame, to the right decoder; other pictures stay as they are.

    libtiff gives numbers in the machine's order, which Pillow minds for a part of them. And
    where colours lie in planes, it takes a plane of 16 bits for one of 8.
    """
    tiles = getattr(image, "tile", [])
    if image.format != "TIFF" or not tiles:
        return
    order = "B" if image.tag_v2.prefix == TiffImagePlugin.MM else "L"  # type: ignore[attr-defined]
    wide = set(image.tag_v2.get(BITS, ())) == {16}  # type: ignore[attr-defined]
    image.tile = [  # type: ignore[attr-defined]
        tile._replace(args=(_decoder(tile.codec_name, tile.args[0], order, wide), *tile.args[1:]))
        for tile in tiles
    ]


def _decoder(codec: str, name: str, order: str, wide: bool) -> str:
    if codec == "libtiff":
        return re.sub(r"^([IF];(?:16|32|64))B?([SF]?)$", r"\1N\2", name)
    return f"{name};16{order}" if wide and name in ("R", "G", "B", "A") else name


def signed(image: Image.Image) -> bool:
    """Whether a grey picture of 8 bits holds numbers below zero, which Pillow does not say."""
    return image.mode == "L" and _first(image, SIGN) == _SIGNED


def unsigned(image: Image.Image) -> bool:
    """Whether numbers of 32 bits, which Pillow takes for signed, are not."""
    return image.mode == "I" and _first(image, BITS) == 32 and _first(image, SIGN) != _SIGNED


def white_is_zero(image: Image.Image) -> bool:
    tags = getattr(image, "tag_v2", None)
    return tags is not None and tags.get(PHOTOMETRIC) == 0


def _first(image: Image.Image, tag: int) -> int:
    tags = getattr(image, "tag_v2", None)
    found = tags.get(tag, 1) if tags is not None else 0
    return int(found[0] if isinstance(found, tuple) else found)
