"""One pass of a network that notes every operation: what it reads, what it makes, in which module.

It runs on the meta device, where tensors have shapes and no contents, so it takes no memory
and little time for a network of any size. What the window asks later (the cost of a part, where
the feature cache's cut can be, what a plan keeps in memory) follows from the notes without torch:
see engine.freezing.reach and engine.freezing.holding.

The batch and the length of the pass are large primes. How often a size can be divided
by them says how it grows with the batch and the length of a text.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils import _pytree as pytree
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils.flop_counter import flop_registry

from engine.models.attention import fused_attention
from engine.models.network import Inputs, Network
from engine.models.shapes import Shapes, tensors
from engine.models.trace import Trace, evaluating

BATCH = 1009
LENGTHS = (37, 31, 23, 17, 13, 11, 7)  # short, and no factors of a usual width

_ATEN: Any = torch.ops.aten

Size = tuple[int, int, int]  # n, b, t: n * batch**b * length**t

Enter = Callable[[int, tuple[Any, ...], dict[str, Any]], tuple[Any, Any] | None]
Leave = Callable[[int, Any], Any]


@dataclass
class Flow:
    """What one forward pass did, in eval mode.

    Tensors are numbered: the parameters first, then the buffers, then as they were made.
    """

    parameters: list[str]
    modules: list[str]  # names in tree order, '' first
    calls: list[tuple[int, int]] = field(default_factory=list)  # module, call around it
    # Call it ran in, tensors read, tensors made or written.
    ops: list[tuple[int, tuple[int, ...], tuple[int, ...]]] = field(default_factory=list)
    doors: list[int] = field(default_factory=list)  # of each call: the op that hands it its input
    mixed: list[int] = field(default_factory=list)  # calls whose input is not one part an item
    flops: list[tuple[int, Size]] = field(default_factory=list)  # op, cost
    place: list[int] = field(default_factory=list)  # of each tensor: its storage
    storages: list[Size] = field(default_factory=list)  # bytes
    length: int = 0  # tokens of the texts it was recorded with
    fixed: int = 0  # storages of parameters and buffers
    inputs: tuple[int, ...] = ()  # tensors
    logits: tuple[int, ...] = ()  # tensors

    def to_wire(self) -> dict[str, Any]:
        return dict(vars(self))


def example(network: Network, batch: int = BATCH) -> Inputs:
    """Inputs of the right form without contents; texts as long as the position table allows."""
    device = next(network.model.parameters()).device
    if network.kind == "image":
        size = (batch, network.preprocess.channels, *network.preprocess.crop)
        return {"pixels": torch.empty(size, device=device)}
    longest = getattr(network.config, "max_position_embeddings", None) or 512
    length = next((prime for prime in LENGTHS if prime <= longest - 4), 1)
    ids = torch.ones((batch, length), dtype=torch.int64, device=device)
    return {"input_ids": ids, "attention_mask": torch.ones_like(ids)}


def record(
    network: Network, inputs: Inputs | None = None, shapes: Shapes | None = None
) -> tuple[Flow, Trace]:
    """Runs the network once.

    Args:
        network: on the meta device, or anywhere with inputs that it can bear.

    Returns:
        the notes, and what engine.models.trace would have found.
    """
    given = inputs or example(network)
    length = int(given["input_ids"].shape[1]) if "input_ids" in given else 0
    batch = len(next(iter(given.values())))
    recorder = _Recorder(network, batch, length, shapes or Shapes())
    with (
        evaluating(network),
        torch.no_grad(),
        fused_attention(),
        recorder,
        hooked(network.model, recorder.enter, recorder.leave),
    ):
        recorder.begin(given)
        recorder.end(network(given))
    return recorder.flow, recorder.trace


@contextmanager
def hooked(model: nn.Module, enter: Enter, leave: Leave) -> Iterator[None]:
    """Calls back, with the module's place in the tree, around every module but the whole."""
    hooks = []
    for place, module in enumerate(model.modules()):
        if not place:
            continue

        def before(_: nn.Module, args: Any, kwargs: Any, place: int = place) -> Any:
            return enter(place, args, kwargs)

        def after(_: nn.Module, __: Any, output: Any, place: int = place) -> Any:
            return leave(place, output)

        hooks += [
            module.register_forward_pre_hook(before, with_kwargs=True),
            module.register_forward_hook(after),
        ]
    try:
        yield
    finally:
        for hook in hooks:
            hook.remove()


