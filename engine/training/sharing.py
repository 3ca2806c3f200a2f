"""What several processes that train together tell each other."""

from __future__ import annotations

import numpy as np
import torch
from accelerate import Accelerator

from engine.models.network import Network
from engine.training.control import AFTER_EPOCH, NOW, Control


def share(accelerator: Accelerator, places: np.ndarray) -> np.ndarray:
    """This process's part of a batch.

    Where there are fewer items than processes, each takes all: gradients are means over
    what all processes took, so they learn what one alone would.
    """
    world = accelerator.num_processes
    return places if len(places) < world else places[accelerator.process_index :: world]


def obey(accelerator: Accelerator, control: Control) -> None:
    """Between two steps: waits while paused, ends when that was asked.

    What one of several processes was asked, all do; alone in a step they would wait.

    Raises:
        StopNow: a person asked for the end.
    """
    if accelerator.num_processes > 1:
        asked = {None: 0.0, AFTER_EPOCH: 1.0, NOW: 100.0}[control.stop]
        tensor = torch.tensor(asked, device=accelerator.device)
        total = float(accelerator.reduce(tensor, "sum"))
        if total:
            control.command(NOW if total >= 100 else AFTER_EPOCH)
    control.check()


def sum_over_processes(accelerator: Accelerator, sums: dict[str, float]) -> dict[str, float]:
    """The same names with their values added up over all processes."""
    if accelerator.num_processes == 1:
        return sums
    names = sorted(sums)
    on = accelerator.device
    tensor = torch.tensor([sums[name] for name in names], dtype=torch.float32, device=on)
    return dict(zip(names, accelerator.reduce(tensor, "sum").tolist(), strict=True))


def share_buffers(accelerator: Accelerator, network: Network) -> None:
    """Batch-norm statistics that each process gathered from its share become their mean."""
    if accelerator.num_processes == 1:
        return
    for buffer in network.buffers():
        if buffer.is_floating_point():
            buffer.copy_(accelerator.reduce(buffer, "mean"))


def means(sums: dict[str, float]) -> dict[str, float]:
    """Of an epoch's sums: the loss by weight, all else by the number of items."""
    weight, count = max(1e-12, sums.get("weight", 0.0)), max(1.0, sums.get("count", 0.0))
    found = {n: v / count for n, v in sums.items() if n not in ("loss", "weight", "count")}
    return {"loss": sums.get("loss", 0.0) / weight, **found}
