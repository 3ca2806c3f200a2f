"""The recipe: every choice that makes a run, validated once and stored with it."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any

from engine.errors import ConfigurationError
from engine.freezing.presets import PRESETS, SCHEDULES, USUAL, Phase

AUGMENTATIONS = ("none", "light", "strong")
PRECISIONS = ("auto", "no", "bf16", "fp16")
ADAPTER_RANK = 8  # where LoRA is chosen and no rank is given


@dataclass(frozen=True)
class Recipe:
    """Defaults are what one click takes."""

    model: str  # a name of the catalogue, a Hugging Face name, or a folder
    weights: str | None = None  # a file or folder; None: found in the library
    preset: str = USUAL
    phases: tuple[dict[str, Any], ...] = ()  # wire forms of phases; they take the preset's place
    epochs: int = 10  # of a preset; phases bring their own
    batch_size: int = 32  # over all processes and accumulation steps; see training.few
    lr: float | None = None  # None: the preset's own
    seed: int = 0
    weight_decay: float = 0.01
    label_smoothing: float = 0.0
    warmup: float = 0.1  # share of a phase's steps
    class_balanced: bool = False  # weigh classes by 1 / their number
    refit: bool | None = None  # in the end learn from the validation items, too; see training.refit
    patience: int = 0  # epochs without a better validation before stopping, 0: never
    clip: float = 1.0  # gradient norm, 0: none
    augmentation: str = "none"
    views: int = 4  # augmented views of each item kept in the cache
    cache: bool = True  # of frozen features
    keep_statistics: bool = False  # batch norms that learn keep their pre-trained statistics
    checkpointing: bool = False  # activations are computed again rather than kept
    lora_rank: int = 0  # of adapters, 0: none, or 8 with the preset 'lora'
    head_hidden: int = 0  # width of a hidden layer in the head, 0: none
    head_dropout: float | None = None  # before the last layer, None: the model's own
    pooling: str | None = None  # of the features before the head, None: the model's own
    channels: int | None = None  # of a picture: 1, 3, or as many as it has; None: 3
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
            ("accumulation", 1, 65_536), ("max_length", 4, 8192), ("lora_rank", 0, 1024),
            ("head_hidden", 0, 65_536), ("lr", 1e-10, 10), ("workers", 0, 256),
            ("image_size", 16, 4096), ("head_dropout", 0, 0.99), ("channels", 1, 64),
        ):  # fmt: skip
            value = getattr(self, field)
            if value is not None:
                _between(field, value, least, most)
        for wire in self.phases:
            phase = Phase.from_wire(wire)
            _one_of("schedule", phase.schedule, SCHEDULES)
            _between("epochs", phase.epochs, 1, 10_000)
            _between("lr", phase.lr, 1e-10, 10)
            _between("warmup", phase.warmup, 0, 1)
        if not self.model.strip():
            raise ConfigurationError(
                "No model is chosen", "The model has no name.",
                "Choose one on the Model page, or name one with --model.", subject="model",
            )  # fmt: skip
        return self

    @property
    def adapters(self) -> int:
        """The rank of the adapters, 0: none."""
        chosen = self.preset == "lora" and not self.phases
        return self.lora_rank or (ADAPTER_RANK if chosen else 0)

    def edits(self) -> dict[str, Any]:
        """What is changed in the network itself: value by field (see engine.models.edits)."""
        return {
            "channels": self.channels,
            "image_size": self.image_size,
            "pooling": self.pooling,
            "head_dropout": self.head_dropout,
            "head_hidden": self.head_hidden,
            "lora_rank": self.adapters,
        }

    def to_wire(self) -> dict[str, Any]:
        return dataclasses.asdict(self)

    @staticmethod
    def from_wire(wire: dict[str, Any]) -> Recipe:
        known = {field.name for field in dataclasses.fields(Recipe)}
        values = {key: value for key, value in wire.items() if key in known}
        return Recipe(**{**values, "phases": tuple(values.get("phases") or ())})


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
