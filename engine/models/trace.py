"""Which modules a network runs, in which order, and what they put out."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils import _pytree as pytree

from engine.errors import ModelError
from engine.models.network import Inputs, Network

PROBE_BATCH = 3
PROBE_LENGTH = 11  # a prime: a dimension of this size is the length of the text


@dataclass
class Trace:
    """From one run in eval mode on a probe of PROBE_BATCH items."""

    order: list[str] = field(default_factory=list)  # module names as they were entered
    outputs: dict[str, Any] = field(default_factory=dict)  # name -> output, a pytree
    logits: Tensor = field(default_factory=lambda: torch.empty(0))

    def shape(self, name: str) -> tuple[int, ...] | None:
        """Of the first tensor a module put out."""
        leaves = [x for x in pytree.tree_leaves(self.outputs.get(name)) if isinstance(x, Tensor)]
        return tuple(leaves[0].shape) if leaves else None


def trace(network: Network, inputs: Inputs | None = None) -> Trace:
    """Runs the network once. A module called several times counts where it was first entered."""
    found = Trace()
    seen: set[str] = set()
    hooks = []
    for name, module in network.model.named_modules():
        if not name:
            continue

        def entered(_: nn.Module, __: Any, name: str = name) -> None:
            if name not in seen:
                seen.add(name)
                found.order.append(name)

        def left(_: nn.Module, __: Any, output: Any, name: str = name) -> None:
            found.outputs.setdefault(name, pytree.tree_map_only(Tensor, torch.detach, output))

        hooks += [module.register_forward_pre_hook(entered), module.register_forward_hook(left)]
    try:
        with evaluating(network), torch.no_grad():
            probe = inputs or network.probe(PROBE_BATCH, PROBE_LENGTH)
            device = next(network.parameters()).device
            found.logits = network({name: value.to(device) for name, value in probe.items()})
    finally:
        for hook in hooks:
            hook.remove()
    return found


# What a library's own code raises when it is given something else than it expects.
_FAILURES = (
    RuntimeError, ValueError, TypeError, AttributeError, IndexError, KeyError, AssertionError,
    NotImplementedError,
)  # fmt: skip


@contextmanager
def first_run(network: Network) -> Iterator[None]:
    """Around a network's first run: one that wants more than a picture or a text is refused.

    Raises:
        ModelError: it ended in an error, or gave no scores of classes.
    """
    try:
        yield
    except torch.OutOfMemoryError:
        raise
    except _FAILURES as error:
        item = {"image": "picture", "text": "text"}[network.kind]
        raise ModelError(
            "Graft cannot run this model",
            f"{network.description.name} fails when it is given a {item} and nothing else, or "
            "does not answer with a score for each class.",
            f"Choose another model for {item}s.",
            details=f"{type(error).__name__}: {error}",
            subject=network.description.name,
        ) from error


@contextmanager
def evaluating(network: nn.Module) -> Iterator[None]:
    """Eval mode for a while; each module gets its own mode back."""
    modes = {module: module.training for module in network.modules()}
    network.eval()
    try:
        yield
    finally:
        for module, mode in modes.items():
            module.training = mode
