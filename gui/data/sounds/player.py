"""Plays a part of a sound, in a thread of its own; the file is decoded while it plays."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import numpy as np
from PySide6.QtCore import QObject, Qt, Signal

from engine.errors import GraftError
from gui.data.sounds.output import CHANNELS, RATE, Open, Source, open_output

_LOOK = 0.05  # seconds
_DRAIN = 0.1  # seconds in which the device plays what it has
_PATIENCE = 2.0  # seconds for a device to let go


class Player(QObject):
    """`play` and `stop`; `position` says where it is while it plays.

    Args:
        open: makes the device; it may wait, so it is called in the thread.
    """

    ended = Signal()  # it came to its end, or could not go on
    failed = Signal(object)  # GraftError, before `ended`

    _said = Signal(int, object)  # which play it was, GraftError or None

    def __init__(self, parent: QObject | None = None, open: Open = open_output) -> None:
        super().__init__(parent)
        self.open = open
        self.volume = 1.0
        self.loop = False
        self._position: float | None = None
        self._number = 0
        self._stop: threading.Event | None = None
        self._thread: threading.Thread | None = None
        self._said.connect(self._deliver, Qt.ConnectionType.QueuedConnection)

    @property
    def playing(self) -> bool:
        return self._stop is not None

    @property
    def position(self) -> float | None:
        """Seconds from the beginning of the sound; None: nothing plays."""
        return self._position if self.playing else None

    def play(self, path: Path, begin: float, at: float, end: float) -> None:
        """From `at` to `end`; in a loop, then from `begin` again. Seconds."""
        self.stop()
        self._number += 1
        self._position = at
        self._stop = threading.Event()
        arguments = (self._number, self._stop, path, begin, at, end)
        self._thread = threading.Thread(
            target=self._work, args=arguments, name="graft-sound", daemon=True
        )
        self._thread.start()

    def stop(self) -> None:
        """Silence; nothing is said of it."""
        if self._stop is not None:
            self._stop.set()
            self._stop = None

    def close(self) -> None:
        """Stops, and waits until the device is free."""
        self.stop()
        if self._thread is not None:
            self._thread.join(_PATIENCE)
            self._thread = None

    def _work(
        self, number: int, stop: threading.Event, path: Path, begin: float, at: float, end: float
    ) -> None:
        problem: GraftError | None = None
        try:
            done = threading.Event()
            trouble: list[GraftError] = []
            source = self._source(stop, done, trouble, path, begin, at, end)
            next(source)
            device = self.open()
            try:
                device.start(source)
                while not done.wait(_LOOK) and not stop.is_set():
                    pass  # a device that hangs would never ask
                problem = trouble[0] if trouble else None
                stop.wait(_DRAIN)
            finally:
                device.close()
        except GraftError as error:
            problem = error
        self._said.emit(number, problem)

    def _source(
        self, stop: threading.Event, done: threading.Event, trouble: list[GraftError],
        path: Path, begin: float, at: float, end: float,
    ) -> Source:  # fmt: skip
        """Frames as the device asks for them. Runs in the device's thread."""
        try:
            frames = yield b""
            while True:
                left, stream = round((end - at) * RATE), _stream(path, at)
                while left > 0 and not stop.is_set():
                    part = _read(path, stream, min(frames, left))
                    if not len(part):
                        break
                    left -= len(part)
                    self._position = end - left / RATE
                    frames = yield (part * self.volume).astype(np.int16).tobytes()
                if stop.is_set() or not self.loop or end - begin < 1 / RATE:
                    return
                at = begin
        except GraftError as error:
            trouble.append(error)
        finally:
            done.set()

    def _deliver(self, number: int, problem: GraftError | None) -> None:
        if number != self._number or self._stop is None:
            return  # it was stopped, or another plays by now
        self._stop = None
        if problem is not None:
            self.failed.emit(problem)
        self.ended.emit()


def _stream(path: Path, at: float) -> Any:
    """Raises DataError: the file is gone or damaged."""
    import miniaudio

    from engine.media import audio

    audio.inspect(path)
    try:
        return miniaudio.stream_file(
            str(path), miniaudio.SampleFormat.SIGNED16, CHANNELS, RATE,
            seek_frame=round(at * RATE),
        )  # fmt: skip
    except miniaudio.MiniaudioError as error:
        raise audio.no_sound(path, error) from error


def _read(path: Path, stream: Any, frames: int) -> Any:
    """int16 [at most `frames`, CHANNELS]; none at the end. Raises DataError."""
    import miniaudio

    from engine.media import audio

    try:
        return np.frombuffer(stream.send(frames), np.int16).reshape(-1, CHANNELS)
    except StopIteration:
        return np.zeros((0, CHANNELS), np.int16)
    except miniaudio.MiniaudioError as error:
        raise audio.no_sound(path, error) from error
