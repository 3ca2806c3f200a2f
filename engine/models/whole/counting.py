"""What a model costs, counted where tensors have sizes and no contents.

So a network of any size takes no memory and little time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn
from torch.autograd.graph import saved_tensors_hooks
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils.flop_counter import FlopCounterMode


def empty(*size: int) -> Tensor:
    return torch.empty(size, device="meta")


class _Trusting(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Where code asks whether what it was given is in order, the answer is yes."""

    def __torch_dispatch__(
        self, func: Any, types: Any, args: Any = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        if func is torch.ops.aten._local_scalar_dense.default and args[0].is_meta:
            return True
        return func(*args, **(kwargs or {}))


@contextmanager
def counting() -> Iterator[Callable[[], int]]:
    """Gives a function that tells the multiply-adds since it began.

    torch counts a multiply-add as two operations, the field as one.
    """
    trusting = _Trusting()  # type: ignore[no-untyped-call]
    with torch.no_grad(), trusting, FlopCounterMode(display=False) as counter:
        yield lambda: int(counter.get_total_flops()) // 2


def held(model: nn.Module, run: Callable[[], object]) -> int:
    """Bytes that a backward pass through all of the model needs of one call, beside the weights.

    Attention is written out here, so where it runs fused less is held.
    """
    own = {parameter.untyped_storage()._cdata for parameter in model.parameters()}
    found: dict[int, torch.UntypedStorage] = {}  # kept, or another would get its place

    def keep(tensor: Tensor) -> Tensor:
        storage = tensor.untyped_storage()
        if storage._cdata not in own:
            found[storage._cdata] = storage
        return tensor

    model.requires_grad_(True)
    trusting = _Trusting()  # type: ignore[no-untyped-call]
    with torch.enable_grad(), trusting, saved_tensors_hooks(keep, lambda tensor: tensor):
        run()
    return sum(storage.nbytes() for storage in found.values())


def multiply_adds(run: Callable[[], object]) -> int:
    """Of one call."""
    with counting() as so_far:
        run()
        return so_far()
