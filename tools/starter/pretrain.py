"""Trains the starter backbone to tell the drawn classes apart.

    python -m tools.starter.pretrain FOLDER [--model NAME] [--steps N] [--threads N]

FOLDER receives shapes.npy (drawn once), log.csv, state.pt (a later call goes on from it,
as it must for hours of work) and at the end backbone.safetensors, in half precision and
without the head, which knows formulas and nothing else.
"""

from __future__ import annotations

import argparse
import csv
import math
import multiprocessing
import time
from pathlib import Path

import numpy as np
import torch
import torchvision
from numpy.typing import NDArray
from safetensors.torch import save_file
from torch import Tensor, nn
from torch.nn import functional

from tools.starter import drawing
from tools.starter.views import views

BATCH, SIZE = 64, 96
RATE, DECAY, SMOOTHING, WARMUP = 2e-3, 0.05, 0.1, 500
SAY, SAVE = 50, 1000  # steps from one line of the log, and from one saved state, to the next
SEED = 7


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--model", default="regnet_x_400mf")
    parser.add_argument("--steps", type=int, default=20_000)
    parser.add_argument("--threads", type=int, default=1)
    chosen = parser.parse_args()
    chosen.folder.mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(chosen.threads)
    pretrain(chosen.folder, chosen.model, chosen.steps)


def pretrain(folder: Path, model: str, steps: int) -> None:
    shapes = torch.from_numpy(_shapes(folder / "shapes.npy"))
    torch.manual_seed(SEED)
    network = torchvision.models.get_model(model, weights=None, num_classes=drawing.classes())
    network = network.to(memory_format=torch.channels_last)
    matrices = [p for p in network.parameters() if p.ndim > 1]
    vectors = [p for p in network.parameters() if p.ndim <= 1]
    optimizer = torch.optim.AdamW(
        [{"params": matrices, "weight_decay": DECAY}, {"params": vectors, "weight_decay": 0.0}],
        lr=RATE, fused=True,
    )  # fmt: skip
    state = folder / "state.pt"
    step, spent = 0, 0.0
    if state.is_file():
        kept = torch.load(state, weights_only=True)
        network.load_state_dict(kept["network"])
        optimizer.load_state_dict(kept["optimizer"])
        step, spent = kept["step"], kept["seconds"]
    began, losses, right = time.monotonic() - spent, 0.0, 0.0
    network.train()
    while step < steps:
        draw = torch.Generator().manual_seed(SEED * 1_000_003 + step)
        loss, hits = _step(network, optimizer, shapes, draw, _rate(step, steps))
        step, losses, right = step + 1, losses + loss, right + hits
        if step % SAY == 0:
            _say(folder / "log.csv", step, time.monotonic() - began, losses / SAY, right / SAY)
            losses = right = 0.0
        if step % SAVE == 0 or step == steps:
            saved = {
                "network": network.state_dict(), "optimizer": optimizer.state_dict(),
                "step": step, "seconds": time.monotonic() - began,
            }  # fmt: skip
            torch.save(saved, folder / "new.pt")
            (folder / "new.pt").replace(state)
    _keep(network, folder / "backbone.safetensors", model)


def _step(
    network: nn.Module, optimizer: torch.optim.Optimizer, shapes: Tensor, draw: torch.Generator,
    rate: float,
) -> tuple[float, float]:  # fmt: skip
    targets = torch.randint(len(shapes), (BATCH,), generator=draw)
    which = torch.randint(shapes.shape[1], (BATCH,), generator=draw)
    pictures = views(shapes[targets, which], SIZE, draw)
    for group in optimizer.param_groups:
        group["lr"] = rate
    with torch.autocast("cpu", torch.bfloat16):
        said = network(pictures.to(memory_format=torch.channels_last))
    loss = functional.cross_entropy(said.float(), targets, label_smoothing=SMOOTHING)
    optimizer.zero_grad()
    loss.backward()
    nn.utils.clip_grad_norm_(network.parameters(), 5.0)
    optimizer.step()
    return float(loss.detach()), float((said.argmax(1) == targets).float().mean())


def _rate(step: int, steps: int) -> float:
    if step < WARMUP:
        return RATE * (step + 1) / WARMUP
    return RATE * 0.5 * (1 + math.cos(math.pi * (step - WARMUP) / max(1, steps - WARMUP)))


def _shapes(file: Path) -> NDArray[np.uint8]:
    """[classes, pictures, height, width]; drawn by all cores the first time."""
    if not file.is_file():
        found = np.zeros((drawing.classes(), drawing.EACH, drawing.SIZE, drawing.SIZE), np.uint8)
        cores = multiprocessing.cpu_count()
        with multiprocessing.Pool(cores) as pool:
            for part in pool.imap(_part, [(share, cores) for share in range(cores)]):
                for number, pictures in part:
                    found[number] = pictures
        np.save(file, found)
    return np.load(file)


def _part(share: tuple[int, int]) -> list[tuple[int, NDArray[np.uint8]]]:
    return list(drawing.drawn(*share))


def _say(file: Path, step: int, seconds: float, loss: float, accuracy: float) -> None:
    new = not file.is_file()
    with file.open("a", newline="", encoding="utf-8") as stream:
        table = csv.writer(stream)
        if new:
            table.writerow(["step", "minutes", "loss", "accuracy"])
        table.writerow([step, f"{seconds / 60:.1f}", f"{loss:.3f}", f"{accuracy:.3f}"])


def _keep(network: nn.Module, file: Path, model: str) -> None:
    named = list(network.named_children())[-1][0]
    half = {
        name: tensor.half().contiguous() if tensor.is_floating_point() else tensor
        for name, tensor in network.state_dict().items()
        if not name.startswith(f"{named}.")
    }
    save_file(half, file, {"architecture": model, "format": "pt"})


if __name__ == "__main__":
    main()
