"""A sound of any length read in pieces, so that what is shown of it never needs all of it."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image

from engine.errors import DataError
from engine.media import audio
from engine.media.audio import HOP, RATE, WINDOW, Samples, Sound

PIECE = 1 << 16  # frames read at a time
PER_PEAK = 256  # samples of which an outline keeps the lowest and the highest
_ENOUGH = 0.98  # of the frames that the header promises: an encoder's padding is no loss


@dataclass(frozen=True, eq=False)
class Outline:
    """A whole sound at low resolution: float32 [n, 2], lowest and highest of PER_PEAK samples."""

    path: Path
    rate: int  # samples a second
    seconds: float
    peaks: npt.NDArray[np.float32]


def pieces(
    path: Path, rate: int | None = None, begin: float = 0.0, end: float | None = None
) -> Iterator[Samples]:
    """Mono samples from `begin` to `end` (seconds), PIECE at a time; `rate` None: the file's own.

    Raises:
        DataError: as engine.media.audio.read_audio.
    """
    import miniaudio

    facts = audio.inspect(path)
    audio.refuse_long(path, facts)
    rate = rate or facts.rate
    left = round(((facts.seconds if end is None else end) - begin) * rate)
    try:
        stream = miniaudio.stream_file(
            str(path), miniaudio.SampleFormat.FLOAT32, facts.channels, rate, PIECE,
            seek_frame=max(0, round(begin * rate)),
        )  # fmt: skip
        for frames in stream:
            whole = np.frombuffer(frames, np.float32).reshape(-1, facts.channels)
            # The last piece of a whole sound may be longer than its rounded length.
            mono = whole.mean(1, dtype=np.float32)[: None if end is None else left]
            left -= len(mono)
            if len(mono):
                yield np.nan_to_num(mono, nan=0.0, posinf=1.0, neginf=-1.0)
            if end is not None and left <= 0:
                return
    except (miniaudio.MiniaudioError, ValueError, MemoryError) as error:
        raise audio.no_sound(path, error) from error


def part(path: Path, begin: float, end: float, rate: int | None = None) -> Sound:
    """Some seconds of a sound."""
    rate = rate or audio.inspect(path).rate
    read = list(pieces(path, rate, begin, end))
    return Sound(np.concatenate(read) if read else np.zeros(0, np.float32), rate)


def outline(path: Path) -> Outline:
    """Reads all of it once, in the memory of a piece and the peaks.

    Raises:
        DataError: as engine.media.audio.read_audio.
    """
    facts = audio.inspect(path)
    found: list[npt.NDArray[np.float32]] = []
    rest, count = np.zeros(0, np.float32), 0
    for piece in pieces(path):
        count += len(piece)
        rest = np.concatenate([rest, piece])
        whole = rest[: len(rest) // PER_PEAK * PER_PEAK].reshape(-1, PER_PEAK)
        found.append(np.stack([whole.min(1), whole.max(1)], 1))
        rest = rest[whole.size :]
    if len(rest):
        found.append(np.array([[rest.min(), rest.max()]], np.float32))
    if not count:
        raise audio.silent(path)
    return Outline(path, facts.rate, count / facts.rate, np.concatenate(found))


def waveform(sound: Outline, begin: float, end: float, columns: int) -> npt.NDArray[np.float32]:
    """Float32 [columns, 2], the lowest and the highest sample of each part; 0 beyond the ends.

    From the outline where a column holds several of its peaks, else from the file.

    Raises:
        DataError: the file cannot be read any more.
    """
    each = (end - begin) * sound.rate / columns  # samples a column
    if each >= 2 * PER_PEAK:
        rows, step = sound.peaks, PER_PEAK / sound.rate
        first = 0.0
    else:
        first = max(0.0, begin)
        samples = part(sound.path, first, min(end, sound.seconds)).samples
        rows, step = np.stack([samples, samples], 1), 1 / sound.rate
    edges = (np.linspace(begin, end, columns + 1) - first) / step
    found = np.zeros((columns, 2), np.float32)
    for place in range(columns):
        low = int(edges[place])
        inside = rows[max(0, low) : max(low + 1, int(np.ceil(edges[place + 1])))]
        if len(inside) and edges[place + 1] > 0:
            found[place] = inside[:, 0].min(), inside[:, 1].max()
    return found


def spectrum(path: Path, begin: float, end: float, columns: int) -> npt.NDArray[np.uint8]:
    """The mel spectrogram of a part: uint8 [BANDS, about `columns`], low pitches in the last row.

    Of a long part only the moments that are shown are transformed.

    Raises:
        DataError: as engine.media.audio.read_audio.
    """
    hop = max(HOP, (end - begin) / columns)
    step, size = round(hop * RATE), round(WINDOW * RATE)
    found: list[npt.NDArray[np.float64]] = []
    rest = np.zeros(0, np.float32)
    skip = 0  # samples to the next moment, where it lies beyond what was read
    for piece in pieces(path, RATE, begin, end):
        rest = np.concatenate([rest, piece])
        if skip >= len(rest):
            skip -= len(rest)
            rest = rest[:0]
            continue
        rest, skip = rest[skip:], 0
        if len(rest) < size:
            continue
        moments = (len(rest) - size) // step + 1
        found.append(audio.loudness(Sound(rest, RATE), step / RATE))
        skip = max(0, moments * step - len(rest))
        rest = rest[moments * step :]
    if not found:
        found.append(audio.loudness(Sound(rest, RATE), hop))
    return audio.shown(np.concatenate(found))


def heard(path: Path) -> Image.Image:
    """Decodes all of a sound once; gives what a model sees of it.

    Raises:
        DataError: as engine.media.audio.read_audio; or it ends before its header says.
    """
    facts = audio.inspect(path)
    read = list(pieces(path, RATE))
    samples = np.concatenate(read) if read else np.zeros(0, np.float32)
    promised = _promised(path) or facts.seconds
    # Another rate may take a few samples at the end.
    if len(samples) + WINDOW * RATE < _ENOUGH * promised * RATE:
        raise DataError(
            "The sound is cut off",
            f"{path.name} should last {promised:.2f} s and ends after {len(samples) / RATE:.2f} s.",
            "Copy it again from where it comes from, or save it anew.",
            subject=str(path),
        )
    return audio.seen_of(samples)


def _promised(path: Path) -> float | None:
    """Seconds that the header of a WAV file speaks of; the decoder goes by the file's end."""
    with path.open("rb") as stream:
        if stream.read(4) != b"RIFF":
            return None
        stream.seek(12)
        a_second = 0
        while len(head := stream.read(8)) == 8:
            name, size = head[:4], struct.unpack("<I", head[4:])[0]
            if name == b"fmt ":
                a_second = struct.unpack("<I", stream.read(12)[8:12].rjust(4, b"\0"))[0]
                size -= 12
            if name == b"data":
                # Recorders that were switched off leave the largest number there is, or none.
                known = 0 < size < 0x7FFFFFFF and a_second
                return size / a_second if known else None
            stream.seek(size + size % 2, 1)
    return None
