"""Masks and their outlines, and what of a shape lies inside the picture."""

import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from engine.labels.outlines import (
    area,
    clipped_box,
    clipped_mask,
    clipped_polygon,
    ellipse,
    fill,
    joined,
    mask_of,
    rings_of,
    turned,
    union,
)
from engine.labels.shapes import Box, Mask, Polygon

bits = hnp.arrays(np.bool_, st.tuples(st.integers(1, 9), st.integers(1, 9)))
places = st.floats(-20, 30, allow_nan=False)


@given(bits, st.integers(-3, 40), st.integers(0, 40))
def test_the_outlines_of_a_mask_give_back_the_very_same_mask(bits, left, top):
    mask = Mask.of(bits, left, top)
    if mask is None:
        assert not bits.any()
        return
    rings = rings_of(mask)
    assert mask_of(rings) == mask
    assert mask_of([joined(rings)]) == mask
    assert all(x == int(x) and y == int(y) for ring in rings for x, y in ring)


def test_an_outline_has_corners_only_and_holes_are_outlines_of_their_own():
    assert rings_of(Mask.of(np.ones((2, 3), bool), 4, 5)) == [((4, 5), (7, 5), (7, 7), (4, 7))]
    ring = np.ones((3, 3), bool)
    ring[1, 1] = False
    outer, inner = rings_of(Mask.of(ring))
    assert (area(outer), area(inner)) == (9, 1)


def test_pixels_that_touch_at_a_corner_are_outlined_apart():
    assert [area(one) for one in rings_of(Mask.of(np.eye(2, dtype=bool)))] == [1, 1]


def test_a_pixel_belongs_to_an_outline_when_its_centre_lies_inside():
    triangle = fill([((0, 0), (4, 0), (0, 4))], 4, 4)
    assert triangle.sum(1).tolist() == [3, 2, 1, 0] or triangle.sum(1).tolist() == [4, 3, 2, 1]
    assert not fill([((0.6, 0.6), (1.4, 0.6), (1.4, 1.4), (0.6, 1.4))], 2, 2).any()


def test_an_outline_larger_than_any_picture_is_refused_and_not_painted():
    with pytest.raises(ValueError, match="larger"):
        mask_of([((0, 0), (1e7, 0), (1e7, 1e7))])
    with pytest.raises(ValueError, match="apart"):
        union([Mask(0, 0, 1, 1, (0, 1)), Mask(10**7, 10**7, 1, 1, (0, 1))])


@given(st.lists(bits, min_size=1, max_size=3))
def test_a_union_holds_what_any_of_its_masks_holds(parts):
    masks = [mask for n, one in enumerate(parts) if (mask := Mask.of(one, n * 2, n))]
    together = union(masks)
    pixels = {
        (mask.left + x, mask.top + y)
        for mask in masks
        for y, x in zip(*np.nonzero(mask.bits()), strict=True)
    }
    assert (together.area if together else 0) == len(pixels)


def beside(points, width, height):
    """Bool [height, width]: pixels whose centre no edge of the outline runs through."""
    y, x = np.mgrid[:height, :width] + 0.5
    clear = np.ones((height, width), bool)
    for (a, b), (c, d) in pairwise([*points, *points[:1]]):
        length = (c - a) ** 2 + (d - b) ** 2 or 1
        along = np.clip(((x - a) * (c - a) + (y - b) * (d - b)) / length, 0, 1)
        clear &= np.hypot(x - a - along * (c - a), y - b - along * (d - b)) > 1e-6
    return clear


@given(st.lists(st.tuples(places, places), min_size=3, max_size=6))
@example([(0.0, 1.0), (0.0, 0.0), (19.1875, 19.1875)])
def test_a_clipped_polygon_lies_inside_and_covers_the_same_pixels(points):
    clipped = clipped_polygon(Polygon(tuple(points)), 12, 9)
    clear = beside(points, 12, 9)
    whole = fill([points], 12, 9)
    if clipped is None:
        assert not (whole & clear).any()
        return
    assert all(-1e-9 <= x <= 12 + 1e-9 and -1e-9 <= y <= 9 + 1e-9 for x, y in clipped.points)
    assert not ((fill([clipped.points], 12, 9) ^ whole) & clear).any()


@given(places, places, st.floats(0, 40), st.floats(0, 40))
def test_a_clipped_box_is_what_both_have(left, top, width, height):
    box = Box(left, top, left + width, top + height)
    inside = clipped_box(box, 12, 9)
    across = min(box.right, 12) - max(left, 0)
    down = min(box.bottom, 9) - max(top, 0)
    assert (inside is None) == (across <= 0 or down <= 0)
    if inside is not None:
        assert (inside.width, inside.height) == pytest.approx((across, down))


@given(bits, st.integers(-5, 8), st.integers(-5, 8))
def test_a_clipped_mask_has_the_pixels_inside(bits, left, top):
    mask = Mask.of(bits, left, top)
    if mask is None:
        return
    clipped = clipped_mask(mask, 6, 5)
    whole = np.zeros((40, 40), bool)
    whole[mask.top + 10 :, mask.left + 10 :][: mask.height, : mask.width] = mask.bits()
    assert (clipped.area if clipped else 0) == whole[10:15, 10:16].sum()


def test_a_turned_box_and_an_ellipse():
    quarter = turned(Box(0, 0, 4, 2), 90, (0, 0))
    assert np.allclose(quarter.points, [(0, 0), (0, 4), (-2, 4), (-2, 0)])
    round = ellipse((10, 10), 4, 4)
    assert area(round.points) == pytest.approx(math.pi * 16, rel=0.01)
    assert ellipse((0, 0), 4, 2, 90).points[0] == pytest.approx((0, 4))
