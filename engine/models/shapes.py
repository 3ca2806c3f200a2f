"""What operations put out on the meta device, remembered: networks repeat their blocks.

torch works most shapes out in Python, at up to two milliseconds an operation.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode

_ATEN: Any = torch.ops.aten

Key = tuple[Any, ...]
Made = list[tuple[torch.Size, tuple[int, ...], torch.dtype]]  # size, stride, type of each output


class Shapes:
    """Sizes of outputs, by operation and sizes of its inputs. One may serve several passes."""

    def __init__(self) -> None:
        self._known: dict[Key, tuple[Made, bool] | None] = {}  # None: a view, or unknown
        self._here: set[Key] = set()  # works in place and changes nothing of its argument's form

    def run(self, func: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """What the operation puts out. Raises what it raises."""
        if func in _RULES and args[0] is not None:
            quick = _RULES[func](*args, **kwargs)
            if quick is not None:
                return quick
        key = key_of(func, args, kwargs)
        if key in self._here:
            return args[0]
        if key in self._known:
            known = self._known[key]
            if known is None:
                return func(*args, **kwargs)
            made, single = known
            outs = tuple(
                torch.empty_strided(size, stride, dtype=dtype, device="meta")
                for size, stride, dtype in made
            )
            return outs[0] if single else outs
        out = func(*args, **kwargs)
        if args and out is args[0] and key == key_of(func, args, kwargs) and args[0].is_meta:
            self._here.add(key)
        else:
            self._known[key] = _made(func, args, kwargs, out)
        return out


class Quick(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Every operation on the meta device goes through `Shapes`."""

    def __init__(self, shapes: Shapes) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.shapes = shapes

    def __torch_dispatch__(
        self, func: Any, types: Any, args: Any = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        return self.shapes.run(func, args, kwargs or {})


def key_of(func: Any, args: Any, kwargs: dict[str, Any]) -> Key:
    """All that the outputs' sizes follow from."""
    found: list[Any] = [func]
    for value in args:
        found.append(_part(value))
    for name, value in kwargs.items():
        found.append((name, _part(value)))
    return tuple(found)


def _part(value: Any) -> Any:
    if isinstance(value, Tensor):
        return value.shape, value.stride(), value.dtype, value.device.type
    if isinstance(value, list | tuple):
        return tuple([_part(inner) for inner in value])
    return type(value), value  # 1, 1.0 and True are equal, and mean different types


def _made(func: Any, args: Any, kwargs: dict[str, Any], out: Any) -> tuple[Made, bool] | None:
    outs = (out,) if isinstance(out, Tensor) else out
    if not isinstance(outs, tuple) or func._schema.is_mutable:
        return None
    if not all(isinstance(one, Tensor) and one.device.type == "meta" for one in outs):
        return None
    given = {one.untyped_storage()._cdata for one in tensors((args, kwargs))}
    own = {one.untyped_storage()._cdata for one in outs}
    if own & given or len(own) < len(outs):
        return None
    return [(one.shape, one.stride(), one.dtype) for one in outs], isinstance(out, Tensor)


def tensors(tree: Any) -> list[Tensor]:
    """Those in a tree of tuples, lists and dictionaries."""
    found: list[Tensor] = []
    _gather(tree, found)
    return found


def _gather(tree: Any, found: list[Tensor]) -> None:
    if isinstance(tree, Tensor):
        found.append(tree)
    elif isinstance(tree, tuple | list):
        for branch in tree:
            _gather(branch, found)
    elif isinstance(tree, dict):
        for branch in tree.values():
            _gather(branch, found)


def _unknown(tensor: Tensor) -> Any:
    """The network asks for a value that a shape alone does not tell: all are whole texts."""
    if not tensor.is_meta:
        return None
    if tensor.dtype == torch.bool:
        return True
    return 1.0 if tensor.is_floating_point() else 1


def _batch_norm(x: Tensor, *rest: Any) -> tuple[Tensor, Tensor, Tensor] | None:
    """`rest`: weight, bias, running mean, running variance, whether it trains, ..."""
    if not x.is_meta:
        return None
    count = x.shape[1] if rest[4] else 0
    return torch.empty_like(x), x.new_empty(count), x.new_empty(count)


def _joined(parts: Any, dim: int = 0) -> Tensor | None:
    first = parts[0]
    if not all(part.is_meta and part.ndim == first.ndim for part in parts):
        return None
    size = list(first.shape)
    size[dim] = sum(part.shape[dim] for part in parts)
    joined: Tensor = first.new_empty(size)
    return joined


def _distinct(x: Tensor, *_: Any, **__: Any) -> tuple[Tensor, Tensor, Tensor] | None:
    """How many values differ only contents tell; of texts that are all alike, none does."""
    if not x.is_meta:
        return None
    one = x.new_empty(1)
    return one, x.new_empty(0, dtype=torch.int64), x.new_empty(0, dtype=torch.int64)


def _picked(x: Tensor, places: Any) -> Tensor | None:
    """By a mask, whose contents say how many: a network that looks for the end of each text
    (BART's, T5's) finds one in each."""
    first = next((place for place in places if place is not None), None)
    if first is None or not first.is_meta or first.dtype != torch.bool:
        return None
    if places[0] is None or any(place is not None for place in places[1:]):
        return None
    picked: Tensor = x.new_empty((first.shape[0], *x.shape[first.ndim :]))
    return picked


def _marked(x: Tensor) -> Tensor | None:
    """As `_picked`: one a text."""
    return x.new_empty((x.shape[0], x.ndim), dtype=torch.int64) if x.is_meta and x.ndim else None


def _most(x: Tensor) -> Tensor | None:
    """Of marked words, as `_marked`: one a text (Longformer's looks at the first from all).

    A real figure, as networks compute sizes from it.
    """
    return torch.ones((), dtype=torch.int64) if x.is_meta and x.dtype == torch.int64 else None


# Where no two are alike (a dense network's), or where there is nothing to remember.
_RULES: dict[Any, Callable[..., Any]] = {
    _ATEN._local_scalar_dense.default: _unknown,
    _ATEN.native_batch_norm.default: _batch_norm,
    _ATEN.cat.default: _joined,
    _ATEN.unique_consecutive.default: _distinct,
    _ATEN.index.Tensor: _picked,
    _ATEN.nonzero.default: _marked,
    _ATEN.max.default: _most,
}
