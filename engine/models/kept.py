"""What autograd keeps of a forward pass for the way back, for each call of a module.

Two passes on the meta device: one in which everything learns, one in which nothing learns
but gradients pass through. What a plan keeps is put together from the two, call by
call, without torch (engine.freezing.holding). Memory that two modules keep counts once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.modules.module import (
    register_module_forward_hook,
    register_module_forward_pre_hook,
)

from engine.models.attention import fused_attention
from engine.models.flow import Size, example, scaled
from engine.models.network import Inputs, Network
from engine.models.shapes import Quick, Shapes, tensors


@dataclass
class Kept:
    """`learns` and `passes` say which pieces of memory a call keeps: module (its place in the
    tree), number of its call (from 1), pieces."""

    memory: list[Size]  # bytes of each piece
    learns: list[tuple[int, int, list[int]]]  # where the module learns
    passes: list[tuple[int, int, list[int]]]  # where it is frozen and gradients go through it

    def to_wire(self) -> dict[str, Any]:
        return dict(vars(self))


def kept(network: Network, shapes: Shapes | None = None) -> Kept:
    """`network` must be on the meta device. Its modes and gradients are set back after."""
    inputs = example(network)
    batch = len(next(iter(inputs.values())))
    length = int(inputs["input_ids"].shape[1]) if "input_ids" in inputs else 0
    found = _Both(batch, length, network)
    modes = {module: module.training for module in network.modules()}
    needs = [(parameter, parameter.requires_grad) for parameter in network.parameters()]
    shapes = shapes or Shapes()
    try:
        for learns in (True, False):
            network.train(learns)
            for parameter in network.parameters():
                parameter.requires_grad_(learns)
            found.run(_with_gradient(network, inputs, learns), learns, shapes)
    finally:
        for module, mode in modes.items():
            module.training = mode
        for parameter, needed in needs:
            parameter.requires_grad_(needed)
    return found.kept


def _with_gradient(network: Network, inputs: Inputs, learns: bool) -> Inputs:
    """Lets gradients begin at the input, or for texts at the table of embeddings."""
    if learns:
        return inputs
    if network.kind == "image":
        return {name: tensor.detach().requires_grad_() for name, tensor in inputs.items()}
    for module in network.modules():
        if isinstance(module, nn.Embedding):
            module.weight.requires_grad_()
    return inputs


class _Both:
    """The two passes. A piece of memory is named by where it goes in or out of a module, so
    that both passes name it alike."""

    def __init__(self, batch: int, length: int, network: Network) -> None:
        self.kept = Kept([], [], [])
        self._network = network
        self._batch, self._length = batch, length
        self._place: dict[Any, int] = {}  # name of a piece -> its place in `memory`

    def run(self, inputs: Inputs, learns: bool, shapes: Shapes) -> None:
        model = self._network.model
        own = {t.untyped_storage()._cdata for t in (*model.parameters(), *model.buffers())}
        places = {module: place for place, module in enumerate(model.modules())}
        calls = [1] + [0] * (len(places) - 1)
        stack = [(0, 1)]
        names: dict[int, Any] = {}
        saved: list[tuple[tuple[int, int], Tensor]] = []
        held: list[Any] = []  # no address may be used twice

        def stamp(tree: Any, *where: int) -> None:
            found = tensors(tree)
            held.append(found)
            for number, tensor in enumerate(found):
                names.setdefault(tensor.untyped_storage()._cdata, (*where, number))

        def enter(module: nn.Module, args: Any) -> None:
            place = places.get(module)
            if place:
                calls[place] += 1
                stack.append((place, calls[place]))
                stamp(args, 0, place, calls[place])

        def leave(module: nn.Module, args: Any, output: Any) -> None:
            if places.get(module):
                stamp(_plain(output), 1, *stack.pop())

        def pack(tensor: Tensor) -> Tensor:
            saved.append((stack[-1], tensor))
            return tensor

        with (
            torch.enable_grad(),
            fused_attention(),
            Quick(shapes),
            _everywhere(enter, leave),
            torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor),
        ):
            self._network(inputs)
        kept: dict[tuple[int, int], list[int]] = {}
        for call, tensor in saved:
            memory = tensor.untyped_storage()
            if memory._cdata not in own:
                name = names.get(memory._cdata, (learns, memory._cdata))
                place = self._place.setdefault(name, len(self.kept.memory))
                if place == len(self.kept.memory):
                    size = scaled(memory.nbytes(), self._batch, self._length)
                    self.kept.memory.append(size)
                pieces = kept.setdefault(call, [])
                if place not in pieces:
                    pieces.append(place)
        found = self.kept.learns if learns else self.kept.passes
        found += [(*call, pieces) for call, pieces in kept.items()]


@contextmanager
def _everywhere(enter: Callable[..., None], leave: Callable[..., None]) -> Iterator[None]:
    """Hooks on all modules of the process: far quicker than one on each."""
    before = register_module_forward_pre_hook(enter)
    after = register_module_forward_hook(leave)
    try:
        yield
    finally:
        before.remove()
        after.remove()


def _plain(output: Any) -> Any:
    """A model's output as the dictionary that it is."""
    return dict(output) if isinstance(output, dict) else output
