"""How far the weights went from where they began."""

from __future__ import annotations

import torch
from torch import Tensor

from engine.models.network import Network
from engine.store import checkpoints, movements
from engine.store.project import Project
from engine.training.saving import MODEL
from engine.training.tensors import from_raw


def record(project: Project, run: int, network: Network) -> None:
    """Stores, for each parameter of a run that ends, its way from the run's first checkpoint.

    Args:
        network: with the run's best weights.
    """
    start, best = checkpoints.first(project, run), checkpoints.best(project, run)
    if start is None or best is None:
        return
    before, after = (checkpoints.hashes(project, point.id) for point in (start, best))
    rows: list[tuple[str, float, float]] = []
    with torch.no_grad():
        for name, parameter in network.model.named_parameters():
            key = MODEL + name
            if before[key] == after[key]:
                rows.append((name, 0.0, _norm(parameter)))
                continue
            began = from_raw(checkpoints.read(project, before[key])).to(parameter.device)
            rows.append((name, _norm(parameter.float() - began.float()), _norm(began)))
    movements.store(project, run, rows)


def _norm(tensor: Tensor) -> float:
    return float(tensor.float().norm())
