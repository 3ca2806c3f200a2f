"""How a network describes items: what goes into its head."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from engine.freezing.plan import FROZEN, TRAINABLE, Plan
from engine.models.network import Network
from engine.models.trace import evaluating
from engine.tasks.base import Task
from engine.training.batches import Batch, in_order
from engine.training.material import Kitchen

_BATCH = 32


@dataclass(frozen=True)
class Embedded:
    """Of the items that could be read, in the order of the examples."""

    places: np.ndarray  # int [n], in the list of examples
    targets: np.ndarray  # int64 [n]
    features: np.ndarray  # float32 [n, width]
    computed: int = 0  # of them, that the feature cache did not hold


def embed(
    task: Task, network: Network, kitchen: Kitchen, split: str, tell: Callable[[int, int], None]
) -> Embedded:
    """Describes a split of the kitchen's; from the feature cache where that holds it.

    Args:
        tell: told how many items are done of how many; may raise to end it.
    """
    plan = Plan({"": FROZEN, **dict.fromkeys(network.head, TRAINABLE)})
    with kitchen.prepare(plan) as material:
        batches = material.batches[split]
        order = in_order([task.length(example) for example in batches.examples], _BATCH)
        found: list[tuple[np.ndarray, np.ndarray, np.ndarray]] = []
        done, computed = 0, material.computed
        with evaluating(network), torch.no_grad():
            for batch in batches(order):
                tell(done, len(batches.examples))
                keep = batch.weights.numpy() > 0
                done += len(batch)
                if keep.any():
                    rows = described(network, material.forward, batch)
                    found.append((batch.places[keep], batch.targets.numpy()[keep], rows[keep]))
    if not found:
        none = np.empty(0, np.int64)
        return Embedded(none, none, np.empty((0, 1), np.float32))
    places, targets, features = (np.concatenate(part) for part in zip(*found, strict=True))
    by_place = np.argsort(places)
    return Embedded(places[by_place], targets[by_place], features[by_place], computed)


def described(network: Network, forward: Callable[[Batch], Tensor], batch: Batch) -> np.ndarray:
    """Float32 [batch, width]: what the first module of the head gets, averaged over places."""
    caught: list[Tensor] = []

    def catch(_: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        if not caught:
            values = (value for value in (*args, *kwargs.values()) if isinstance(value, Tensor))
            caught.append(next(values))

    modules = [network.model.get_submodule(name) for name in network.head]
    hooks = [module.register_forward_pre_hook(catch, with_kwargs=True) for module in modules]
    try:
        forward(batch)
    finally:
        for hook in hooks:
            hook.remove()
    found = _pooled(caught[0].float(), batch.inputs.get("attention_mask"))
    rows: np.ndarray = found.cpu().numpy()
    return rows


def _pooled(features: Tensor, mask: Tensor | None) -> Tensor:
    if features.ndim == 4:  # a map of channels first
        return features.mean(dim=(2, 3))
    if features.ndim == 3 and mask is not None:
        weight = mask.to(features)[..., None]
        return (features * weight).sum(1) / weight.sum(1).clamp(min=1)
    return features.mean(1) if features.ndim == 3 else features
