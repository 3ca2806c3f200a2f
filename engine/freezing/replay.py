"""Running only the part of a network that learns.

What a frozen prefix puts out is the same in every epoch, so it is computed
once; later the network starts at the cut, the first module that learns. No
architecture is known here by name. While a replay is installed, the modules
before the cut are passed over (each puts out zeros of the shape it had), and
the module at the cut gets the stored value in place of its first input.
Whether that gives the network's own result is not assumed: a cut is used only
after both ways were run on a probe and agreed. If something flows around the
cut, they do not, and the cut moves towards the input.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils import _pytree as pytree

from engine.freezing.applying import direct_parameters
from engine.freezing.plan import Plan
from engine.models.network import Inputs, Network
from engine.models.trace import PROBE_BATCH, PROBE_LENGTH, Trace, evaluating, trace

TOLERANCE = 1e-5  # of the largest logit


@dataclass(frozen=True)
class Cut:
    """Where the stored part ends: `module` is the first that runs from then on."""

    module: str
    skipped: tuple[str, ...]  # modules that a replay passes over
    before: tuple[str, ...]  # every frozen module entered before the cut
    own_memory: bool = False  # what is passed over is written to in place


class _Reached(Exception):
    """The cut was reached; nothing after it need run."""


def find_cut(network: Network, plan: Plan, traced: Trace | None = None) -> Cut | None:
    """The latest cut that gives the network's own results, or None when there is none."""
    ran = traced or trace(network)
    owners = _owners(network.model, plan, set(ran.order))
    first = next((n for n in ran.order if plan.rule(n).trainable or n in owners), None)
    if first is None:
        return None
    for candidate in _upwards(first):
        if candidate not in ran.order:  # a list of blocks, which is gone through but never called
            continue
        if any(up in owners for up in _above(candidate)):
            continue  # what a module around it holds (a class token) learns, and is read before
        before = _before(ran.order, candidate)
        for skipped in (_outermost(before), _outermost(_members(network.model, before))):
            for own_memory in (False, True):
                cut = Cut(candidate, skipped, tuple(before), own_memory)
                if skipped and _agrees(network, cut, ran):
                    return cut
    return None


