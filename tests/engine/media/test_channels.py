"""Pictures as 1, 3 or as many planes as they have."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from engine.errors import DataError
from engine.media.channels import read_planes


def test_a_stack_of_frames_is_a_picture_of_channels(tmp_path: Path) -> None:
    levels = [40, 90, 200, 10, 255]
    frames = [Image.new("L", (12, 9), level) for level in levels]
    frames[0].save(tmp_path / "five.tif", save_all=True, append_images=frames[1:])
    planes = read_planes(tmp_path / "five.tif", 5)
    assert [plane.getpixel((3, 3)) for plane in planes] == levels
    assert {plane.mode for plane in planes} == {"L"}


def test_deep_frames_are_stretched(tmp_path: Path) -> None:
    ramp = np.arange(64, dtype=np.uint16).reshape(8, 8) * 1000
    frames = [Image.fromarray(ramp), Image.fromarray(ramp[::-1].copy())]
    frames[0].save(tmp_path / "deep.tif", save_all=True, append_images=frames[1:])
    first, second = (np.asarray(plane) for plane in read_planes(tmp_path / "deep.tif", 2))
    assert first.dtype == np.uint8 and first.min() == 0 and first.max() == 255
    assert np.array_equal(first[::-1], second)


def test_bands_of_one_frame(tmp_path: Path) -> None:
    Image.new("RGBA", (4, 5), (1, 2, 3, 4)).save(tmp_path / "four.png")
    assert [p.getpixel((0, 0)) for p in read_planes(tmp_path / "four.png", 4)] == [1, 2, 3, 4]
    assert [p.mode for p in read_planes(tmp_path / "four.png", 1)] == ["L"]
    assert [p.mode for p in read_planes(tmp_path / "four.png", 3)] == ["RGB"]


def test_other_channels_than_the_model_takes_are_refused(tmp_path: Path) -> None:
    Image.new("RGB", (4, 5)).save(tmp_path / "colour.png")
    with pytest.raises(DataError, match="takes") as caught:
        read_planes(tmp_path / "colour.png", 6)
    assert "6" in caught.value.cause and caught.value.subject == str(tmp_path / "colour.png")
