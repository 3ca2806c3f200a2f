"""A network can be given another head, other channels, another size; it says no in words."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from torch import nn

from engine.errors import ConfigurationError
from engine.models.building import build, rebuild
from engine.models.head import last_layer
from engine.models.network import Network
from engine.models.stem import adapted
from engine.models.trace import evaluating
from engine.tasks.registry import task
from engine.training.recipe import Recipe

Folder = Callable[[str], Path]


def made(name: str, folder: Folder, **edits: object) -> Network:
    torch.manual_seed(0)
    kind = "text" if name == "bert" else "image"
    if name in ("resnet", "vit", "bert"):
        return build(name, str(folder(name)), kind, 4, edits=edits)
    return build(name, None, kind, 4, pretrained=False, edits=edits)


def logits(network: Network, inputs: dict[str, torch.Tensor]) -> torch.Tensor:
    with evaluating(network), torch.no_grad():
        return network(inputs)


@pytest.mark.parametrize(
    ("name", "edits"),
    [
        ("resnet", {"channels": 1, "head_hidden": 12}),
        ("vit", {"channels": 5, "image_size": 48, "head_dropout": 0.3}),
        ("bert", {"head_hidden": 7, "head_dropout": 0.2, "lora_rank": 2}),
        ("vit", {"lora_rank": 4}),
        ("mobilenet_v2", {"channels": 1, "head_dropout": 0.5, "lora_rank": 3}),
        ("vit_b_32", {"image_size": 64, "lora_rank": 2}),
        ("resnet18", {"pooling": "max", "image_size": 96}),
        ("squeezenet1_1", {"head_hidden": 9, "image_size": 96}),
    ],
)
def test_an_edited_network_is_built_again_the_same(
    name: str, edits: dict[str, object], model_folder: Folder
) -> None:
    network = made(name, model_folder, **edits)
    assert network.description.edits == edits
    again = rebuild(network.description, 4, network.files)
    again.model.load_state_dict(network.model.state_dict())  # strict
    probe = network.probe(2)
    assert logits(network, probe).shape == (2, 4)
    assert torch.equal(logits(network, probe), logits(again, probe))
    assert again.description == network.description and again.head == network.head


def test_a_grey_picture_gives_nearly_what_it_gave_in_colour(model_folder: Folder) -> None:
    colour, grey = made("resnet", model_folder), made("resnet", model_folder, channels=1)
    picture = torch.rand(2, 1, 32, 32)
    # The tiny model normalises all three channels alike, so nothing is lost at all.
    assert torch.allclose(
        logits(colour, {"pixels": picture.expand(2, 3, 32, 32)}), logits(grey, {"pixels": picture}),
        atol=1e-5,
    )  # fmt: skip
    assert grey.preprocess.channels == 1 and grey.probe(2)["pixels"].shape[1] == 1


def test_many_channels_keep_the_level() -> None:
    weight = torch.randn(6, 3, 5, 5)
    std = (0.2, 0.25, 0.3)
    even = torch.ones(1, 3, 9, 9)
    for count in (2, 4, 7):
        new = adapted(weight, std, count)
        assert new.shape == (6, count, 5, 5)
        wide = torch.ones(1, count, 9, 9) * 0.25  # every channel at one level, normalised by it
        level = torch.nn.functional.conv2d(wide, new)
        scale = torch.tensor(std)[None, :, None, None]
        before = torch.nn.functional.conv2d(even * 0.25 * 0.25 / scale, weight)
        assert torch.allclose(level, before, atol=1e-4)


def test_position_embeddings_follow_the_size(model_folder: Folder) -> None:
    own, larger = made("vit_b_32", model_folder), made("vit_b_32", model_folder, image_size=256)
    assert own.model.encoder.pos_embedding.shape[1] == 50
    assert larger.model.encoder.pos_embedding.shape[1] == 65
    assert larger.preprocess.crop == (256, 256)
    hugging = made("vit", model_folder, image_size=64)
    assert logits(hugging, hugging.probe(2)).shape == (2, 4)


def test_hidden_layer_and_dropout_stand_before_the_last_layer(model_folder: Folder) -> None:
    network = made("bert", model_folder, head_hidden=7, head_dropout=0.4)
    head = [network.model.get_submodule(name) for name in network.head]
    linear = [m for part in head for m in part.modules() if isinstance(m, nn.Linear)]
    assert [(m.in_features, m.out_features) for m in linear] == [(32, 7), (7, 4)]
    assert {m.p for part in head for m in part.modules() if isinstance(m, nn.Dropout)} == {0.4}
    assert last_layer(network).endswith("output")


def test_a_dropout_of_nothing_takes_away_the_models_own(model_folder: Folder) -> None:
    network = made("bert", model_folder, head_dropout=0.0)
    assert network.description.edits == {"head_dropout": 0.0}
    head = [network.model.get_submodule(name) for name in network.head]
    assert {m.p for part in head for m in part.modules() if isinstance(m, nn.Dropout)} == {0.0}
    plain = made("resnet", model_folder, head_dropout=0.0)
    assert plain.parameter_count() == made("resnet", model_folder).parameter_count()


def test_a_model_that_scales_colours_itself_takes_grey_pictures(model_folder: Folder) -> None:
    """GoogLeNet begins by making -1..1 of what was normalised for three colours."""
    colour, grey = made("googlenet", model_folder), made("googlenet", model_folder, channels=1)
    grey.model.load_state_dict(
        {n: t for n, t in colour.model.state_dict().items() if not n.startswith("conv1.conv.")},
        strict=False,
    )
    picture = torch.rand(2, 1, 64, 64)
    own, ours = colour.preprocess, grey.preprocess
    mean, std = (torch.tensor(v)[:, None, None] for v in (own.mean, own.std))
    inputs = (picture.expand(2, 3, 64, 64) - mean) / std
    said = logits(grey, {"pixels": (picture - ours.mean[0]) / ours.std[0]})
    assert torch.allclose(logits(colour, {"pixels": inputs}), said, atol=1e-4)
    again = rebuild(grey.description, 4, {})
    again.model.load_state_dict(grey.model.state_dict())
    assert again.description == grey.description
    assert logits(again, again.probe(2)).shape == (2, 4)


@pytest.mark.parametrize(
    ("name", "edits", "field"),
    [
        ("vit_b_32", {"image_size": 100}, "image_size"),
        ("mobilenet_v2", {"pooling": "max"}, "pooling"),
        ("bert", {"channels": 1}, "channels"),
        ("resnet18", {"pooling": "median"}, "pooling"),
    ],
)
def test_what_cannot_be_changed_is_said(
    name: str, edits: dict[str, object], field: str, model_folder: Folder
) -> None:
    with pytest.raises(ConfigurationError) as caught:
        made(name, model_folder, **edits)
    assert caught.value.subject == field and caught.value.remedy


@pytest.mark.parametrize("hidden", [0, 16])
def test_a_head_before_a_relu_begins_open(hidden: int) -> None:
    """SqueezeNet cuts scores below zero off: a class that begins there never learns."""
    recipe = Recipe("squeezenet1_1", head_hidden=hidden)
    network = task("image-classification").build(recipe, 7, False).eval()
    with torch.no_grad():
        scores = network({"pixels": torch.randn(4, 3, 64, 64)})
    assert (scores > 1).all()
    assert scores.std(1).max() < 0.5  # and still the first loss is that of a guess
