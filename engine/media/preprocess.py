"""How a picture becomes a model's input, as plain figures that travel with the model."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class ImagePreprocess:
    """Resize, centre crop, scale to 0..1, normalise.

    The same figures make the tensors in training, in prediction and inside the
    exported graph. Resizing is Pillow's: antialiased, in 8 bits, horizontal
    pass first.
    """

    resize: int | tuple[int, int]  # px: the shorter side, or (height, width) exactly
    crop: tuple[int, int]  # px, (height, width), from the centre
    mean: tuple[float, ...]  # one a channel
    std: tuple[float, ...]
    interpolation: str = "bilinear"  # nearest, bilinear, bicubic, lanczos

    @property
    def channels(self) -> int:
        return len(self.mean)

    def seen(self, width: int, height: int) -> tuple[float, float, float, float]:
        """The part of a picture that is left after resize and crop: x, y, width, height in px.

        It reaches outside the picture where the crop is larger than what was resized.
        """
        if isinstance(self.resize, int):
            short, long = min(width, height), max(width, height)
            sides = self.resize, int(self.resize * long / short)
            wide, high = sides if width <= height else sides[::-1]
        else:
            high, wide = self.resize
        across, down = width / wide, height / high
        left, top = round((wide - self.crop[1]) / 2), round((high - self.crop[0]) / 2)
        return left * across, top * down, self.crop[1] * across, self.crop[0] * down

    def to_wire(self) -> dict[str, Any]:
        return dataclasses.asdict(self)

    @staticmethod
    def from_wire(wire: dict[str, Any]) -> ImagePreprocess:
        size = wire["resize"]
        return ImagePreprocess(
            size if isinstance(size, int) else (int(size[0]), int(size[1])),
            (int(wire["crop"][0]), int(wire["crop"][1])),
            tuple(wire["mean"]),
            tuple(wire["std"]),
            wire["interpolation"],
        )
