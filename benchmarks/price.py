"""What a plan is said to take, beside what training then takes. Each in a process of its own."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from engine import environment

environment.prepare()  # before anything loads the libraries

from benchmarks import material  # noqa: E402

TEXTS = material.DATA / "text_banking77" / "train.csv"
COUNT = 1500  # texts
EPOCHS = 3
MODELS = {
    "mobilenet_v2": {"model": "mobilenet_v2", "weights": str(material.mobilenet())},
    "MiniLM": {"model": "sentence-transformers/all-MiniLM-L6-v2"},
}
PLANS = {
    "head, cache": ("head", True),
    "half, cache": ("half", True),
    "all, no cache": ("all", False),
}
WANTED = 0.2


def main() -> None:
    """Optional arguments choose models and plans: mobilenet_v2, MiniLM, head, half, all."""
    material.need_data()
    print("\nSaid before and taken in training; three epochs, batches of 32\n")
    print(f"{'':30}{'memory MB':>20}{'epoch s':>20}{'checkpoint KB':>22}{'in the cache':>16}")
    worst: dict[str, float] = {}
    for model in MODELS:
        for plan, (learns, _) in PLANS.items():
            if len(sys.argv) > 1 and not ({model, learns} & set(sys.argv[1:])):
                continue
            said = _alone("estimate", model, plan)
            took = _alone("train", model, json.dumps(said["recipe"]))
            _show(f"{model}, {plan}", said, took)
            for name in ("memory", "epoch", "checkpoint"):
                error = abs(said[name] / max(1e-9, took[name]) - 1)
                worst[name] = max(worst.get(name, 0.0), error)
    for name, error in worst.items():
        print(f"\nThe {name} is at most {error:.0%} beside what was said (wanted: {WANTED:.0%}).")


def _show(title: str, said: dict[str, Any], took: dict[str, Any]) -> None:
    memory = f"{said['memory'] / 1e6:.0f} | {took['memory'] / 1e6:.0f}"
    epoch = f"{said['epoch']:.2f} | {took['epoch']:.2f}"
    checkpoint = f"{said['checkpoint'] / 1e3:.0f} | {took['checkpoint'] / 1e3:.0f}"
    cache = f"{said['skipped']:.0%}" if said["cut"] == took["cut"] else "another cut"
    print(f"{title:30}{memory:>20}{epoch:>20}{checkpoint:>22}{cache:>16}", flush=True)


def _alone(work: str, model: str, plan: str) -> dict[str, Any]:
    """In a process of its own: what one holds in memory must not count for another."""
    command = [sys.executable, "-m", "benchmarks.price", work, model, plan]
    done = subprocess.run(command, cwd=material.ROOT, check=True, stdout=subprocess.PIPE, text=True)
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def estimate(model: str, plan: str) -> dict[str, Any]:
    from engine.freezing.price import price
    from engine.progress import silent
    from engine.training.control import Control
    from engine.training.describing import describe
    from engine.training.measuring import measure
    from engine.training.recipe import Recipe

    with _project(model) as project:
        wire = {**MODELS[model], "preset": "feature-extraction"}
        measured = measure(project, wire, silent, Control())
        described = describe(project, wire, silent, Control())
        recipe, learned = _recipe(model, plan, described)
        found = price(described, learned, Recipe.from_wire(recipe), **measured)
    return {
        "memory": found.total, "epoch": found.epoch_seconds, "checkpoint": found.checkpoint,
        "skipped": found.skipped, "cut": found.cut, "recipe": recipe,
        "parts": {k: v for k, v in found.to_wire().items() if k != "remedies"},
    }  # fmt: skip


def train(model: str, recipe: str) -> dict[str, Any]:
    from engine.events import Event, PhaseStarted
    from engine.store import costs
    from engine.training import run
    from engine.training.recipe import Recipe

    cuts = []

    def hear(event: Event) -> None:
        if isinstance(event, PhaseStarted):
            cuts.append(event.cut)

    with _project(model) as project:
        ended = run.train(project, Recipe.from_wire(json.loads(recipe)), hear)
        assert ended.state == "finished", ended.error
        took = costs.of_run(project, ended.run)
    return {
        "memory": took.peak_memory, "epoch": took.epoch_seconds,
        "checkpoint": took.checkpoint_bytes, "cut": cuts[0],
    }  # fmt: skip


def _recipe(model: str, plan: str, described: dict[str, Any]) -> tuple[dict[str, Any], Any]:
    from engine.freezing.outline import stages_of
    from engine.freezing.plan import TRAINABLE, Plan
    from engine.freezing.presets import Phase, learns

    which, cache = PLANS[plan]
    row = stages_of(described)
    made = {
        "head": learns(row, 1),
        "half": learns(row, len(row) // 2),
        "all": Plan({"": TRAINABLE}),
    }[which]
    phase = Phase(which, made, EPOCHS, 1e-4)
    return {**MODELS[model], "phases": [phase.to_wire()], "cache": cache}, made


@contextmanager
def _project(model: str) -> Iterator[Any]:
    from benchmarks.graft import project

    with tempfile.TemporaryDirectory() as place:
        if model == "mobilenet_v2":
            with project(Path(place)) as made:
                yield made
        else:
            with _texts(Path(place)) as made:
                yield made


def _texts(place: Path) -> Any:
    from engine.exchange.importing import import_source
    from engine.store.project import Project

    with TEXTS.open(encoding="utf-8", newline="") as stream:
        rows = [(row["text"], row["category"]) for row in csv.DictReader(stream)]
    table = place / "texts.csv"
    with table.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream)
        writer.writerow(("text", "label", "split"))
        for number in range(COUNT):
            text, label = rows[number * len(rows) // COUNT]
            writer.writerow((text, label, "validation" if number % 3 == 2 else "train"))
    made = Project.create(place / "bank", "text-classification")
    import_source(made, table)
    return made


if __name__ == "__main__":
    if len(sys.argv) == 4 and sys.argv[1] in ("estimate", "train"):
        work = {"estimate": estimate, "train": train}[sys.argv[1]]
        print(json.dumps(work(*sys.argv[2:])))
    else:
        main()
