"""The proof that an exported model says what Graft says, item by item, from the raw file on."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime

from engine.errors import DataError, ExportError
from engine.export.standalone import predict_audio, predict_image, predict_text
from engine.media import audio
from engine.media.channels import read_planes
from engine.media.quiet import quiet
from engine.store.datasets import Example

TOLERANCE = 1e-3
# Closer than this in Graft, two classes share the first place and either may come first.
TIE = 1e-5

Judge = Callable[[Example], np.ndarray]  # float32 [classes]


@dataclass(frozen=True)
class Parity:
    """How far the copy strays from Graft on the items it was tried on."""

    items: int
    agree: int  # items with the same top class
    ties: int  # of these, items where two classes were as good as equal
    largest_difference: float  # of any probability of any item
    mean_difference: float  # of each item's largest
    tolerance: float
    read_by_graft: int  # files that predict.py cannot read and Graft read for it
    unreadable: int  # files that are gone or damaged by now, and were left out
    runtime: str
    worst: str  # the item with the largest difference
    split: str = "test"  # that the items are of

    @property
    def holds(self) -> bool:
        within = self.largest_difference <= self.tolerance
        return self.items > 0 and self.agree == self.items and within

    def to_wire(self) -> dict[str, Any]:
        return {**dataclasses.asdict(self), "holds": self.holds}

    def words(self) -> str:
        """Markdown, the same whether it holds or not."""
        verdict = "agrees" if self.holds else "does NOT agree"
        lines = [
            f"The exported model {verdict} with Graft on {self.items} {self.split} items.",
            "",
            f"- Same top class: {self.agree} of {self.items}"
            + (f" ({self.ties} of them ties)" if self.ties else "")
            + ".",
            f"- Largest difference of a probability: {self.largest_difference:.2e} "
            f"(allowed: {self.tolerance:g}), at {self.worst}.",
            f"- Mean over the items of their largest difference: {self.mean_difference:.2e}.",
            f"- Run with {self.runtime}, each item from its own file on, with the code of the "
            "predict.py beside this certificate.",
        ]
        if self.read_by_graft:
            lines.append(
                f"- {self.read_by_graft} of the files (DICOM) were turned into pixels by Graft, "
                "because predict.py does not read them."
            )
        if self.unreadable:
            lines.append(
                f"- {self.unreadable} {self.split} items could not be read and were left out."
            )
        return "\n".join(lines) + "\n"


def check(
    folder: Path,
    kind: str,
    classes: Sequence[str],
    examples: Iterable[tuple[Example, np.ndarray]],
    split: str = "test",
) -> Parity:
    """Runs every example through the exported folder and compares.

    Args:
        examples: each with float32 [classes], what Graft says of it.
        split: that they are of.

    Raises:
        ExportError: the folder does not load, or names other classes.
    """
    counted = _Reading()
    judge, named = _judge(folder, kind, counted)
    if named != list(classes):
        raise ExportError(
            "The exported model names other classes",
            f"It names {len(named)}, the run has {len(classes)}, or they differ in order.",
            "Export again. If it happens again, please report it.",
            details=f"exported: {named}\nrun: {list(classes)}",
        )
    same = ties = items = 0
    differences: list[float] = []
    largest, worst = -1.0, ""
    for example, said in examples:
        try:
            found = judge(example)
        except DataError:
            counted.unreadable += 1
            continue
        items += 1
        difference = float(np.abs(found - said).max())
        differences.append(difference)
        agrees, tie = _same_top(found, said)
        same += agrees
        ties += tie
        # A copy that gives no numbers at all is the worst of all, not the best.
        if not difference <= largest:
            largest, worst = difference, _name_of(example)
    return Parity(
        items, same, ties,
        largest if items else 0.0, float(np.mean(differences)) if differences else 0.0,
        TOLERANCE, counted.by_graft, counted.unreadable,
        f"onnxruntime {onnxruntime.__version__}", worst, split,
    )  # fmt: skip


@dataclass
class _Reading:
    by_graft: int = 0
    unreadable: int = 0


def _judge(folder: Path, kind: str, counted: _Reading) -> tuple[Judge, list[str]]:
    if kind == "text":
        text = predict_text.Predictor(folder)
        return lambda example: text(example.text or ""), text.classes
    if kind == "audio":
        sound = predict_audio.Predictor(folder)
        return lambda example: sound(_heard(example, sound.channels)), sound.classes
    image = predict_image.Predictor(folder)
    return lambda example: image(_pixels(example, image.channels, counted)), image.classes


def _heard(example: Example, channels: int) -> np.ndarray:
    """Raises DataError: Graft cannot read it either, by the same library."""
    audio.inspect(example.file)
    return predict_audio.read_sound(example.file, channels)


def _pixels(example: Example, channels: int, counted: _Reading) -> np.ndarray:
    """Read as predict.py reads; what it cannot read, as Graft does.

    Raises:
        DataError: Graft cannot read it either.
    """
    quiet()
    try:
        return predict_image.read_picture(example.file, channels)
    except predict_image.UNREADABLE:
        planes = [np.atleast_3d(np.asarray(p)) for p in read_planes(example.file, channels)]
        counted.by_graft += 1
        return np.concatenate(planes, axis=-1)


def _same_top(found: np.ndarray, said: np.ndarray) -> tuple[bool, bool]:
    """Whether the top class is the same, and whether that was a tie."""
    theirs, ours = int(found.argmax()), int(said.argmax())
    if theirs == ours:
        return True, False
    tie = float(said[ours] - said[theirs]) < TIE
    return tie, tie


def _name_of(example: Example) -> str:
    return f"item {example.item_id}" if example.kind == "text" else example.file.name
