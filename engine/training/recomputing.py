"""Trading time for memory: activations are computed again in the backward pass, not kept.

Chen et al. 2016, 'Training Deep Nets with Sublinear Memory Cost', through
torch.utils.checkpoint, one stretch for each module of a stage.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from functools import partial
from typing import Any

from torch.nn.modules.batchnorm import _BatchNorm
from torch.utils.checkpoint import checkpoint

from engine.models.network import Network


@contextmanager
def recomputing(network: Network, names: Sequence[str]) -> Iterator[None]:
    """While it holds, each of these modules keeps only its input.

    The results are the same to the bit. A module that a replay passes over stays passed over.
    """
    modules = [network.model.get_submodule(name) for name in names]
    before = [module.__dict__.get("forward") for module in modules]
    for module in modules:
        norms = [part for part in module.modules() if isinstance(part, _BatchNorm)]
        module.forward = partial(
            checkpoint, module.forward, use_reentrant=False, context_fn=_contexts(norms)
        )
    try:
        yield
    finally:
        for module, forward in zip(modules, before, strict=True):
            module.__dict__.pop("forward")
            if forward is not None:
                module.forward = forward


def _contexts(
    norms: list[_BatchNorm],
) -> Callable[[], tuple[AbstractContextManager[Any], AbstractContextManager[Any]]]:
    return lambda: (nullcontext(), _still(norms))


@contextmanager
def _still(norms: list[_BatchNorm]) -> Iterator[None]:
    """Batch norms gathered their statistics the first time and must not do so twice."""
    momenta = [norm.momentum for norm in norms]
    counts = [
        None if norm.num_batches_tracked is None else norm.num_batches_tracked.clone()
        for norm in norms
    ]
    for norm in norms:
        norm.momentum = 0.0
    try:
        yield
    finally:
        for norm, momentum, count in zip(norms, momenta, counts, strict=True):
            norm.momentum = momentum
            if count is not None and norm.num_batches_tracked is not None:
                norm.num_batches_tracked.copy_(count)
