"""The reading room in a window: files of all kinds, frames, presets, what the model sees."""

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QPointF, Qt
from PySide6.QtTest import QTest

from engine.media.images import read_image
from engine.media.preprocess import ImagePreprocess
from engine.media.tone import Window
from gui.data.viewer import Viewer
from gui.data.viewing import frames as reading_frames
from gui.data.viewing.tool import Pointing
from tests.engine.media.made import dicom, killer


@pytest.fixture
def room(make_window, qtbot, project):
    window = make_window(project)
    viewer = Viewer(window.session)
    qtbot.addWidget(viewer)
    viewer.resize(900, 700)
    viewer.show()
    viewer.activateWindow()
    yield viewer.room
    viewer.hide()  # the process that reads ends with the project, or `make_window` complains


@pytest.fixture
def stack(tmp_path):
    """A CT of five frames, each brighter than the last."""
    down, across = np.mgrid[0:80, 0:100]
    values = np.stack([down + across + 1000 + 50 * number for number in range(5)])
    return dicom(
        tmp_path / "ct.dcm", values.astype(np.uint16), frames=5, bits=12, Modality="CT",
        RescaleSlope="1", RescaleIntercept="-1024", WindowCenter=["40", "300"],
        WindowWidth=["400", "900"], WindowCenterWidthExplanation=["SOFT", "BONE & MARROW"],
        PixelSpacing=["0.5", "0.5"],
    )  # fmt: skip


def opened(room, qtbot, path):
    with qtbot.waitSignal(room.shown, timeout=20_000):
        room.open(path)
    return room.canvas


def key(room, qtbot, key, modifier=Qt.KeyboardModifier.NoModifier):
    room.canvas.setFocus()
    qtbot.keyClick(room.canvas, key, modifier)


def test_frames_go_on_with_keys_and_slider_and_keep_the_readers_window(room, qtbot, stack):
    canvas = opened(room, qtbot, stack)
    assert canvas.tone == Window(40, 400) and room.slider.isVisible()
    key(room, qtbot, Qt.Key.Key_PageDown)
    qtbot.waitUntil(lambda: canvas.index == 1)
    assert canvas.raster.frame.value(0, 0) == 1050 - 1024
    canvas.set_tone(Window(100, 50))
    room.slider.setValue(4)
    qtbot.waitUntil(lambda: canvas.index == 4)
    assert canvas.tone == Window(100, 50) and canvas.raster.frame.value(0, 0) == 1200 - 1024
    key(room, qtbot, Qt.Key.Key_PageDown)
    key(room, qtbot, Qt.Key.Key_PageUp)
    qtbot.waitUntil(lambda: canvas.index == 3)
    key(room, qtbot, Qt.Key.Key_W, Qt.KeyboardModifier.ShiftModifier)
    assert canvas.tone == Window(40, 400)
    assert "frame 4 of 5" in canvas.accessibleDescription()


def test_window_and_level_by_keys(room, qtbot, stack):
    canvas = opened(room, qtbot, stack)
    key(room, qtbot, Qt.Key.Key_Right, Qt.KeyboardModifier.ControlModifier)
    assert canvas.tone.width > 400 and canvas.tone.centre == 40
    key(room, qtbot, Qt.Key.Key_Up, Qt.KeyboardModifier.ControlModifier)
    assert canvas.tone.centre < 40


def test_neighbours_are_read_ahead_one_at_a_time(room, qtbot, stack):
    opened(room, qtbot, stack)
    frames = room.frames
    qtbot.waitUntil(lambda: set(frames._kept) == {0, 1})
    frames.want(3)
    assert len([one for one in frames._jobs if one >= 0]) == 1
    qtbot.waitUntil(lambda: {2, 3, 4} <= set(frames._kept))


def test_frames_too_large_to_keep_are_not_read_ahead(room, qtbot, stack, monkeypatch):
    monkeypatch.setattr(reading_frames, "MEMORY", 50_000)
    canvas = opened(room, qtbot, stack)
    for index in (1, 2):
        room.frames.want(index)
        qtbot.waitUntil(lambda index=index: canvas.index == index)
    QTest.qWait(100)
    assert not room.frames._jobs and set(room.frames._kept) == {2}


def test_presets_of_the_file_and_the_usual_ones(room, qtbot, stack):
    canvas = opened(room, qtbot, stack)
    texts = [one.text() for one in room.bar.presets.menu().actions()]
    assert texts[:3] == ["SOFT\t40 / 400 HU", "BONE && MARROW\t300 / 900 HU",
                         "Soft tissue\t40 / 400 HU"]  # fmt: skip
    room.bar.presets.menu().actions()[3].trigger()
    assert canvas.tone == Window(-600, 1500)


