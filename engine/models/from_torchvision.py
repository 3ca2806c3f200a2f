"""Image classifiers of torchvision, with their own pre-trained weights and preprocessing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from torch import nn
from torchvision import models
from torchvision.models._api import Weights

from engine.errors import ModelError
from engine.media.preprocess import ImagePreprocess
from engine.models import catalogue, library, offline
from engine.models.head import begin
from engine.models.network import Description, Network
from engine.models.shelf import getting
from engine.models.weights import fingerprint, load_into, read_weights

# Built without the auxiliary classifiers, which serve training from scratch only.
_WITHOUT_AUX = {"googlenet": {"aux_logits": False}, "inception_v3": {"aux_logits": False}}
_AUX = ("aux1.", "aux2.", "AuxLogits.")


def names() -> list[str]:
    """Every torchvision classification model."""
    listed: list[str] = models.list_models(module=models)
    return listed


def knows(name: str) -> bool:
    return network_of(name) in names()


def network_of(name: str) -> str:
    """torchvision's name of a model's network: its own, but for what ships with Graft and for
    weights that a person named."""
    entry = catalogue.find(name) or catalogue.network_of(name)
    return (entry.architecture or entry.name) if entry is not None else name


def build(name: str, file: Path | None, classes: int, pretrained: bool) -> Network:
    """Raises ModelError as `engine.models.building.build` does."""
    network = network_of(name)
    variants = [] if _ships(name) else list(models.get_model_weights(network))
    path, variant = file or library.find(name), None
    if pretrained:
        path, variant = locate(name, path, variants)
    else:
        variant = _variant(path, variants)
    built: dict[str, Any] = {"name": network, **_size_of(name, variant)}
    model = architecture(**built)
    weights_hash = ""
    if pretrained:
        assert path is not None
        weights = {n: t for n, t in read_weights(path).items() if not n.startswith(_AUX)}
        load_into(model, weights, last_layer(model), path)
        weights_hash = fingerprint(path)
    preprocess = preprocess_of(name, variant)
    description = Description(name, "torchvision", "image", built, preprocess.to_wire())
    return Network(model, description, replace_head(model, classes), weights_hash)


def rebuild(description: Description, classes: int) -> Network:
    model = architecture(**description.architecture)
    return Network(model, description, replace_head(model, classes))


def architecture(name: str, image_size: int | None = None) -> nn.Module:
    """Args:
    image_size: px of a square, for models whose layers are made for one size.
    """
    extra: dict[str, Any] = _WITHOUT_AUX.get(name, {})
    if name in _WITHOUT_AUX:
        extra = {**extra, "init_weights": True}
    if image_size is not None:
        extra = {**extra, "image_size": image_size}
    model: nn.Module = models.get_model(name, weights=None, **extra)
    # Its weights expect inputs scaled to -1..1; Graft normalises as every model here is fed.
    if hasattr(model, "transform_input"):
        setattr(model, "transform_input", True)  # noqa: B010 - a plain attribute of two models
    return model


def _ships(name: str) -> bool:
    """With Graft, so that torchvision publishes no weights for it."""
    entry = catalogue.find(name)
    return entry is not None and bool(entry.architecture)


def locate(name: str, file: Path | None, variants: list[Weights]) -> tuple[Path, Weights | None]:
    """The weights file to read, and which published weights it is, as far as its name tells.

    Raises:
        ModelError: no file, and none may be or could be fetched; and as getting does.
    """
    found = file or library.find(name)
    if found is not None:
        return Path(found), _variant(found, variants)
    if not variants or catalogue.network_of(name) is not None:
        raise ModelError(
            "There are no weights for this model",
            f"None lie here, and torchvision publishes none for {name}.",
            "Give a weights file of yours, or train it from scratch.",
            subject=name,
        )
    if not offline.online():
        wanted, folder = library.wanted(name)
        raise ModelError(
            "The weights are not on this machine",
            f"Graft is offline, and {wanted} was not found.",
            f"Put {wanted} into {folder}, give another file with --weights or on the Model page, "
            "or allow downloads.",
            subject=name,
        )
    got = getting.get(name)
    return got.path, _variant(got.path, variants)


def _variant(file: Path | None, variants: list[Weights]) -> Weights | None:
    named = [v for v in variants if file is not None and Path(v.url).stem == Path(file).stem]
    # An unnamed file is taken to be made with the original preprocessing.
    return (named or variants or [None])[0]


def _size_of(name: str, variant: Weights | None) -> dict[str, int]:
    """What a vision transformer must be told: its position table fits one size of pictures."""
    if variant is None or not name.startswith("vit_"):
        return {}
    return {"image_size": int(variant.meta["min_size"][0])}


def preprocess_of(name: str, variant: Weights | None) -> ImagePreprocess:
    if variant is None:
        entry = catalogue.find(name)
        side = entry.input_size if entry is not None and entry.architecture else None
        resize, crop = (side, side) if side else (256, 224)
        return ImagePreprocess(resize, (crop, crop), (0.485, 0.456, 0.406), (0.229, 0.224, 0.225))
    made = variant.transforms()
    return ImagePreprocess(
        int(made.resize_size[0]),
        (int(made.crop_size[0]), int(made.crop_size[0])),
        tuple(made.mean),
        tuple(made.std),
        str(made.interpolation.value),
    )


def last_layer(model: nn.Module) -> str:
    """The name of the layer that makes the class scores."""
    names = [n for n, m in model.named_modules() if isinstance(m, nn.Linear | nn.Conv2d)]
    return str(names[-1])


def replace_head(model: nn.Module, classes: int) -> tuple[str, ...]:
    """Puts a new last layer in place.

    Returns:
        its name and those of the dropouts right before it, which belong to it.
    """
    name = last_layer(model)
    parent_name, _, key = name.rpartition(".")
    parent = model.get_submodule(parent_name)
    old = model.get_submodule(name)
    if isinstance(old, nn.Linear):
        new: nn.Linear | nn.Conv2d = nn.Linear(old.in_features, classes)
    else:
        assert isinstance(old, nn.Conv2d)
        new = nn.Conv2d(old.in_channels, classes, kernel_size=1)
    begin(new, std=0.001)  # whatever the scale of the features
    setattr(parent, key, new)
    siblings = [child for child, _ in parent.named_children()]
    before = siblings[: siblings.index(key)]
    head = [name]
    for sibling in reversed(before):
        if not isinstance(parent.get_submodule(sibling), nn.Dropout):
            break
        head.insert(0, f"{parent_name}.{sibling}" if parent_name else sibling)
    return tuple(head)
