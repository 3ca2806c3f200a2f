"""A sound is seen and heard: by mouse and keys, with a device or without one."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QApplication

from engine.exchange.importing import import_source
from engine.store.project import Project
from gui.data.sounds import output
from gui.data.sounds.output import CHANNELS, RATE
from tests import tiny

LEFT, MIDDLE = Qt.MouseButton.LeftButton, Qt.MouseButton.MiddleButton


class Device:
    """Takes the place of the system's sound output, and keeps what it was given."""

    made: list[Device] = []
    patience = 0.001  # seconds between two calls

    def __init__(self) -> None:
        self.heard = b""
        self.closed = False
        self._stop = threading.Event()
        Device.made.append(self)

    def start(self, source: Any) -> None:
        self._thread = threading.Thread(target=self._pull, args=(source,), daemon=True)
        self._thread.start()

    def _pull(self, source: Any) -> None:
        while not self._stop.wait(self.patience):
            try:
                self.heard += source.send(441)
            except StopIteration:
                return

    def close(self) -> None:
        self._stop.set()
        self._thread.join()
        self.closed = True

    @property
    def seconds(self) -> float:
        return len(self.heard) / (2 * CHANNELS * RATE)


def no_device() -> Any:
    raise output._none("none")


@pytest.fixture
def devices() -> Iterator[list[Device]]:
    Device.made, Device.patience = [], 0.001
    yield Device.made
    assert all(one.closed for one in Device.made)


@pytest.fixture
def sounds(tmp_path: Path) -> Path:
    """A project of six sounds: five of a tenth to half a second, one of twelve seconds."""
    folder = tiny.sounds(tmp_path / "sounds", 5, ("low", "high"))
    parts = [tiny.tone(300 + 200 * n, 1.0, n) for n in range(12)]
    tiny.write_wav(folder / "low" / "zlong.wav", np.concatenate(parts))
    (folder / "low" / "zzbroken.wav").write_bytes(b"no sound at all")
    with Project.create(tmp_path / "Digits.graft", "audio-classification") as made:
        import_source(made, folder)
    return tmp_path / "Digits.graft"


@pytest.fixture
def shown(devices: list[Device], make_window: Callable[..., Any], sounds: Path, qtbot: Any) -> Any:
    """Shows the sound of that name on the Data page; gives its view."""
    window = make_window(sounds)
    window.session.page_wanted.emit("data")
    labeller = window.findChild(_viewer()).parent().parent()
    view = labeller.viewer.sound
    view.player.open = Device

    def show(name: str) -> Any:
        browser = labeller.browser
        qtbot.waitUntil(lambda: browser.model.rowCount() == 7)

        def found() -> bool:
            for row in range(browser.model.rowCount()):
                item = browser.model.item(row)
                if item is not None and item.name == name:
                    browser.grid.select_row(row)
                    return True
            return False

        qtbot.waitUntil(found)
        qtbot.waitUntil(lambda: labeller.viewer.item is not None)
        qtbot.waitUntil(lambda: labeller.viewer.item.name == name)
        return view

    show.labeller = labeller  # type: ignore[attr-defined]
    return show


def _viewer() -> Any:
    from gui.data.viewer import Viewer

    return Viewer


def drawn(view: Any, qtbot: Any) -> Any:
    """Waits until what is in view was read."""
    canvas = view.canvas

    def there() -> bool:
        found, stretch = canvas.drawn, canvas.stretch
        return found is not None and (found.begin, found.end) == (stretch.begin, stretch.end)

    qtbot.waitUntil(there)
    return canvas.drawn


