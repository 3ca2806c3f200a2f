"""Image classification: one class a picture."""

from __future__ import annotations

from engine.models.network import Network
from engine.tasks.base import Reader
from engine.tasks.pictures import AUGMENTATIONS, PictureClassification, PictureReader
from engine.training.recipe import Recipe


class ImageClassification(PictureClassification):
    name = "image-classification"
    title = "Image classification"
    item_kind = "image"

    def reader(self, network: Network, recipe: Recipe) -> Reader:
        return PictureReader(network.preprocess, AUGMENTATIONS.get(recipe.augmentation))
