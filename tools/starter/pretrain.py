"""Trains a backbone to tell the drawn classes apart.

    python -m tools.starter.pretrain FOLDER [--model NAME] [--minutes M] [--batch N]
        [--classes N] [--pool N] [--begin FILE]

FOLDER receives log.csv, state.pt (a later call goes on from it) and at the end
backbone.safetensors, in half precision and without the head, which knows formulas and
nothing else. --begin takes such a file to begin from: a few classes first, many later.
"""

from __future__ import annotations

import argparse
import csv
import math
import time
from dataclasses import dataclass
from pathlib import Path

import torch
import torchvision
from safetensors.torch import load_file, save_file
from torch import Tensor, nn
from torch.nn import functional

from tools.starter import drawing
from tools.starter.telling import COUNT
from tools.starter.views import views

DRAWN = 112  # pixels across a drawn shape
# Pixels across what is learned from, until that share of the time is over. Small pictures
# teach most of it at a third of the cost; larger ones at the end bring the filters to scale.
SIZES = ((0.6, 64), (0.85, 80), (1.0, 112))
RATE, AT, DECAY, SMOOTHING, WARMUP = 2e-3, 64, 0.05, 0.1, 0.05  # RATE for AT pictures a step
SAY, SAVE = 100, 1000  # steps from one line of the log, and from one saved state, to the next
TELLING = 4.0  # weight of what is told beside the class
SEED = 7
Source = drawing.Shapes | drawing.Pool


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--model", default="regnet_x_400mf")
    parser.add_argument("--minutes", type=float, default=300.0)
    parser.add_argument("--batch", type=int, default=256)
    parser.add_argument("--classes", type=int, default=1000, help="of fractals, and of contours")
    parser.add_argument("--pool", type=int, default=0, help="pictures a class; 0: drawn anew")
    parser.add_argument("--begin", type=Path, metavar="FILE")
    chosen = parser.parse_args()
    drawn = source(chosen.classes, chosen.pool)
    pretrain(chosen.folder, chosen.model, drawn, chosen.minutes, chosen.batch, chosen.begin)


def source(classes: int, pool: int) -> Source:
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    return drawing.pool(classes, pool, DRAWN) if pool else drawing.shapes(device, classes)


def pretrain(
    folder: Path, model: str, drawn: Source, minutes: float, batch: int, begin: Path | None = None
) -> nn.Module:
    """The network, after so many minutes of training in all; on the GPU where there is one.

    Learning rate and size follow the time spent, so that a machine of any speed ends in time.
    """
    folder.mkdir(parents=True, exist_ok=True)
    work = _begin(model, drawn, batch)
    if begin is not None:
        work.network.load_state_dict(load_file(begin), strict=False)
    work.load(folder / "state.pt")
    began = time.monotonic() - work.seconds
    losses, right = torch.zeros((), device=work.device), torch.zeros((), device=work.device)
    while work.seconds < 60 * minutes:
        done = work.seconds / (60 * minutes)
        loss, hits = work.learn(_rate(done) * math.sqrt(batch / AT), _size(done))
        losses, right = losses + loss, right + hits
        work.seconds = time.monotonic() - began
        if work.step % SAY == 0:
            _say(folder / "log.csv", work, float(losses) / SAY, float(right) / SAY)
            losses, right = torch.zeros_like(losses), torch.zeros_like(right)
        if work.step % SAVE == 0:
            work.save(folder / "state.pt")
    work.save(folder / "state.pt")
    keep(work.network, folder / "backbone.safetensors", model)
    return work.network


@dataclass
class _Work:
    network: nn.Module
    optimizer: torch.optim.Optimizer
    drawn: Source
    device: torch.device
    batch: int
    step: int = 0
    seconds: float = 0.0

    def learn(self, rate: float, size: int) -> tuple[Tensor, Tensor]:
        """One step; loss and share of right answers, left on the device."""
        draw = torch.Generator(self.device).manual_seed(SEED * 1_000_003 + self.step)
        pictures, targets = self.drawn.batch(self.batch, DRAWN, draw)
        pixels, wanted = views(pictures, size, draw)
        pixels = pixels.to(memory_format=torch.channels_last)
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        # A processor without the instructions for it is eight times as slow in bfloat16.
        with torch.autocast("cuda", torch.bfloat16, enabled=self.device.type == "cuda"):
            said = self.network(pixels).float()
        classes, telling = said.split([self.drawn.classes, COUNT], 1)
        loss = functional.cross_entropy(classes, targets, label_smoothing=SMOOTHING)
        loss = loss + TELLING * functional.mse_loss(telling, wanted)
        self.optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(self.network.parameters(), 5.0)
        self.optimizer.step()
        self.step += 1
        return loss.detach(), (classes.argmax(1) == targets).float().mean()

    def save(self, file: Path) -> None:
        new = file.with_suffix(".new")
        kept = {"network": self.network.state_dict(), "optimizer": self.optimizer.state_dict(),
                "step": self.step, "seconds": self.seconds}  # fmt: skip
        torch.save(kept, new)
        new.replace(file)

    def load(self, file: Path) -> None:
        if file.is_file():
            kept = torch.load(file, weights_only=True)
            self.network.load_state_dict(kept["network"])
            self.optimizer.load_state_dict(kept["optimizer"])
            self.step, self.seconds = kept["step"], kept["seconds"]


def _begin(model: str, drawn: Source, batch: int) -> _Work:
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    torch.manual_seed(SEED)
    network = torchvision.models.get_model(model, weights=None, num_classes=drawn.classes + COUNT)
    network = network.to(device, memory_format=torch.channels_last).train()
    matrices = [p for p in network.parameters() if p.ndim > 1]
    vectors = [p for p in network.parameters() if p.ndim <= 1]
    optimizer = torch.optim.AdamW(
        [{"params": matrices, "weight_decay": DECAY}, {"params": vectors, "weight_decay": 0.0}],
        lr=RATE, fused=True,
    )  # fmt: skip
    return _Work(network, optimizer, drawn, device, batch)


def _rate(done: float) -> float:
    """Up, then down along a cosine; `done`: of the whole time, 0 to 1."""
    if done < WARMUP:
        return RATE * (done + 1e-3) / WARMUP
    return RATE * 0.5 * (1 + math.cos(math.pi * (done - WARMUP) / (1 - WARMUP)))


def _size(done: float) -> int:
    return next(size for until, size in SIZES if done < until)


def _say(file: Path, work: _Work, loss: float, accuracy: float) -> None:
    new = not file.is_file()
    with file.open("a", newline="", encoding="utf-8") as stream:
        table = csv.writer(stream)
        if new:
            table.writerow(["step", "pictures", "minutes", "loss", "accuracy"])
        row = [work.step, work.step * work.batch, f"{work.seconds / 60:.2f}"]
        table.writerow([*row, f"{loss:.3f}", f"{accuracy:.3f}"])


def keep(network: nn.Module, file: Path, model: str) -> None:
    """float16, without the head (the last of torchvision's modules)."""
    head = list(network.named_children())[-1][0]
    half = {
        name: tensor.half().contiguous().cpu() if tensor.is_floating_point() else tensor.cpu()
        for name, tensor in network.state_dict().items()
        if not name.startswith(f"{head}.")
    }
    save_file(half, file, {"architecture": model, "format": "pt"})


if __name__ == "__main__":
    main()
