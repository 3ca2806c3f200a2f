"""Reading sound: any WAV, FLAC, MP3 or Ogg Vorbis file to mono samples, and pictures of it.

A model sees a sound as its mel spectrogram: how much of each pitch there is from moment to
moment, in decibels below the loudest, low pitches at the bottom (Stevens, Volkmann and Newman
1937 for the scale; O'Shaughnessy's formula of it).
"""

from __future__ import annotations

from array import array
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image

from engine.errors import DataError
from engine.media import refusals

Samples = npt.NDArray[np.float32]
Doubles = npt.NDArray[np.float64]
_FORMS = {
    ".wav": "wav", ".wave": "wav", ".flac": "flac", ".mp3": "mp3", ".ogg": "vorbis",
    ".oga": "vorbis",
}  # fmt: skip
EXTENSIONS = frozenset(_FORMS)
RATE = 16_000  # samples a second that a model's picture is made from
WINDOW, HOP = 0.025, 0.010  # seconds
BANDS, LOWEST = 128, 50.0  # pitches of the spectrogram; Hz
FLOOR = 80.0  # decibels below the loudest that are still told apart
QUIET = -30.0  # decibels of a band in next to silence, which is not blown up to full light
SHORTEST, LONGEST = 1.0, 10.0  # seconds that a model's picture shows
MOST = 6 * 3600.0  # seconds that are read of a file


@dataclass(frozen=True)
class Facts:
    """What a file's header says."""

    seconds: float
    rate: int  # samples a second
    channels: int
    form: str  # 'WAV', 'FLAC', ...


@dataclass(frozen=True)
class Sound:
    """Mono samples of -1 to 1, float32 [n]."""

    samples: Samples
    rate: int

    @property
    def seconds(self) -> float:
        return len(self.samples) / self.rate


def inspect(path: Path) -> Facts:
    """What the header says, without decoding.

    Raises:
        DataError: missing, empty, no sound, damaged.
    """
    import miniaudio  # not needed by projects of pictures and texts

    _refuse_unopened(path)
    try:
        said = getattr(miniaudio, f"{_FORMS[path.suffix.lower()]}_get_file_info")(str(path))
    except (miniaudio.MiniaudioError, ValueError, KeyError) as error:
        raise no_sound(path, error) from error
    if said.sample_rate <= 0 or said.num_frames <= 0:
        raise silent(path)
    return Facts(float(said.duration), said.sample_rate, said.nchannels, said.file_format.name)


def read_audio(path: Path, rate: int | None = None) -> Sound:
    """The sound, its channels averaged.

    Args:
        rate: samples a second; None: the file's own.

    Raises:
        DataError: as `inspect`; or it is longer than MOST.
    """
    import miniaudio

    facts = inspect(path)
    refuse_long(path, facts)
    try:
        # Channels are averaged here: the library's own way of mixing them is not a mean.
        decoded = miniaudio.decode_file(
            str(path), output_format=miniaudio.SampleFormat.FLOAT32, nchannels=facts.channels,
            sample_rate=rate or facts.rate,
        )  # fmt: skip
    except (miniaudio.MiniaudioError, ValueError, MemoryError) as error:
        raise no_sound(path, error) from error
    assert isinstance(decoded.samples, array)
    whole = np.frombuffer(decoded.samples, np.float32).reshape(-1, facts.channels)
    if not len(whole):
        raise silent(path)
    mono = np.nan_to_num(whole.mean(1, dtype=np.float32), nan=0.0, posinf=1.0, neginf=-1.0)
    return Sound(np.ascontiguousarray(mono, np.float32), rate or facts.rate)


def peaks(sound: Sound, count: int) -> npt.NDArray[np.float32]:
    """Float32 [count, 2], the lowest and the highest sample of each part, for a waveform."""
    edges = np.linspace(0, len(sound.samples), count + 1).astype(np.int64)
    found = np.zeros((count, 2), np.float32)
    for place, (begin, end) in enumerate(pairwise(edges)):
        part = sound.samples[begin : max(end, begin + 1)]
        if len(part):
            found[place] = part.min(), part.max()
    return found


def spectrogram(sound: Sound) -> npt.NDArray[np.uint8]:
    """Uint8 [BANDS, moments], a moment every HOP; low pitches in the last row."""
    return shown(loudness(sound))


