"""What pre-trained models exist: a list that ships with Graft and needs no network.

It is made by tools/build_catalogue.py and held against the installed
torchvision by a test.
"""

from __future__ import annotations

import functools
import json
from dataclasses import dataclass
from pathlib import Path

FILE = Path(__file__).parents[2] / "resources" / "catalogue.json"


@dataclass(frozen=True)
class Weights:
    """One published file of weights for a model."""

    name: str  # the publisher's: 'IMAGENET1K_V2'
    file: str  # its name on disk
    url: str
    sha256: str  # its first hexadecimal digits, '' when the publisher gives none
    bytes: int
    accuracy: float | None  # 0..1, on what `Entry.measured_on` names
    input_size: int | None  # px of the square that the model sees
    licence: str
    recipe: str  # address of how they were made


@dataclass(frozen=True)
class Entry:
    """A model with pre-trained weights.

    Attributes:
        name: what `--model` takes: torchvision's name, or a Hugging Face name.
        title: for people.
        source: 'torchvision' or 'huggingface'.
        task: name of the task it serves, e.g. 'image-classification'.
        parameters: numbers in the model.
        measured_on: the benchmark of `accuracy`, '' when there is no figure.
        weights: the published files, the recommended first.
    """

    name: str
    title: str
    family: str
    source: str
    task: str
    parameters: int
    measured_on: str
    weights: tuple[Weights, ...]

    @property
    def bytes(self) -> int:
        return self.weights[0].bytes

    @property
    def accuracy(self) -> float | None:
        return self.weights[0].accuracy

    @property
    def input_size(self) -> int | None:
        return self.weights[0].input_size

    @property
    def file(self) -> str:
        return self.weights[0].file

    @property
    def url(self) -> str:
        return self.weights[0].url

    @property
    def licence(self) -> str:
        return self.weights[0].licence


def entries(task: str | None = None) -> list[Entry]:
    """The whole list, or what serves a task; by family, then from small to large."""
    return [entry for entry in _all().values() if task is None or entry.task == task]


def find(name: str) -> Entry | None:
    """The model of this name; a Hugging Face name may lack its owner ('bert-base-uncased')."""
    known = _all()
    if name in known:
        return known[name]
    short = [entry for entry in known.values() if entry.name.rpartition("/")[2] == name]
    return short[0] if short else None


@functools.cache
def _all() -> dict[str, Entry]:
    rows = json.loads(FILE.read_text(encoding="utf-8"))["models"]
    made = []
    for row in rows:
        files = tuple(Weights(**weights) for weights in row.pop("weights"))
        made.append(Entry(**row, weights=files))
    return {entry.name: entry for entry in made}
