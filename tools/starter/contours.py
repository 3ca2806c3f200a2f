"""Radial contours: one class is one way to draw nested closed curves.

Kataoka et al., 'Replacing Labeled Real-Image Datasets with Auto-Generated Contours'
(CVPR 2022); the curves are sums of two sine waves as in Takashima et al., 'Visual Atoms'
(CVPR 2023).
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import torch
from torch import Tensor

from tools.starter.chance import between

CORNERS = 180  # at which a rough curve has a radius of its own
REACH = 0.92  # of half the picture: the widest curve
STRENGTH = torch.tensor([0.4, 0.25])  # of the two waves, at most
FILLED = 0.43  # tone of a surface; the outermost line has 1


@dataclass(frozen=True)
class Contours:
    """Curves of radius 1 + strengths . sin(waves * angle), again and again inwards."""

    waves: Tensor  # float32 [classes, 2], whole numbers
    strengths: Tensor  # [classes, 2]
    rings: Tensor  # [classes]: so many curves
    shrink: Tensor  # [classes]: radius of a curve by that of the one around it
    width: Tensor  # [classes]: of a line, of half the picture
    stretch: Tensor  # [classes]: height by width
    roughness: Tensor  # [classes]: of the radius at every corner
    filled: Tensor  # [classes]: 1 where the outermost is a surface, or 0

    def __len__(self) -> int:
        return len(self.waves)

    def to(self, device: torch.device) -> Contours:
        return Contours(*(getattr(self, field.name).to(device) for field in fields(self)))

    def pictures(self, which: Tensor, size: int, draw: torch.Generator) -> Tensor:
        """float32 [n, 1, size, size], 0 to 1. Where the waves begin, how strong they are and
        what is rough differs from one picture of a class to the next."""
        own = Contours(*(getattr(self, f.name)[which][:, None, None] for f in fields(self)))
        line = torch.linspace(-1, 1, size, device=draw.device)
        across, down = line.expand(size, size)[None], line[:, None].expand(size, size)[None]
        down = down / own.stretch
        angle, distance = torch.atan2(down, across), torch.hypot(down, across)
        radius, slope = _curve(self, which, angle, draw)
        part = distance / radius
        ring = (part.clamp_min(1e-4).log() / own.shrink.log()).round()
        ring = torch.minimum(ring.clamp_min(0), own.rings - 1)
        away = (part - own.shrink**ring).abs() * radius / (1 + (slope / radius) ** 2).sqrt()
        lines = ((own.width / 2 - away) * size / 2 + 0.5).clamp(0, 1)
        surface = own.filled * FILLED * ((1 - part) * radius * size / 2 + 0.5).clamp(0, 1)
        tone = (0.97**ring).clamp_min(0.35)
        return torch.maximum(lines * tone, surface)[:, None]


def contours(count: int, draw: torch.Generator) -> Contours:
    """On the CPU."""
    rough = between(0, 0.12, (count,), draw)
    return Contours(
        torch.stack([_whole(2, 12, count, draw), _whole(3, 40, count, draw)], 1),
        between(0, 1, (count, 2), draw) * STRENGTH * between(0.2, 1, (count, 1), draw),
        _whole(1, 14, count, draw),
        between(0.75, 0.95, (count,), draw),
        between(0.008, 0.05, (count,), draw),
        between(0.4, 1.0, (count,), draw),
        rough * (between(0, 1, (count,), draw) < 1 / 3),
        (between(0, 1, (count,), draw) < 0.35).float(),
    )


def _curve(
    of: Contours, which: Tensor, angle: Tensor, draw: torch.Generator
) -> tuple[Tensor, Tensor]:
    """Radius and its slope at each angle of [n, size, size]; the widest radius is REACH."""
    count = len(which)
    begin = between(0, 2 * torch.pi, (count, 2), draw)
    strength = of.strengths[which] * between(0.85, 1.15, (count, 2), draw)
    rough = torch.randn((count, CORNERS), generator=draw, device=draw.device)
    rough = rough * of.roughness[which][:, None]
    radius, slope = torch.ones_like(angle), torch.zeros_like(angle)
    for number in range(2):
        wave = of.waves[which][:, number, None, None]
        turned = wave * angle + begin[:, number, None, None]
        own = strength[:, number, None, None]
        radius, slope = radius + own * turned.sin(), slope + own * wave * turned.cos()
    place = (angle / (2 * torch.pi) + 0.5) * CORNERS
    corner = place.floor().long() % CORNERS
    share = place - place.floor()
    flat = corner.flatten(1)
    near, far = rough.gather(1, flat), rough.gather(1, (flat + 1) % CORNERS)
    radius = radius + (near + (far - near) * share.flatten(1)).view_as(angle)
    widest = radius.amax((1, 2), keepdim=True).clamp_min(1e-3)
    return (radius / widest).clamp_min(0.05) * REACH, slope / widest * REACH


def _whole(low: int, high: int, count: int, draw: torch.Generator) -> Tensor:
    return torch.randint(low, high, (count,), generator=draw).float()
