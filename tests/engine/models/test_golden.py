"""Real ImageNet weights, read and fed by Graft, give the golden predictions."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from engine.media.images import read_image
from engine.models import from_torchvision
from engine.models.network import Network
from engine.models.weights import load_into, read_weights
from engine.store.datasets import Example
from engine.tasks.image_classification import ImageClassification
from engine.tasks.pictures import PictureReader
from engine.training.recipe import Recipe


@pytest.mark.parametrize("name", ["mobilenet_v2", "squeezenet1_1"])
def test_golden_predictions(name: str, shared_data: Callable[[str], Path]) -> None:
    file = shared_data(f"weights_{name}") / f"{name}.safetensors"
    photos = shared_data("photos_sample")
    golden = json.loads((photos / "golden_top5.json").read_text())
    network = with_own_head(name, file)
    task = ImageClassification()
    reader = task.reader(network, Recipe(name))
    assert isinstance(reader, PictureReader)
    for photo, said in golden.items():
        example = Example(0, "image", photos / photo, None, "", 0)
        inputs = task.prepare(network, task.collate(network, [reader(example, 0)]))
        with torch.no_grad():
            probabilities = task.probabilities(network(inputs))[0]
        for one in said[name]:
            assert float(probabilities[one["index"]]) == pytest.approx(one["p"], abs=1.5e-3)
        assert int(probabilities.argmax()) == said[name][0]["index"]


def with_own_head(name: str, file: Path) -> Network:
    """The network with its 1,000 ImageNet classes, which fine-tuning would replace."""
    built = from_torchvision.build(name, file, 1000, True)
    weights = read_weights(file)
    load_into(built.model, weights, "no head", file)
    return built.eval()


def test_the_picture_is_read_as_pillow_reads_it(shared_data: Callable[[str], Path]) -> None:
    from PIL import Image, ImageChops

    photo = shared_data("photos_sample") / "owl.jpg"
    same = ImageChops.difference(read_image(photo), Image.open(photo).convert("RGB"))
    assert same.getbbox() is None
