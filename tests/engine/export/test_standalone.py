"""predict.py reads a file exactly as Graft does, or both refuse it."""

import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.errors import DataError
from engine.export.standalone import predict_audio, predict_image, predict_text
from engine.media import audio
from engine.media.images import read_image
from engine.media.quiet import quiet
from engine.media.text import normalise
from tests import tiny


def test_every_file_of_the_corpus_gives_the_same_pixels(shared_data):
    places = [shared_data("bad_images"), shared_data("photos_sample")]
    corpus = [file for place in places for file in sorted(place.rglob("*")) if file.is_file()]
    same, refused, differ = 0, 0, []
    for file in corpus:
        quiet()
        try:
            mine = np.asarray(read_image(file))
        except DataError:
            refused += 1
            continue
        if b"DICM" in file.read_bytes()[128:132]:
            continue
        alone = predict_image.read_picture(file)
        if mine.shape == alone.shape and np.array_equal(mine, alone):
            same += 1
        else:
            differ.append(file.name)
    assert not differ
    assert same > 40
    assert refused > 5


@given(
    st.floats(0.001, 14.0), st.sampled_from([4000, 8000, 16_000, 22_050, 44_100, 48_000]),
    st.integers(0, 1000), st.sampled_from([0.0, 1e-4, 0.3, 1.0]),
)  # fmt: skip
@settings(max_examples=25)
def test_a_sound_becomes_the_same_picture(seconds, rate, seed, loud):
    random = np.random.default_rng(seed)
    samples = loud * random.uniform(-1, 1, max(1, round(seconds * rate))) * random.uniform(0, 1)
    with tempfile.TemporaryDirectory() as place:
        path = tiny.write_wav(Path(place) / "a.wav", samples, rate)
        alone = predict_audio.read_sound(path, 3)
        assert np.array_equal(alone[..., 1], np.asarray(audio.seen(path)))
        assert (alone == alone[..., :1]).all()


def test_real_sounds_become_the_same_pictures(shared_data):
    files = sorted(shared_data("audio_fsdd").rglob("*.wav"))[::12]
    assert len(files) == 60
    for file in files:
        assert np.array_equal(predict_audio.read_sound(file)[..., 0], np.asarray(audio.seen(file)))


@pytest.mark.parametrize("text", ["a\r\nb", "  é ", "e\u0301\0", "x\ry"])
def test_texts_take_the_same_form(text):
    assert predict_text.normalise(text) == normalise(text)


@pytest.mark.parametrize("module", [predict_audio, predict_image, predict_text])
def test_it_needs_nothing_of_graft(module):
    source = Path(module.__file__).read_text(encoding="utf-8")
    assert "from engine" not in source
    assert "import engine" not in source
