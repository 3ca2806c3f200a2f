"""What every benchmark works on: the pictures, the weights, the network, the table."""

from __future__ import annotations

import json
import statistics
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image
from safetensors.torch import load_file, save_file
from scipy import stats
from torch import Tensor, nn
from torch.utils.data import Dataset
from torchvision import models, transforms

ROOT = Path(__file__).resolve().parents[1]
DATA = ROOT.parent / "shared" / "data"
PICTURES = DATA / "img_clothing"
MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)


@dataclass(frozen=True)
class Work:
    """The same work for every tool."""

    model: str  # torchvision's name
    weights: Path
    learns: str  # head, last-block, all
    epochs: int = 10
    batch: int = 32
    lr: float = 5e-3
    seed: int = 0
    workers: int = 2  # processes that read, for those who do not choose themselves


@dataclass(frozen=True)
class Result:
    seconds: float
    accuracy: float | None = None
    samples_per_second: float | None = None


class Pictures(Dataset[tuple[Tensor, int]]):
    """train or validation of img_clothing, preprocessed as torchvision's weights want it."""

    def __init__(self, split: str) -> None:
        folders = sorted(folder for folder in (PICTURES / split).iterdir() if folder.is_dir())
        self.classes = [folder.name for folder in folders]
        self.items = [
            (file, place)
            for place, folder in enumerate(folders)
            for file in sorted(folder.iterdir())
        ]
        self._transform = transforms.Compose(
            [
                transforms.Resize(256),
                transforms.CenterCrop(224),
                transforms.ToTensor(),
                transforms.Normalize(MEAN, STD),
            ]
        )

    def __len__(self) -> int:
        return len(self.items)

    def __getitem__(self, place: int) -> tuple[Tensor, int]:
        file, target = self.items[place]
        with Image.open(file) as opened:
            return self._transform(opened.convert("RGB")), target


def need_data() -> None:
    """Ends the program with a word when the data are not there."""
    if not PICTURES.is_dir():
        sys.exit(f"These benchmarks read {PICTURES}, which is not on this machine.")


def mobilenet() -> Path:
    return DATA / "weights_mobilenet_v2" / "mobilenet_v2.safetensors"


def squeezenet() -> Path:
    return DATA / "weights_squeezenet1_1" / "squeezenet1_1.safetensors"


def random_resnet18() -> Path:
    """Random weights for resnet18, the same file for everyone."""
    file = Path(tempfile.gettempdir()) / "graft-benchmark-resnet18.safetensors"
    if not file.exists():
        torch.manual_seed(0)
        save_file(models.resnet18(weights=None).state_dict(), file)
    return file


def network(work: Work, classes: int) -> nn.Module:
    """torchvision's network with the weights, a new last layer, and frozen what shall be."""
    torch.manual_seed(work.seed)
    made: nn.Module = models.get_model(work.model, weights=None)
    made.load_state_dict(load_file(work.weights))
    if work.model == "resnet18":
        made.fc = nn.Linear(made.fc.in_features, classes)
        parts = {"head": [made.fc], "last-block": [made.layer4, made.fc], "all": [made]}
    else:
        made.classifier[-1] = nn.Linear(made.classifier[-1].in_features, classes)
        head = made.classifier[-1]
        parts = {"head": [head], "last-block": [made.features[-2:], head], "all": [made]}
    made.requires_grad_(False)
    for part in parts[work.learns]:
        part.requires_grad_(True)
    return made


def learning(net: nn.Module) -> list[nn.Parameter]:
    return [parameter for parameter in net.parameters() if parameter.requires_grad]


def accuracy(net: nn.Module, pictures: Pictures, work: Work) -> float:
    loader = torch.utils.data.DataLoader(pictures, work.batch, num_workers=work.workers)
    net.eval()
    right = 0
    place = next(net.parameters()).device
    with torch.no_grad():
        for pixels, targets in loader:
            right += int((net(pixels.to(place)).argmax(1).cpu() == targets).sum())
    return right / len(pictures)


def table(title: str, results: dict[str, Result], than: str = "Graft") -> None:
    """Prints what each took, and how much of it Graft took."""
    mine = results[than].seconds
    print(f"\n{title}\n")
    print(f"{'':22}{'seconds':>10}{'accuracy':>10}{'samples/s':>11}   {than} takes of it")
    for name, result in results.items():
        share = "" if name == than else f"{mine / result.seconds:9.3f}"
        figures = [
            f"{result.seconds:10.2f}",
            f"{result.accuracy:10.3f}" if result.accuracy is not None else " " * 10,
            f"{result.samples_per_second:11.1f}" if result.samples_per_second else " " * 11,
        ]
        print(f"{name:22}{''.join(figures)}   {share}")


def median(values: Sequence[float]) -> float:
    return float(statistics.median(values))


def lines(file: Path) -> Iterator[dict[str, Any]]:
    """What a benchmark that goes on where it stopped has found so far, a JSON object a line."""
    if file.exists():
        for line in file.read_text(encoding="utf-8").splitlines():
            yield json.loads(line)


def mean(values: Sequence[float], form: str = ".0f") -> str:
    """The mean, and the 95 % interval of the mean (t) where there are several."""
    middle = float(np.mean(values))
    if len(values) < 2:
        return f"{middle:{form}}"
    half = float(stats.t.ppf(0.975, len(values) - 1) * stats.sem(values))
    return f"{middle:{form}} ({middle - half:{form}} to {middle + half:{form}})"
