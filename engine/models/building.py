"""From a person's choice (a name, perhaps a file or folder) to a network with a new head.

Each of the two libraries takes seconds to load, and most work needs one of
them, so each is loaded where it is needed.
"""

from __future__ import annotations

from pathlib import Path

from engine.errors import ModelError
from engine.models.network import Description, Network


def build(
    name: str, weights: str | None, kind: str, classes: int, *, pretrained: bool = True
) -> Network:
    """A network for `classes` classes.

    Args:
        name: a torchvision name, a Hugging Face name, or a folder.
        weights: a file or folder; None: what the library of this machine holds.
        kind: image or text.
        pretrained: False builds the same network with random weights.

    Raises:
        ModelError: unknown name, weights absent, damaged, refused or of another model.
    """
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


def rebuild(description: Description, classes: int, files: dict[str, bytes]) -> Network:
    """The same network again, weights unset, for a checkpoint to be loaded into."""
    if description.family == "torchvision":
        from engine.models import from_torchvision

        return from_torchvision.rebuild(description, classes)
    from engine.models import from_transformers

    return from_transformers.rebuild(description, classes, files)


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
