"""The recipe: every choice that makes a run, validated once and stored with it."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any

from engine.errors import ConfigurationError
from engine.freezing.presets import PRESETS

AUGMENTATIONS = ("none", "light", "strong")
PRECISIONS = ("auto", "no", "bf16", "fp16")


@dataclass(frozen=True)
class Recipe:
    """Defaults are what one click takes."""

    model: str  # a name of the catalogue, a Hugging Face name, or a folder
    weights: str | None = None  # a file or folder; None: found in the library
    preset: str = "feature-extraction"
    epochs: int = 10
    batch_size: int = 32  # over all processes and accumulation steps
    lr: float | None = None  # None: the preset's own
    seed: int = 0
    weight_decay: float = 0.01
    label_smoothing: float = 0.0
    warmup: float = 0.1  # share of a phase's steps
    class_balanced: bool = False  # weigh classes by 1 / their number
    patience: int = 0  # epochs without a better validation before stopping, 0: never
    clip: float = 1.0  # gradient norm, 0: none
    augmentation: str = "none"
    views: int = 4  # augmented views of each item kept in the cache
    cache: bool = True  # of frozen features
    precision: str = "auto"
    accumulation: int = 1
    workers: int | None = None  # that read files, None: chosen for the device
    max_length: int = 128  # tokens of a text
    image_size: int | None = None  # px, of a square input; None: the model's own

    def validate(self) -> Recipe:
        """Raises ConfigurationError with the field as its subject."""
        _one_of("preset", self.preset, tuple(PRESETS))
        _one_of("augmentation", self.augmentation, AUGMENTATIONS)
        _one_of("precision", self.precision, PRECISIONS)
        for field, least, most in (
            ("epochs", 1, 10_000), ("batch_size", 1, 65_536), ("seed", 0, 2**31 - 1),
            ("weight_decay", 0, 10), ("label_smoothing", 0, 0.9), ("warmup", 0, 1),
            ("patience", 0, 10_000), ("clip", 0, 1e6), ("views", 1, 64),
            ("accumulation", 1, 65_536), ("max_length", 4, 8192),
        ):  # fmt: skip
            _between(field, getattr(self, field), least, most)
        if self.lr is not None:
            _between("lr", self.lr, 1e-10, 10)
        if self.workers is not None:
            _between("workers", self.workers, 0, 256)
        if self.image_size is not None:
            _between("image_size", self.image_size, 16, 4096)
        if not self.model.strip():
            raise ConfigurationError(
                "No model is chosen", "The model has no name.",
                "Choose one on the Model page, or name one with --model.", subject="model",
            )  # fmt: skip
        return self

    def to_wire(self) -> dict[str, Any]:
        return dataclasses.asdict(self)

    @staticmethod
    def from_wire(wire: dict[str, Any]) -> Recipe:
        known = {field.name for field in dataclasses.fields(Recipe)}
        return Recipe(**{key: value for key, value in wire.items() if key in known})


def _one_of(field: str, value: str, known: tuple[str, ...]) -> None:
    if value not in known:
        raise ConfigurationError(
            f"Unknown {field}", f"There is no {field} named {value!r}.",
            f"Choose one of: {', '.join(known)}.", subject=field,
        )  # fmt: skip


def _between(field: str, value: float, least: float, most: float) -> None:
    if not least <= value <= most:
        raise ConfigurationError(
            f"{field.replace('_', ' ').capitalize()} is out of range",
            f"{value} was given; it must be between {least} and {most}.",
            "Enter a value in that range.", subject=field,
        )  # fmt: skip
