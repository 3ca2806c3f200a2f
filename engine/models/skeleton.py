"""A network without weights: its modules and sizes, built in a moment and in no memory."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor
from torch.overrides import TorchFunctionMode

from engine.models import building
from engine.models.edits import chosen, edit
from engine.models.network import Network

# What layers make their parameters with. Everything else is small and may be computed with.
_MAKERS = (torch.empty, torch.zeros, torch.ones, torch.rand, torch.randn)
_FILLERS = (
    Tensor.fill_, Tensor.zero_, Tensor.normal_, Tensor.uniform_, Tensor.erfinv_, Tensor.mul_,
    Tensor.add_, Tensor.clamp_,
)  # fmt: skip


def skeleton(
    name: str, weights: str | None, kind: str, classes: int, edits: Mapping[str, Any] | None = None
) -> Network:
    """As engine.models.building.build makes it, on the meta device, without a tokenizer.

    Raises:
        ModelError: unknown name, or a folder that is not on this machine.
        ConfigurationError: the model cannot be edited so.
    """
    with Bare():
        network = building.outline(name, weights, kind, classes).to("meta")
        changes = chosen(edits or {})
        if changes:
            edit(network, changes)
            network.to("meta")
        return network


class Bare(TorchFunctionMode):
    """Parameters made while it holds have no contents, and filling them costs nothing."""

    def __torch_function__(
        self, func: Any, types: Any, args: Any = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        kwargs = kwargs or {}
        if func in _MAKERS and kwargs.get("generator") is None:
            return func(*args, **{**kwargs, "device": "meta"})
        if func in _FILLERS and args[0].is_meta:
            return args[0]
        return func(*args, **kwargs)
