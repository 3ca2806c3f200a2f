"""A network as a row of stages that a person can name, from input to output.

The real modules are cut into units (a block, or a layer between blocks), in
the order they run. In a convolutional network, units of the same resolution
are one stage; in a transformer, where the resolution stays, each layer is one.
Where blocks begin at the resolution of the stem, they are a stage beside it.
"""

from __future__ import annotations

from itertools import groupby

from torch import nn

from engine.freezing.adapters import carriers
from engine.freezing.applying import direct_parameters
from engine.freezing.presets import Stage
from engine.models.network import Network
from engine.models.trace import Trace, first_run, trace
from engine.models.words import family, words


def stages(network: Network, traced: Trace | None = None) -> list[Stage]:
    """From input to output; the last is the head."""
    if traced is None:
        with first_run(network):
            traced = trace(network)
    ran = traced
    place: dict[str, int] = {}  # of a module that is never called: where one in it first runs
    for number, name in enumerate(ran.order):
        while name:
            place.setdefault(name, number)
            name = name.rpartition(".")[0]
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
        blocks = {n for n in has if any(True for _ in network.model.get_submodule(n).children())}
        first, *rest = _attach(parts, has, blocks, sizes)
        stem, begun = _part_stem(network.model, first)
        parts = [part for part in (stem, begun, *rest) if part]
        titles = _stage_titles(len(parts), bool(stem))
    else:
        layers = _layers(network.model, units)
        parts = _attach_rest(units, layers)
        titles = _layer_titles(network, parts, layers)
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
    parts: list[list[str]], has: set[str], blocks: set[str], sizes: dict[str, tuple[int, ...]]
) -> list[list[str]]:
    """Joins what is no stage of its own (pooling, activation, layers after it) to its neighbour."""
    joined: list[list[str]] = []
    for part in parts:
        size = sizes[part[0]]  # of a small picture the last blocks, too, may leave one place
        pooled = not size or (size == (1, 1) and not blocks.intersection(part))
        empty = not any(name in has for name in part)
        begun = bool(joined) and any(name in has for name in joined[-1])
        if joined and (pooled or empty or not begun):
            joined[-1].extend(part)
        else:
            joined.append(list(part))
    return joined


def _part_stem(model: nn.Module, part: list[str]) -> tuple[list[str], list[str]]:
    """What stands before the first block of a stage (all, where none begins), and the rest."""
    first = next((n for n, name in enumerate(part) if _begins_stage(model, name)), len(part))
    return part[:first], part[first:]


def _begins_stage(model: nn.Module, name: str) -> bool:
    """Whether it is a stage of blocks, or a block in a list of blocks among other lists."""
    module = model.get_submodule(name)
    above = name.rpartition(".")[0]
    lists = {type(model.get_submodule(up)) for up in (above, above.rpartition(".")[0]) if up}
    inside = lists <= {nn.Sequential, nn.ModuleList} and above.count(".") > 0
    return _repeats(module) or (inside and any(True for _ in module.children()))


def _stage_titles(count: int, stem: bool) -> list[str]:
    if not stem:
        return [f"Stage {number}" for number in range(1, count + 1)]
    return ["Stem"] + [f"Stage {number}" for number in range(1, count)]


def _attach_rest(units: list[str], layers: set[str]) -> list[list[str]]:
    """Each of the layers is a part; what stands around goes to its neighbour."""
    if not layers:
        return [[name] for name in units]
    parts: list[list[str]] = [[]]
    for name in units:
        if name in layers:
            parts.append([name])
        else:
            parts[-1].append(name)
    return [part for part in parts if part]


def _layers(model: nn.Module, units: list[str]) -> set[str]:
    """The members of the longest list, and of lists of blocks that run before or after it: a
    network may have an encoder and a decoder."""
    lists: dict[str, list[int]] = {}
    for place, name in enumerate(units):
        if name.rpartition(".")[2].isdigit() or "_layer_" in name:
            lists.setdefault(_list_of(name), []).append(place)
    chosen: list[list[int]] = []
    for found in sorted(lists.values(), key=len, reverse=True):
        blocks = all(any(True for _ in model.get_submodule(units[n]).children()) for n in found)
        apart = all(found[-1] < other[0] or other[-1] < found[0] for other in chosen)
        if not chosen or (blocks and apart):
            chosen.append(found)
    return {units[place] for found in chosen for place in found}


def _list_of(name: str) -> str:
    """Lists in a list are one."""
    above = name.rpartition(".")[0]
    return above.rpartition(".")[0] if above.rpartition(".")[2].isdigit() else above


def _layer_titles(network: Network, parts: list[list[str]], layers: set[str]) -> list[str]:
    """Layers count from 0, as they do in the network's own names; stages from 1, as people do."""
    model = network.model
    stages = network.kind == "image" and any(_repeats(model.get_submodule(p[0])) for p in parts)
    counts: dict[str, int] = {}
    titles = []
    for place, part in enumerate(parts):
        if place == 0 and part[0] not in layers:
            titles.append("Stem" if stages else "Embeddings")
            continue
        kind = "Stage" if stages else _kind(model, part[0])
        number = counts.setdefault(kind, 1 if stages else 0)
        counts[kind] += 1
        titles.append(f"{kind} {number}")
    return titles


def _kind(model: nn.Module, name: str) -> str:
    """'Encoder layer', 'Decoder layer' or 'Layer', by its class or else by where it stands."""
    said = words(model.get_submodule(name), family(model))
    for kind in ("encoder", "decoder"):
        if said.endswith(f"{kind} layer") or (said == "block" and f".{kind}." in f".{name}"):
            return f"{kind.capitalize()} layer"
    return "Layer"