class _Recorder(TorchDispatchMode):  # type: ignore[no-untyped-call]
    def __init__(self, network: Network, batch: int, length: int, shapes: Shapes) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        model = network.model
        self._shapes = shapes
        names = [name for name, _ in model.named_modules()]
        self.flow = Flow([name for name, _ in model.named_parameters()], names)
        self.trace = Trace()
        self._batch, self._length = batch, length
        self.flow.length = length
        self._number: dict[int, int] = {}  # id of a tensor -> its number
        self._held: list[Tensor] = []  # so that no id is used twice
        self._storage: dict[int, int] = {}
        self._sharing: list[list[int]] = []  # of each storage: its tensors
        self._stack: list[int] = []
        self._seen: set[int] = set()
        self._quiet = False
        for tensor in (*model.parameters(), *model.buffers()):
            self._know(tensor)
        self.flow.fixed = len(self.flow.storages)

    def begin(self, inputs: Inputs) -> None:
        self.flow.inputs = tuple(self._know(tensor) for tensor in inputs.values())
        self._open(0)

    def end(self, logits: Tensor) -> None:
        self.flow.logits = (self._know(logits),)
        self.trace.logits = logits

    def enter(
        self, place: int, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> tuple[Any, Any] | None:
        """The module's first input gets an identity of its own, as in a replay (see there)."""
        call = self._open(place)
        name = self.flow.modules[place]
        if place not in self._seen:
            self._seen.add(place)
            self.trace.order.append(name)
        key = _first(args, kwargs)
        if key is None:
            return None
        value = args[0] if key == "" else kwargs[key]
        self.flow.doors[call] = len(self.flow.ops)
        if value.shape[:1] != (self._batch,):
            self.flow.mixed.append(call)
        alias = self._alias(value)
        return ((alias, *args[1:]), kwargs) if key == "" else (args, {**kwargs, key: alias})

    def leave(self, place: int, output: Any) -> Any:
        """What comes out gets an identity, too: a module may hand on what it was given."""
        self.trace.outputs.setdefault(self.flow.modules[place], output)
        if isinstance(output, Tensor):
            found: Any = self._alias(output)
        else:
            found = pytree.tree_map_only(Tensor, self._alias, output)
        self._stack.pop()
        return found

    def __torch_dispatch__(
        self, func: Any, types: Any, args: Any = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        kwargs = kwargs or {}
        if self._quiet or not self._stack:  # an adapter computes when it is merely looked at
            return func(*args, **kwargs)
        out = self._shapes.run(func, args, kwargs)
        reads = tuple([self._know(tensor) for tensor in tensors((args, kwargs))])
        writes: list[int] = []
        for tensor in tensors(out):
            known = id(tensor) in self._number
            number = self._know(tensor)
            # Written in place: whatever shares the memory changes with it.
            writes += self._sharing[self.flow.place[number]] if known else [number]
        formula = flop_registry.get(func._overloadpacket)
        if formula is not None:
            cost = self._size(formula(*args, **kwargs, out_val=out))
            self.flow.flops.append((len(self.flow.ops), cost))
        self.flow.ops.append((self._stack[-1], reads, tuple(writes)))
        return out

    def _open(self, place: int) -> int:
        call = len(self.flow.calls)
        self.flow.calls.append((place, self._stack[-1] if self._stack else -1))
        self.flow.doors.append(-1)
        self._stack.append(call)
        return call

    def _alias(self, tensor: Tensor) -> Tensor:
        self._quiet = True
        alias: Tensor = _ATEN.alias(tensor)
        self._quiet = False
        reads = (self._know(tensor),)
        self.flow.ops.append((self._stack[-1], reads, (self._know(alias),)))
        return alias

    def _know(self, tensor: Tensor) -> int:
        number = self._number.get(id(tensor))
        if number is not None:
            return number
        number = len(self._held)
        self._number[id(tensor)] = number
        self._held.append(tensor)
        memory = tensor.untyped_storage()
        place = self._storage.setdefault(memory._cdata, len(self.flow.storages))
        if place == len(self.flow.storages):
            self.flow.storages.append(self._size(memory.nbytes()))
            self._sharing.append([])
        self._sharing[place].append(number)
        self.flow.place.append(place)
        return number

    def _size(self, count: int) -> Size:
        return scaled(int(count), self._batch, self._length)


def scaled(count: int, batch: int, length: int) -> Size:
    """How a count grows with the batch and the length, from one for this batch and length."""
    items = words = 0
    while count and batch > 1 and count % batch == 0:
        count, items = count // batch, items + 1
    while count and length > 1 and count % length == 0:
        count, words = count // length, words + 1
    return count, items, words


def _first(args: tuple[Any, ...], kwargs: dict[str, Any]) -> str | None:
    """The input that a replay would replace: '' for the first argument, or a keyword.

    None where it would not: the input is a list, holds whole numbers, or is given twice.
    """
    if args and isinstance(args[0], Tensor):
        key, value = "", args[0]
    elif any(isinstance(argument, Tensor) for argument in args):
        return None
    else:
        key = next((k for k, v in kwargs.items() if isinstance(v, Tensor)), "")
        if not key:
            return None
        value = kwargs[key]
    twice = sum(other is value for other in (*args, *kwargs.values())) > 1
    return None if twice or not value.is_floating_point() else key