def wheel(widget: Any, x: float, notches: int, shift: bool = False) -> None:
    keys = Qt.KeyboardModifier.ShiftModifier if shift else Qt.KeyboardModifier.NoModifier
    at = QPointF(x, 60)
    event = QWheelEvent(
        at, widget.mapToGlobal(at), QPoint(), QPoint(0, 120 * notches), Qt.MouseButton.NoButton,
        keys, Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    QApplication.sendEvent(widget, event)


def drag(qtbot: Any, canvas: Any, button: Any, begin: float, end: float) -> None:
    places = [QPoint(round(canvas.x_of(time)), 50) for time in (begin, (begin + end) / 2, end)]
    qtbot.mousePress(canvas, button, pos=places[0])
    for place in places[1:]:
        qtbot.mouseMove(canvas, place)
    qtbot.mouseRelease(canvas, button, pos=places[-1])


def test_a_sound_is_drawn_and_named(shown: Any, qtbot: Any) -> None:
    view = shown("000.wav")
    picture = drawn(view, qtbot)
    assert view.isVisible() and not shown.labeller.viewer.room.isVisible()
    assert view.canvas.accessibleDescription() == "0.20 seconds"
    assert view.time.text() == "0.00 of 0.20 s"
    low, high = picture.waveform.min(), picture.waveform.max()
    assert -0.7 < low < -0.4 and 0.4 < high < 0.7
    loudest = 127 - int(picture.spectrum.mean(1).argmax())
    assert abs(loudest - 128 * 0.123) < 6, "300 Hz lies low"
    image = view.canvas.grab().toImage()
    colours = {image.pixel(x, image.height() // 5) for x in range(60, image.width() - 10)}
    assert len(colours) > 1
    tiles = shown.labeller.browser.look
    assert tiles.tiles
    details = [
        one.text()
        for one in shown.labeller.detail.findChildren(type(shown.labeller.detail.item_name))
    ]
    assert any("0.20 s, 8000 Hz" in one or "0.20 s" in one for one in details)


def test_mouse_and_keys_zoom_and_pan(shown: Any, qtbot: Any) -> None:
    view = shown("zlong.wav")
    canvas = view.canvas
    whole = drawn(view, qtbot)
    assert (whole.begin, whole.end) == (0.0, 12.0) and not view.bar.isVisible()
    x = canvas.x_of(6.0)
    wheel(canvas, x, 4)
    part = drawn(view, qtbot)
    assert part.end - part.begin == pytest.approx(12 / 1.5**4)
    assert canvas.x_of(6.0) == pytest.approx(x, abs=1.5), "the moment below the pointer stays"
    assert view.bar.isVisible()
    pitch = 127 - int(part.spectrum[:, part.spectrum.shape[1] // 2].argmax())
    assert abs(pitch - 128 * 0.42) < 12, "1500 Hz in the seventh second"
    before = canvas.stretch.begin
    wheel(canvas, x, -1, shift=True)
    assert canvas.stretch.begin > before
    drag(qtbot, canvas, MIDDLE, canvas.stretch.begin + 0.5, canvas.stretch.begin + 1.0)
    assert canvas.selection is None
    canvas.setFocus()
    qtbot.keyClick(canvas, "Z")
    assert canvas.stretch.whole
    qtbot.keyClick(canvas, "+")
    assert canvas.stretch.span == pytest.approx(8.0)
    view.bar.setValue(view.bar.maximum())
    assert canvas.stretch.end == pytest.approx(12.0, abs=0.02)
    drawn(view, qtbot)


def test_a_click_plays_from_there_to_the_end(shown: Any, devices: list[Device], qtbot: Any) -> None:
    view = shown("zlong.wav")
    drawn(view, qtbot)
    place = QPoint(round(view.canvas.x_of(11.5)), 50)
    with qtbot.waitSignal(view.player.ended):
        qtbot.mouseClick(view.canvas, LEFT, pos=place)
        qtbot.waitUntil(lambda: view.canvas.line > 11.6)
        assert view.play.text() == "Pause  P"
    assert view.play.text() == "Play  P" and view.canvas.line == 0.0
    assert devices[0].seconds == pytest.approx(0.5, abs=0.03)
    values = np.frombuffer(devices[0].heard, np.int16)
    assert 0.4 * 32767 < values.max() < 0.7 * 32767


def test_a_selection_is_played_alone_and_in_a_loop(
    shown: Any, devices: list[Device], qtbot: Any
) -> None:
    view = shown("zlong.wav")
    canvas = view.canvas
    drawn(view, qtbot)
    drag(qtbot, canvas, LEFT, 3.0, 3.4)
    begin, end = canvas.selection
    assert (begin, end) == (pytest.approx(3.0, abs=0.05), pytest.approx(3.4, abs=0.05))
    assert " to 3." in view.time.text()
    view.volume.setValue(50)
    grid = shown.labeller.browser.grid
    grid.setFocus()
    with qtbot.waitSignal(view.player.ended):
        qtbot.keyClick(grid, "P")
    assert devices[-1].seconds == pytest.approx(end - begin, abs=0.02)
    assert np.frombuffer(devices[-1].heard, np.int16).max() < 0.32 * 32767
    view.loop.click()
    qtbot.keyClick(grid, "P")
    qtbot.waitUntil(lambda: devices[-1].seconds > 2.2 * (end - begin))
    assert begin <= view.canvas.line <= end
    qtbot.keyClick(grid, "P")
    assert not view.player.playing and begin <= canvas.line <= end
    qtbot.waitUntil(lambda: devices[-1].closed)


def test_the_line_is_moved_by_keys_alone(shown: Any, devices: list[Device], qtbot: Any) -> None:
    view = shown("zlong.wav")
    canvas = view.canvas
    drawn(view, qtbot)
    canvas.setFocus()
    shift = Qt.KeyboardModifier.ShiftModifier
    for _ in range(4):
        qtbot.keyClick(canvas, Qt.Key.Key_Right, shift)
    qtbot.keyClick(canvas, "[")
    for _ in range(3):
        qtbot.keyClick(canvas, Qt.Key.Key_Right, shift)
    qtbot.keyClick(canvas, "]")
    assert canvas.selection == (pytest.approx(2.4), pytest.approx(4.2))
    qtbot.keyClick(canvas, Qt.Key.Key_Left, shift)
    assert canvas.line == pytest.approx(3.6)
    qtbot.keyClick(canvas, Qt.Key.Key_Home)
    assert canvas.line == pytest.approx(2.4)
    qtbot.keyClick(canvas, "A", Qt.KeyboardModifier.ControlModifier | shift)
    assert canvas.selection is None
    qtbot.keyClick(canvas, Qt.Key.Key_Home)
    assert canvas.line == 0.0
    assert devices == []


def test_a_machine_without_sound_says_so_and_shows_all(
    shown: Any, qtbot: Any, devices: list[Device]
) -> None:
    view = shown("zlong.wav")
    view.player.open = no_device
    drawn(view, qtbot)
    view.canvas.setFocus()
    with qtbot.waitSignal(view.player.failed):
        qtbot.keyClick(view.canvas, "P")
    qtbot.waitUntil(lambda: not view.player.playing)
    assert view.trouble.isVisible() and "no sound output" in view.trouble.text()
    wheel(view.canvas, 300, 2)
    drawn(view, qtbot)
    view.player.open = Device
    qtbot.keyClick(view.canvas, "P")
    assert not view.trouble.isVisible()
    qtbot.waitUntil(lambda: bool(devices) and devices[-1].seconds > 0.1)


def test_the_next_sound_stops_the_last_and_plays_where_wanted(
    shown: Any, devices: list[Device], qtbot: Any
) -> None:
    view = shown("zlong.wav")
    drawn(view, qtbot)
    Device.patience = 0.02
    view.play.click()
    qtbot.waitUntil(lambda: view.player.playing and bool(devices))
    view.at_once.click()
    with qtbot.waitSignal(view.player.ended):
        shown("001.wav")
        qtbot.waitUntil(lambda: len(devices) == 2)
    assert devices[0].closed and devices[1].seconds == pytest.approx(0.22, abs=0.02)
    shown("zzbroken.wav")
    qtbot.waitUntil(lambda: "sound" in view.canvas.accessibleDescription())
    assert not view.play.isEnabled() and len(devices) == 2
    view.play_or_pause()
    assert not view.player.playing


def test_a_file_that_went_is_told(shown: Any, sounds: Path, qtbot: Any) -> None:
    view = shown("zlong.wav")
    drawn(view, qtbot)
    (sounds.parent / "sounds" / "low" / "zlong.wav").unlink()
    with qtbot.waitSignal(view.player.failed):
        view.play.click()
    assert "gone" in view.trouble.text()


def test_a_long_sound_is_drawn_in_pieces(shown: Any, sounds: Path, qtbot: Any) -> None:
    """Fifty minutes at a low rate: what is read at a time is a piece, and the window goes on."""
    file = sounds.parent / "sounds" / "low" / "zlong.wav"
    view = shown("000.wav")
    drawn(view, qtbot)
    minute = np.concatenate([0.2 * tiny.tone(300, 30, 1, 2000), tiny.tone(600, 30, 2, 2000)])
    tiny.write_wav(file, np.tile(minute, 50), 2000)
    view.open(file)
    qtbot.waitUntil(lambda: view.canvas.stretch.seconds == 3000.0)
    picture = drawn(view, qtbot)
    assert picture.waveform.shape == (view.canvas.stretch.width, 2)
    assert picture.spectrum.shape[1] <= view.canvas.stretch.width + 1
    view.canvas.stretch.zoom(3000, 40.0)
    view.canvas.zoom(1.0)
    part = drawn(view, qtbot)
    assert part.end - part.begin == pytest.approx(1.0) and part.waveform.max() > 0.4
