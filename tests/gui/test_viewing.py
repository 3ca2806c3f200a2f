"""The canvas: what the mouse and the keys do to a picture, and what is seen of it."""

from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, QRectF, Qt
from PySide6.QtGui import QMouseEvent, QWheelEvent
from PySide6.QtWidgets import QApplication

from engine.media.dicom_spacing import Spacing
from engine.media.frame import Frame
from engine.media.reading import Reading
from engine.media.tone import Window, spread
from gui.data.viewing.canvas import Canvas
from gui.data.viewing.hands import ToneHand
from gui.data.viewing.measuring import Ruler
from gui.data.viewing.raster import Raster
from gui.data.viewing.tool import Pointing
from gui.data.viewing.words import figure, tone_words, value_words, view_words
from gui.theme import THEME

LEFT, RIGHT, MIDDLE = (
    Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton, Qt.MouseButton.MiddleButton,
)  # fmt: skip
NONE, CONTROL = Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ControlModifier


def reading_of(frame, **changes):
    height, width = frame.stored.shape[:2]
    about = {"frames": 1, "colour": frame.colour, "tone": frame.tone, "inverted": False,
             "presets": (), "unit": "", "spacing": None, **changes}  # fmt: skip
    return Reading(Path("x"), width, height, **about)


def ramp(width=400, height=300):
    return (np.arange(height)[:, None] * 10 + np.arange(width)[None] * 100).astype(np.uint16)


@pytest.fixture
def canvas(qapp, qtbot):
    THEME.begin(qapp)
    made = Canvas()
    qtbot.addWidget(made)
    made.resize(800, 600)
    made.show()

    def show(stored, **changes):
        frame = Frame(stored, None, spread(stored) if stored.ndim == 2 else Window.between(0, 255),
                      False)  # fmt: skip
        made.tone = frame.tone
        made.show_frame(Raster(frame), reading_of(frame, **changes))
        qtbot.waitUntil(lambda: not made._rest.isActive())
        return made

    return show


def drag(widget, button, begin, end, modifiers=NONE):
    """A press, two moves and a release, as a mouse sends them."""

    def send(kind, at, pressed, held):
        event = QMouseEvent(kind, at, widget.mapToGlobal(at), pressed, held, modifiers)
        QApplication.sendEvent(widget, event)

    send(QEvent.Type.MouseButtonPress, begin, button, button)
    send(QEvent.Type.MouseMove, (begin + end) / 2, Qt.MouseButton.NoButton, button)
    send(QEvent.Type.MouseMove, end, Qt.MouseButton.NoButton, button)
    send(QEvent.Type.MouseButtonRelease, end, button, Qt.MouseButton.NoButton)


