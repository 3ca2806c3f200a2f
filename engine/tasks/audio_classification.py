"""Audio classification: one class a sound, by networks that read pictures.

A network is shown the sound's mel spectrogram, squeezed to the size of its pictures: nothing is
cut off, neither a beginning nor a pitch.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from engine.media import audio
from engine.models.network import Network
from engine.store.datasets import Example
from engine.tasks.base import Arrays, Reader
from engine.tasks.pictures import PictureClassification, PictureReader
from engine.training.recipe import Recipe


@dataclass(frozen=True)
class SoundReader(PictureReader):
    """Every view is the same: masks and shifts (SpecAugment, Park et al. 2019) cost accuracy
    where labels and epochs are few, which is where Graft is used."""

    def __call__(self, example: Example, view: int) -> Arrays:
        """pixels: uint8 [channels, height, width], the spectrogram in each channel."""
        pixels = self._fit(audio.seen(example.file), 0)
        return {"pixels": pixels.repeat(self.preprocess.channels, axis=0)}


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
        return SoundReader(network.preprocess)
