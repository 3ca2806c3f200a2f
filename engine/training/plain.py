"""What can be said of items without any network: the least that a pre-trained one must beat."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from engine.errors import DataError
from engine.media import audio
from engine.media.images import read_image
from engine.store.datasets import Example

SIDE = 12  # px that a picture is shrunk to
WORDS = 2000  # of the items, the most frequent
Tell = Callable[[int, int], None]


def described(kind: str, examples: Sequence[Example], tell: Tell) -> tuple[np.ndarray, np.ndarray]:
    """Places int [n] of the examples that can be read, and float32 [n, width] of each.

    Pictures: the colours of a picture of SIDE px and how frequent brightnesses are. Sounds: the
    same of their spectrogram. Texts: which words they hold, weighted by how rare they are.
    """
    if kind == "text":
        return np.arange(len(examples)), _words([example.text or "" for example in examples])
    places, rows = [], []
    for place, example in enumerate(examples):
        tell(place, len(examples))
        try:
            rows.append(_picture(example))
        except DataError:  # named already by those who read it for a network
            continue
        places.append(place)
    return np.asarray(places, dtype=np.int64), np.asarray(rows, dtype=np.float32)


def called(kind: str) -> str:
    if kind == "text":
        return "the words alone"
    if kind == "audio":
        return "a spectrogram of 12 px alone"
    return "the colours of a picture of 12 px alone"


def _picture(example: Example) -> np.ndarray:
    from PIL import Image

    if example.kind == "audio":
        pixels = audio.seen(example.file)
    else:
        pixels = read_image(example.file, at_least=4 * SIDE)
    small = np.asarray(pixels.resize((SIDE, SIDE), Image.Resampling.BOX), np.float32) / 255
    grey = np.asarray(pixels.convert("L"))
    shares = np.histogram(grey, bins=16, range=(0, 256))[0] / grey.size
    return np.concatenate([small.reshape(-1), shares.astype(np.float32)])


def _words(texts: Sequence[str]) -> np.ndarray:
    from sklearn.feature_extraction.text import TfidfVectorizer

    try:
        made = TfidfVectorizer(max_features=WORDS, sublinear_tf=True).fit_transform(texts)
    except ValueError:  # there is no word in them
        return np.zeros((len(texts), 1), np.float32)
    found: np.ndarray = made.toarray().astype(np.float32)
    return found
