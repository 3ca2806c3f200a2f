"""Do the items that a model meets look like those it was taught with?"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from engine.errors import ConfigurationError, DataError
from engine.evaluation.two_sample import PERMUTATIONS, TwoSample, two_sample
from engine.events import Emit, LogLine
from engine.media.hashing import hash_file, hash_text
from engine.store import datasets, shifts
from engine.store.datasets import Example
from engine.store.project import Project
from engine.store.runs import Run
from engine.training.bench import Bench
from engine.training.control import Control, telling
from engine.training.embedding import embed
from engine.training.given import refused
from engine.training.recipe import Recipe

NEW = "new"
SHOWN = 3  # names of new files


def measure_shift(
    project: Project, run: Run, split: str | None, fresh: list[Example], emit: Emit,
    control: Control,
) -> dict[str, Any]:  # fmt: skip
    """A two-sample test of the run's training items against a split of its, or against new items.

    It looks at the features of the pre-trained backbone: those of the trained one fit its
    own training items too well to be fair.

    Args:
        split: validation or test; None: `fresh`.

    Returns:
        auc, low, high, p, items (numbers of both sets), differ, words, remedy, split (or
        'new'), about (which new items, in words). The project keeps it.

    Raises:
        DataError: too few items, or none that can be read.
        StopNow: a person asked for the end.
    """
    if (split is None) == (not fresh):
        raise ConfigurationError(
            "Nothing to compare with", "Either a split or new items are needed.",
            "Name a split (validation or test), or give files.", subject="split",
        )  # fmt: skip
    recipe = replace(
        Recipe.from_wire(run.recipe), preset="feature-extraction", phases=(),
        augmentation="none", lora_rank=0,
    )  # fmt: skip
    other = split or NEW
    data = datasets.load(project, run.dataset_id)
    splits = ("train", split) if split else ("train",)
    more = None if split else {NEW: hashed(_readable(fresh, emit, control))}
    with Bench.open(project, recipe, emit, control, splits, data, more) as bench:
        features, marks = [], []
        group_of = _groups(project)
        for part in ("train", other):
            tell = telling(control, emit, f"Describing the {_words(part)}")
            found = embed(bench.task, bench.network, bench.kitchen, part, tell)
            features.append(found.features)
            examples = [bench.splits[part][place] for place in found.places]
            marks.append(
                np.asarray([group_of.get(e.item_id, f"item {e.item_id}") for e in examples])
            )

        tell = telling(control, emit, "Asking whether they can be told apart")
        result = two_sample(
            features[0], features[1], (marks[0], marks[1]), seed=recipe.seed, check=tell
        )
    answer = {
        **result.to_wire(), "differ": result.differ, "words": words(result, other),
        "remedy": _remedy(result, other, recipe, bench.task.item_kind),
        "split": other, "about": _about(fresh),
    }  # fmt: skip
    if not project.readonly:
        shifts.store(project, run.id, answer)
    return answer


def _readable(fresh: list[Example], emit: Emit, control: Control) -> list[Example]:
    """Raises DataError when it is none of them."""
    unread = refused(fresh, emit, control.check)
    for example in fresh:
        if example.item_id in unread:
            why = unread[example.item_id].cause
            emit(LogLine(f"{example.file.name} was left out. {why}", "warning"))
    if len(unread) == len(fresh):
        raise next(iter(unread.values()))
    return [example for example in fresh if example.item_id not in unread]


def words(result: TwoSample, other: str) -> str:
    """What the test says, for people."""
    what = _words(other)
    figures = (
        f"A simple test tells the {what} from the training items with an AUC of {result.auc:.2f} "
        f"({result.low:.2f} to {result.high:.2f}; 0.5 is chance, 1 is always), on "
        f"{result.items[0]} and {result.items[1]} items; p {_p(result.p)}."
    )
    if result.differ:
        return f"The {what} look different from the training items. {figures}"
    return (
        f"No difference between the {what} and the training items was found. {figures} A "
        "difference too small for this many items, or that this backbone does not see, would go "
        "unnoticed."
    )


def hashed(fresh: list[Example]) -> list[Example]:
    """With the content hashes that the feature cache knows items by, and ids of their own."""
    return [
        replace(
            example, item_id=-1 - number,
            hash=_hash(example, number),
        )
        for number, example in enumerate(fresh)
    ]  # fmt: skip


def _hash(example: Example, number: int) -> str:
    if example.text is not None:
        return hash_text(example.text)
    try:
        return hash_file(example.file)
    except DataError:  # whoever reads it says so, and leaves it out
        return f"unreadable {number}"


def _about(fresh: list[Example]) -> str:
    """Enough to know them again: how many, and the first names."""
    names = [example.file.name for example in fresh if example.text is None]
    if len(names) < len(fresh):
        return f"{len(fresh):,} texts"
    first, more = ", ".join(names[:SHOWN]), len(names) - SHOWN
    return f"{len(names):,} files: {first}" + (f" and {more:,} more" if more > 0 else "")


def _groups(project: Project) -> dict[int, str]:
    rows = project.db.execute("SELECT id, group_key FROM item WHERE group_key IS NOT NULL")
    return {int(id): f"group {key}" for id, key in rows}


def _words(split: str) -> str:
    return "new items" if split == NEW else f"{split} items"


def _p(p: float) -> str:
    return "below 0.005" if p <= 1 / (PERMUTATIONS + 1) + 1e-9 else f"= {p:.2g}"


def _remedy(result: TwoSample, other: str, recipe: Recipe, kind: str) -> dict[str, Any] | None:
    if not result.differ:
        return None
    first = (
        "Label some of the new items and train with them"
        if other == NEW
        else "Look how the splits were made; split anew if they come from different sources"
    )
    changes: dict[str, Any] = {}
    if kind == "image" and recipe.augmentation != "strong":
        changes = {"augmentation": "strong"}
        first += ". Varying the pictures more in training may also help"
    return {"text": first, "changes": changes}
