"""From a request to the rows of the tree: every model of the catalogue, in a warm child."""

from __future__ import annotations

import gc
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from benchmarks import material
from benchmarks.graft import project
from engine import environment
from engine.models import catalogue
from engine.store.project import Project

WANTED = 1.0  # seconds
CLICK = 0.1  # seconds
ROUNDS = 3
SHOWN = 8  # the slowest


def main() -> None:
    """Arguments: names of models; none: all of the catalogue."""
    environment.prepare()
    import torchvision.models  # noqa: F401 - a warm child has loaded both libraries
    import transformers  # noqa: F401

    wanted = sys.argv[1:] or [entry.name for entry in catalogue.entries() if entry.trainable]
    found: list[tuple[float, float, str, int]] = []
    with tempfile.TemporaryDirectory() as place:
        projects = _projects(Path(place))
        for name in wanted:
            entry = catalogue.find(name)
            task = entry.task if entry else "image-classification"
            told, seconds = _describe(projects[task], name)
            found.append((seconds, _click(told, name), name, len(told["modules"])))
        for opened in projects.values():
            opened.close()
    found.sort(reverse=True)
    print(f"\nThe slowest of {len(found)} models, median of {ROUNDS}\n")
    print(f"{'':28}{'modules':>9}{'tree s':>9}{'slowest click ms':>18}")
    for seconds, click, name, modules in found[:SHOWN]:
        print(f"{name:28}{modules:>9}{seconds:>9.2f}{click * 1000:>18.0f}")
    slowest, click = found[0][0], max(one[1] for one in found)
    print(f"\nEvery tree is there within {slowest:.2f} s (wanted: {WANTED:.1f}), every figure")
    print(f"within {click * 1000:.0f} ms of a click (wanted: {CLICK * 1000:.0f}).")


def _projects(place: Path) -> dict[str, Project]:
    material.need_data()
    texts = Project.create(place / "texts", "text-classification")
    return {"image-classification": project(place), "text-classification": texts}


def _describe(opened: Project, name: str) -> tuple[dict[str, Any], float]:
    """The way through the pipe is in it: packing and unpacking what is told."""
    import pickle

    from engine.progress import silent
    from engine.training.control import Control
    from engine.training.describing import describe

    took = []
    told: dict[str, Any] = {}
    for _ in range(ROUNDS):
        began = time.perf_counter()
        told = pickle.loads(pickle.dumps(describe(opened, {"model": name}, silent, Control())))
        took.append(time.perf_counter() - began)
    return told, statistics.median(took)


def _click(told: dict[str, Any], name: str) -> float:
    """The slowest of the presets' plans, on a machine that is large enough and one that is not."""
    from engine.freezing.outline import stages_of
    from engine.freezing.presets import PRESETS
    from engine.freezing.price import price
    from engine.training.recipe import Recipe

    gc.collect()
    gc.freeze()  # the window's process does not hold the libraries that are loaded here
    took = []
    small = {**told["machine"], "memory": told["machine"]["base"] + (200 << 20)}
    for preset in PRESETS.values():
        plan = preset.make(stages_of(told), 10, None)[-1].plan
        for machine in (told["machine"], small):
            began = time.perf_counter()
            price(told, plan, Recipe(name), machine)
            took.append(time.perf_counter() - began)
    return max(took)


if __name__ == "__main__":
    main()
