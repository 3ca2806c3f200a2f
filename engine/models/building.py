"""From a person's choice (a name, perhaps a file or folder) to a network with a new head.

Each of the two libraries takes seconds to load, and most work needs one of
them, so each is loaded where it is needed.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from engine.errors import ModelError
from engine.models import catalogue, library
from engine.models.edits import edit
from engine.models.network import Description, Network

CONFIGURATIONS = catalogue.FILE.parent / "configurations"


def build(
    name: str,
    weights: str | None,
    kind: str,
    classes: int,
    *,
    pretrained: bool = True,
    edits: Mapping[str, Any] | None = None,
) -> Network:
    """A network for `classes` classes.

    Args:
        name: a torchvision name, a Hugging Face name, or a folder.
        weights: a file or folder; None: what the library of this machine holds.
        kind: image or text.
        pretrained: False builds the same network with random weights.
        edits: what else is changed in it, see engine.models.edits.

    Raises:
        ModelError: unknown name, weights absent, damaged, refused or of another model.
        ConfigurationError: the model cannot be edited so.
    """
    network = _library_model(name, weights, kind, classes, pretrained)
    edit(network, edits or {})
    return network


def _library_model(
    name: str, weights: str | None, kind: str, classes: int, pretrained: bool
) -> Network:
    folder = _folder(name, weights)
    if folder is not None:
        from engine.models import from_transformers

        return from_transformers.from_folder(name, folder, kind, classes, pretrained)
    if kind == "image":
        from engine.models import from_torchvision

        if from_torchvision.knows(name):
            file = Path(weights) if weights else None
            return from_torchvision.build(name, file, classes, pretrained)
    if weights is not None:
        raise ModelError(
            "Unknown model",
            f"{name!r} is no image model of torchvision, and {weights} is no Hugging Face folder.",
            "Run 'models' to see the names, or give a folder that holds a config.json.",
            subject=name,
        )
    from engine.models import from_transformers

    return from_transformers.from_hub(name, kind, classes, pretrained)


def outline(name: str, weights: str | None, kind: str, classes: int) -> Network:
    """The same modules, for engine.models.skeleton: nothing is read but configurations."""
    folder, entry = _folder(name, weights), catalogue.find(name) or catalogue.network_of(name)
    if folder is None and (kind != "image" or entry is None or entry.source == "huggingface"):
        folder = library.find(name) or (configurations(entry) if entry is not None else None)
    if folder is not None:
        from engine.models import from_transformers

        return from_transformers.outline(name, folder, kind, classes)
    return _library_model(name, weights, kind, classes, False)


def configurations(entry: catalogue.Entry) -> Path | None:
    """The folder with the configuration that ships with Graft, of a model of the hub."""
    place = CONFIGURATIONS / entry.name.replace("/", "--")
    return place if place.is_dir() else None


def rebuild(description: Description, classes: int, files: dict[str, bytes]) -> Network:
    """The same network again, weights unset, for a checkpoint to be loaded into."""
    if description.family == "torchvision":
        from engine.models import from_torchvision

        network = from_torchvision.rebuild(description, classes)
    else:
        from engine.models import from_transformers

        network = from_transformers.rebuild(description, classes, files)
    edit(network, description.edits)
    network.description = description  # how it was fed in the end, whatever an edit makes of it
    return network


def _folder(name: str, weights: str | None) -> Path | None:
    """The Hugging Face folder that is meant, if one is."""
    for place in (weights, name):
        if place and (Path(place) / "config.json").is_file():
            return Path(place)
        if place and Path(place).is_dir():
            raise ModelError(
                "The folder holds no model",
                f"There is no config.json in {place}.",
                "Choose a Hugging Face folder: config.json, model.safetensors, tokenizer files.",
                subject=place,
            )
    return None
