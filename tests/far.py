"""A network whose pre-training does harm: it has learned to tell colours, and nothing of shapes."""

from __future__ import annotations

from pathlib import Path

import torch
from torch.nn import functional

from engine.models.from_transformers import from_folder
from tests import tiny


def taught(folder: Path) -> Path:
    """Makes the folder of a small ResNet and teaches it the colour of flat pictures."""
    tiny.resnet(folder)
    network = from_folder(folder.name, folder, "image", 3, True)
    optimizer = torch.optim.AdamW(network.parameters(), lr=1e-2, weight_decay=1.0)
    draw = torch.Generator().manual_seed(0)
    network.train()
    for _ in range(150):
        pixels, targets = flat_pictures(32, draw)
        loss = functional.cross_entropy(network({"pixels": pixels}), targets)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    network.model.save_pretrained(folder)
    return folder


def flat_pictures(count: int, draw: torch.Generator) -> tuple[torch.Tensor, torch.Tensor]:
    """One colour all over: nothing that has a shape."""
    targets = torch.randint(3, (count,), generator=draw)
    colours = torch.full((count, 3, 1, 1), -1.0)
    colours[torch.arange(count), targets] = 1.0
    noise = 0.3 * torch.randn((count, 3, 1, 1), generator=draw)
    return (colours + noise).expand(-1, -1, 32, 32).contiguous(), targets
