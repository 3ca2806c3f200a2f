"""Attention on the meta device."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

_ATEN: Any = torch.ops.aten
_PLAIN: Any = functional.scaled_dot_product_attention


@contextmanager
def fused_attention() -> Iterator[None]:
    """Attention without contents goes the way it goes with them: in one fused operation.

    Left alone, the meta device would write out the matrix of all pairs of words,
    which no device does unless its dropout has to be applied. While it holds, the
    library's function is exchanged, for the whole process.
    """
    functions: Any = functional
    functions.scaled_dot_product_attention = _attention
    try:
        yield
    finally:
        functions.scaled_dot_product_attention = _PLAIN


def _attention(
    query: Tensor, key: Tensor, value: Tensor, attn_mask: Tensor | None = None,
    dropout_p: float = 0.0, is_causal: bool = False, scale: float | None = None,
    enable_gqa: bool = False,
) -> Tensor:  # fmt: skip
    """As torch.nn.functional.scaled_dot_product_attention."""
    fits = query.ndim == 4 and query.shape[1] == key.shape[1] and query.shape[3] == value.shape[3]
    learned = attn_mask is not None and attn_mask.requires_grad
    if not query.is_meta or dropout_p > 0 or not fits or learned:
        plain: Tensor = _PLAIN(
            query, key, value, attn_mask, dropout_p, is_causal, scale=scale, enable_gqa=enable_gqa
        )
        return plain
    fused: Tensor = _ATEN._scaled_dot_product_flash_attention_for_cpu(
        query, key, value, dropout_p, is_causal, attn_mask=attn_mask, scale=scale
    )[0]
    return fused
