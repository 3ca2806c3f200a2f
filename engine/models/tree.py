"""A network as the rows of a tree: each real module, what it is, puts out, holds and costs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from torch import nn

from engine.freezing.presets import Stage
from engine.models import words
from engine.models.flow import BATCH, Flow
from engine.models.trace import Trace

Row = dict[str, Any]


def rows(
    model: nn.Module, flow: Flow, trace: Trace, stages: Sequence[Stage], length: int
) -> list[Row]:
    """Parents before what stands in them; the first is the whole network, named ''.

    Args:
        length: words of a text that `shape` and `flops` are for, 0 for pictures.

    Returns:
        for each module: name, class, words, shape (of its output, without the batch; None where
        it is never called or puts out no tensor), parameters (all below, each once), flops
        (forward, one item, all below), stage (number; -1: it spans several or none), order (as
        first entered; -1: never called), own (name and count of its own parameters).
    """
    order = {name: place for place, name in enumerate(["", *trace.order])}
    trace.outputs.setdefault("", trace.logits)
    family = words.family(model)
    costs = _costs(flow, length)
    found: list[Row] = []
    seen: set[int] = set()
    for place, (name, module) in enumerate(model.named_modules()):
        own = [(key, p) for key, p in module.named_parameters(recurse=False) if id(p) not in seen]
        seen |= {id(parameter) for _, parameter in own}
        shape = trace.shape(name) if name in order else None
        found.append({
            "name": name,
            "class": type(module).__name__,
            "words": words.words(module, family) if name else "the whole network",
            "shape": _of_one(shape, flow.length, length) if shape else None,
            "parameters": sum(p.numel() for _, p in own),
            "flops": costs.get(place, 0),
            "stage": -1,
            "order": order.get(name, -1),
            "own": [[key, p.numel()] for key, p in own],
        })  # fmt: skip
    _add_up(found)
    _place(found, stages)
    return found


def _costs(flow: Flow, length: int) -> dict[int, int]:
    """Multiply-adds of what runs in a module itself, by its place in the tree; torch counts
    each as two operations."""
    found: dict[int, int] = {}
    for op, (count, _, lengths) in flow.flops:
        module = flow.calls[flow.ops[op][0]][0]
        found[module] = found.get(module, 0) + int(count * length**lengths) // 2
    return found


def _add_up(found: list[Row]) -> None:
    place = {row["name"]: row for row in found}
    for row in reversed(found):
        if row["name"]:
            above = place[row["name"].rpartition(".")[0]]
            above["parameters"] += row["parameters"]
            above["flops"] += row["flops"]


def _place(found: list[Row], stages: Sequence[Stage]) -> None:
    """A module belongs to the stage it stands in; one around others, to theirs if it is one."""
    titled = {name: number for number, stage in enumerate(stages) for name in stage.modules}
    place = {row["name"]: row for row in found}
    inside: dict[str, set[int]] = {}
    for row in found:
        name = row["name"]
        above = place[name.rpartition(".")[0]]["stage"] if name else -1
        row["stage"] = titled.get(name, above)
    for row in reversed(found):
        name, known = row["name"], inside.get(row["name"], set())
        if row["stage"] < 0 and len(known) == 1:
            row["stage"] = next(iter(known))
        if name:
            mine = {row["stage"]} if row["stage"] >= 0 else known
            inside.setdefault(name.rpartition(".")[0], set()).update(mine)


def _of_one(shape: Sequence[int], recorded: int, length: int) -> list[int]:
    """Without the batch, and for a text of `length` where one of `recorded` was gone through."""
    sides = [length if length and side == recorded else int(side) for side in shape]
    if not sides or sides[0] % BATCH:
        return sides
    share = sides[0] // BATCH
    return sides[1:] if share == 1 else [share, *sides[1:]]
