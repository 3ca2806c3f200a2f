"""A network as a row of stages that a person can name, from input to output.

The real modules are cut into units (a block, or a layer between blocks), in
the order they run. In a convolutional network, units of the same resolution
are one stage; in a transformer, where the resolution stays, each layer is one.
"""

from __future__ import annotations

from itertools import groupby

from torch import nn

from engine.freezing.adapters import carriers
from engine.freezing.applying import direct_parameters
from engine.freezing.presets import Stage
from engine.models.network import Network
from engine.models.trace import Trace, trace
from engine.models.words import family, words


def stages(network: Network, traced: Trace | None = None) -> list[Stage]:
    """From input to output; the last is the head."""
    ran = traced or trace(network)
    place = {name: number for number, name in enumerate(ran.order)}
    units = [
        name
        for name in _units(network.model, "")
        if name in place and not _inside(name, network.head)
    ]
    units.sort(key=place.__getitem__)
    has = {name for name in units if list(network.model.get_submodule(name).parameters())}
    sizes = {name: _resolution(ran.shape(name)) for name in units}
    if len({sizes[name] for name in units if name in has}) > 2:
        parts = [list(group) for _, group in groupby(units, key=lambda name: sizes[name])]
        parts = _attach(parts, has, sizes)
        titles = ["Stem"] + [f"Stage {number}" for number in range(1, len(parts))]
    else:
        parts = _attach_rest(units)
        titles = _layer_titles(network.model, parts)
    small, wide = _small(network.model), carriers(network.model, network.head)
    found = [
        Stage(title, tuple(part), _within(small, part), _within(wide, part))
        for title, part in zip(titles, parts, strict=True)
    ]
    return [*found, Stage("Head", network.head)]


def _small(model: nn.Module) -> tuple[str, ...]:
    """The network's norms (modules) and biases (parameters)."""
    kinds = {name: type(module).__name__.lower() for name, module in model.named_modules()}
    found: dict[str, None] = {}
    for module, name, _ in direct_parameters(model):
        if "norm" in kinds[module]:
            found[module] = None
        elif name.endswith("bias"):
            found[name] = None
    return tuple(found)


def _within(names: tuple[str, ...], part: list[str]) -> tuple[str, ...]:
    """Those at or below the modules of a part."""
    inside = tuple(f"{name}." for name in part)
    return tuple(name for name in names if f"{name}.".startswith(inside))


def _units(module: nn.Module, name: str, member: bool = False) -> list[str]:
    """Names of the units at or below a module."""
    container = type(module) in (nn.Sequential, nn.ModuleList)
    opened = container or (not member and (not name or _repeats(module)))
    if not opened or not any(True for _ in module.children()):
        return [name]
    found = []
    for child_name, child in module.named_children():
        full = f"{name}.{child_name}" if name else child_name
        found += _units(child, full, member=container)
    return found


def _repeats(module: nn.Module) -> bool:
    """Whether somewhere in it stands a list of blocks, so that it is no block itself."""
    for part in module.modules():
        children = [c for c in part.children() if any(True for _ in c.parameters())]
        if type(part) is nn.ModuleList and children:
            return True
        kinds = {type(child) for child in children}
        if type(part) is nn.Sequential and len(children) > 2 and len(kinds) < len(children):
            return True
    return False


def _inside(name: str, heads: tuple[str, ...]) -> bool:
    return any(name == head or name.startswith(head + ".") for head in heads)


def _resolution(shape: tuple[int, ...] | None) -> tuple[int, ...]:
    """Height and width, whether channels come first or last; empty for anything else."""
    if shape is None or len(shape) != 4:
        return ()
    if shape[1] == shape[2] != shape[3]:
        return (shape[1], shape[2])
    return (shape[2], shape[3])


def _attach(
    parts: list[list[str]], has: set[str], sizes: dict[str, tuple[int, ...]]
) -> list[list[str]]:
    """Joins what is no stage of its own (pooling, activation, layers after it) to its neighbour."""
    joined: list[list[str]] = []
    for part in parts:
        pooled = sizes[part[0]] in ((), (1, 1))
        empty = not any(name in has for name in part)
        begun = bool(joined) and any(name in has for name in joined[-1])
        if joined and (pooled or empty or not begun):
            joined[-1].extend(part)
        else:
            joined.append(list(part))
    return joined


def _attach_rest(units: list[str]) -> list[list[str]]:
    """Each member of the list of layers is a part; what stands around goes to its neighbour."""
    layers = [name for name in units if name.rpartition(".")[2].isdigit() or "_layer_" in name]
    counted = groupby(sorted(layers, key=_list_of), key=_list_of)
    longest = max((list(group) for _, group in counted), key=len, default=[])
    if not longest:
        return [[name] for name in units]
    parts: list[list[str]] = [[]]
    for name in units:
        if name in longest:
            parts.append([name])
        else:
            parts[-1].append(name)
    return [part for part in parts if part]


def _list_of(name: str) -> str:
    return name.rpartition(".")[0]


def _layer_titles(model: nn.Module, parts: list[list[str]]) -> list[str]:
    """Layers count from 0, as they do in the network's own names."""
    number = 0
    titles = []
    for place, part in enumerate(parts):
        blocks = part[0].rpartition(".")[2]
        if place == 0 and not (blocks.isdigit() or "_layer_" in blocks):
            titles.append("Embeddings")
            continue
        kind = words(model.get_submodule(part[0]), family(model))
        titles.append(f"{kind.capitalize() if kind.endswith(' layer') else 'Layer'} {number}")
        number += 1
    return titles
