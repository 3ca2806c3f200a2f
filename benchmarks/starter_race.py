"""Which architecture learns most from the drawings in the same time, told by real pictures.

    python -m benchmarks.starter_race FOLDER [--minutes M] [--batch N] [--classes N] [--pool N]
        [MODEL...]

Prints the accuracy of a linear probe of each model, and of the same model untrained.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np
import torch
import torchvision
from numpy.typing import NDArray
from PIL import Image
from torch import nn
from torchvision.transforms.v2 import functional as pixels

from benchmarks import pictures
from benchmarks.starter import regression
from tools.starter.pretrain import pretrain, source
from tools.starter.views import MEAN, STD

MODELS = ("regnet_x_400mf", "regnet_y_400mf", "mobilenet_v3_large", "shufflenet_v2_x1_0")
SIZE, MOST = 128, 60  # pixels across; pictures a class
Set = dict[str, tuple[torch.Tensor, NDArray[np.int64]]]  # train and test: uint8 pictures, classes


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("models", nargs="*", default=MODELS)
    parser.add_argument("--minutes", type=float, default=1.0)
    parser.add_argument("--batch", type=int, default=64)
    parser.add_argument("--classes", type=int, default=200)
    parser.add_argument("--pool", type=int, default=50)
    chosen = parser.parse_intermixed_args()
    cut = chosen.folder / "cut"
    cut.mkdir(parents=True, exist_ok=True)
    sets = {name: _read(own) for name, own in pictures.sets(cut).items()}
    drawn = source(chosen.classes, chosen.pool)
    for model in chosen.models:
        torch.manual_seed(0)
        untrained = torchvision.models.get_model(model, weights=None)
        _say(model, "untrained", untrained, sets)
        taught = pretrain(chosen.folder / model, model, drawn, chosen.minutes, chosen.batch)
        _say(model, "taught", taught, sets)


def _say(model: str, state: str, network: nn.Module, sets: dict[str, Set]) -> None:
    found = {name: probe(network, own) for name, own in sets.items()}
    mean = sum(found.values()) / len(found)
    print(json.dumps({"model": model, "state": state, "mean": round(mean, 4), **found}), flush=True)


def probe(network: nn.Module, own: Set) -> float:
    """Test accuracy of logistic regression on pooled features."""
    device = "cuda" if torch.cuda.is_available() else "cpu"
    head = list(network.named_children())[-1][0]
    kept = getattr(network, head)
    setattr(network, head, nn.Identity())
    network.to(device).eval()
    parts = {name: (_features(network, seen, device), y) for name, (seen, y) in own.items()}
    setattr(network, head, kept)
    (seen, train), (new, test) = parts["train"], parts["test"]
    return round(regression(seen, train, new, test), 4)


@torch.inference_mode()
def _features(network: nn.Module, seen: torch.Tensor, device: str) -> NDArray[np.float32]:
    found = []
    for part in seen.split(128):
        ready = pixels.normalize(part.to(device).float() / 255, list(MEAN), list(STD))
        found.append(network(ready).flatten(1).float().cpu())
    return torch.cat(found).numpy()


def _read(own: pictures.Pictures) -> Set:
    found: Set = {}
    for part, by_class in (("train", own.train), ("test", own.test)):
        seen, targets = [], []
        for number, name in enumerate(sorted(own.train)):
            for file in by_class[name][:MOST]:
                with Image.open(file) as opened:
                    small = opened.convert("RGB").resize((SIZE, SIZE), Image.Resampling.BICUBIC)
                seen.append(torch.from_numpy(np.asarray(small).copy()).permute(2, 0, 1))
                targets.append(number)
        found[part] = (torch.stack(seen), np.asarray(targets))
    return found


if __name__ == "__main__":
    main()
