"""A picture made small, as JPEG bytes."""

from __future__ import annotations

import io

from PIL import Image

EDGE = 192  # px, the longer side of a thumbnail


def encode(image: Image.Image, edge: int = EDGE) -> bytes:
    """JPEG bytes of an RGB picture, its longer side at most `edge` px."""
    small = image.copy() if max(image.size) <= edge else image
    if small is image:
        small = image.resize(_fit(image.size, edge), Image.Resampling.BICUBIC, reducing_gap=2.0)
    out = io.BytesIO()
    small.save(out, "JPEG", quality=85, exif=b"", icc_profile=None)
    return out.getvalue()


def _fit(size: tuple[int, int], edge: int) -> tuple[int, int]:
    scale = edge / max(size)
    return max(1, round(size[0] * scale)), max(1, round(size[1] * scale))
