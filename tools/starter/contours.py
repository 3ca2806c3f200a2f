"""Radial contours: one class is one way to draw nested closed curves.

Kataoka et al., 'Replacing Labeled Real-Image Datasets with Auto-Generated Contours'
(CVPR 2022); the curves are sums of two sine waves as in Takashima et al., 'Visual Atoms'
(CVPR 2023).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

FINER = 2  # drawn so many times larger, for smooth lines
CORNERS = 180  # of the polygon that stands for a curve
Array = NDArray[np.float32]


@dataclass(frozen=True)
class Contour:
    """A curve at radius 1 + strengths . sin(waves * angle), drawn again and again inwards."""

    waves: tuple[int, int]
    strengths: tuple[float, float]
    rings: int
    shrink: float  # from one ring to the next, of its radius
    width: int  # of a line, pixels of the finer picture
    stretch: float  # height by width
    roughness: float  # of the radius at every corner
    filled: bool  # the outermost is a surface and not a line


def contours(count: int, draw: np.random.Generator) -> list[Contour]:
    return [_contour(draw) for _ in range(count)]


def _contour(draw: np.random.Generator) -> Contour:
    return Contour(
        (int(draw.integers(2, 12)), int(draw.integers(3, 40))),
        (float(draw.uniform(0, 0.4)), float(draw.uniform(0, 0.25))),
        int(draw.integers(1, 14)),
        float(draw.uniform(0.75, 0.95)),
        int(draw.integers(1, 6)),
        float(draw.uniform(0.4, 1.0)),
        float(draw.choice([0.0, 0.0, draw.uniform(0, 0.12)])),
        bool(draw.random() < 0.35),
    )


def picture(contour: Contour, size: int, draw: np.random.Generator) -> Array:
    """[size, size], 0 to 1. Where the waves begin, and what is rough, differs every time."""
    large = size * FINER
    image = Image.new("L", (large, large))
    pen = ImageDraw.Draw(image)
    angle = np.linspace(0, 2 * np.pi, CORNERS, endpoint=False)
    begins = draw.uniform(0, 2 * np.pi, 2)
    radius = np.ones(CORNERS)
    for wave, strength, begin in zip(contour.waves, contour.strengths, begins, strict=True):
        radius = radius + strength * draw.uniform(0.85, 1.15) * np.sin(wave * angle + begin)
    radius = radius + contour.roughness * draw.standard_normal(CORNERS)
    radius = radius * (0.46 * large / max(float(radius.max()), 1e-6))
    tone = 255
    for ring in range(contour.rings):
        across = large / 2 + radius * np.cos(angle)
        down = large / 2 + radius * contour.stretch * np.sin(angle)
        corners = list(zip(across.tolist(), down.tolist(), strict=True))
        if ring == 0 and contour.filled:
            pen.polygon(corners, fill=110)
        pen.line([*corners, corners[0]], fill=tone, width=contour.width, joint="curve")
        radius = radius * contour.shrink
        tone = max(90, int(tone * 0.97))
    small = image.resize((size, size), Image.Resampling.BOX)
    return np.asarray(small, np.float32) / 255
