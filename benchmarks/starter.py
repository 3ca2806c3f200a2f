"""The starter backbone beside random and ImageNet weights, on four sets of real pictures.

    python -m benchmarks.starter run [--weights FILE] [--sides PX...]   appends what is not there
    python -m benchmarks.starter table                                  prints it as Markdown

Two ways: a linear probe (scikit-learn's logistic regression on the frozen features of PROBED
labels a class), and Graft's one click with LABELLED labels a class; random weights get the
preset 'scratch' in its place, in which everything learns. Five seeds draw the labels, the
random weights and the order of training; the test items are always the same.
"""

from __future__ import annotations

import argparse
import csv
import json
import tempfile
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler
from torch import Tensor

from benchmarks import material, pictures
from benchmarks.few import words
from engine.exchange.importing import import_source
from engine.models import catalogue
from engine.models.network import Network
from engine.progress import silent
from engine.store.datasets import Example
from engine.store.project import Project
from engine.tasks.registry import task as task_named
from engine.training.recipe import Recipe
from engine.training.run import train

RESULTS = material.ROOT / "benchmarks" / "starter.jsonl"
PROBED, LABELLED, TEST = 60, 20, 60  # pictures a class
SEEDS = range(5)
STARTS = ("starter", "random", "squeezenet1_1", "mobilenet_v2")
WAYS = ("probe", "one click")


@dataclass(frozen=True)
class Chosen:
    """The pictures of one seed, as (file, class)."""

    train: list[tuple[Path, str]]
    test: list[tuple[Path, str]]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("what", choices=("run", "table"))
    parser.add_argument("--starts", nargs="+", choices=STARTS, default=STARTS)
    parser.add_argument("--ways", nargs="+", choices=WAYS, default=WAYS)
    parser.add_argument("--sides", nargs="+", type=int, default=[None], help="px, not the usual")
    given = parser.parse_args()
    if given.what == "table":
        table()
        return
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as cut:
        sets = pictures.sets(Path(cut))
        for seed in SEEDS:
            for way in given.ways:
                for start in given.starts:
                    for side in given.sides:
                        _run(sets, start, way, seed, side)


def _run(
    sets: dict[str, pictures.Pictures], start: str, way: str, seed: int, side: int | None
) -> None:
    known = {
        (r["set"], r["start"], r["way"], r["seed"], r["side"]) for r in material.lines(RESULTS)
    }
    for name, own in sets.items():
        if (name, start, way, seed, side) in known:
            continue
        work = probe if way == "probe" else one_click
        count = PROBED if way == "probe" else LABELLED
        accuracy = work(draw(own, count, seed), recipe(start, way, seed, side), start == "random")
        line = {"set": name, "start": start, "way": way, "seed": seed, "side": side,
                "accuracy": round(accuracy, 4)}  # fmt: skip
        with RESULTS.open("a", encoding="utf-8") as stream:
            stream.write(json.dumps(line) + "\n")
        print(json.dumps(line), flush=True)


def draw(own: pictures.Pictures, count: int, seed: int) -> Chosen:
    chance, always = np.random.default_rng(seed), np.random.default_rng(0)
    parts: list[list[tuple[Path, str]]] = [[], []]
    for part, by_class, most, order in (
        (parts[0], own.train, count, chance), (parts[1], own.test, TEST, always),
    ):  # fmt: skip
        for label in sorted(own.train):
            files = by_class[label]
            part += [(files[place], label) for place in order.permutation(len(files))[:most]]
    return Chosen(*parts)


def recipe(start: str, way: str, seed: int, side: int | None) -> Recipe:
    named = {"mobilenet_v2": material.mobilenet, "squeezenet1_1": material.squeezenet}
    weights = str(named[start]()) if start in named else None
    model = start if start in named else catalogue.STARTER
    preset = {"preset": "scratch"} if start == "random" and way == "one click" else {}
    return Recipe(model, weights, seed=seed, image_size=side, **preset)


def probe(chosen: Chosen, plan: Recipe, random: bool) -> float:
    task = task_named("image-classification")
    torch.manual_seed(plan.seed)
    names = sorted({label for _, label in chosen.train})
    network = task.build(plan, len(names), not random).eval()
    caught: list[Tensor] = []
    head = network.model.get_submodule(network.head[-1])
    head.register_forward_pre_hook(lambda _, given: caught.append(given[0].flatten(1)))
    seen = _features(network, plan, chosen.train, caught)
    new = _features(network, plan, chosen.test, caught)
    train, test = ([label for _, label in rows] for rows in (chosen.train, chosen.test))
    return regression(seen, train, new, test)


def regression(seen: NDArray[np.float32], train: Any, new: NDArray[np.float32], test: Any) -> float:
    """Test accuracy of logistic regression on features of the same scale."""
    scale = StandardScaler().fit(seen)
    fitted = LogisticRegression(C=0.05, max_iter=500).fit(scale.transform(seen), train)
    return float(fitted.score(scale.transform(new), test))


@torch.inference_mode()
def _features(
    network: Network, plan: Recipe, rows: list[tuple[Path, str]], caught: list[Tensor]
) -> NDArray[np.float32]:
    task = task_named("image-classification")
    reader = task.reader(network, plan)
    caught.clear()
    for begin in range(0, len(rows), 32):
        examples = [Example(0, "image", file, "", "", 0) for file, _ in rows[begin : begin + 32]]
        batch = task.collate(network, [reader(example, 0) for example in examples])
        network(task.prepare(network, batch))
    return torch.cat(caught).numpy()


def one_click(chosen: Chosen, plan: Recipe, random: bool) -> float:
    """Nothing chosen but the model; `random` is said by the preset."""
    with tempfile.TemporaryDirectory() as place:
        listed = Path(place) / "items.csv"
        rows = [(str(file), label, "train") for file, label in chosen.train]
        rows += [(str(file), label, "test") for file, label in chosen.test]
        with listed.open("w", newline="", encoding="utf-8") as stream:
            csv.writer(stream).writerows([("path", "label", "split"), *rows])
        with Project.create(Path(place) / "few", "image-classification") as project:
            import_source(project, listed)
            ended = train(project, plan, silent)
            assert ended.state == "finished", ended.error
            return float(ended.test["accuracy"])


def table() -> None:
    """Mean accuracy over the seeds, with the interval of the mean (t, 95 %)."""
    found: dict[tuple[str, str, Any], dict[str, dict[int, float]]] = defaultdict(dict)
    for row in material.lines(RESULTS):
        place = found[row["way"], row["set"], row["side"]]
        place.setdefault(row["start"], {})[row["seed"]] = row["accuracy"]
    print("| way | set | " + " | ".join(STARTS) + " | starter less random |")
    print("|---|---|" + "---|" * (len(STARTS) + 1))
    for (way, name, side), starts in sorted(found.items(), key=str):
        cells = [words(list(starts[one].values())) if one in starts else "" for one in STARTS]
        apart = ""
        if {"starter", "random"} <= set(starts):
            both = [s for s in starts["starter"] if s in starts["random"]]
            gains = [starts["starter"][s] - starts["random"][s] for s in both]
            apart = words(gains, signed=True)
        said = f"{name} at {side} px" if side else name
        print(f"| {way} | {said} | " + " | ".join(cells) + f" | {apart} |")


if __name__ == "__main__":
    main()
