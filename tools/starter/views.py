"""From drawn shapes to coloured views of them, a batch at a time."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

from tools.starter.chance import between
from tools.starter.telling import told

# As torchvision normalises: so the weights are used as any of its own.
MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)


TURN = 0.5  # radians, at most
FAINT, STRONG = 0.15, 0.9  # brightness of shape and ground lie so far apart


def views(shapes: Tensor, size: int, draw: torch.Generator) -> tuple[Tensor, Tensor]:
    """float32 [n, 3, size, size], normalised, from float32 [n, 1, h, w] of 0 to 1; and what is
    to be told of each, float32 [n, telling.COUNT].

    Turned a little, mirrored, cut and stretched; then shape and ground each get colours of
    their own, as a network that has seen one colour takes colour for nothing. They do not come
    close: of faint shapes, turned all ways, nothing was learned in the first 40,000 pictures.
    """
    count = len(shapes)
    placed = _placed(shapes, size, draw) ** between(0.4, 1, (count, 1, 1, 1), draw)
    ground, tint = _colours(count, draw)
    colours = ground, tint
    ground, tint = ground + _clouds(count, size, draw), tint + _clouds(count, size, draw)
    picture = _softened(ground + placed * (tint - ground), draw)
    noise = torch.randn(picture.shape, generator=draw, device=draw.device)
    noisy = between(0, 1, (count, 1, 1, 1), draw) < 0.5
    picture = picture + noise * noisy * between(0, 0.04, (count, 1, 1, 1), draw)
    grey = between(0, 1, (count, 1, 1, 1), draw) < 0.25
    picture = torch.where(grey, picture.mean(1, keepdim=True), picture).clamp_(0, 1)
    telling = told(placed, *colours, picture)
    return (picture - _channels(MEAN, picture)) / _channels(STD, picture), telling


def _softened(pictures: Tensor, draw: torch.Generator) -> Tensor:
    """Three of four lose what is finer than a coarser grid has, each third another: pictures
    of cells, nuclei or digits are often small ones made large."""
    size = pictures.shape[-1]
    found = pictures.clone()
    for first in range(1, 4):
        share = float(between(0.1, 0.7, (1,), draw))
        coarse = functional.interpolate(
            pictures[first::4], size=max(8, round(share * size)), mode="area"
        )
        found[first::4] = functional.interpolate(coarse, size=(size, size), mode="bilinear")
    return found


def _placed(shapes: Tensor, size: int, draw: torch.Generator) -> Tensor:
    count = len(shapes)
    angle = between(-TURN, TURN, (count,), draw)
    scale = between(0.5, 1.2, (count,), draw)  # of the shape that the view takes in
    across = scale * between(0.8, 1.25, (count,), draw)
    mirrored = (between(0, 1, (count,), draw) < 0.5) * 2.0 - 1
    moved = (1 - scale).abs()[:, None] * between(-1, 1, (count, 2), draw)
    sine, cosine = angle.sin(), angle.cos()
    turned = torch.stack(
        [
            torch.stack([cosine * across * mirrored, -sine * scale], -1),
            torch.stack([sine * across * mirrored, cosine * scale], -1),
        ],
        -2,
    )
    matrix = torch.cat([turned, moved[..., None]], -1)
    grid = functional.affine_grid(matrix, [count, 1, size, size], align_corners=False)
    return functional.grid_sample(shapes, grid, align_corners=False)


def _colours(count: int, draw: torch.Generator) -> tuple[Tensor, Tensor]:
    """Of the ground and of the shape, [n, 3, 1, 1]; mostly the side of brightness with more
    room is the shape's, sometimes the other."""
    ground = between(0, 1, (count, 3, 1, 1), draw)
    brighter = (ground.mean(1, keepdim=True) < 0.5) * 2.0 - 1
    other = 1 - 2.0 * (between(0, 1, (count, 1, 1, 1), draw) < 0.2)
    apart = between(FAINT, STRONG, (count, 1, 1, 1), draw) * brighter * other
    shape = (ground + apart + between(-0.25, 0.25, (count, 3, 1, 1), draw)).clamp(0, 1)
    vivid = between(0.1, 1.6, (count, 1, 1, 1), draw).clamp_max(1)  # three of five are paler
    return _paler(ground, vivid), _paler(shape, vivid)


def _paler(colour: Tensor, vivid: Tensor) -> Tensor:
    grey = colour.mean(1, keepdim=True)
    return grey + vivid * (colour - grey)


def _clouds(count: int, size: int, draw: torch.Generator) -> Tensor:
    """[n, 3, size, size], about 0: nothing for one half, else what changes coarse and fine."""
    share = between(0, 0.5, (count, 1, 1, 1), draw)
    share = share * (between(0, 1, (count, 1, 1, 1), draw) < 0.5)
    return share * sum(_smooth(count, cells, size, draw) / 2**n for n, cells in enumerate((4, 12)))


def _smooth(count: int, cells: int, size: int, draw: torch.Generator) -> Tensor:
    patches = between(-0.5, 0.5, (count, 3, cells, cells), draw)
    return functional.interpolate(patches, size=(size, size), mode="bilinear", align_corners=False)


def _channels(values: tuple[float, float, float], like: Tensor) -> Tensor:
    return torch.tensor(values, device=like.device).view(1, 3, 1, 1)
