"""Between torch's tensors and the store's raw ones."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from engine.store.checkpoints import Raw


def to_raw(tensor: Tensor) -> Raw:
    """A copy on the CPU; no data is shared with `tensor`."""
    flat = tensor.detach().to("cpu", copy=True).contiguous()
    data = flat.reshape(-1).view(torch.uint8).numpy().data if flat.numel() else b""
    return Raw(str(flat.dtype).removeprefix("torch."), tuple(flat.shape), data)


def from_raw(raw: Raw) -> Tensor:
    dtype: Any = getattr(torch, raw.dtype)
    if not raw.data:
        return torch.empty(raw.shape, dtype=dtype)
    return torch.frombuffer(bytearray(raw.data), dtype=dtype).reshape(raw.shape)


def of_bytes(content: bytes) -> Raw:
    """A file beside the weights, kept as a tensor of bytes."""
    return Raw("uint8", (len(content),), content)
