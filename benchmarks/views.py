"""A fixed number of cached augmented views beside a new view in every epoch: is anything lost?

The same recipe twice for each seed, with the cache and without. Two real sets: the clothes,
and blood cells cut out of det_bccd by their boxes. The seeds are paired, so the interval is
that of the difference (t, 95 %).
"""

from __future__ import annotations

import csv
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np

from benchmarks import few, material, pictures
from engine.exchange.importing import import_source
from engine.store.project import Project
from engine.training.recipe import Recipe
from engine.training.run import train

SEEDS, LABELS, TEST = range(5), 20, 60  # labels and test items a class
WEIGHTS = material.DATA / "weights_squeezenet1_1" / "squeezenet1_1.safetensors"
Row = tuple[str, str, str]  # path, label, split


def main() -> None:
    material.need_data()
    if not WEIGHTS.is_file():
        sys.exit(f"This benchmark reads {WEIGHTS}, which is not on this machine.")
    print("| set | cached views | a new view each epoch | cached less new |")
    print("|---|---|---|---|")
    with tempfile.TemporaryDirectory() as place:
        cells = pictures.cells(Path(place))
        sets: dict[str, Callable[[int], list[Row]]] = {
            "img_clothing": clothes,
            "det_bccd, cells": lambda seed: drawn(cells, seed),
        }
        for name, rows in sets.items():
            cached = [accuracy(rows(seed), seed, True) for seed in SEEDS]
            fresh = [accuracy(rows(seed), seed, False) for seed in SEEDS]
            apart = [a - b for a, b in zip(cached, fresh, strict=True)]
            figures = (few.words(cached), few.words(fresh), few.words(apart, signed=True))
            print(f"| {name} | {' | '.join(figures)} |", flush=True)


def accuracy(rows: list[Row], seed: int, cache: bool) -> float:
    with tempfile.TemporaryDirectory() as place:
        table = Path(place) / "items.csv"
        with table.open("w", newline="", encoding="utf-8") as stream:
            csv.writer(stream).writerows([("path", "label", "split"), *rows])
        with Project.create(Path(place) / "views", "image-classification") as project:
            import_source(project, table)
            recipe = Recipe(
                "squeezenet1_1", str(WEIGHTS), seed=seed, augmentation="light", cache=cache
            )
            ended = train(project, recipe)
            assert ended.state == "finished", ended.error
            return float(ended.test["accuracy"])


def clothes(seed: int) -> list[Row]:
    work = few.Fit("img_clothing", LABELS, seed)
    return [(*row, "train") for row in work.train] + [(*row, "test") for row in work.test]


def drawn(by_class: dict[str, list[Path]], seed: int) -> list[Row]:
    draw, rows = np.random.default_rng(seed), []
    for name, files in sorted(by_class.items()):
        chosen = [str(files[place]) for place in draw.permutation(len(files))[: LABELS + TEST]]
        rows += [(path, name, "train") for path in chosen[:LABELS]]
        rows += [(path, name, "test") for path in chosen[LABELS:]]
    return rows


if __name__ == "__main__":
    main()
