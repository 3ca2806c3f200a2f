"""The same work in Graft, through the entry that the window and the command line use."""

from __future__ import annotations

import csv
import time
from pathlib import Path

from benchmarks.material import PICTURES, Result, Work
from engine.events import Event, PhaseStarted
from engine.exchange.importing import import_source
from engine.store.project import Project
from engine.training.recipe import Recipe
from engine.training.run import train

PRESETS = {"head": "feature-extraction", "last-block": "last-block", "all": "full"}


def project(place: Path, copies: int = 1) -> Project:
    """A project of img_clothing with its own split.

    Args:
        copies: each picture that many times, as so many items.
    """
    table = place / "items.csv"
    with table.open("w", newline="", encoding="utf-8") as stream:
        rows = csv.writer(stream)
        rows.writerow(["path", "label", "split"])
        for split in ("train", "validation"):
            for file in sorted((PICTURES / split).glob("*/*")):
                for number in range(copies):
                    rows.writerow([_copy(place, file, number), file.parent.name, split])
    made = Project.create(place / "clothing", "image-classification")
    import_source(made, table)
    # An import takes a test split from the training items where the data bring none; here
    # all 500 are learned from, as by the others.
    with made.writing() as db:
        db.execute("UPDATE item SET split = 'train' WHERE split = 'test'")
    return made


def _copy(place: Path, file: Path, number: int) -> Path:
    """The file itself, or a copy with other bytes: the same content would be one item."""
    if number == 0:
        return file
    copy = place / "copies" / file.parent.name / f"{number}-{file.name}"
    copy.parent.mkdir(parents=True, exist_ok=True)
    copy.write_bytes(file.read_bytes() + number.to_bytes(4, "big"))
    return copy


def graft(work: Work, opened: Project, cache: bool = True) -> tuple[Result, list[PhaseStarted]]:
    """One run. Also returns what each phase found in the cache and computed."""
    phases: list[PhaseStarted] = []

    def hear(event: Event) -> None:
        if isinstance(event, PhaseStarted):
            phases.append(event)

    recipe = Recipe(
        model=work.model, weights=str(work.weights), preset=PRESETS[work.learns],
        epochs=work.epochs, batch_size=work.batch, seed=work.seed, cache=cache,
        lr=work.lr,
    )  # fmt: skip
    started = time.perf_counter()
    ended = train(opened, recipe, hear)
    seconds = time.perf_counter() - started
    assert ended.state == "finished", ended.error
    return Result(seconds, accuracy(opened, ended.run), ended.samples_per_second), phases


def accuracy(opened: Project, run: int) -> float | None:
    """On the validation pictures, with the best weights."""
    from engine.store import runs

    said = runs.predictions(opened, run, "validation")
    right = sum(one.target == one.predicted for one in said)
    return right / len(said) if said else None
