"""Ranking five models on 400 labelled pictures beside one bare forward pass of each.

The two image networks whose weights are real, and three near copies of them whose weights
differ enough that nothing of them lies in the feature cache. The bare pass reads, resizes and
normalises the same pictures with two worker processes; its networks are built and loaded
before its clock starts, Graft's inside it. The first ranking computes every feature, the
second finds them.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from torch import nn
from torch.utils.data import DataLoader, Subset
from torchvision import models

from benchmarks import material
from benchmarks.graft import project
from engine.store.project import Project
from engine.training.control import Control
from engine.training.ranking import rank
from engine.training.recipe import Recipe

ITEMS, ROUNDS = 400, 3
SQUEEZENET = material.DATA / "weights_squeezenet1_1" / "squeezenet1_1.safetensors"


def main() -> None:
    material.need_data()
    with tempfile.TemporaryDirectory() as place:
        asked = _models(Path(place))
        networks = [_built(one) for one in asked]
        pictures = material.Pictures("train")
        chosen = Subset(pictures, [n for n in range(len(pictures)) if n % 5 != 4])
        rows: list[tuple[float, float, float]] = []
        for number in range(ROUNDS):
            home = Path(place) / f"round{number}"
            home.mkdir()
            with _labelled(home, chosen) as opened:
                bare = _seconds(lambda: _bare(networks, chosen))
                first = _seconds(lambda opened=opened: _rank(opened, asked))
                again = _seconds(lambda opened=opened: _rank(opened, asked))
            rows.append((bare, first, again))
            print(f"round {number + 1}: bare {bare:.1f} s, ranking {first:.1f} s, "
                  f"again {again:.1f} s", flush=True)  # fmt: skip
    middle = [material.median([row[column] for row in rows]) for column in range(3)]
    ratios = [material.median([row[column] / row[0] for row in rows]) for column in (1, 2)]
    print(f"\nRanking 5 models on {ITEMS} pictures, medians of {ROUNDS} (wanted: 1.3)\n")
    print(f"bare forward passes   {middle[0]:7.1f} s")
    print(f"ranking               {middle[1]:7.1f} s   {ratios[0]:.2f} of it")
    print(f"ranking again         {middle[2]:7.1f} s   {ratios[1]:.2f} of it")


def _models(place: Path) -> list[dict[str, str]]:
    real = {"mobilenet_v2": material.mobilenet(), "squeezenet1_1": SQUEEZENET}
    found = [{"name": name, "weights": str(file)} for name, file in real.items()]
    torch.manual_seed(0)
    for number, name in enumerate(("mobilenet_v2", "squeezenet1_1", "mobilenet_v2")):
        near = {
            key: value * (1 + 1e-3 * torch.randn_like(value)) if value.ndim > 1 else value
            for key, value in load_file(real[name]).items()
        }
        file = place / f"near{number}.safetensors"
        save_file(near, file)
        found.append({"name": name, "weights": str(file)})
    return found


def _built(model: dict[str, str]) -> nn.Module:
    made: nn.Module = models.get_model(model["name"], weights=None)
    made.load_state_dict(load_file(model["weights"]))
    return made.eval()


def _labelled(home: Path, chosen: Subset[tuple[torch.Tensor, int]]) -> Project:
    opened = project(home)
    files = [str(chosen.dataset.items[place][0]) for place in chosen.indices]  # type: ignore[attr-defined]
    with opened.writing() as db:
        db.execute("UPDATE item SET split = 'test'")
        for number, file in enumerate(files):
            split = "validation" if number % 5 == 0 else "train"
            db.execute("UPDATE item SET split = ? WHERE path = ?", (split, file))
        left = db.execute("SELECT count(*) FROM item WHERE split != 'test'").fetchone()[0]
    assert left == ITEMS == len(chosen), left
    return opened


def _bare(networks: list[nn.Module], chosen: Subset[tuple[torch.Tensor, int]]) -> None:
    for network in networks:
        with torch.no_grad():
            for pixels, _ in DataLoader(chosen, 32, num_workers=2):
                network(pixels)


def _rank(opened: Project, asked: list[dict[str, str]]) -> None:
    rank(opened, Recipe("mobilenet_v2"), asked, lambda event: None, Control())


def _seconds(work: Callable[[], None]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


if __name__ == "__main__":
    main()
