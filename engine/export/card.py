"""The model card: what a model is, what it was made from, how good it is, where it ends."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from engine.evaluation.classification import NAMES, Summary
from engine.export.certificate import Parity

FEW = 20  # test items; a class with fewer has a recall that says little

_FIGURES = {
    "accuracy": "Accuracy",
    "balanced_accuracy": "Balanced accuracy",
    "macro_f1": "Macro F1",
    "loss": "Loss (nats)",
}


@dataclass(frozen=True)
class Facts:
    """What the card tells of a run."""

    project: str
    task: str
    run: str  # its name
    created: str  # when the run began, ISO 8601
    model: str  # the backbone's name
    parameters: int
    weights_hash: str  # SHA-256 of the pre-trained weights, '' when trained from scratch
    checkpoint_hash: str  # of the trained weights
    phases: Sequence[str]  # one sentence each: what learned, for how many epochs
    recipe: Mapping[str, Any]
    versions: Mapping[str, str]
    items: Mapping[str, int]  # split -> number of items
    class_items: Mapping[str, int]  # class -> number of items that it learned from
    test: Summary | None = None  # on `test_split`
    test_split: str = "test"
    relearned: bool = False  # the weights learned from the validation items, too, in the end
    definitions: Mapping[str, str] = field(default_factory=dict)  # class -> what it means

    @property
    def kind(self) -> str:
        """Of the items: image, text, audio."""
        return self.task.partition("-")[0]


def card(facts: Facts, classes: Sequence[str], parity: Parity) -> str:
    """Markdown."""
    parts = [
        f"# {facts.project}: {facts.run}",
        _what(facts, classes),
        "## Classes\n\n" + _classes(facts, classes),
        "## How good it is\n\n" + _quality(facts, classes),
        "## What it was made from\n\n" + _data(facts),
        "## How it was made\n\n" + _making(facts),
        "## Does the copy agree with Graft?\n\n" + parity.words().strip(),
        "## Where it ends\n\n" + _limits(facts, classes),
    ]
    return "\n\n".join(parts) + "\n"


_ITEM = {"image": "a picture", "text": "a text", "audio": "a sound"}
_INSIDE = {
    "image": " with resizing, cropping and normalising inside it: it takes decoded pixels",
    "text": "; `tokenizer.json` cuts a text into the tokens it takes",
    "audio": " with resizing and normalising inside it: it takes the mel spectrogram that "
    "`predict.py` makes of a sound",
}


def _what(facts: Facts, classes: Sequence[str]) -> str:
    item = _ITEM[facts.kind]
    origin = "from random weights" if not facts.weights_hash else "from pre-trained weights"
    return (
        f"Tells to which of {len(classes)} classes {item} belongs. A {facts.model} with "
        f"{facts.parameters:,} parameters, trained {origin} in Graft, begun "
        f"{facts.created[:10]}. `model.onnx` holds the model"
        f"{_INSIDE[facts.kind]}. `predict.py` shows how to use it."
    )


def _classes(facts: Facts, classes: Sequence[str]) -> str:
    defined = any(facts.definitions.get(name) for name in classes)
    head = "| output | class | training items |" + (" meaning |" if defined else "")
    rule = "|---:|---|---:|" + ("---|" if defined else "")
    rows = [
        f"| {place} | {_cell(name)} | {facts.class_items.get(name, 0)} |"
        + (f" {_cell(facts.definitions.get(name, ''))} |" if defined else "")
        for place, name in enumerate(classes)
    ]
    return "\n".join([head, rule, *rows])


def _quality(facts: Facts, classes: Sequence[str]) -> str:
    test = facts.test
    if test is None:
        return "Not measured: the run has no result on items that it did not learn from."
    lines = [
        _where(facts, test.items),
        "",
        "| figure | value | 95 % interval |",
        "|---|---:|---|",
    ]
    for name in NAMES:
        low, high = test.intervals[name]
        value = test.metrics[name]
        lines.append(f"| {_FIGURES[name]} | {value:.3f} | {low:.3f} to {high:.3f} |")
    lines += ["", "| class | precision | recall | F1 | items |", "|---|---:|---:|---:|---:|"]
    for name, (precision, recall, f1, count) in zip(classes, test.per_class, strict=True):
        lines.append(f"| {_cell(name)} | {precision:.3f} | {recall:.3f} | {f1:.3f} | {count} |")
    return "\n".join(lines)


def _where(facts: Facts, items: int) -> str:
    if facts.test_split == "test":
        return (
            f"On the {items} items of the test split, which it did not learn from. The interval "
            "holds the true figure in 95 of 100 such tests."
        )
    before = " They are of the weights before they learned from these items, too."
    return (
        f"There was no test split. The figures are on the {items} items of the validation split, "
        "by which the best epoch was chosen: what holds for new items may be lower, and the "
        "intervals do not count that." + (before if facts.relearned else "")
    )


def _data(facts: Facts) -> str:
    counts = ", ".join(f"{count} {split}" for split, count in facts.items.items())
    return f"{sum(facts.items.values())} labelled items: {counts}. Splits never share a group." + (
        " The weights learned from the training and the validation items."
        if facts.relearned
        else ""
    )


def _making(facts: Facts) -> str:
    lines = [f"{number}. {phase}" for number, phase in enumerate(facts.phases, start=1)]
    recipe = ", ".join(f"{name} {value}" for name, value in facts.recipe.items())
    versions = ", ".join(f"{name} {version}" for name, version in facts.versions.items())
    lines += [
        "",
        f"- Recipe: {recipe}.",
        f"- Versions: {versions}.",
        f"- Pre-trained weights (SHA-256): {facts.weights_hash or 'none'}.",
        f"- Trained weights: {facts.checkpoint_hash}.",
    ]
    return "\n".join(lines)


_OTHER = {
    "image": "camera, clinic or year", "text": "author, place or year",
    "audio": "speaker, microphone, room or year",
}  # fmt: skip


def _limits(facts: Facts, classes: Sequence[str]) -> str:
    lines = [
        f"- It always answers with one of its {len(classes)} classes, also when none of them fits.",
        "- Its probabilities are the network's own; how far they can be trusted as such was not "
        "measured here.",
        "- The figures hold for items like those it was tested on. Another "
        f"{_OTHER[facts.kind]} can change them: test it there first.",
    ]
    if facts.kind == "audio":
        lines.append(
            "- It hears 50 to 8,000 Hz. Of a sound longer than 10 s the loudest 10 s count."
        )
    if facts.kind == "text":
        tokens = facts.recipe.get("max_length", "the set number of")
        lines.append(f"- Of a long text only the first {tokens} tokens count.")
    few = _few(facts, classes)
    if few:
        lines.append(
            f"- Tested on fewer than {FEW} items, so that their own figures say little: "
            + ", ".join(few)
            + "."
        )
    return "\n".join(lines)


def _few(facts: Facts, classes: Sequence[str]) -> list[str]:
    if facts.test is None:
        return []
    pairs = zip(classes, facts.test.per_class, strict=True)
    return [name for name, (*_, count) in pairs if count < FEW]


def _cell(text: str) -> str:
    """People's text in a table: a bar or a line end would break it."""
    return text.replace("|", "\\|").replace("\n", " ")
