"""Audio classification: one class a sound, by networks that read pictures.

A network is shown the sound's mel spectrogram, squeezed to the size of its pictures: nothing is
cut off, neither a beginning nor a pitch.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from PIL import Image

from engine.media import audio
from engine.models.network import Network
from engine.store.datasets import Example
from engine.tasks.base import Arrays, Reader
from engine.tasks.pictures import PictureClassification, PictureReader
from engine.training.recipe import Recipe


@dataclass(frozen=True)
class Masking:
    """Bands that a view leaves out, as in SpecAugment (Park et al. 2019), and how far it moves."""

    bands: int  # of pitches and of moments, each
    share: float  # of the height or the length that a band takes at most
    shift: float  # of the length, to either side


MASKINGS = {"light": Masking(1, 0.15, 0.1), "strong": Masking(2, 0.25, 0.2)}


@dataclass(frozen=True)
class SoundReader(PictureReader):
    masking: Masking | None = None

    def __call__(self, example: Example, view: int) -> Arrays:
        """pixels: uint8 [channels, height, width], the spectrogram in each channel."""
        picture = audio.seen(example.file)
        if view and self.masking:
            picture = masked(picture, self.masking, view)
        return {"pixels": self._fit(picture, 0).repeat(self.preprocess.channels, axis=0)}


class AudioClassification(PictureClassification):
    name = "audio-classification"
    title = "Audio classification"
    item_kind = "audio"

    def build(self, recipe: Recipe, classes: int, pretrained: bool) -> Network:
        network = super().build(recipe, classes, pretrained)
        whole = replace(network.preprocess, resize=network.preprocess.crop)
        network.description = replace(network.description, preprocess=whole.to_wire())
        return network

    def reader(self, network: Network, recipe: Recipe) -> Reader:
        return SoundReader(network.preprocess, masking=MASKINGS.get(recipe.augmentation))


def masked(picture: Image.Image, how: Masking, view: int) -> Image.Image:
    """A view of a spectrogram, the same for the same `view`; what leaves at one end is gone."""
    draw = np.random.default_rng(view)
    pixels = np.array(picture)
    far = round(pixels.shape[1] * draw.uniform(-how.shift, how.shift))
    moved = np.zeros_like(pixels)
    if far >= 0:
        moved[:, far:] = pixels[:, : pixels.shape[1] - far]
    else:
        moved[:, :far] = pixels[:, -far:]
    for axis in (0, 1):
        for _ in range(how.bands):
            wide = round(moved.shape[axis] * draw.uniform(0, how.share))
            begin = int(draw.integers(0, moved.shape[axis] - wide + 1))
            moved[(slice(None),) * axis + (slice(begin, begin + wide),)] = 0
    return Image.fromarray(moved)
