"""The main job, whole and real, on scikit-learn's handwritten digits, in two to three minutes.

The starter, which has learned from pictures drawn by formula, is fine-tuned on the digits 5
to 9, of which it sees 20 of each, and compared with the same network that starts from random
weights.
"""

from __future__ import annotations

import csv
import random
import shutil
from pathlib import Path
from typing import Any

from engine.errors import GraftError, StorageError
from engine.evaluation.classification import Summary
from engine.evaluation.picture import confusion_picture
from engine.events import Emit, LogLine, RunEnded
from engine.exchange.digits import write_digits
from engine.exchange.importing import import_source
from engine.models.catalogue import STARTER
from engine.store import runs
from engine.store.project import Project
from engine.training.control import Control
from engine.training.evaluating import evaluate_run
from engine.training.recipe import Recipe
from engine.training.run import train
from engine.training.worker import export

SIZE = 64  # px: the network halves a picture five times
LABELS = 20  # of each class, to learn from
VALIDATION = 10  # of each class
SEEDS = (1, 2, 3)
MARK = "made by Graft's demo.txt"  # a folder without it is not ours to empty


def run(folder: Path, emit: Emit) -> dict[str, Any]:
    """Does everything anew in `folder`.

    Returns:
        JSON-ready: project, transferred and scratch (the test figures of each
        seed), result (evaluate_run's, of the transferred run that validation
        chose), picture, export (folder and parity).

    Raises:
        StorageError: the folder holds something else.
    """
    _empty(folder)
    emit(LogLine("1. A project is made of the digits 5 to 9."))
    write_digits(folder / "digits", range(5, 10))
    with Project.create(folder / "digits-5-to-9.graft", "image-classification") as project:
        import_source(project, _few_labels(folder), emit=emit)
        emit(
            LogLine(
                f"2. The starter is fine-tuned with {LABELS} labels of each, as one click does."
            )
        )
        transferred = _several(project, {}, emit)
        emit(LogLine("3. The same work from random weights, for comparison."))
        scratch = _several(project, {"preset": "scratch"}, emit)
        chosen = max(transferred, key=lambda ended: ended.best_validation or 0.0)
        emit(LogLine("4. The transferred model is judged and taken away."))
        said = evaluate_run(project, runs.load(project, chosen.run), "test", emit, Control())
        picture = folder / "confusion-matrix.png"
        judged = Summary.from_wire(said).confusion
        confusion_picture(judged, said["classes"], picture, "Digits 5 to 9, transferred")
        out = {"run": chosen.run, "out": str(folder / "export")}
        return {
            "project": str(project.folder),
            "transferred": [ended.test for ended in transferred],
            "scratch": [ended.test for ended in scratch],
            "result": said,
            "picture": str(picture),
            "export": export(project, out, emit, Control()),
        }


def words(result: dict[str, Any]) -> str:
    """The result table, for a person."""
    metrics = {
        "accuracy": "accuracy", "balanced_accuracy": "balanced accuracy", "macro_f1": "macro F1",
    }  # fmt: skip
    lines = [
        "",
        f"Digits 5 to 9, {LABELS} labels of each to learn from, "
        f"{sum(map(sum, result['result']['confusion']))} test items never seen.",
        f"Mean of {len(SEEDS)} trainings each; in brackets the lowest and the highest.",
        "",
        f"  {'start':20}" + "".join(f"{title:>25}" for title in metrics.values()),
    ]
    for key, title in (("transferred", "from the starter"), ("scratch", "from random weights")):
        lines.append(f"  {title:20}" + "".join(_spread(result[key], name) for name in metrics))
    parity = result["export"]["parity"]
    return "\n".join(
        [
            *lines,
            "",
            f"Project           {result['project']}",
            f"Confusion matrix  {result['picture']}",
            f"ONNX              {result['export']['folder']} (same class as in Graft for "
            f"{parity['agree']} of {parity['items']} test items)",
        ]
    )


def _spread(tests: list[dict[str, float]], name: str) -> str:
    values = [test[name] for test in tests]
    text = f"{sum(values) / len(values):.3f} ({min(values):.3f} to {max(values):.3f})"
    return f"{text:>25}"


def _several(project: Project, choices: dict[str, Any], emit: Emit) -> list[RunEnded]:
    """The same training from several seeds: one alone may be luck."""
    recipes = [Recipe(STARTER, image_size=SIZE, seed=seed, **choices) for seed in SEEDS]
    return [_finished(train(project, recipe, emit)) for recipe in recipes]


def _few_labels(folder: Path) -> Path:
    """A table of the digits 5 to 9 that says which few may be learned from."""
    table = folder / "digits-5-to-9.csv"
    draw = random.Random(0)
    with table.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream)
        writer.writerow(["path", "label", "split"])
        for digit in range(5, 10):
            files = sorted((folder / "digits" / str(digit)).glob("*.png"))
            draw.shuffle(files)
            for number, file in enumerate(files):
                split = "train" if number < LABELS else "test"
                if LABELS <= number < LABELS + VALIDATION:
                    split = "validation"
                writer.writerow([file.relative_to(folder).as_posix(), digit, split])
    return table


def _finished(ended: RunEnded) -> RunEnded:
    if ended.error is not None:
        raise GraftError.from_wire(ended.error)
    return ended


def _empty(folder: Path) -> None:
    if folder.exists() and any(folder.iterdir()) and not (folder / MARK).exists():
        raise StorageError(
            "The folder is in use", f"{folder} holds files that the demo did not make.",
            "Name another folder.", subject=str(folder),
        )  # fmt: skip
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    (folder / MARK).write_text("Everything here is made anew by the demo.\n", encoding="utf-8")
