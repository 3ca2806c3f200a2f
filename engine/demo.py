"""The main job, whole and real, on scikit-learn's handwritten digits, in about two minutes.

A small network learns the digits 0 to 4. What it learned is then transferred
to the digits 5 to 9, of which it sees 20 of each, and compared with the same
network that starts from random weights.
"""

from __future__ import annotations

import csv
import random
import shutil
from pathlib import Path
from typing import Any

from safetensors.torch import save_file

from engine.errors import GraftError, StorageError
from engine.evaluation.classification import Summary
from engine.evaluation.picture import confusion_picture
from engine.events import Emit, LogLine, RunEnded
from engine.exchange.digits import write_digits
from engine.exchange.importing import import_source
from engine.store import runs
from engine.store.project import Project
from engine.training.control import Control
from engine.training.evaluating import evaluate_run
from engine.training.recipe import Recipe
from engine.training.run import train
from engine.training.worker import export, open_run

MODEL = "resnet18"
SIZE = 32  # px, the digits' own
LABELS = 20  # of each class, to learn from
VALIDATION = 10  # of each class
MARK = "made by Graft's demo.txt"  # a folder without it is not ours to empty


def run(folder: Path, emit: Emit) -> dict[str, Any]:
    """Does everything anew in `folder`.

    Returns:
        JSON-ready: project, transferred and scratch (evaluate_run's results),
        picture, export (folder and parity).

    Raises:
        StorageError: the folder holds something else.
    """
    _empty(folder)
    weights = folder / f"{MODEL}-digits-0-to-4.safetensors"
    emit(LogLine("1. A small network learns the digits 0 to 4, from random weights."))
    _earn_weights(folder, weights, emit)
    emit(LogLine(f"2. It is transferred to 5 to 9 with {LABELS} labels of each."))
    write_digits(folder / "digits", range(10))
    with Project.create(folder / "digits-5-to-9.graft", "image-classification") as project:
        import_source(project, _few_labels(folder), emit=emit)
        shared: dict[str, Any] = {
            "model": MODEL, "image_size": SIZE, "epochs": 12, "batch_size": 20, "seed": 1,
        }  # fmt: skip
        transfer = _finished(
            train(project, Recipe(**shared, weights=str(weights), preset="full", lr=3e-3), emit)
        )
        emit(LogLine("3. The same network from random weights, for comparison."))
        control = _finished(train(project, Recipe(**shared, preset="scratch"), emit))
        emit(LogLine("4. Both are judged on the digits neither has seen."))
        said = {
            name: evaluate_run(project, runs.load(project, id), "test", emit, Control())
            for name, id in (("transferred", transfer), ("scratch", control))
        }
        picture = folder / "confusion-matrix.png"
        judged = Summary.from_wire(said["transferred"])
        confusion_picture(
            judged.confusion, said["transferred"]["classes"], picture, "Digits 5 to 9, transferred"
        )
        taken = export(project, {"run": transfer, "out": str(folder / "export")}, emit, Control())
        return {
            "project": str(project.folder), **said, "picture": str(picture), "export": taken,
        }  # fmt: skip


def words(result: dict[str, Any]) -> str:
    """The result table, for a person."""
    names = {"transferred": "from digits 0 to 4", "scratch": "from random weights"}
    lines = [
        "",
        f"Digits 5 to 9, {LABELS} labels of each to learn from, test items never seen:",
        "",
        f"  {'start':22} {'accuracy':>24} {'balanced accuracy':>24} {'macro F1':>24}",
    ]
    for key, name in names.items():
        figures = [
            f"{result[key]['metrics'][metric]:.3f} ({low:.3f} to {high:.3f})"
            for metric in ("accuracy", "balanced_accuracy", "macro_f1")
            for low, high in [result[key]["intervals"][metric]]
        ]
        lines.append(f"  {name:22} " + " ".join(f"{figure:>24}" for figure in figures))
    parity = result["export"]["parity"]
    lines += [
        "",
        f"  In brackets: 95% interval, {sum(map(sum, result['scratch']['confusion']))} test items.",
        "",
        f"Project           {result['project']}",
        f"Confusion matrix  {result['picture']}",
        f"ONNX              {result['export']['folder']} (same class as in Graft for "
        f"{parity['agree']} of {parity['items']} test items)",
    ]
    return "\n".join(lines)


def _earn_weights(folder: Path, weights: Path, emit: Emit) -> None:
    """Trains on the digits 0 to 4 from scratch and keeps the best weights as a file."""
    write_digits(folder / "digits-0-to-4", range(5))
    with Project.create(folder / "digits-0-to-4.graft", "image-classification") as project:
        import_source(project, folder / "digits-0-to-4", emit=emit)
        recipe = Recipe(
            MODEL, preset="scratch", image_size=SIZE, epochs=8, batch_size=32, seed=0,
            augmentation="light",
        )  # fmt: skip
        ended = _finished(train(project, recipe, emit))
        network, _, _ = open_run(project, runs.load(project, ended))
        save_file({n: t.contiguous() for n, t in network.model.state_dict().items()}, weights)


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


def _finished(ended: RunEnded) -> int:
    if ended.error is not None:
        raise GraftError.from_wire(ended.error)
    return ended.run


def _empty(folder: Path) -> None:
    if folder.exists() and any(folder.iterdir()) and not (folder / MARK).exists():
        raise StorageError(
            "The folder is in use", f"{folder} holds files that the demo did not make.",
            "Name another folder.", subject=str(folder),
        )  # fmt: skip
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    (folder / MARK).write_text("Everything here is made anew by the demo.\n", encoding="utf-8")
