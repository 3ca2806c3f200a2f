"""Sounds: what is read of a file, what is seen of it, and files that are none."""

from __future__ import annotations

import wave
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import DataError
from engine.media import audio
from engine.media.audio import BANDS, RATE, Sound


def write(path: Path, samples: np.ndarray, rate: int = 8000) -> Path:
    """float [n] or [n, channels] as 16-bit WAV."""
    values = np.rint(np.clip(samples, -1, 1) * 32767).astype("<i2")
    with wave.open(str(path), "wb") as out:
        out.setnchannels(1 if values.ndim == 1 else values.shape[1])
        out.setsampwidth(2)
        out.setframerate(rate)
        out.writeframes(values.tobytes())
    return path


def tone(hertz: float, seconds: float, rate: int = 8000) -> np.ndarray:
    return 0.5 * np.sin(2 * np.pi * hertz * np.arange(round(seconds * rate)) / rate)


def test_samples_come_as_they_were_written(tmp_path: Path) -> None:
    samples = np.random.default_rng(0).uniform(-0.9, 0.9, 4000)
    sound = audio.read_audio(write(tmp_path / "a.wav", samples))
    assert sound.rate == 8000 and sound.seconds == 0.5
    assert np.abs(sound.samples - samples).max() < 1e-4
    facts = audio.inspect(tmp_path / "a.wav")
    assert (facts.seconds, facts.rate, facts.channels, facts.form) == (0.5, 8000, 1, "WAV")


def test_channels_are_averaged(tmp_path: Path) -> None:
    left, right = tone(300, 0.2), tone(900, 0.2)
    sound = audio.read_audio(write(tmp_path / "a.wav", np.stack([left, right], 1)))
    assert np.abs(sound.samples - (left + right) / 2).max() < 1e-3


@pytest.mark.parametrize("hertz", [200.0, 1000.0, 3000.0])
def test_a_tone_is_a_line_at_its_pitch(hertz: float) -> None:
    picture = audio.spectrogram(Sound(tone(hertz, 1.0, RATE).astype(np.float32), RATE))
    assert picture.shape == (BANDS, 98)
    rows = picture.mean(1).argmax()
    edges = audio._hertz(np.linspace(audio._mel(audio.LOWEST), audio._mel(RATE / 2), BANDS + 2))
    assert abs(edges[1:-1][::-1][rows] - hertz) < 0.06 * hertz
    assert picture.max() == 255


def test_what_a_model_sees_has_a_least_and_a_most(tmp_path: Path) -> None:
    short = audio.seen(write(tmp_path / "short.wav", tone(400, 0.1)))
    assert short.size == (98, BANDS) and short.mode == "L"
    loud = np.concatenate([0.01 * tone(400, 9), tone(1500, 2), 0.01 * tone(400, 9)])
    long = audio.seen(write(tmp_path / "long.wav", loud))
    assert long.size[0] == 998
    assert np.asarray(long).max(0).max() == 255, "the loud part is in it"


@given(st.integers(1, 5000), st.integers(1, 300))
def test_peaks_hold_every_sample(count: int, parts: int) -> None:
    samples = np.random.default_rng(count).uniform(-1, 1, count).astype(np.float32)
    found = audio.peaks(Sound(samples, 8000), parts)
    assert found.shape == (parts, 2) and (found[:, 0] <= found[:, 1]).all()
    assert found[:, 0].min() == samples.min() and found[:, 1].max() == samples.max()


@pytest.mark.parametrize(
    ("name", "content", "title"),
    [
        ("empty.wav", b"", "The file is empty"),
        ("text.mp3", b"not a sound at all" * 50, "not a sound"),
        ("cut.wav", b"RIFF\x24\x08\x00\x00WAVEfmt ", "not a sound"),
    ],
)
def test_what_is_no_sound_is_refused_in_words(
    tmp_path: Path, name: str, content: bytes, title: str
) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(DataError, match=title):
        audio.read_audio(tmp_path / name)


def test_a_file_that_is_gone_or_holds_nothing(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="gone"):
        audio.inspect(tmp_path / "gone.wav")
    with pytest.raises(DataError):
        audio.read_audio(write(tmp_path / "none.wav", np.zeros(0)))


def test_silence_is_a_dark_picture(tmp_path: Path) -> None:
    picture = audio.seen(write(tmp_path / "silence.wav", np.zeros(8000)))
    assert picture.size == (98, BANDS) and np.asarray(picture).max() < 40


def test_real_recordings(shared_data: Callable[[str], Path]) -> None:
    files = sorted(shared_data("audio_fsdd").rglob("*.wav"))
    assert len(files) == 720
    for file in files[::60]:
        sound, facts = audio.read_audio(file), audio.inspect(file)
        assert abs(sound.seconds - facts.seconds) < 0.01 and np.abs(sound.samples).max() > 0.01
        assert np.asarray(audio.seen(file)).std() > 10
