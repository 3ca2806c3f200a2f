"""What a canvas is made of: where a picture lies, its levels, its windows and its words."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QPointF, QRectF, QSizeF

from engine.media.frame import Frame
from engine.media.tone import EXACT, LINEAR, Window, spread
from gui.data.viewing.hands import dragged
from gui.data.viewing.raster import Raster
from gui.data.viewing.view import View
from gui.data.viewing.words import figure


@given(
    st.floats(0.05, 30), st.floats(0, 800), st.floats(0, 600), st.integers(1, 5000),
    st.integers(1, 5000), st.floats(-3000, 3000),
)  # fmt: skip
def test_a_view_maps_there_and_back_and_keeps_the_picture_in_sight(factor, x, y, width, height, by):
    view = View()
    view.set_room(QRectF(0, 0, 800, 600))
    view.set_picture(width, height)
    view.zoom(factor, QPointF(x, y))
    view.pan(QPointF(by, -by))
    at = QPointF(x, y)
    assert (view.to_widget(view.to_picture(at)) - at).manhattanLength() < 1e-6
    assert view.place.intersects(view.room)
    for side in ("left", "right"):
        gap = abs(getattr(view.place, side)() - getattr(view.room, side)())
        assert gap < 1e-6 or view.place.width() <= 800 or view.place.contains(view.room.center())
    view.fit()
    assert view.room.adjusted(-1e-3, -1e-3, 1e-3, 1e-3).contains(view.place)


def test_a_resized_room_keeps_its_middle():
    view = View()
    view.set_room(QRectF(0, 0, 800, 600))
    view.set_picture(4000, 4000)
    view.zoom_to(2, QPointF(400, 300))
    middle = view.to_picture(view.room.center())
    view.set_room(QRectF(0, 0, 500, 500))
    assert view.to_picture(view.room.center()) == middle
    assert view.picture == QSizeF(4000, 4000)


@given(st.floats(-1000, 1000), st.floats(-1000, 1000), st.booleans())
def test_a_dragged_window_is_never_narrower_than_allowed(right, down, turned):
    window = dragged(Window(40, 400, LINEAR), right, down, turned, 2.0)
    assert window.width >= 2 and window.function == LINEAR
    assert dragged(Window.between(0, 0), right, 0, False, 2.0).function == EXACT


@pytest.mark.parametrize("dtype", ["u1", "i1", "u2", "i2", "f4", "i4"])
def test_a_raster_of_any_depth_shows_the_same_greys_as_the_frame(dtype):
    rng = np.random.default_rng(1)
    low = -100 if dtype[0] in "if" else 0
    stored = rng.integers(low, 120, (700, 900)).astype(dtype)
    frame = Frame(stored, None, spread(stored), False)
    raster = Raster(frame)
    part = raster.grey(raster.sample((100, 50, 200, 120), (100, 70), False), frame.tone, False)
    assert np.array_equal(part, frame.rendered()[50:120, 100:200])
    whole = raster.grey(raster.sample((0, 0, 900, 700), (90, 70), True), frame.tone, False)
    assert abs(float(whole.mean()) - frame.rendered().mean()) < 3


@pytest.mark.parametrize("size", [(1, 1), (1, 3000), (3000, 1), (513, 1025)])
def test_odd_shapes_are_halved_without_loss_of_place(size):
    stored = np.full(size, 700, np.uint16)
    raster = Raster(Frame(stored, None, Window.between(0, 1400), False))
    height, width = size
    shown = raster.sample((0, 0, width, height), (max(1, width // 8), max(1, height // 8)), True)
    assert (shown == 700).all()


@pytest.mark.parametrize(
    ("value", "words"),
    [(-1003.0, "−1003"), (0.12345, "0.123"), (212.5, "212"), (1e9, "1e+09"),
     (float("nan"), "no number")],
)  # fmt: skip
def test_figures_are_short(value, words):
    assert figure(value) == words
