"""All classes of drawn shapes: fractals first, contours after them."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from tools.starter.contours import Contours, contours
from tools.starter.fractals import Fractals, fractals

SEED = 7
AT_ONCE = 96  # pictures that a pool draws together


@dataclass(frozen=True)
class Shapes:
    """Draws anew every time: for a GPU, which draws as fast as it learns."""

    fractals: Fractals
    contours: Contours

    @property
    def classes(self) -> int:
        return len(self.fractals) + len(self.contours)

    def batch(self, count: int, size: int, draw: torch.Generator) -> tuple[Tensor, Tensor]:
        """Pictures float32 [count, 1, size, size], 0 to 1, and classes int64 [count]: one half
        fractals, the other contours. On the generator's device."""
        half = count // 2
        one = torch.randint(len(self.fractals), (half,), generator=draw, device=draw.device)
        other = torch.randint(
            len(self.contours), (count - half,), generator=draw, device=draw.device
        )
        return self.of(one, other, size, draw)

    def of(
        self, one: Tensor, other: Tensor, size: int, draw: torch.Generator
    ) -> tuple[Tensor, Tensor]:
        """As `batch`: a picture of each of these fractals, then of each of these contours."""
        pictures = torch.cat(
            [self.fractals.pictures(one, size, draw), self.contours.pictures(other, size, draw)]
        )
        return pictures, torch.cat([one, other + len(self.fractals)])


@dataclass(frozen=True)
class Pool:
    """Draws `each` pictures of every class once: for a processor, which draws more slowly
    than it learns. No view of them is ever the same."""

    pictures: Tensor  # uint8 [classes * each, 1, size, size]
    targets: Tensor  # int64 [classes * each]
    classes: int

    def batch(self, count: int, size: int, draw: torch.Generator) -> tuple[Tensor, Tensor]:
        """As Shapes.batch; `size` is the pool's own."""
        assert size == self.pictures.shape[-1]
        chosen = torch.randint(len(self.targets), (count,), generator=draw)
        return self.pictures[chosen].float() / 255, self.targets[chosen]


def shapes(device: torch.device, of_each_kind: int) -> Shapes:
    """The same on every machine: the classes are drawn on the CPU."""
    draw = torch.Generator().manual_seed(SEED)
    return Shapes(fractals(of_each_kind, draw).to(device), contours(of_each_kind, draw).to(device))


def pool(of_each_kind: int, each: int, size: int) -> Pool:
    drawn = shapes(torch.device("cpu"), of_each_kind)
    draw = torch.Generator().manual_seed(SEED + 1)
    pictures, targets = [], []
    for which in torch.arange(of_each_kind).repeat_interleave(each).split(AT_ONCE):
        found, classes = drawn.of(which, which, size, draw)
        pictures.append((found * 255).round().byte())
        targets.append(classes)
    return Pool(torch.cat(pictures), torch.cat(targets), drawn.classes)
