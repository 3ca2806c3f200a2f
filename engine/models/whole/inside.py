"""What is inside a model of the catalogue, before its weights are here and whatever it is for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from torch import Tensor, nn
from torch.utils import _pytree as pytree

from engine.errors import ModelError
from engine.models import catalogue, words
from engine.models.building import configurations
from engine.models.catalogue import Entry
from engine.models.whole import hub, vision
from engine.models.whole.counting import counting

Row = dict[str, Any]


def inside(name: str) -> dict[str, Any]:
    """The modules of a catalogued model as it was published, from one run on the meta device.

    Returns:
        name, title, at (what item `flops` and shapes are for), parameters, flops (multiply-adds),
        and modules, parents before what stands in them, the first the whole model: name, class,
        words, shape (of its first output, with the batch of 1; None where it puts out none),
        parameters and flops (all below), order (as first entered; -1: it was not called itself).

    Raises:
        ModelError: the catalogue has no such model.
    """
    entry = catalogue.find(name)
    if entry is None:
        raise ModelError(
            "Unknown model", f"{name!r} is not in the catalogue.",
            "'models list' shows the names.", subject=name,
        )  # fmt: skip
    model, run, at = _running(entry)
    modules = _modules(model, run)
    return {
        "name": entry.name, "title": entry.title, "at": at,
        "parameters": modules[0]["parameters"], "flops": modules[0]["flops"], "modules": modules,
    }  # fmt: skip


def _running(entry: Entry) -> tuple[nn.Module, Callable[[], object], str]:
    folder = configurations(entry)
    if folder is not None:
        return hub.running(folder, entry.built_as, entry.given)
    if entry.architecture:
        return vision.headless(entry.architecture, entry.input_size or 224)
    model, (run, _, at) = vision.running(entry.name, entry.kind)
    return model, run, at


def _modules(model: nn.Module, run: Callable[[], object]) -> list[Row]:
    family = words.family(model)
    rows: dict[str, Row] = {}
    for name, module in model.named_modules():
        rows[name] = {
            "name": name,
            "class": type(module).__name__,
            "words": words.words(module, family) if name else "the whole model",
            "shape": None,
            "parameters": sum(p.numel() for p in module.parameters()),
            "flops": 0,
            "order": -1,
        }
    rows[""]["flops"] = _run(model, run, rows)
    _add_up(rows)
    return list(rows.values())


def _run(model: nn.Module, run: Callable[[], object], rows: dict[str, Row]) -> int:
    """Writes shape, order and cost of every call into the rows; the cost of the whole run."""
    began: list[int] = []
    entered = 0

    with counting() as so_far:

        def before(name: str) -> None:
            nonlocal entered
            if rows[name]["order"] < 0:
                rows[name]["order"] = entered
                entered += 1
            began.append(so_far())

        def after(name: str, output: Any) -> None:
            rows[name]["flops"] += so_far() - began.pop()
            tensors = [one for one in pytree.tree_leaves(output) if isinstance(one, Tensor)]
            if rows[name]["shape"] is None and tensors:
                rows[name]["shape"] = list(tensors[0].shape)

        hooks = []
        for name, module in model.named_modules():
            hooks.append(module.register_forward_pre_hook(lambda _, __, name=name: before(name)))
            hooks.append(
                module.register_forward_hook(lambda _, __, output, name=name: after(name, output))
            )
        try:
            run()
        finally:
            for hook in hooks:
                hook.remove()
        return so_far()


def _add_up(rows: dict[str, Row]) -> None:
    """What only holds others (a list of blocks) costs what they cost."""
    for name in reversed(rows):
        above = name.rpartition(".")[0]
        if name and above and rows[above]["order"] < 0:
            rows[above]["flops"] += rows[name]["flops"]
