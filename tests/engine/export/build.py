"""Small networks and what Graft says of an item, for the tests of export."""

import json

import numpy as np
import torch
from PIL import Image

from engine.models import building
from engine.store.datasets import Example
from engine.tasks.registry import task
from engine.training.recipe import Recipe

VIT = {
    "model_type": "vit", "architectures": ["ViTForImageClassification"], "hidden_size": 32,
    "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 64, "image_size": 32,
    "patch_size": 8, "num_labels": 2,
}  # fmt: skip
VIT_PREPROCESSOR = {
    "do_resize": True, "size": {"height": 32, "width": 32}, "resample": 2, "do_normalize": True,
    "image_mean": [0.5, 0.5, 0.5], "image_std": [0.5, 0.5, 0.5],
    "image_processor_type": "ViTImageProcessor",
}  # fmt: skip


def image_network(name="squeezenet1_1", classes=3, weights=None, seed=0):
    torch.manual_seed(seed)
    pretrained = weights is not None
    network = building.build(name, weights, "image", classes, pretrained=pretrained)
    return network.eval()


def vit_folder(folder):
    (folder / "config.json").write_text(json.dumps(VIT))
    (folder / "preprocessor_config.json").write_text(json.dumps(VIT_PREPROCESSOR))
    return str(folder)


def example(file, number=1, text=None):
    return Example(number, "text" if text else "image", file, text, str(number), 0)


def says(network, item, max_length=128):
    """Float32 [classes], through Graft's own reading, preprocessing and network."""
    known = task("text-classification" if item.text else "image-classification")
    recipe = Recipe(model="any", max_length=max_length)
    arrays = known.reader(network, recipe)(item, 0)
    with torch.no_grad():
        inputs = known.prepare(network, known.collate(network, [arrays]))
        return known.probabilities(network(inputs))[0].numpy()


def picture(path, width=90, height=70, seed=0, **save):
    random = np.random.default_rng(seed)
    small = random.integers(0, 256, (7, 9, 3), np.uint8)
    Image.fromarray(small).resize((width, height), Image.Resampling.BICUBIC).save(path, **save)
    return path
