"""Looking at files from anywhere: cheap pictures here, all else in a process apart."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from PIL import Image

from engine.errors import DataError
from engine.media import images, reading, refusals
from engine.media.apart import MEMORY, SECONDS, Apart
from engine.media.frame import Frame
from engine.media.images import Facts
from engine.media.opening import open_file
from engine.media.reading import Reading
from engine.media.shrinking import EDGE, encode
from engine.progress import Cancel

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from engine.media.audio import Facts as Heard
    from engine.media.listening import Outline

_PIXELS = 64_000_000  # decoded here at most; a quarter of a gigabyte
_BYTES = 256 << 20
_WORK = 1_000_000_000  # pixels times passes over them: about a second
_SAMPLES = 16 << 20  # bytes of a sound that is read here
_LENGTH = 600.0  # seconds of it
_READ = 1 << 20  # bytes at a time

Look = tuple[tuple[int, int], bytes]  # size in px, upright; a thumbnail as JPEG bytes


class Looking:
    """Looks at one picture after the other. `close` it in the end.

    Args:
        seconds, memory: of one file that is read apart.
    """

    def __init__(self, seconds: float = SECONDS, memory: int = MEMORY) -> None:
        self._apart = Apart(seconds, memory)

    def look(
        self, path: Path, edge: int = EDGE, cancel: Cancel | None = None, pixels: int | None = None
    ) -> Look:
        """Decodes the picture in full.

        Args:
            pixels: what `inspect` said of this very content, where that is known.

        Raises:
            DataError: as engine.media.images.read_image; or it took too long, needed too
                much memory, or ended the reader.
            Cancelled: on request.
        """
        if cheap(path, pixels):
            return look(path, edge)
        found: Look = self._apart.call(
            "engine.media.looking:look", path, edge, subject=path, cancel=cancel
        )
        return found

    def small(self, path: Path, edge: int) -> bytes:
        """JPEG bytes, of a picture decoded no larger than that needs.

        Raises:
            DataError: as `look`.
            Cancelled: it was closed meanwhile.
        """
        if cheap(path):
            return look(path, edge, at_least=edge)[1]
        found: Look = self._apart.call("engine.media.looking:look", path, edge, subject=path)
        return found[1]

    def sound(self, path: Path, edge: int = EDGE, cancel: Cancel | None = None) -> bytes:
        """JPEG bytes of what a model sees of a sound, which is decoded in full.

        Raises:
            DataError: as engine.media.listening.heard; or it took too long, needed too much
                memory, or ended the reader.
            Cancelled: on request.
        """
        found: bytes = self._apart.call(
            "engine.media.looking:sound", path, edge, subject=path, cancel=cancel
        )
        return found

    def outline(self, path: Path, cancel: Cancel | None = None) -> Outline:
        """As engine.media.listening.outline, within the limits."""
        found: Outline = self._listen("outline", path, path, cancel=cancel)
        return found

    def waveform(
        self, sound: Outline, begin: float, end: float, columns: int, cancel: Cancel | None = None
    ) -> NDArray[np.float32]:
        """As engine.media.listening.waveform, within the limits."""
        found: NDArray[np.float32] = self._listen(
            "waveform", sound.path, sound, begin, end, columns, cancel=cancel
        )
        return found

    def spectrum(
        self, path: Path, begin: float, end: float, columns: int, cancel: Cancel | None = None
    ) -> NDArray[np.uint8]:
        """As engine.media.listening.spectrum, within the limits."""
        found: NDArray[np.uint8] = self._listen(
            "spectrum", path, path, begin, end, columns, cancel=cancel
        )
        return found

    def inspect(self, path: Path, stream: IO[bytes] | None = None) -> Facts:
        """As engine.media.images.inspect, within the limits.

        Args:
            stream: the file's content, where it is at hand already.
        """
        if _harmless(_head(path, stream)):
            return images.inspect(path, stream)
        found: Facts = self._apart.call("engine.media.images:inspect", path, subject=path)
        return found

    def hear(self, path: Path) -> Heard:
        """As engine.media.audio.inspect, within the limits."""
        if _plain(path):
            from engine.media import audio

            return audio.inspect(path)
        found: Heard = self._apart.call("engine.media.audio:inspect", path, subject=path)
        return found

    def kin(self, path: Path) -> tuple[str, str] | None:
        """As engine.media.dicom.kin, within the limits."""
        found: tuple[str, str] | None = self._apart.call(
            "engine.media.dicom:kin", path, subject=path
        )
        return found

    def reading(self, path: Path, cancel: Cancel | None = None) -> tuple[Reading, Frame]:
        """As engine.media.reading.open_reading, within the limits."""
        found: tuple[Reading, Frame] = self._call(reading.open_reading, path, cancel=cancel)
        return found

    def frame(self, path: Path, index: int, cancel: Cancel | None = None) -> Frame:
        """As engine.media.reading.read_frame, within the limits."""
        found: Frame = self._call(reading.read_frame, path, index, cancel=cancel)
        return found

    def seen_by_model(self, path: Path, cancel: Cancel | None = None) -> Frame:
        """As engine.media.reading.seen_by_model, within the limits."""
        found: Frame = self._call(reading.seen_by_model, path, cancel=cancel)
        return found

    def close(self) -> None:
        self._apart.close()

    def _listen(self, function: str, path: Path, *arguments: Any, cancel: Cancel | None) -> Any:
        if _plain(path):
            from engine.media import listening

            return getattr(listening, function)(*arguments)
        name = f"engine.media.listening:{function}"
        return self._apart.call(name, *arguments, subject=path, cancel=cancel)

    def _call(
        self, function: Callable[..., Any], path: Path, *arguments: Any, cancel: Cancel | None
    ) -> Any:
        if cheap(path):
            return function(path, *arguments)
        name = f"{function.__module__}:{function.__name__}"
        return self._apart.call(name, path, *arguments, subject=path, cancel=cancel)


def look(path: Path, edge: int = EDGE, at_least: int | None = None) -> Look:
    """Size and thumbnail, in this process. Raises DataError."""
    image = images.read_image(path, at_least=at_least)
    return image.size, encode(image, edge)


def sound(path: Path, edge: int = EDGE) -> bytes:
    """The spectrogram as a square, in this process. Raises DataError."""
    from engine.media import listening

    return encode(listening.heard(path).resize((edge, edge), Image.Resampling.BILINEAR), edge)


def _plain(path: Path) -> bool:
    """Whether a sound is read in no time: a small WAV, whose samples stand in it as they are."""
    from engine.media import audio

    try:
        with open_file(path) as stream:
            if stream.read(4) != b"RIFF" or stream.seek(0, 2) > _SAMPLES:
                return False
        return audio.inspect(path).seconds <= _LENGTH
    except DataError:
        return True  # refused before anything is decoded
    except OSError as error:
        raise refusals.unopened(path, error) from error


def cheap(path: Path, pixels: int | None = None) -> bool:
    """Whether a picture can neither take long nor much memory, whatever the file holds.

    Of JPEG and PNG this follows from the header: their decoders, the most used there
    are, do work in proportion to the pixels, JPEG's once for each pass that is in
    the file. A file that cannot be opened is cheap, too.

    Args:
        pixels: of the picture, where they are known.
    """
    try:
        with open_file(path) as stream:
            head = stream.read(132)
            if not _harmless(head):
                return not head
            if stream.seek(0, 2) > _BYTES:
                return False
            if pixels is None:
                stream.seek(0)
                facts = images.inspect(path, stream)
                pixels = facts.width * facts.height
            passes = _scans(stream) if head[:2] == _JPEG else 8  # interlaced
            if head[:2] != _JPEG and head[_DEPTH : _DEPTH + 1] == b"\x10":  # 16
                pixels *= 4  # both halves of each number, and the whole (engine.media.decoding)
            return pixels <= _PIXELS and pixels * passes <= _WORK
    except DataError:
        return True  # refused before anything is decoded
    except OSError as error:
        raise refusals.unopened(path, error) from error


_JPEG = b"\xff\xd8"
_SCAN = b"\xff\xda"
_DEPTH = 24  # the byte of a PNG that says how many bits a number has


def _harmless(head: bytes) -> bool:
    """Whether a header is read in no time: JPEG and PNG, and what is not there."""
    return not head or head.startswith((b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n"))


def _head(path: Path, stream: IO[bytes] | None) -> bytes:
    if stream is not None:
        head = stream.read(16)
        stream.seek(0)
        return head
    try:
        with open_file(path) as opened:
            return opened.read(16)
    except DataError:
        return b""  # the look itself says what is wrong
    except OSError as error:
        raise refusals.unopened(path, error) from error


def _scans(stream: IO[bytes]) -> int:
    """Passes over the picture; the two bytes mean nothing else where pixels are."""
    stream.seek(0)
    found, last = 0, b""
    while part := stream.read(_READ):
        found += (last + part).count(_SCAN)
        last = part[-1:]
    return max(1, found)
