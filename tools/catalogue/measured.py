"""Parameters and multiply-adds, counted on the meta device and kept in measured.json.

There tensors have sizes and no contents, so a network of any size takes no memory and
little time. What is kept is found again by the model's name and what it was built from.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import torch
from torch import nn
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils.flop_counter import FlopCounterMode

from tools.catalogue.tables import FOLDER

FILE = FOLDER / "measured.json"

Figures = dict[str, Any]


class Kept:
    """Figures by name, each with the key of what it was measured on."""

    def __init__(self, again: bool = False) -> None:
        known = FILE.is_file() and not again
        self._old: dict[str, Figures] = json.loads(FILE.read_text("utf-8")) if known else {}
        self._used: dict[str, Figures] = {}

    def of(self, name: str, key: str, measure: Callable[[], Figures]) -> Figures:
        """The figures kept for this name and key, or measured now."""
        old = self._old.get(name)
        row = old if old is not None and old["key"] == key else {"key": key, **measure()}
        self._used[name] = row
        return {field: value for field, value in row.items() if field != "key"}

    def save(self) -> None:
        rows = [f"{json.dumps(n)}: {json.dumps(row)}" for n, row in sorted(self._used.items())]
        FILE.write_text("{\n" + ",\n".join(rows) + "\n}\n", encoding="utf-8")


class _Trusting(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Where code asks whether what it was given is in order, the answer is yes."""

    def __torch_dispatch__(
        self, func: Any, types: Any, args: Any = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        if func is torch.ops.aten._local_scalar_dense.default and args[0].is_meta:
            return True
        return func(*args, **(kwargs or {}))


def multiply_adds(run: Callable[[], object]) -> int:
    """Of one call. torch counts a multiply-add as two operations, the field as one."""
    with torch.no_grad(), _Trusting(), FlopCounterMode(display=False) as counter:
        run()
    return int(counter.get_total_flops()) // 2


def parameters(model: nn.Module) -> int:
    return sum(parameter.numel() for parameter in model.parameters())