def compute(network: Network, cut: Cut, inputs: Inputs) -> Tensor:
    """What goes into the module at the cut: float [batch, ...]. The prefix runs in eval mode."""
    caught: list[Tensor] = []

    def catch(_: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        caught.append(_first_tensor(args, kwargs))
        raise _Reached

    hook = network.model.get_submodule(cut.module).register_forward_pre_hook(
        catch, with_kwargs=True
    )
    try:
        with evaluating(network), torch.no_grad():
            network(inputs)
    except _Reached:
        pass
    finally:
        hook.remove()
    return caught[0].float()


class Replay:
    """A network that starts at a cut. Make one for each phase of training.

    Use as `with replay.installed(): logits = replay.run(call, features, live)`.
    """

    def __init__(self, network: Network, cut: Cut, traced: Trace) -> None:
        self._network = network
        self._cut = cut
        self._outputs = {name: traced.outputs.get(name) for name in cut.skipped}
        self._features: Tensor | None = None
        self._batch, self._length = PROBE_BATCH, PROBE_LENGTH

    def run(self, call: Any, features: Tensor, live: Inputs) -> Tensor:
        """Logits. `call` is the network itself or what wraps it for several processes.

        Args:
            features: float [batch, ...], from `compute`, padded like the batch.
            live: token ids and mask of a text (they are small and steer what
                follows the cut); for pictures a stand-in is made.
        """
        self._features = features
        self._batch = features.shape[0]
        if self._network.kind == "image":
            own = self._network.preprocess
            blank = features.new_zeros(1).expand(self._batch, own.channels, *own.crop)
            live = {"pixels": blank}
        else:
            self._length = live["input_ids"].shape[1]
        logits: Tensor = call(live)
        return logits

    @contextmanager
    def installed(self) -> Iterator[None]:
        model = self._network.model
        skipped = [model.get_submodule(name) for name in self._cut.skipped]
        try:
            for name, module in zip(self._cut.skipped, skipped, strict=True):
                module.forward = self._stand_in(name)
            hook = model.get_submodule(self._cut.module).register_forward_pre_hook(
                self._replace, with_kwargs=True
            )
            try:
                yield
            finally:
                hook.remove()
        finally:
            for module in skipped:
                module.__dict__.pop("forward", None)

    def _stand_in(self, name: str) -> Any:
        output = self._outputs[name]

        def forward(*_: Any, **__: Any) -> Any:
            return pytree.tree_map_only(Tensor, self._blank, output)

        return forward

    def _blank(self, tensor: Tensor) -> Tensor:
        """Zeros of the shape this tensor would have now, if possible in one number's memory."""
        shape = list(tensor.shape)
        if shape and shape[0] == PROBE_BATCH:
            shape[0] = self._batch
        if self._network.kind == "text":
            shape[1:] = [self._length if n == PROBE_LENGTH else n for n in shape[1:]]
        assert self._features is not None
        if self._cut.own_memory:
            return torch.zeros(shape, dtype=tensor.dtype, device=self._features.device)
        return torch.zeros(1, dtype=tensor.dtype, device=self._features.device).expand(shape)

    def _replace(
        self, _: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> tuple[tuple[Any, ...], dict[str, Any]]:
        if args and isinstance(args[0], Tensor):
            return (self._features, *args[1:]), kwargs
        name = next(key for key, value in kwargs.items() if isinstance(value, Tensor))
        return args, {**kwargs, name: self._features}


def _agrees(network: Network, cut: Cut, traced: Trace) -> bool:
    """Whether both ways give the same logits on a probe with other contents and another size."""
    device = next(network.parameters()).device
    probe = {
        name: value.to(device)
        for name, value in network.probe(PROBE_BATCH - 1, PROBE_LENGTH + 2, seed=1).items()
    }
    replay = Replay(network, cut, traced)
    try:
        features = compute(network, cut, probe)
        if len(features) != len(next(iter(probe.values()))):
            return False  # not one part an item (words come first, or windows): nothing to keep
        with evaluating(network), torch.no_grad():
            whole = network(probe)
            with replay.installed():
                part = replay.run(network, features, probe)
    except (RuntimeError, ValueError, IndexError, TypeError, AttributeError, StopIteration):
        # A shape that does not fit is this cut's way of saying no; the next one is tried.
        return False
    # No floor: in a network whose signals fade (from random weights) all results are near 0.
    scale = float(whole.abs().max())
    return whole.shape == part.shape and bool((whole - part).abs().max() <= TOLERANCE * scale)


def _owners(model: nn.Module, plan: Plan, entered: set[str]) -> set[str]:
    """Modules that use a parameter which learns: that of a module which is never called
    itself (attention's output layer) is used by the one around it."""
    found = set()
    for module, name, _ in direct_parameters(model):
        if plan.rule(name).trainable:
            found.add(next((up for up in _upwards(module) if up in entered), ""))
    return found


def _upwards(name: str) -> Iterator[str]:
    while name:
        yield name
        name = name.rpartition(".")[0]


def _above(name: str) -> Iterator[str]:
    """The modules around this one, the whole network last."""
    while name:
        name = name.rpartition(".")[0]
        yield name


def _before(order: list[str], candidate: str) -> list[str]:
    """Modules entered before the candidate, without those it is part of."""
    entered = order[: order.index(candidate)]
    return [name for name in entered if not candidate.startswith(name + ".")]


def _outermost(names: list[str]) -> tuple[str, ...]:
    chosen = set(names)
    return tuple(n for n in names if not any(up in chosen for up in list(_upwards(n))[1:]))


def _members(model: nn.Module, names: list[str]) -> list[str]:
    """Those that are members of a list of blocks: what stands beside may be needed later."""
    return [
        name
        for name in names
        if type(model.get_submodule(name.rpartition(".")[0])) in (nn.ModuleList, nn.Sequential)
    ]


def _first_tensor(args: tuple[Any, ...], kwargs: dict[str, Any]) -> Tensor:
    for value in (*args, *kwargs.values()):
        if isinstance(value, Tensor):
            return value
    raise TypeError("the module at the cut gets no tensor")
