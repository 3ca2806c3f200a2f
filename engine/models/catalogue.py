"""What pre-trained models exist: a list that ships with Graft and needs no network.

It is made by tools/build_catalogue.py; where each fact was read stands in
tools/catalogue/sources.md. Nothing in it is from memory: a figure that was not
read is None, a text that was not read is UNPUBLISHED, a licence UNCONFIRMED.
"""

from __future__ import annotations

import functools
import json
from dataclasses import dataclass
from pathlib import Path

FILE = Path(__file__).parents[2] / "resources" / "catalogue.json"
STARTER = "graft-starter"  # the backbone that ships with Graft

# In the order in which a page would list them.
KINDS = (
    "image-classification", "object-detection", "segmentation", "keypoints", "video",
    "optical-flow", "text", "audio", "image-text",
)  # fmt: skip
UNPUBLISHED = "not published here"
UNCONFIRMED = "not confirmed: read the model's page"


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
    commercial: str = "unknown"  # may it be used for profit: 'yes', 'no', 'unknown'
    clinical: str = "unknown"  # may it be used in clinical research: 'yes', 'no', 'unknown'
    accuracy_source: str = ""  # address of the page or paper that gives the accuracy
    reckoned: bool = False  # `bytes` is parameters times four, as no size was published


@dataclass(frozen=True)
class Entry:
    """A model with pre-trained weights.

    Attributes:
        name: what `--model` takes: torchvision's name, or a Hugging Face name.
        title: for people.
        source: 'torchvision' or 'huggingface', the library that builds it; 'graft' for what
            ships with Graft.
        kind: the group a person looks under, one of KINDS.
        domain: 'general' or 'medical': what its training data is about.
        task: the task of Graft it serves, e.g. 'image-classification', or what it does
            where Graft has no such task.
        tasks: all that it is published for, in words of the field: 'object-detection'.
        trainable: Graft can fine-tune it in `task`.
        parameters: numbers in the model, counted as `counted` says.
        counted: which parts `parameters` and `flops` are of: 'the body, without a head'.
        published: parameters as its publisher counts them, 0 where that was not read.
        flops: multiply-adds of one item going forward, None where they could not be measured.
            Papers and torchvision's registry call these FLOPs; twice as many operations.
        flops_at: the item they are for: '224 × 224 px', '128 tokens', '10 s'.
        activations: bytes that learning with all of it holds of one such item, beside weights
            and optimizer.
        measured_on: the benchmark of `accuracy`, '' when there is no figure.
        metric: what `accuracy` is: 'top-1 accuracy', 'box AP'.
        purpose: what it is for, in one or two sentences.
        data: what it learned from: size and diversity.
        limits: known limits and bias.
        privacy: what to mind of people in its training data, and other ethical notes.
        upkeep: who keeps it up.
        licence_source: address of the page that states the licence.
        data_source: address of the page that describes the training data.
        link: the page to read on.
        weights: the published files, the recommended first.
        architecture: torchvision's name of the network, where the model has another name.
        built_as, given: of the hub: the class of transformers that builds the whole model, and
            what it is given ('picture 800', 'sound'), see engine.models.whole.hub.
    """

    name: str
    title: str
    family: str
    source: str
    kind: str
    domain: str
    task: str
    tasks: tuple[str, ...]
    trainable: bool
    parameters: int
    counted: str
    published: int
    flops: int | None
    flops_at: str
    activations: int
    measured_on: str
    metric: str
    purpose: str
    data: str
    limits: str
    privacy: str
    upkeep: str
    licence_source: str
    data_source: str
    link: str
    weights: tuple[Weights, ...]
    architecture: str = ""
    built_as: str = ""
    given: str = ""

    @property
    def bytes(self) -> int:
        return self.weights[0].bytes

    @property
    def accuracy(self) -> float | None:
        return self.weights[0].accuracy

    @property
    def accuracy_source(self) -> str:
        return self.weights[0].accuracy_source

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

    @property
    def commercial(self) -> str:
        return self.weights[0].commercial

    @property
    def clinical(self) -> str:
        return self.weights[0].clinical


def teachers(task: str) -> str:
    """The task whose models serve a task: a sound is shown to those that read pictures."""
    return "image-classification" if task == "audio-classification" else task


def entries(task: str | None = None) -> list[Entry]:
    """The whole list, or what can be fine-tuned in a task; by kind, family, then size."""
    known = _all().values()
    return [e for e in known if task is None or (e.trainable and e.task == teachers(task))]


def find(name: str) -> Entry | None:
    """The model of this name; a Hugging Face name may lack its owner ('bert-base-uncased')."""
    known = _all()
    if name in known:
        return known[name]
    short = [entry for entry in known.values() if entry.name.rpartition("/")[2] == name]
    return short[0] if short else None


def network_of(name: str) -> Entry | None:
    """The torchvision model whose network own weights fill: 'resnet18/lungs' are of resnet18."""
    first, _, own = name.partition("/")
    entry = _all().get(first) if own and "/" not in own else None
    return entry if entry is not None and entry.source == "torchvision" else None


@functools.cache
def _all() -> dict[str, Entry]:
    """A row says in `cards` which texts it shares with others; its own stand before theirs."""
    held = json.loads(FILE.read_text(encoding="utf-8"))
    made: dict[str, Entry] = {}
    for row in held["models"]:
        told: dict[str, object] = {}
        for card in row.pop("cards"):
            told.update(held["cards"][card])
        told.update(row)
        told["weights"] = tuple(Weights(**weights) for weights in row["weights"])
        told["tasks"] = tuple(row["tasks"])
        made[row["name"]] = Entry(**told)  # type: ignore[arg-type]
    return made
