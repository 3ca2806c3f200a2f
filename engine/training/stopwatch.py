"""How long each part of a network takes, forward and back, in a real pass."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import pairwise
from typing import Any

import torch
from torch import Tensor, nn

from engine.models.shapes import tensors


class Stopwatch:
    """Use as `with watch.running(): watch.begin(); ... forward and backward ...; watch.end()`.

    A part's forward lasts from its entry to that of the next; its backward from the moment
    when the gradient of what it put out is known to the next such moment.

    Attributes:
        forward, back: seconds of each part in the last pass; 0 where it was not gone through.
    """

    def __init__(self, model: nn.Module, parts: Sequence[str], device: torch.device) -> None:
        self._modules = [model.get_submodule(name) for name in parts]
        self._gpu = device.type == "cuda"
        self._marks: list[tuple[str, int, Any]] = []
        self._seen: set[int] = set()
        self.forward = [0.0] * len(parts)
        self.back = [0.0] * len(parts)

    @contextmanager
    def running(self) -> Iterator[None]:
        hooks = []
        for number, module in enumerate(self._modules):

            def entered(_: nn.Module, __: Any, number: int = number) -> None:
                if number not in self._seen:
                    self._mark("in", number)

            def left(_: nn.Module, __: Any, output: Any, number: int = number) -> None:
                if number not in self._seen:
                    self._seen.add(number)
                    self._mark("out", number)
                    self._await_gradient(output, number)

            hooks += [
                module.register_forward_pre_hook(entered),
                module.register_forward_hook(left),
            ]
        try:
            yield
        finally:
            for hook in hooks:
                hook.remove()

    def begin(self) -> None:
        self._marks.clear()
        self._seen.clear()
        self._mark("begin", -1)

    def end(self) -> None:
        self._mark("end", -1)
        self.forward = [0.0] * len(self._modules)
        self.back = [0.0] * len(self._modules)
        ahead = [mark for mark in self._marks if mark[0] in ("in", "out")]
        entries = [mark for mark in ahead if mark[0] == "in"]
        for (_, number, began), after in zip(entries, [*entries[1:], ahead[-1]], strict=True):
            self.forward[number] = self._between(began, after[2])
        back = [mark for mark in self._marks if mark[0] in ("back", "end")]
        for (_, number, began), after in pairwise(back):
            self.back[number] = self._between(began, after[2])

    def _await_gradient(self, output: Any, number: int) -> None:
        found = tensors(dict(output) if isinstance(output, dict) else output)
        if found and found[0].requires_grad:

            def known(_: Tensor) -> None:
                self._mark("back", number)

            found[0].register_hook(known)  # type: ignore[no-untyped-call]

    def _mark(self, kind: str, number: int) -> None:
        if self._gpu:
            event: Any = torch.cuda.Event(enable_timing=True)  # type: ignore[no-untyped-call]
            event.record()
            self._marks.append((kind, number, event))
        else:
            self._marks.append((kind, number, time.perf_counter()))

    def _between(self, before: Any, after: Any) -> float:
        if self._gpu:
            after.synchronize()
            return float(before.elapsed_time(after)) / 1000
        return float(after - before)
