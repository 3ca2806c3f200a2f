"""predict.py reads a file exactly as Graft does, or both refuse it."""

from pathlib import Path

import numpy as np
import pytest

from engine.errors import DataError
from engine.export.standalone import predict_image, predict_text
from engine.media.images import read_image
from engine.media.quiet import quiet
from engine.media.text import normalise


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


@pytest.mark.parametrize("text", ["a\r\nb", "  é ", "e\u0301\0", "x\ry"])
def test_texts_take_the_same_form(text):
    assert predict_text.normalise(text) == normalise(text)


@pytest.mark.parametrize("module", [predict_image, predict_text])
def test_it_needs_nothing_of_graft(module):
    source = Path(module.__file__).read_text(encoding="utf-8")
    assert "from engine" not in source
    assert "import engine" not in source
