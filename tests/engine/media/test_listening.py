"""Sounds in pieces: an outline of all of it, any part of it, and files that end too early."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import DataError
from engine.export.standalone import predict_audio
from engine.media import audio, listening
from engine.media.checking import check_items
from engine.media.listening import PER_PEAK, PIECE
from engine.media.looking import Looking, _plain
from engine.media.thumbnails import Thumbnails
from engine.store import items
from engine.store.items import NewItem
from engine.store.project import Project
from tests.engine.media.coded import CODED, coded
from tests.tiny import tone, write_wav


def test_pieces_are_the_sound(tmp_path: Path) -> None:
    samples = np.random.default_rng(0).uniform(-0.9, 0.9, 2 * PIECE + 77)
    path = write_wav(tmp_path / "a.wav", samples)
    whole = audio.read_audio(path).samples
    assert np.array_equal(np.concatenate(list(listening.pieces(path))), whole)
    some = listening.part(path, 1.5, 3.25)
    assert np.array_equal(some.samples, whole[12_000:26_000]) and some.rate == 8000


@given(st.integers(1, 3000), st.integers(1, 50))
def test_an_outline_holds_every_sample(count: int, seed: int) -> None:
    import tempfile

    samples = np.random.default_rng(seed).uniform(-0.9, 0.9, count)
    with tempfile.TemporaryDirectory() as place:
        path = write_wav(Path(place) / "a.wav", samples)
        found = listening.outline(path)
        whole = audio.read_audio(path).samples
    assert found.seconds == count / 8000
    for number, (low, high) in enumerate(found.peaks):
        part = whole[number * PER_PEAK : (number + 1) * PER_PEAK]
        assert low == part.min() and high == part.max()
    assert len(found.peaks) == -(-count // PER_PEAK)


@pytest.mark.parametrize(("begin", "end"), [(0.0, 40.0), (3.0, 4.0), (20.0, 20.01)])
def test_a_waveform_reaches_as_far_as_the_sound(tmp_path: Path, begin: float, end: float) -> None:
    loud = np.concatenate([0.1 * tone(200, 20), tone(200, 20, 1)])
    sound = listening.outline(write_wav(tmp_path / "a.wav", loud))
    drawn = listening.waveform(sound, begin, end, 100)
    part = listening.part(sound.path, begin, end).samples
    assert drawn.shape == (100, 2) and (drawn[:, 0] <= drawn[:, 1]).all()
    assert abs(drawn.max() - part.max()) < 0.05 and abs(drawn.min() - part.min()) < 0.05
    if end == 40.0:
        assert drawn[:49].max() < 0.2 < 0.4 < drawn[51:, 1].min()


@pytest.mark.parametrize(("begin", "end", "columns"), [(0, 60, 50), (0, 60, 5), (12.5, 13.5, 400)])
def test_a_spectrum_shows_the_pitch_of_its_part(
    tmp_path: Path, begin: float, end: float, columns: int
) -> None:
    path = write_wav(tmp_path / "a.wav", np.concatenate([tone(300, 30), tone(2000, 30)]))
    shown = listening.spectrum(path, begin, end, columns)
    assert shown.shape[0] == audio.BANDS and shown.shape[1] <= max(columns, 100) + 1
    assert shown.shape[1] >= min(columns, 97)
    rows = audio.BANDS - 1 - shown.argmax(0)
    low, high = (audio.height(hertz) * audio.BANDS for hertz in (300, 2000))
    moments = begin + (np.arange(shown.shape[1]) + 0.5) / shown.shape[1] * (end - begin)
    for row, moment in zip(rows, moments, strict=True):
        if abs(moment - 30) > (end - begin) / columns:
            assert abs(row - (low if moment < 30 else high)) < 3


@given(st.integers(1, 900), st.sampled_from([4000, 8000, 11_025, 44_100, 48_000]))
def test_however_short_a_sound_is_whole(count: int, rate: int) -> None:
    import tempfile

    with tempfile.TemporaryDirectory() as place:
        path = write_wav(Path(place) / "a.wav", np.full(count, 0.25), rate)
        assert listening.heard(path).size == (98, audio.BANDS)
        assert listening.outline(path).seconds == count / rate
        assert listening.spectrum(path, 0, count / rate, 30).shape[0] == audio.BANDS


@pytest.mark.parametrize("name", ["cut.wav", "text.wav", "empty.wav", "headless.wav", "no.flac"])
def test_a_broken_sound_is_refused_in_words(tmp_path: Path, name: str) -> None:
    whole = write_wav(tmp_path / "whole.wav", tone(400, 1.0)).read_bytes()
    content = {
        "cut.wav": whole[:9000], "text.wav": b"this is no sound" * 40, "empty.wav": b"",
        "headless.wav": whole[44:], "no.flac": b"fLaC" + whole[:300],
    }  # fmt: skip
    (tmp_path / name).write_bytes(content[name])
    with pytest.raises(DataError) as error:
        listening.heard(tmp_path / name)
    assert error.value.cause and error.value.remedy and name in error.value.subject


@pytest.mark.parametrize(("rate", "seconds"), [(8000, 0.3), (16_000, 12.0), (44_100, 11.7)])
def test_what_is_checked_is_what_a_model_sees(tmp_path: Path, rate: int, seconds: float) -> None:
    path = write_wav(tmp_path / "a.wav", tone(700, seconds, rate=rate), rate)
    assert np.array_equal(np.asarray(listening.heard(path)), np.asarray(audio.seen(path)))


def test_an_ending_of_four_letters_is_known(tmp_path: Path) -> None:
    path = write_wav(tmp_path / "a.WAVE", tone(400, 0.5))
    assert audio.inspect(path).seconds == listening.outline(path).seconds == 0.5


def test_silence_is_a_sound(tmp_path: Path) -> None:
    path = write_wav(tmp_path / "quiet.wav", np.zeros(4000))
    assert np.asarray(listening.heard(path)).max() < 64
    assert listening.waveform(listening.outline(path), 0, 0.5, 10).any() == np.False_
    assert listening.spectrum(path, 0, 0.5, 50).max() < 64


def test_a_header_that_asks_for_years_is_refused(tmp_path: Path) -> None:
    path = write_wav(tmp_path / "a.wav", tone(400, 6.0), rate=1)
    assert not _plain(path)
    with pytest.raises(DataError, match="too long"):
        listening.outline(path)


def test_a_recorder_that_was_switched_off_leaves_a_sound(tmp_path: Path) -> None:
    """Its header knows no length."""
    content = bytearray(write_wav(tmp_path / "a.wav", tone(400, 0.5)).read_bytes())
    content[40:44] = b"\xff\xff\xff\xff"
    (tmp_path / "b.wav").write_bytes(content)
    assert listening.heard(tmp_path / "b.wav").size == (98, audio.BANDS)


def test_items_are_checked_apart_and_have_a_thumbnail(tmp_path: Path) -> None:
    import io

    from PIL import Image

    from engine.media.hashing import hash_file

    names = ["good.wav", "quiet.wav", "cut.wav"]
    for name, samples in zip(names, (tone(900, 0.4), np.zeros(900), tone(400, 1)), strict=True):
        write_wav(tmp_path / name, samples)
    (tmp_path / "cut.wav").write_bytes((tmp_path / "cut.wav").read_bytes()[:5000])
    with Project.create(tmp_path / "p", "audio-classification") as project:
        new = [NewItem(n, "audio", hash_file(tmp_path / n), 1, mode="8000 Hz") for n in names]
        items.add(project, items.source_id(project, tmp_path), new)
        report = check_items(project)
        assert (report.checked, report.broken) == (2, 1)
        assert "cut off" in report.problems[0].title
        states = {item.name: item.state for item in items.each(project)}
        assert states == {"good.wav": "checked", "quiet.wav": "checked", "cut.wav": "broken"}
        thumbnails = Thumbnails(project.cache)
        data = thumbnails.kept(new[0].hash)
        assert data is not None
        with Image.open(io.BytesIO(data)) as small:
            assert small.size == (192, 192)
        assert thumbnails.get(tmp_path / "good.wav", new[0].hash, 96) is not None
        thumbnails.close()


def test_a_sound_that_is_not_plain_is_read_apart(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write_wav(tmp_path / "a.wav", tone(600, 1.0))
    looking = Looking()
    here = looking.outline(path)
    monkeypatch.setattr("engine.media.looking._SAMPLES", 10)
    apart = looking.outline(path)
    assert np.array_equal(here.peaks, apart.peaks)
    part = looking.spectrum(path, 0.2, 0.4, 50)
    assert np.array_equal(part, listening.spectrum(path, 0.2, 0.4, 50))
    wave = looking.waveform(apart, 0.2, 0.4, 50)
    assert np.array_equal(wave, listening.waveform(here, 0.2, 0.4, 50))
    looking.close()


@pytest.mark.parametrize("form", CODED)
def test_what_other_programs_code(tmp_path: Path, form: str) -> None:
    path = coded(tmp_path, form)
    facts, sound = audio.inspect(path), audio.read_audio(path)
    assert (facts.rate, facts.channels) == (8000, 1)
    assert 0.24 < sound.seconds < 0.36  # MP3 knows whole pieces only
    spectrum = np.abs(np.fft.rfft(sound.samples))
    assert spectrum.argmax() / sound.seconds == pytest.approx(1000, abs=5)
    assert 0.45 < np.abs(sound.samples).max() < 0.6
    assert np.array_equal(listening.heard(path), audio.seen(path))
    assert np.array_equal(predict_audio.read_sound(path)[..., 0], audio.seen(path))
    part = listening.part(path, 0.1, 0.2).samples
    assert np.abs(part - sound.samples[800:1600]).max() < 0.02


def test_decoders_that_do_not_survive_every_file_read_apart(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Some damaged Ogg files end the process, at their header already."""
    path = coded(tmp_path, "ogg")
    with closing(Looking()) as looking:
        monkeypatch.setattr(audio, "inspect", lambda path: pytest.fail("not here"))
        assert looking.hear(path).rate == 8000
