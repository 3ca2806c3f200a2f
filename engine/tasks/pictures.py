"""What tasks share whose networks read pictures: fitting, views, tensors."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from PIL import Image
from torchvision.transforms.v2 import functional as transforms

from engine.media.channels import read_planes
from engine.media.preprocess import ImagePreprocess
from engine.models.building import build
from engine.models.network import Inputs, Network
from engine.store.datasets import Example
from engine.tasks.base import Arrays
from engine.tasks.classification import Classification
from engine.training.recipe import Recipe

_FILTERS = {
    "nearest": Image.Resampling.NEAREST,
    "bilinear": Image.Resampling.BILINEAR,
    "bicubic": Image.Resampling.BICUBIC,
    "lanczos": Image.Resampling.LANCZOS,
}


@dataclass(frozen=True)
class Augmentation:
    """How far a view may stray. No flips in 'light': for many pictures, left is not right."""

    least_area: float
    degrees: float
    flip: bool
    light: float  # relative change of brightness and contrast


AUGMENTATIONS = {
    "light": Augmentation(0.7, 5.0, False, 0.1),
    "strong": Augmentation(0.4, 15.0, True, 0.3),
}


@dataclass(frozen=True)
class PictureReader:
    preprocess: ImagePreprocess
    augmentation: Augmentation | None = None

    def __call__(self, example: Example, view: int) -> Arrays:
        """pixels: uint8 [channels, height, width], resized and cropped."""
        planes = read_planes(example.file, self.preprocess.channels)
        return {"pixels": np.concatenate([self._fit(plane, view) for plane in planes])}

    def _fit(self, picture: Image.Image, view: int) -> np.ndarray:
        if view and self.augmentation:
            picture = augment(picture, self.augmentation, self.preprocess, view)
        else:
            picture = fit(picture, self.preprocess)
        pixels = np.asarray(picture)
        return pixels[None] if pixels.ndim == 2 else pixels.transpose(2, 0, 1)

    def blank(self) -> Arrays:
        return {"pixels": np.zeros((self.preprocess.channels, *self.preprocess.crop), np.uint8)}


class PictureClassification(Classification):
    network_kind = "image"

    def build(self, recipe: Recipe, classes: int, pretrained: bool) -> Network:
        return build(
            recipe.model, recipe.weights, "image", classes, pretrained=pretrained,
            edits=recipe.edits(),
        )  # fmt: skip

    def collate(self, network: Network, items: Sequence[Arrays]) -> Inputs:
        pixels = np.stack([item["pixels"] for item in items])
        return {"pixels": torch.from_numpy(pixels)}

    def prepare(self, network: Network, inputs: Inputs) -> Inputs:
        pixels = inputs["pixels"].float().div_(255)
        mean = pixels.new_tensor(network.preprocess.mean)[:, None, None]
        std = pixels.new_tensor(network.preprocess.std)[:, None, None]
        return {"pixels": pixels.sub_(mean).div_(std)}


def fit(picture: Image.Image, preprocess: ImagePreprocess) -> Image.Image:
    """Resizes by Pillow and crops the centre; a picture too small is set on black."""
    width, height = resized(picture.size, preprocess.resize)
    if (width, height) != picture.size:
        picture = picture.resize((width, height), _FILTERS[preprocess.interpolation])
    high, wide = preprocess.crop
    if (wide, high) == picture.size:
        return picture
    if width < wide or height < high:
        left, top = max(0, (wide - width) // 2), max(0, (high - height) // 2)
        canvas = Image.new(picture.mode, (max(width, wide), max(height, high)))
        canvas.paste(picture, (left, top))
        picture, (width, height) = canvas, canvas.size
    left, top = round((width - wide) / 2), round((height - high) / 2)
    return picture.crop((left, top, left + wide, top + high))


def resized(size: tuple[int, int], resize: int | tuple[int, int]) -> tuple[int, int]:
    """(width, height) after resizing, by torchvision's rule for the longer side."""
    if not isinstance(resize, int):
        return resize[1], resize[0]
    width, height = size
    if width <= height:
        return resize, max(1, int(resize * height / width))
    return max(1, int(resize * width / height)), resize


def augment(
    picture: Image.Image, how: Augmentation, preprocess: ImagePreprocess, view: int
) -> Image.Image:
    """A view of the picture in the crop's size, the same for the same `view`."""
    draw = np.random.default_rng(view)
    if how.degrees:
        angle = float(draw.uniform(-how.degrees, how.degrees))
        picture = picture.rotate(angle, Image.Resampling.BILINEAR)
    left, top, wide, high = _window(picture.size, how.least_area, draw)
    crop_height, crop_width = preprocess.crop
    picture = picture.resize(
        (crop_width, crop_height), _FILTERS[preprocess.interpolation],
        box=(left, top, left + wide, top + high),
    )  # fmt: skip
    if how.flip and draw.random() < 0.5:
        picture = transforms.horizontal_flip(picture)
    if how.light:
        picture = transforms.adjust_brightness(picture, 1 + draw.uniform(-how.light, how.light))
        picture = transforms.adjust_contrast(picture, 1 + draw.uniform(-how.light, how.light))
    return picture


def _window(
    size: tuple[int, int], least_area: float, draw: np.random.Generator
) -> tuple[float, float, float, float]:
    """A random part of nearly the picture's own proportions: left, top, width, height in px."""
    width, height = size
    side = math.sqrt(draw.uniform(least_area, 1.0))
    stretch = math.exp(draw.uniform(-0.1, 0.1))
    wide, high = min(width, width * side * stretch), min(height, height * side / stretch)
    return draw.uniform(0, width - wide), draw.uniform(0, height - high), wide, high
