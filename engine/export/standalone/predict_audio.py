"""Says what a sound is, with the model beside this file.

    pip install -r requirements.txt
    python predict.py SOUND...

Needs Python 3.10 or newer, numpy, miniaudio and onnxruntime; nothing of Graft.
The model looks at a picture of the sound, its mel spectrogram, which `read_sound`
below makes of a WAV, FLAC, MP3 or Ogg Vorbis file:

- Channels are averaged, 16,000 samples a second are taken.
- A sound shorter than a second stands at the beginning of silence; of one longer
  than ten seconds the loudest ten count.
- 128 pitches from 50 Hz on, evenly spaced in mel; a moment every 10 ms of 25 ms.
- Decibels from 80 below the loudest (black) to the loudest (white).

From there on (resize, normalise), everything is inside model.onnx.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

import miniaudio
import numpy as np
import onnxruntime

RATE = 16_000  # samples a second
SIZE, HOP, POINTS = 400, 160, 512  # samples of a moment, to the next, of the transform
BANDS, LOWEST = 128, 50.0  # pitches; Hz
FLOOR, QUIET = 80.0, -30.0  # decibels
SHORTEST, LONGEST = RATE, 10 * RATE  # samples


class Predictor:
    """The model of a folder. Call it with pixels."""

    def __init__(self, folder: Path) -> None:
        options = onnxruntime.SessionOptions()
        # Waiting threads sleep instead of spinning, which other programs would pay for.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        self._session = onnxruntime.InferenceSession(
            str(folder / "model.onnx"), options, providers=["CPUExecutionProvider"]
        )
        self.channels = int(self._session.get_inputs()[0].shape[2])
        facts = self._session.get_modelmeta().custom_metadata_map
        self.classes: list[str] = json.loads(facts["classes"])

    def __call__(self, pixels: np.ndarray) -> np.ndarray:
        """Float32 [classes] that sum to 1, from uint8 [height, width, channels]."""
        (found,) = self._session.run(["probabilities"], {"image": pixels})
        probabilities: np.ndarray = found[0]
        return probabilities


def read_sound(path: Path | str, channels: int = 3) -> np.ndarray:
    """A file as uint8 [BANDS, moments, channels]: its spectrogram in each channel."""
    return np.repeat(spectrogram(fitted(read_samples(path)))[..., None], channels, axis=2)


def read_samples(path: Path | str) -> np.ndarray:
    """Float32 [n], mono."""
    ending = Path(path).suffix.lower()
    readers = {
        ".wav": miniaudio.wav_get_file_info, ".wave": miniaudio.wav_get_file_info,
        ".flac": miniaudio.flac_get_file_info, ".mp3": miniaudio.mp3_get_file_info,
        ".ogg": miniaudio.vorbis_get_file_info, ".oga": miniaudio.vorbis_get_file_info,
    }  # fmt: skip
    if ending not in readers:
        raise ValueError(f"no reader for {ending or 'files without an ending'}")
    channels = readers[ending](str(path)).nchannels
    decoded = miniaudio.decode_file(
        str(path), miniaudio.SampleFormat.FLOAT32, nchannels=channels, sample_rate=RATE
    )
    whole = np.frombuffer(decoded.samples, np.float32).reshape(-1, channels)
    if not len(whole):
        raise ValueError("it holds no samples")
    mono = whole.mean(1, dtype=np.float32)
    samples: np.ndarray = np.nan_to_num(mono, nan=0.0, posinf=1.0, neginf=-1.0)
    return samples


def fitted(samples: np.ndarray) -> np.ndarray:
    """Filled up to SHORTEST, or the loudest LONGEST of it."""
    if len(samples) < SHORTEST:
        return np.pad(samples, (0, SHORTEST - len(samples)))
    if len(samples) <= LONGEST:
        return samples
    energy = np.concatenate([[0.0], np.cumsum(samples.astype(np.float64) ** 2)])
    begin = int(np.argmax(energy[LONGEST:] - energy[:-LONGEST]))
    return samples[begin : begin + LONGEST]


def spectrogram(samples: np.ndarray) -> np.ndarray:
    """Uint8 [BANDS, moments], low pitches in the last row."""
    frames = np.lib.stride_tricks.sliding_window_view(samples, SIZE)[::HOP]
    window = np.hanning(SIZE).astype(np.float32)
    power = np.abs(np.fft.rfft(frames * window, POINTS)) ** 2
    decibels = 10 * np.log10(np.maximum(power @ mel().T, 1e-10))
    level = (decibels - max(decibels.max(), QUIET) + FLOOR) / FLOOR
    picture: np.ndarray = np.rint(np.clip(level, 0, 1).T[::-1] * 255).astype(np.uint8)
    return picture


def mel() -> np.ndarray:
    """[BANDS, POINTS // 2 + 1], overlapping triangles, evenly spaced in mel."""
    low, high = (2595 * np.log10(1 + hertz / 700) for hertz in (LOWEST, RATE / 2))
    edges = 700 * (10 ** (np.linspace(low, high, BANDS + 2) / 2595) - 1)
    bins = np.fft.rfftfreq(POINTS, 1 / RATE)
    below, middle, above = edges[:-2, None], edges[1:-1, None], edges[2:, None]
    made = np.maximum(
        0.0, np.minimum((bins - below) / (middle - below), (above - bins) / (above - middle))
    )
    # Low pitches lie closer than the bins of the transform: each takes the nearest one then.
    for band in np.flatnonzero(made.sum(1) == 0):
        made[band, np.abs(bins - edges[band + 1]).argmin()] = 1.0
    return made


def ranked(predictor: Any, probabilities: np.ndarray, top: int) -> list[tuple[str, float]]:
    best = np.argsort(-probabilities, kind="stable")[:top]
    return [(predictor.classes[place], float(probabilities[place])) for place in best]


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Says what a sound is.")
    parser.add_argument("sounds", nargs="+", type=Path, metavar="SOUND")
    parser.add_argument("--top", type=int, default=3, help="how many classes to print")
    parser.add_argument("--json", action="store_true", help="one JSON object a line")
    chosen = parser.parse_args(arguments)
    predictor = Predictor(Path(__file__).resolve().parent)
    failed = 0
    for path in chosen.sounds:
        try:
            pixels = read_sound(path, predictor.channels)
        except (miniaudio.MiniaudioError, OSError, ValueError) as error:
            print(f"{path}: cannot be read as a sound ({error})", file=sys.stderr)
            failed = 1
            continue
        found = ranked(predictor, predictor(pixels), chosen.top)
        if chosen.json:
            print(json.dumps({"file": str(path), "classes": dict(found)}, ensure_ascii=False))
        else:
            words = ", ".join(f"{name} {share:.1%}" for name, share in found)
            print(f"{path}: {words}")
    return failed


if __name__ == "__main__":
    sys.exit(main())
