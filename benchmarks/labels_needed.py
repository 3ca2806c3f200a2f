"""How many labels until 90 % of what all labels would give, by the order in which they come.

    python -m benchmarks.labels_needed run      appends what is not there
    python -m benchmarks.labels_needed table    prints it as Markdown

Of each set the training items are the pool; accuracy is that of Graft's probe on the test items,
and the goal 90 % of what it reaches with every label of the pool. Each seed draws two labels a
class by chance to begin with (they count) and the random order; then STEP labels at a time come
by one of the orders, made anew after each step, as in the window. The labels are the true ones.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from benchmarks import material, pictures
from benchmarks.few import SETS
from engine.store.datasets import Example
from engine.suggesting import next_up, reduction
from engine.suggesting.next_up import Ground, ground, orders, uncertainty
from engine.suggesting.probe import Probe, fit, suggest
from engine.tasks.registry import task as task_named
from engine.training.batches import Batch
from engine.training.embedding import described
from engine.training.recipe import Recipe

RESULTS = material.ROOT / "benchmarks" / "labels_needed.jsonl"
ORDERS = ("random", *next_up.ORDERS)
SEEDS = range(5)
GOAL = 0.9
MOST = 1500  # labels; who is not there by then is counted with these
STEPS = {"img_clothing": 5, "seg_nuclei, patches": 5, "text_banking77": 10}
Floats = NDArray[np.float32]
Ints = NDArray[np.int64]
Rows = list[tuple[str, str]]


@dataclass(frozen=True)
class Pool:
    """Reduced features float32 [n, p] and classes int64 [n] of the pool, and of the test items."""

    reduced: Floats
    targets: Ints
    test: Floats
    truth: Ints
    ground: Ground
    goal: float


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("what", choices=("run", "table"))
    if parser.parse_args().what == "table":
        table()
        return
    torch.set_num_threads(1)
    for name, step in STEPS.items():
        known = {(r["set"], r["order"], r["seed"]) for r in material.lines(RESULTS)}
        todo = [(o, s) for s in SEEDS for o in ORDERS if (name, o, s) not in known]
        if not todo:
            continue
        pool = _pool(name)
        for order, seed in todo:
            needed, reached = needs(pool, order, seed, step)
            line = {"set": name, "order": order, "seed": seed, "labels": needed,
                    "reached": reached, "goal": round(pool.goal, 4)}  # fmt: skip
            with RESULTS.open("a", encoding="utf-8") as stream:
                stream.write(json.dumps(line) + "\n")
            print(json.dumps(line), flush=True)


def needs(pool: Pool, order: str, seed: int, step: int) -> tuple[int, bool]:
    """How many labels the goal took, and whether it was reached."""
    draw = np.random.default_rng(seed)
    mixed = draw.permutation(len(pool.targets))
    classes = np.unique(pool.targets)
    taught = np.concatenate([mixed[pool.targets[mixed] == one][:2] for one in classes])
    known: Probe | None = None
    while True:
        known = fit(pool.reduced[taught], pool.targets[taught], start=known)
        reached = _accuracy(known, pool) >= pool.goal
        if reached or len(taught) >= min(MOST, len(mixed)):
            return len(taught), reached
        waiting = np.setdiff1d(mixed, taught)
        if order == "random":
            more = draw.permutation(waiting)[:step]
        else:
            doubt = uncertainty(suggest(known, pool.reduced[waiting]))
            more = waiting[orders(pool.ground, taught, waiting, doubt)[order][:step]]
        taught = np.concatenate([taught, more])


def _accuracy(known: Probe, pool: Pool) -> float:
    said = known.classes[suggest(known, pool.test).argmax(1)]
    return float((said == pool.truth).mean())


def _pool(name: str) -> Pool:
    train, test, kind, recipe = _rows(name)
    names = sorted({label for _, label in train})
    seen, new = (_features(part, kind, recipe) for part in (train, test))
    targets, truth = (
        np.asarray([names.index(label) for _, label in part], np.int64) for part in (train, test)
    )
    turned = reduction.of(seen)
    reduced = turned.reduce(seen)
    own = np.arange(len(reduced))
    made = Pool(reduced, targets, turned.reduce(new), truth, ground(reduced, own, own), 0.0)
    goal = GOAL * _accuracy(fit(reduced, targets), made)
    return Pool(reduced, targets, made.test, truth, made.ground, goal)


def _rows(name: str) -> tuple[Rows, Rows, str, Recipe]:
    if name in SETS:
        own = SETS[name]
        train, test = own.rows("train"), own.rows("test")
        return train, test, own.kind, Recipe(own.model, str(own.weights()))
    place = Path(tempfile.gettempdir()) / "graft-benchmark-nuclei"
    place.mkdir(exist_ok=True)
    cut = pictures.sets(place)[name]
    both = [
        [(str(file), label) for label, files in part.items() for file in files]
        for part in (cut.train, cut.test)
    ]
    return both[0], both[1], "image", Recipe("mobilenet_v2", str(material.mobilenet()))


@torch.inference_mode()
def _features(rows: Rows, kind: str, recipe: Recipe) -> Floats:
    task = task_named(f"{kind}-classification")
    network = task.build(recipe, 2, True).eval()
    reader = task.reader(network, recipe)
    order = np.argsort([len(text) for text, _ in rows], kind="stable")
    found: dict[int, Any] = {}
    for begin in range(0, len(order), 64):
        places = order[begin : begin + 64]
        examples = [
            Example(0, kind, Path(rows[n][0]) if kind == "image" else Path(), rows[n][0], "", 0)
            for n in places
        ]
        inputs = task.collate(network, [reader(example, 0) for example in examples])
        none = torch.zeros(len(places))
        batch = Batch(task.prepare(network, inputs), none.long(), none, places)
        found.update(
            zip(
                places.tolist(),
                described(network, lambda own: network(own.inputs), batch),
                strict=True,
            )
        )
    return np.stack([found[n] for n in range(len(rows))])


def table() -> None:
    """Mean labels over the seeds, with the interval of the mean (t, 95 %)."""
    found: dict[str, dict[str, dict[int, int]]] = defaultdict(lambda: defaultdict(dict))
    goals, missed = {}, set()
    for row in material.lines(RESULTS):
        found[row["set"]][row["order"]][row["seed"]] = row["labels"]
        goals[row["set"]] = row["goal"]
        if not row["reached"]:
            missed.add((row["set"], row["order"]))
    print("| set | goal | " + " | ".join(ORDERS) + " |")
    print("|---|---|" + "---|" * len(ORDERS))
    for name, by_order in found.items():
        cells = []
        for order in ORDERS:
            own = list(by_order[order].values())
            more = "more than " if (name, order) in missed else ""
            saved = [1 - by_order[order][s] / by_order["random"][s] for s in by_order[order]]
            less = "" if order == "random" else f", {100 * np.mean(saved):+.0f} % saved"
            cells.append(f"{more}{material.mean(own)}{less}")
        print(f"| {name} | {goals[name]:.3f} | " + " | ".join(cells) + " |")


if __name__ == "__main__":
    main()
