"""Pictures that stand inside annotation files, as PNG in base64."""

from __future__ import annotations

import base64
import binascii
import io

import numpy as np
from PIL import Image

from engine.labels.shapes import Bits, Mask
from engine.media.images import BROKEN
from engine.media.quiet import quiet
from engine.media.refusals import MAX_PIXELS


def bits_of(text: str) -> Bits:
    """Bool [height, width]: what is not black, and where there is an alpha, not clear.

    Raises:
        ValueError: no such picture, or a giant.
    """
    quiet()
    try:
        content = base64.b64decode(text.partition("base64,")[2] or text)
        with Image.open(io.BytesIO(content), formats=("PNG",)) as image:
            if image.size[0] * image.size[1] > MAX_PIXELS:
                raise ValueError("a mask larger than any picture")
            shown = image.getchannel("A") if image.mode in ("RGBA", "LA") else image.convert("L")
            bits: Bits = np.asarray(shown) > 0
            return bits
    except (binascii.Error, MemoryError, Image.DecompressionBombError, *BROKEN) as error:
        raise ValueError("no picture") from error


def text_of(mask: Mask) -> str:
    """A mask's own rectangle as a PNG of one bit in base64."""
    stream = io.BytesIO()
    Image.fromarray(mask.bits()).save(stream, "PNG")
    return base64.b64encode(stream.getvalue()).decode("ascii")
