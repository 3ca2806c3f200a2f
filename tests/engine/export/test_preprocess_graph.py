"""The graph's pixels are Pillow's and Graft's own, to the last bit."""

import functools

import numpy as np
import onnx
import onnxruntime
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from PIL import Image

from engine.export.preprocess_graph import preprocess_graph
from engine.media.preprocess import ImagePreprocess
from engine.tasks.pictures import fit

FILTERS = ["nearest", "bilinear", "bicubic", "lanczos"]
NEUTRAL = {"mean": (0.0, 0.0, 0.0), "std": (1.0, 1.0, 1.0)}


@functools.cache
def session(preprocess):
    model = preprocess_graph(preprocess)
    onnx.checker.check_model(model, full_check=True)
    return onnxruntime.InferenceSession(
        model.SerializeToString(), providers=["CPUExecutionProvider"]
    )


def graph_pixels(picture, preprocess):
    (pixels,) = session(preprocess).run(None, {"image": np.asarray(picture)})
    return pixels[0]


def in_8_bits(picture, preprocess):
    return np.rint(graph_pixels(picture, preprocess) * 255).astype(int).transpose(1, 2, 0)


def noise(width, height, seed=0):
    random = np.random.default_rng(seed)
    return Image.fromarray(random.integers(0, 256, (height, width, 3), np.uint8))


@pytest.mark.parametrize("interpolation", FILTERS)
@settings(max_examples=60, deadline=None)
@given(width=st.integers(1, 700), height=st.integers(1, 700), seed=st.integers(0, 99))
@example(width=64, height=64, seed=0)  # nothing to do
@example(width=384, height=384, seed=0)  # six to one: sums that end in exactly a half
@example(width=1, height=1, seed=0)
@example(width=3, height=700, seed=0)  # a ribbon
def test_resize_and_crop_are_graft_s(interpolation, width, height, seed):
    preprocess = ImagePreprocess(64, (56, 56), **NEUTRAL, interpolation=interpolation)
    picture = noise(width, height, seed)
    expected = np.asarray(fit(picture, preprocess)).astype(int)
    np.testing.assert_array_equal(in_8_bits(picture, preprocess), expected)


@pytest.mark.parametrize(
    ("resize", "crop"),
    [
        (256, (224, 224)),
        (232, (224, 224)),
        ((64, 48), (64, 48)),
        ((40, 90), (64, 61)),  # padded above and below, cropped at the sides
        (30, (64, 65)),  # padded all around
        (65, (56, 33)),  # offsets that end in a half
    ],
)
@settings(max_examples=12, deadline=None)
@given(width=st.integers(20, 500), height=st.integers(20, 500))
def test_sizes_of_all_kinds(resize, crop, width, height):
    preprocess = ImagePreprocess(resize, crop, **NEUTRAL)
    picture = noise(width, height)
    expected = np.asarray(fit(picture, preprocess)).astype(int)
    np.testing.assert_array_equal(in_8_bits(picture, preprocess), expected)


def test_against_torchvision_s_own_transform():
    from torchvision.transforms._presets import ImageClassification

    theirs = ImageClassification(crop_size=224, resize_size=256)
    mine = ImagePreprocess(256, (224, 224), (0.485, 0.456, 0.406), (0.229, 0.224, 0.225))
    for size in ((640, 480), (333, 500), (225, 225), (1000, 260)):
        picture = noise(*size)
        difference = np.abs(graph_pixels(picture, mine) - theirs(picture).numpy())
        assert difference.max() < 1e-6, size


def test_a_large_photograph_is_done_in_seconds():
    preprocess = ImagePreprocess(256, (224, 224), **NEUTRAL)
    picture = noise(4000, 3000)
    expected = np.asarray(fit(picture, preprocess)).astype(int)
    np.testing.assert_array_equal(in_8_bits(picture, preprocess), expected)


def test_a_long_panorama_does_not_fill_the_memory():
    """Only the columns in the crop are computed, however long the resized picture is."""
    preprocess = ImagePreprocess(256, (224, 224), **NEUTRAL)
    picture = noise(30_000, 60)
    expected = np.asarray(fit(picture, preprocess)).astype(int)
    np.testing.assert_array_equal(in_8_bits(picture, preprocess), expected)
