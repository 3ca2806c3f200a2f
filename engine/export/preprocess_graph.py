"""Graft's preprocessing of a picture as an ONNX graph, equal to Pillow's to the last bit.

Pillow resizes in two passes, one along the rows and one along the columns. Each
pixel of a pass is a weighted sum of 8-bit pixels, with weights rounded to 22
bits after the point, and the sum is rounded to 8 bits again. That is a matrix
product in whole numbers, which float64 holds exactly; the matrices follow from
the picture's size, so the graph computes them. Only the pixels that the crop
keeps are computed.

Pillow 13 takes the pass along the columns first where the height shrinks by more
than twice as many pixels as the width; earlier ones never did. Because each pass
rounds, the order shows in single steps of 255, and the graph follows Pillow 13.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from engine.export.graph import DOUBLE, FLOAT, INT64, UINT8, Graph, Value
from engine.media.preprocess import ImagePreprocess

PRECISION = float(1 << 22)  # Pillow's PRECISION_BITS for 8-bit channels
INPUT, OUTPUT = "image", "pixels"


def preprocess_graph(preprocess: ImagePreprocess) -> Any:
    """A ModelProto.

    Input `image`: uint8 [height, width, channels], upright, of any size.
    Output `pixels`: float32 [1, channels, crop height, crop width], normalised.
    """
    graph = Graph("preprocess")
    channels = preprocess.channels
    image = graph.input(INPUT, UINT8, ["height", "width", channels])
    height, width = _sides(graph, image)
    new_height, new_width = _resized(graph, preprocess, height, width)
    high, wide = preprocess.crop

    across = _weights(graph, preprocess.interpolation, width, new_width, wide)
    down = _weights(graph, preprocess.interpolation, height, new_height, high)
    planes = image.transpose(2, 0, 1).cast(DOUBLE)  # [channels, height, width]
    across = across.transpose(1, 0)

    def narrowed(source: Value) -> Value:
        return _to_8_bits(graph.op("MatMul", source, across))

    def flattened(source: Value) -> Value:
        return _to_8_bits(graph.op("MatMul", down, source))

    down_first = (new_height < height) & (height - new_height > (width - new_width) * 2)
    pixels = graph.either(
        down_first, lambda: narrowed(flattened(planes)), lambda: flattened(narrowed(planes))
    )  # [channels, crop height, crop width]

    scaled = pixels.cast(FLOAT) / graph.constant(255, np.float32)
    mean = graph.constant(np.reshape(preprocess.mean, (channels, 1, 1)), np.float32)
    std = graph.constant(np.reshape(preprocess.std, (channels, 1, 1)), np.float32)
    batch = ((scaled - mean) / std).reshape(1, channels, high, wide)
    return graph.model(batch, OUTPUT, FLOAT, [1, channels, high, wide])


def _sides(graph: Graph, image: Value) -> tuple[Value, Value]:
    shape = graph.op("Shape", image)
    sides = [graph.op("Gather", shape, graph.constant(axis, np.int64)) for axis in (0, 1)]
    return sides[0].cast(DOUBLE), sides[1].cast(DOUBLE)


def _resized(
    graph: Graph, preprocess: ImagePreprocess, height: Value, width: Value
) -> tuple[Value, Value]:
    """The size after resizing: exact, or by torchvision's rule int(size * long / short)."""
    size = preprocess.resize
    if not isinstance(size, int):
        return graph.value(size[0]), graph.value(size[1])
    upright = width <= height
    longer_height = (height * size / width).floor().at_least(1)
    longer_width = (width * size / height).floor().at_least(1)
    return upright.where(longer_height, size), upright.where(size, longer_width)


def _weights(graph: Graph, interpolation: str, before: Value, after: Value, crop: int) -> Value:
    """float64 [crop, before]: how much each old pixel gives to each pixel that the crop keeps.

    Whole numbers, the weights times 2^22. Pixels that the crop adds around a
    picture too small have no weights, so they become 0.
    """
    canvas = after.at_least(crop)
    padding = ((crop - after).at_least(0) / 2).floor()
    offset = graph.op("Round", (canvas - crop) / 2) - padding  # to even, as Python's round
    place = graph.constant(np.arange(crop)[:, None]) + offset  # [crop, 1], in the resized picture
    inside = (place >= 0) & (place < after)
    old = _upto(graph, before).reshape(1, -1)
    scale = before / after
    if interpolation == "nearest":
        weights = _nearest(graph, place, old, scale, after)
    else:
        weights = _filtered(graph, interpolation, place, old, before, scale)
    return inside.where(weights, 0.0)


def _filtered(
    graph: Graph, interpolation: str, place: Value, old: Value, before: Value, scale: Value
) -> Value:
    """Pillow's precompute_coeffs and normalize_coeffs_8bpc."""
    radius, curve = FILTERS[interpolation]
    stretch = scale.at_least(1.0)  # a shrinking filter grows: that is the antialiasing
    support = stretch * radius
    centre = (place + 0.5) * scale
    first = (centre - support + 0.5).at_least(0.0).floor()
    last = (centre + support + 0.5).at_most(before).floor()
    within = (old >= first) & (old < last)
    raw = within.where(curve((old - centre + 0.5) * (1.0 / stretch)), 0.0)
    total = graph.op("ReduceSum", raw, graph.constant([1], np.int64), keepdims=1)
    scaled = raw / total * PRECISION
    return (scaled < 0.0).where(0.0 - (0.5 - scaled).floor(), (scaled + 0.5).floor())


def _nearest(graph: Graph, place: Value, old: Value, scale: Value, after: Value) -> Value:
    """Pillow steps through the row adding `scale`, so its rounding adds up; so must ours."""
    steps = (_upto(graph, after) >= 1.0).where(scale, scale * 0.5)
    reached = graph.op("CumSum", steps, graph.constant(0, np.int64)).floor()
    index = place.at_least(0.0).at_most(after - 1.0).cast(INT64)
    source = graph.op("Gather", reached, index)  # [crop, 1]
    return graph.op("Equal", source, old).where(PRECISION, 0.0)


def _upto(graph: Graph, count: Value) -> Value:
    """float64 [count]: 0, 1, 2, ..."""
    return graph.op("Range", 0.0, count, 1.0)


def _to_8_bits(sums: Value) -> Value:
    return (sums / PRECISION + 0.5).floor().at_least(0.0).at_most(255.0)


def _triangle(x: Value) -> Value:
    return (1.0 - x.absolute()).at_least(0.0)


def _bicubic(x: Value) -> Value:
    a = -0.5
    x = x.absolute()
    near = ((x * (a + 2.0) - (a + 3.0)) * x) * x + 1.0
    far = (((x - 5.0) * x + 8.0) * x - 4.0) * a
    return (x < 1.0).where(near, (x < 2.0).where(far, 0.0))


def _lanczos(x: Value) -> Value:
    inside = (x >= -3.0) & (x < 3.0)
    return inside.where(_sinc(x) * _sinc(x / 3.0), 0.0)


def _sinc(x: Value) -> Value:
    zero = x.graph.op("Equal", x, 0.0)
    angle = zero.where(1.0, x * math.pi)
    return zero.where(1.0, x.graph.op("Sin", angle) / angle)


FILTERS: dict[str, tuple[float, Callable[[Value], Value]]] = {
    "bilinear": (1.0, _triangle),
    "bicubic": (2.0, _bicubic),
    "lanczos": (3.0, _lanczos),
}
