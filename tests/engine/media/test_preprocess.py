"""Which part of a picture a model takes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.media.preprocess import ImagePreprocess


def make(resize, crop):
    return ImagePreprocess(resize, crop, (0.5,) * 3, (0.5,) * 3)


@pytest.mark.parametrize(
    ("resize", "crop", "size", "expected"),
    [
        (256, (224, 224), (512, 512), (32, 32, 448, 448)),
        # 400 x 300 becomes 341 x 256; of the half pixel Python's rounding takes the even one.
        (256, (224, 224), (400, 300), (58 * 400 / 341, 18.75, 224 * 400 / 341, 262.5)),
        (256, (224, 224), (300, 400), (18.75, 58 * 400 / 341, 262.5, 224 * 400 / 341)),
        ((100, 200), (100, 200), (50, 50), (0, 0, 50, 50)),
        (100, (200, 200), (50, 50), (-25, -25, 100, 100)),
    ],
)
def test_what_is_left_after_resize_and_crop(resize, crop, size, expected):
    assert make(resize, crop).seen(*size) == pytest.approx(expected)


@given(st.integers(1, 5000), st.integers(1, 5000), st.integers(8, 512))
def test_it_lies_in_the_middle(width, height, side):
    x, y, wide, high = make(side, (side, side)).seen(width, height)
    one = max(width, height) / side  # what a step of one pixel of the model's is
    assert abs(x + wide / 2 - width / 2) <= one and abs(y + high / 2 - height / 2) <= one