def loudness(sound: Sound, hop: float = HOP) -> Doubles:
    """Decibels of each pitch at each moment, a moment every `hop` seconds: [moments, BANDS]."""
    size, step = round(WINDOW * sound.rate), max(1, round(hop * sound.rate))
    samples = sound.samples
    if len(samples) < size:
        samples = np.pad(samples, (0, size - len(samples)))
    frames = np.lib.stride_tricks.sliding_window_view(samples, size)[::step]
    points = 1 << (size - 1).bit_length()
    mel = _filters(sound.rate, points)
    window = np.hanning(size).astype(np.float32)
    found = np.empty((len(frames), BANDS))
    for begin in range(0, len(frames), 4096):  # a long sound is not transformed at once
        power = np.abs(np.fft.rfft(frames[begin : begin + 4096] * window, points)) ** 2
        found[begin : begin + 4096] = power @ mel.T
    return np.asarray(10 * np.log10(np.maximum(found, 1e-10)))


def shown(decibels: Doubles) -> npt.NDArray[np.uint8]:
    """Loudness [moments, BANDS] as a picture, uint8 [BANDS, moments], the loudest white."""
    level = (decibels - max(decibels.max(), QUIET) + FLOOR) / FLOOR
    picture: npt.NDArray[np.uint8] = np.rint(np.clip(level, 0, 1).T[::-1] * 255).astype(np.uint8)
    return picture


def height(hertz: float) -> float:
    """Where a pitch stands in a spectrogram of RATE samples a second: 0 below, 1 above."""
    low, high = _mel(LOWEST), _mel(RATE / 2)
    return (_mel(hertz) - low) / (high - low)


def seen(path: Path) -> Image.Image:
    """What a model sees of a sound: its spectrogram in grey, SHORTEST to LONGEST seconds.

    A shorter sound stands at the beginning of silence; of a longer one the loudest part counts.

    Raises:
        DataError: as `read_audio`.
    """
    return seen_of(read_audio(path, RATE).samples)


def seen_of(samples: Samples) -> Image.Image:
    """As `seen`, of samples at RATE."""
    return Image.fromarray(spectrogram(Sound(_fitted(samples), RATE)))


def _fitted(samples: Samples) -> Samples:
    shortest, longest = round(SHORTEST * RATE), round(LONGEST * RATE)
    if len(samples) < shortest:
        return np.pad(samples, (0, shortest - len(samples)))
    if len(samples) <= longest:
        return samples
    energy = np.concatenate([[0.0], np.cumsum(samples.astype(np.float64) ** 2)])
    begin = int(np.argmax(energy[longest:] - energy[:-longest]))
    return samples[begin : begin + longest]


@cache
def _filters(rate: int, points: int) -> Doubles:
    """[BANDS, points // 2 + 1], triangles that overlap, evenly spaced in mel."""
    highest = rate / 2
    edges = _hertz(np.linspace(_mel(min(LOWEST, highest / 4)), _mel(highest), BANDS + 2))
    bins = np.fft.rfftfreq(points, 1 / rate)
    low, middle, high = edges[:-2, None], edges[1:-1, None], edges[2:, None]
    rising = (bins - low) / (middle - low)
    falling = (high - bins) / (high - middle)
    made: Doubles = np.maximum(0.0, np.minimum(rising, falling))
    # Low pitches lie closer than the bins of the transform: each takes the nearest one then.
    for band in np.flatnonzero(made.sum(1) == 0):
        made[band, np.abs(bins - edges[band + 1]).argmin()] = 1.0
    return made


def _mel(hertz: float) -> float:
    return float(2595 * np.log10(1 + hertz / 700))


def _hertz(mel: Doubles) -> Doubles:
    return np.asarray(700 * (10 ** (mel / 2595) - 1))


def _refuse_unopened(path: Path) -> None:
    try:
        with open(path, "rb") as stream:
            if not stream.read(1):
                raise refusals.empty(path)
    except OSError as error:
        raise refusals.unopened(path, error) from error


def refuse_long(path: Path, facts: Facts) -> None:
    """Raises DataError for more than MOST."""
    if facts.seconds > MOST:
        raise DataError(
            "The sound is too long",
            f"{path.name} lasts {facts.seconds / 3600:.1f} hours; {MOST / 3600:.0f} are the most.",
            "Cut it into pieces.",
            subject=str(path),
        )


def no_sound(path: Path, error: BaseException) -> DataError:
    return DataError(
        "This is not a sound that Graft can read",
        f"{path.name} is damaged, cut off, or of a kind that has no reader here.",
        "Save it as WAV, FLAC, MP3 or Ogg Vorbis.",
        details=str(error),
        subject=str(path),
    )


def silent(path: Path) -> DataError:
    return DataError(
        "The sound is empty",
        f"{path.name} holds no samples.",
        "Record it again, or remove it from the data.",
        subject=str(path),
    )