def wheel(widget, at, notches, modifiers=NONE):
    event = QWheelEvent(
        at, widget.mapToGlobal(at), QPoint(), QPoint(0, 120 * notches), Qt.MouseButton.NoButton,
        modifiers, Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    QApplication.sendEvent(widget, event)


def grey_at(widget, at):
    """What is seen in the middle of a pixel of the picture."""
    place = widget.to_widget(at + QPointF(0.5, 0.5)).toPoint()
    return widget.grab().toImage().pixelColor(place).red()


def test_it_shows_what_training_sees(canvas):
    shown = canvas(ramp(40, 30))
    expected = shown.raster.frame.rendered()
    for x, y in ((3, 2), (20, 15), (36, 27)):
        assert abs(grey_at(shown, QPointF(x, y)) - int(expected[y, x])) <= 1


def test_the_wheel_zooms_to_the_pointer(canvas):
    shown = canvas(ramp())
    at = QPointF(600, 200)
    before, scale = shown.to_picture(at), shown.view.scale
    wheel(shown, at, 4)
    after = shown.to_picture(at)
    assert shown.view.scale == pytest.approx(scale * 1.25**4)
    assert (after - before).manhattanLength() < 1e-6


@pytest.mark.parametrize(("button", "tool"), [(MIDDLE, True), (MIDDLE, False), (LEFT, False)])
def test_dragging_pans(canvas, button, tool):
    shown = canvas(ramp())
    shown.tool = Pointing() if tool else None
    shown.zoom(4, QPointF(400, 300))
    held = shown.to_picture(QPointF(400, 300))
    drag(shown, button, QPointF(400, 300), QPointF(460, 330))
    assert (shown.to_picture(QPointF(460, 330)) - held).manhattanLength() < 1e-6
    if tool:
        drag(shown, LEFT, QPointF(400, 300), QPointF(300, 300))
        assert (shown.to_picture(QPointF(460, 330)) - held).manhattanLength() < 1e-6


def test_arrow_keys_pan_only_when_there_is_more_to_see(canvas, qtbot):
    shown = canvas(ramp())
    qtbot.keyClick(shown, Qt.Key.Key_Right)
    assert shown.view.fitted
    shown.zoom(4)
    left = shown.to_picture(QPointF(0, 0)).x()
    qtbot.keyClick(shown, Qt.Key.Key_Right)
    assert shown.to_picture(QPointF(0, 0)).x() > left


def test_dragging_with_the_right_button_sets_window_and_level(canvas):
    shown = canvas(ramp())
    before = shown.tone
    drag(shown, RIGHT, QPointF(300, 300), QPointF(420, 300))
    assert shown.tone.width == pytest.approx(2 * before.width)
    assert shown.tone.centre == before.centre
    darker = grey_at(shown, QPointF(200, 150))
    drag(shown, RIGHT, QPointF(300, 300), QPointF(300, 200))
    assert grey_at(shown, QPointF(200, 150)) > darker, "up is brighter"
    assert f"WW {figure(shown.tone.width)}" in tone_words(shown)


def test_up_is_brighter_also_where_small_values_are_bright(canvas):
    shown = canvas(ramp(), inverted=True)
    shown.tool = ToneHand()
    before = grey_at(shown, QPointF(200, 150))
    drag(shown, LEFT, QPointF(300, 300), QPointF(300, 240))
    assert grey_at(shown, QPointF(200, 150)) > before


def test_invert(canvas):
    shown = canvas(ramp(40, 30))
    before = grey_at(shown, QPointF(5, 5))
    shown.set_inverted(True)
    assert grey_at(shown, QPointF(5, 5)) == 255 - before
    assert "inverted" in tone_words(shown)


def test_one_to_one_and_fit(canvas):
    shown = canvas(ramp(2000, 1500))
    assert shown.view.scale == pytest.approx(0.4)
    shown.one_to_one()
    assert shown.view.scale == 1 and view_words(shown) == "100%"
    shown.fit()
    assert QRectF(shown.rect()).contains(shown.view.place)


def test_values_under_the_pointer_have_their_unit(canvas, qtbot):
    shown = canvas(ramp(), unit="HU")
    at = shown.to_widget(QPointF(12.5, 7.5)).toPoint()
    qtbot.mouseMove(shown, at)
    assert value_words(shown) == "x 12  y 7   1270 HU"
    QApplication.sendEvent(shown, QEvent(QEvent.Type.Leave))
    assert value_words(shown) == ""


def test_control_and_the_wheel_turn_frames(canvas, qtbot):
    shown = canvas(ramp(), frames=120)
    assert view_words(shown).startswith("frame 1 / 120")
    with qtbot.waitSignal(shown.frame_wanted) as caught:
        wheel(shown, QPointF(10, 10), -1, CONTROL)
    assert caught.args == [1]


def test_a_line_is_measured_in_millimetres_of_both_directions(canvas, qtbot):
    shown = canvas(ramp(), spacing=Spacing(0.5, 0.25, "at the detector"))
    ruler = Ruler()
    shown.layers.append(ruler)
    shown.tool = ruler
    drag(shown, LEFT, shown.to_widget(QPointF(40, 40)), shown.to_widget(QPointF(80, 40)))
    assert ruler.words(shown) == "10.0 mm at the detector"
    drag(shown, LEFT, shown.to_widget(QPointF(40, 40)), shown.to_widget(QPointF(40, 80)))
    assert ruler.words(shown) == "20.0 mm at the detector"
    shown.reading = reading_of(shown.raster.frame)
    assert ruler.words(shown) == "40.0 px"
    qtbot.keyClick(shown, Qt.Key.Key_Escape)
    assert ruler.line is None


def test_a_tool_gets_the_mouse_in_picture_pixels_and_all_of_a_drag(canvas, qtbot):
    said = []

    class Spy(Pointing):
        cursor = Qt.CursorShape.CrossCursor

        def press(self, canvas, at, modifiers):
            said.append(("press", at, modifiers))
            return True

        def move(self, canvas, at, modifiers):
            said.append(("move", at, modifiers))

        def release(self, canvas, at, modifiers):
            said.append(("release", at, modifiers))

        def double_click(self, canvas, at, modifiers):
            said.append(("double", at, modifiers))
            return True

        def key(self, canvas, key, modifiers):
            said.append(("key", key, modifiers))
            return key == Qt.Key.Key_Delete

        def leave(self, canvas):
            said.append(("leave", None, None))

    shown = canvas(ramp())
    shown.tool = Spy()
    assert shown.cursor().shape() == Qt.CursorShape.CrossCursor
    outside = QPointF(-500, 20)
    drag(shown, LEFT, shown.to_widget(QPointF(10, 20)), outside, CONTROL)
    assert [one[0] for one in said] == ["press", "move", "move", "release"]
    assert (said[0][1] - QPointF(10, 20)).manhattanLength() < 1e-6 and said[0][2] == CONTROL
    assert said[-1][1].x() < 0, "also outside the picture"
    said.clear()
    qtbot.mouseDClick(shown, LEFT, pos=QPoint(400, 300))
    assert "double" in [one[0] for one in said]
    said.clear()
    qtbot.keyClick(shown, Qt.Key.Key_Delete)
    assert said[0][1] == Qt.Key.Key_Delete
    shown.tool = None
    assert said[-1][0] == "leave"


def test_a_drag_of_marks_paints_only_their_part(canvas, qtbot):
    painted = []

    class Mark:
        def paint(self, painter, canvas):
            painted.append(painter.clipBoundingRect() if painter.hasClipping() else None)

    shown = canvas(ramp())
    shown.layers.append(Mark())
    seen = []
    real = shown.paintEvent
    shown.paintEvent = lambda event: (seen.append(event.rect()), real(event))
    qtbot.waitUntil(lambda: not shown._rest.isActive())
    QApplication.processEvents()
    seen.clear()
    shown.update_picture(QRectF(10, 10, 20, 20), margin=5)
    QApplication.processEvents()
    assert len(seen) == 1 and seen[0].width() < 80 and painted


def test_words_instead_of_a_picture(canvas):
    shown = canvas(ramp())
    shown.show_words("The file is gone")
    assert shown.accessibleDescription() == "The file is gone"
    wheel(shown, QPointF(5, 5), 1)
    drag(shown, RIGHT, QPointF(5, 5), QPointF(50, 50))
    shown.grab()


def test_colours_are_shown_as_they_are(canvas):
    colour = np.zeros((30, 40, 3), np.uint8)
    colour[:, :, 0] = 200
    shown = canvas(colour)
    assert shown.grab().toImage().pixelColor(400, 300).getRgb()[:3] == (200, 0, 0)
    assert tone_words(shown) == "" and shown.raster.frame.value(1, 1) == (200, 0, 0)
