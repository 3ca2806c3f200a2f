"""Marks on pictures, drawn with real mouse and keys: what is drawn is what is stored."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from PySide6.QtCore import QPoint, QPointF, QSizeF, Qt
from PySide6.QtTest import QTest

from engine.exchange.importing import import_source
from engine.labels.marks import Mark
from engine.labels.shapes import Box, Mask, Polygon, Shape, bounds
from engine.store import marks
from engine.store.project import Project
from gui.data.marking import grips
from gui.data.tools import all_tools

LEFT = Qt.MouseButton.LeftButton
NONE = Qt.KeyboardModifier.NoModifier
SHIFT = Qt.KeyboardModifier.ShiftModifier
SIZE = (400, 300)  # px of the pictures


@pytest.fixture
def films(tmp_path: Path) -> Path:
    """A project of two classes with one picture each."""
    for number, name in enumerate(("cell", "dust")):
        (tmp_path / "films" / name).mkdir(parents=True)
        draw = np.random.default_rng(number)
        values = draw.integers(0, 255, (SIZE[1], SIZE[0], 3), np.uint8)
        Image.fromarray(values).save(tmp_path / "films" / name / f"{name}.png")
    with Project.create(tmp_path / "Films.graft", "image-classification") as made:
        import_source(made, tmp_path / "films")
    return tmp_path / "Films.graft"


class Hand:
    """Works on the picture as a person does, in px of the picture."""

    def __init__(self, window: Any, qtbot: Any) -> None:
        self.window, self.page, self._qtbot = window, window.page, qtbot
        qtbot.waitUntil(lambda: self.page.full.viewer.picture.raster is not None)
        self.canvas = self.page.full.viewer.picture
        self.canvas.setFocus()

    def at(self, x: float, y: float) -> QPoint:
        return self.canvas.to_widget(QPointF(x, y)).toPoint()

    def drag(self, *points: tuple[float, float], modifiers: Qt.KeyboardModifier = NONE) -> None:
        QTest.mousePress(self.canvas, LEFT, modifiers, self.at(*points[0]))
        for point in points[1:]:
            QTest.mouseMove(self.canvas, self.at(*point))
        QTest.mouseRelease(self.canvas, LEFT, modifiers, self.at(*points[-1]))

    def click(self, x: float, y: float) -> None:
        QTest.mouseClick(self.canvas, LEFT, NONE, self.at(x, y))

    def key(self, key: Qt.Key, modifiers: Qt.KeyboardModifier = NONE) -> None:
        QTest.keyClick(self.canvas, key, modifiers)

    def stored(self, count: int) -> list[Mark]:
        """The marks of the item in the project, once nothing is on its way."""
        project, item = self.window.session.project, self.page.full.desk.item

        def there() -> bool:
            return not self.page.full.desk.pending and len(marks.of_item(project, item.id)) == count

        self._qtbot.waitUntil(there, timeout=20_000)
        self._qtbot.waitUntil(lambda: len(self.page.full.desk.marks) == count, timeout=20_000)
        return marks.of_item(project, item.id)


@pytest.fixture
def hand(make_window: Any, films: Path, qtbot: Any) -> Hand:
    return Hand(make_window(films), qtbot)


def near(shape: Shape, *edges: float) -> bool:
    """Whether a box has these edges, as far as whole px of the widget allow."""
    box = bounds(shape)
    assert box is not None
    return np.allclose([box.left, box.top, box.right, box.bottom], edges, atol=1.5)


def test_every_tool_says_what_it_is() -> None:
    tools = all_tools()
    assert [tool.title for tool in tools] == ["Select", "Box", "Polygon", "Brush"]
    assert len({tool.letter for tool in tools}) == len(tools)
    assert all(tool.tip and tool.order for tool in tools)


def test_a_box_is_drawn_moved_resized_and_taken_away(hand: Hand) -> None:
    hand.key(Qt.Key.Key_B)
    hand.drag((50, 60), (90, 100), (150, 160))
    (box,) = hand.stored(1)
    assert near(box.shape, 50, 60, 150, 160)
    hand.key(Qt.Key.Key_V)
    hand.drag((100, 110), (130, 120))
    hand._qtbot.waitUntil(lambda: near(hand.stored(1)[0].shape, 80, 70, 180, 170))
    hand.drag((180, 170), (220, 200))  # its lower right corner
    hand._qtbot.waitUntil(lambda: near(hand.stored(1)[0].shape, 80, 70, 220, 200))
    hand.drag((150, 70), (150, 40))  # its upper edge
    hand._qtbot.waitUntil(lambda: near(hand.stored(1)[0].shape, 80, 40, 220, 200))
    hand.key(Qt.Key.Key_Right)
    hand.key(Qt.Key.Key_Down, SHIFT)
    hand._qtbot.waitUntil(lambda: near(hand.stored(1)[0].shape, 81, 50, 221, 210))
    hand.key(Qt.Key.Key_Delete)
    assert hand.stored(0) == []
    versions = hand.window.session.project.db.execute("SELECT count(*), sum(gone) FROM mark")
    assert versions.fetchone() == (7, 1), "every version is kept"


def test_undo_and_redo_of_marks(hand: Hand) -> None:
    hand.key(Qt.Key.Key_B)
    hand.drag((50, 60), (150, 160))
    hand.drag((200, 60), (300, 160))
    first = hand.stored(2)
    ctrl = Qt.KeyboardModifier.ControlModifier
    hand.key(Qt.Key.Key_Z, ctrl)
    assert hand.stored(1) == first[:1]
    hand.key(Qt.Key.Key_Z, ctrl)
    hand.stored(0)
    hand.key(Qt.Key.Key_Y, ctrl)
    hand.key(Qt.Key.Key_Y, ctrl)
    assert hand.stored(2) == first


def test_classes_of_marks(hand: Hand) -> None:
    cell, dust = (cls.id for cls in hand.window.session.facts.classes)
    hand.key(Qt.Key.Key_B)
    hand.key(Qt.Key.Key_2)  # what is drawn next
    hand.drag((50, 60), (150, 160))
    assert hand.stored(1)[0].class_id == dust
    hand.key(Qt.Key.Key_1)  # the one in hand
    hand._qtbot.waitUntil(lambda: hand.stored(1)[0].class_id == cell)
    item = hand.page.full.browser.current
    assert item.class_id == cell, "the item's own label is another thing"
    hand.key(Qt.Key.Key_V)
    hand.key(Qt.Key.Key_Escape)  # nothing is in hand: the digit means the item again
    hand.key(Qt.Key.Key_2)
    hand._qtbot.waitUntil(
        lambda: hand.window.session.facts.class_counts == {cell: 0, dust: 2}, timeout=20_000
    )


def test_a_box_ends_at_the_edge_of_the_picture(hand: Hand) -> None:
    hand.key(Qt.Key.Key_B)
    hand.drag((350, 250), (420, 320))
    assert near(hand.stored(1)[0].shape, 350, 250, *SIZE)
    hand.drag((10, 10), (10, 10))  # a click is no box
    hand.key(Qt.Key.Key_V)
    hand.drag((380, 280), (500, 500))
    assert near(hand.stored(1)[0].shape, 350, 250, *SIZE)


def test_a_polygon_corner_by_corner(hand: Hand) -> None:
    hand.key(Qt.Key.Key_P)
    for x, y in ((60, 60), (200, 60), (300, 300), (200, 200)):
        hand.click(x, y)
    hand.key(Qt.Key.Key_Backspace)
    hand.click(60, 200)
    hand.key(Qt.Key.Key_Return)
    (polygon,) = hand.stored(1)
    assert isinstance(polygon.shape, Polygon) and len(polygon.shape.points) == 4
    assert np.allclose(polygon.shape.points[2], (300, 300), atol=1.5)
    hand.key(Qt.Key.Key_V)
    hand.drag((300, 300), (250, 250))  # a corner
    hand._qtbot.waitUntil(
        lambda: np.allclose(hand.stored(1)[0].shape.points[2], (250, 250), atol=1.5)  # type: ignore[union-attr]
    )
    QTest.mouseDClick(hand.canvas, LEFT, NONE, hand.at(130, 60))  # the middle of a side
    hand._qtbot.waitUntil(lambda: len(hand.stored(1)[0].shape.points) == 5)  # type: ignore[union-attr]
    QTest.mouseDClick(hand.canvas, LEFT, NONE, hand.at(130, 60))  # the corner that came
    hand._qtbot.waitUntil(lambda: len(hand.stored(1)[0].shape.points) == 4)  # type: ignore[union-attr]


def test_a_polygon_is_closed_on_its_first_corner_and_let_go_with_escape(hand: Hand) -> None:
    hand.key(Qt.Key.Key_P)
    hand.click(60, 60)
    hand.click(100, 60)
    hand.key(Qt.Key.Key_Escape)
    for x, y in ((60, 60), (200, 60), (200, 200), (61, 61)):
        hand.click(x, y)
    (polygon,) = hand.stored(1)
    assert isinstance(polygon.shape, Polygon) and len(polygon.shape.points) == 3


def test_the_brush_paints_goes_on_and_rubs_out(hand: Hand) -> None:
    hand.key(Qt.Key.Key_R)
    hand.drag((100, 100), (200, 100))
    (mark,) = hand.stored(1)
    assert isinstance(mark.shape, Mask)
    assert near(mark.shape, 91, 91, 209, 109)
    area = mark.shape.area
    assert abs(area - (100 * 18 + np.pi * 81)) < 120
    hand.drag((150, 60), (150, 140))  # the same mask goes on
    hand._qtbot.waitUntil(lambda: hand.stored(1)[0].shape.area > area)  # type: ignore[union-attr]
    wider = hand.stored(1)[0].shape
    assert near(wider, 91, 51, 209, 149)
    hand.drag((150, 60), (150, 140), modifiers=SHIFT)
    hand._qtbot.waitUntil(lambda: hand.stored(1)[0].shape.area < area)  # type: ignore[union-attr]
    hand.key(Qt.Key.Key_Escape)  # another mask begins
    hand.drag((300, 200), (320, 220))
    hand.stored(2)
    hand.key(Qt.Key.Key_BracketRight)
    hand.drag((300, 200), (310, 210), (320, 220), modifiers=SHIFT)  # all of it
    hand.stored(1)


def test_marks_belong_to_their_item(hand: Hand, qtbot: Any) -> None:
    hand.key(Qt.Key.Key_B)
    hand.drag((50, 60), (150, 160))
    hand.stored(1)
    first = hand.page.full.desk.item.id
    hand.page.full.browser.go(1)
    qtbot.waitUntil(lambda: hand.page.full.desk.item.id != first and not hand.page.full.desk.marks)
    hand.page.full.browser.go(-1)
    qtbot.waitUntil(lambda: len(hand.page.full.desk.marks) == 1)


coordinate = st.floats(0, 300, allow_nan=False)
boxes = st.tuples(coordinate, coordinate, coordinate, coordinate).map(
    lambda v: Box(min(v[0], v[2]), min(v[1], v[3]), max(v[0], v[2]) + 1, max(v[1], v[3]) + 1)
)
polygons = st.lists(st.tuples(coordinate, coordinate), min_size=3, max_size=7).map(
    lambda points: Polygon(tuple(points))
)
masks = st.builds(
    lambda x, y, bits: Mask.of(np.asarray(bits), x, y) or Mask(0, 0, 1, 1, (0, 1)),
    st.integers(0, 200), st.integers(0, 200),
    st.lists(st.lists(st.booleans(), min_size=4, max_size=4), min_size=1, max_size=5),
)  # fmt: skip


@given(
    st.one_of(boxes, polygons, masks), st.floats(-900, 900), st.floats(-900, 900),
    st.sampled_from(["inside", "0", "2", *grips.SIDES]),
)  # fmt: skip
def test_wherever_it_is_dragged_it_stays_in_the_picture(
    shape: Shape, x: float, y: float, part: str
) -> None:
    picture = QSizeF(320, 310)
    moved = grips.dragged(shape, part, QPointF(x, y), picture)
    box = bounds(moved)
    assert box is not None and type(moved) is type(shape)
    assert box.left >= -1e-6 and box.top >= -1e-6
    assert box.right <= 320 + 1e-6 and box.bottom <= 310 + 1e-6
    if isinstance(moved, Box):
        assert moved.width >= grips.LEAST - 1e-6 and moved.height >= grips.LEAST - 1e-6
    if isinstance(moved, Mask) and isinstance(shape, Mask):
        assert moved.runs == shape.runs


@given(st.lists(boxes, min_size=1, max_size=8), coordinate, coordinate)
def test_the_smallest_mark_under_the_pointer_is_found(
    shapes: list[Box], x: float, y: float
) -> None:
    there = [Mark(str(n), 1, 1, shape) for n, shape in enumerate(shapes)]
    found = grips.find(there, QPointF(x, y), 1e6, None)  # no reach beyond the edges
    inside = [
        mark
        for mark, box in zip(there, shapes, strict=True)
        if box.left < x < box.right and box.top < y < box.bottom
    ]
    if inside:
        assert found is not None
        sizes = {mark.uid: box.width * box.height for mark, box in zip(there, shapes, strict=True)}
        assert sizes[found.uid] <= min(sizes[mark.uid] for mark in inside)