def test_what_the_model_sees_stands_beside_and_moves_along(room, qtbot, stack):
    canvas = opened(room, qtbot, stack)
    room.set_preprocess(ImagePreprocess(64, (64, 64), (0.5,) * 3, (0.5,) * 3))
    key(room, qtbot, Qt.Key.Key_M)
    qtbot.waitUntil(lambda: room.model.raster is not None, timeout=20_000)
    assert room.model.isVisible()
    assert np.array_equal(room.model.raster.frame.stored, np.asarray(read_image(stack)))
    canvas.zoom(6, QPointF(50, 50))
    assert room.model.view.scale == canvas.view.scale
    room.model.pan(QPointF(-30, -20))
    assert canvas.view.origin == room.model.view.origin
    canvas.set_tone(Window(1, 2))
    assert room.model.tone != canvas.tone, "the model is not shown another contrast"
    key(room, qtbot, Qt.Key.Key_M)
    assert not room.model.isVisible()


def test_keys_of_the_room(room, qtbot, tmp_path):
    values = (np.arange(90_000).reshape(300, 300) % 60_000).astype(np.uint16)
    Image.fromarray(values).save(tmp_path / "deep.png")
    canvas = opened(room, qtbot, tmp_path / "deep.png")
    own = Pointing()
    room.tool = own
    key(room, qtbot, Qt.Key.Key_W)
    assert room.bar.window_tool.isChecked() and canvas.tool is not own and room.tool is own
    key(room, qtbot, Qt.Key.Key_L)
    assert canvas.tool is room.ruler and not room.bar.window_tool.isChecked()
    key(room, qtbot, Qt.Key.Key_L)
    assert canvas.tool is own, "the tool before comes back"
    key(room, qtbot, Qt.Key.Key_I)
    assert canvas.inverted and room.bar.invert.isChecked()
    key(room, qtbot, Qt.Key.Key_Z)
    assert canvas.view.scale == pytest.approx(1 / canvas.devicePixelRatioF())
    key(room, qtbot, Qt.Key.Key_Plus)
    assert not canvas.view.fitted
    key(room, qtbot, Qt.Key.Key_F)
    assert canvas.view.fitted
    assert not room.next_frame.isEnabled(), "the key is the page's where there is one frame"


def test_a_file_that_ends_its_reader_is_words_and_the_next_one_is_shown(
    room, qtbot, tmp_path, stack
):
    with qtbot.waitSignal(room.frames.failed, timeout=20_000):
        room.open(killer(tmp_path / "killer.dcm"))
    assert "ended the process" in room.canvas.accessibleDescription()
    assert not room.bar.window_tool.isEnabled()
    assert opened(room, qtbot, stack).raster is not None


def test_only_the_last_of_many_pictures_is_shown(room, qtbot, tmp_path):
    for number in range(8):
        Image.new("L", (50 + number, 40), 10 * number).save(tmp_path / f"{number}.png")
    for number in range(7):
        room.open(tmp_path / f"{number}.png")
    canvas = opened(room, qtbot, tmp_path / "7.png")
    QTest.qWait(100)
    assert canvas.reading.width == 57


def test_an_item_by_its_kind(room, qtbot):
    viewer = room.parentWidget()
    session = viewer._session
    from engine.store import items

    found = list(items.each(session.project))
    sound = next(item for item in found if item.state == "checked")
    broken = next(item for item in found if item.state == "broken")
    with qtbot.waitSignal(room.shown, timeout=10_000):
        viewer.show_item(sound)
    assert viewer.picture.reading.width == 40
    viewer.show_item(broken)
    qtbot.waitUntil(lambda: "not a picture" in viewer.picture.accessibleDescription())
    viewer.show_item(None)
    assert "Choose an item" in viewer.picture.accessibleDescription()
    assert all(one.accessibleName() for one in (room.canvas, room.model, room.slider, room.bar))


def test_a_narrow_room_has_its_buttons_in_two_rows(room, qtbot, stack):
    opened(room, qtbot, stack)
    room.parentWidget().resize(380, 600)
    qtbot.waitUntil(lambda: room.bar.seen.y() > room.bar.window_tool.y())
    assert room.bar.seen.geometry().right() <= room.width()
    room.bar.presets.show()
    room.parentWidget().resize(room.bar.minimumSizeHint().width(), 600)
    qtbot.waitUntil(lambda: room.bar.seen.text() == "Model sees")
    for one in room.bar.findChildren(type(room.bar.seen)):
        assert one.width() >= one.sizeHint().width(), one.text()
        assert one.geometry().right() <= room.bar.width(), one.text()
    room.parentWidget().resize(900, 600)
    qtbot.waitUntil(lambda: room.bar.seen.y() == room.bar.window_tool.y())
