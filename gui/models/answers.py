"""The questions a person asks before choosing a model, and what can be said to each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gui.models.rows import BATCH, ModelRow
from gui.widgets.words import count, short, size

if TYPE_CHECKING:
    from engine.models.catalogue import Entry
    from engine.room import Room

FEW, MANY = 30, 300  # labels a class: under the first the head alone, from the second all may learn
TASKS = {
    "image-classification": "classes on images", "text-classification": "classes on texts",
    "audio-classification": "classes on sounds, shown as spectrograms",
}  # fmt: skip


@dataclass(frozen=True)
class Answer:
    question: str
    words: str
    source: str = ""  # address of the page that says so


def answers(row: ModelRow, task: str, labelled: int, classes: int, room: Room) -> list[Answer]:
    """In the order in which they are asked."""
    said = [
        Answer("Is it relevant to my task?", _relevant(row, task)),
        Answer("Is it the right size for my data?", _sized(row, labelled, classes, room)),
    ]
    entry = row.entry
    if entry is None:
        unknown = f"Graft does not know. Look beside the weights, in {row.folder}."
        return [*said, Answer("What did it learn from?", unknown)]
    return [
        *said,
        Answer("What did it learn from?", entry.data, _address(entry.data_source)),
        Answer("What are its limits?", entry.limits),
        Answer("Is it kept up?", entry.upkeep),
        Answer("Privacy and ethics", entry.privacy),
        Answer("May I use it?", _licence(row), _address(entry.licence_source)),
        Answer("How good is it?", _accuracy(row), entry.accuracy_source),
        Answer("Where can I read more?", _page(entry), _address(entry.link)),
    ]


def _page(entry: Entry) -> str:
    own = entry.source == "graft"
    return "Its model card, in Graft's own folder." if own else "The page of its publisher."


def _address(source: str) -> str:
    """What ships with Graft is told by where it lies on this machine."""
    from engine.models import catalogue

    ships = source and not source.startswith("https://")
    return str(catalogue.FILE.parents[1] / source) if ships else source


def _relevant(row: ModelRow, task: str) -> str:
    words = row.entry.purpose if row.entry else "Weights that were found on this machine."
    if row.usable:
        return f"{words} It can learn {TASKS.get(task, task)}, as this project does."
    if row.entry is not None and task in row.entry.tasks:
        why = (
            ": here, networks that read pictures learn from the spectrograms of sounds"
            if row.entry.kind == "audio" else ""
        )  # fmt: skip
        return f"{words} Graft cannot teach it{why}. You can get it and pack it."
    made = ", ".join(one.replace("-", " ") for one in row.entry.tasks) if row.entry else row.task
    return (
        f"{words} It is made for {made.replace('-', ' ')}, which this project does not do: you can "
        "get it and pack it, but not train it here."
    )


def _sized(row: ModelRow, labelled: int, classes: int, room: Room) -> str:
    if row.parameters is None:
        return "Its size is told on the Layers page, once it is chosen."
    words = [f"{short(row.parameters)} parameters."]
    if labelled and classes:
        each = labelled / classes
        many = f"You have {count(labelled, 'labelled item')}, {each:.0f} a class:"
        if each < FEW:
            words.append(f"{many} let the head learn first; a small model is as good as a large.")
        elif each < MANY:
            words.append(f"{many} enough for its last layers to learn.")
        else:
            words.append(f"{many} enough for all of it to learn.")
    words.append(_room(row, room))
    return " ".join(words)


def _room(row: ModelRow, room: Room) -> str:
    head, all_ = row.needs(False) or 0, row.needs(True) or 0
    has = f"{room.name} has {size(room.bytes)}"
    if head > room.bytes:
        return f"Its weights alone take {size(head)}, and {has}: too large."
    if all_ > room.bytes:
        return (
            f"All of it needs {size(all_)} to learn in batches of {BATCH}, and {has}: take smaller "
            "batches, or let only its last part learn."
        )
    return f"All of it needs {size(all_)} to learn in batches of {BATCH}; {has}."


def _licence(row: ModelRow) -> str:
    assert row.entry is not None
    said = {"yes": "allowed", "no": "not allowed", "unknown": "not known"}
    return (
        f"{row.entry.licence}. Commercial use: {said[row.commercial]}. Clinical research: "
        f"{said[row.clinical]}."
    )


def _accuracy(row: ModelRow) -> str:
    entry = row.entry
    assert entry is not None
    if entry.accuracy is None:
        return "No figure that could be held against a source is known here."
    return (
        f"{entry.accuracy:.1%} {entry.metric} on {entry.measured_on}. On your data it may be "
        "otherwise: rank the models on it."
    )
