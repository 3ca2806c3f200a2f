"""Where the feature cache's cut will be under a plan, and how much it saves. Torch-free.

engine.freezing.replay tries cuts on the real network; this tells the outcome beforehand
from the notes of one pass. A cut is good when nothing that decides the result reads what a
passed-over module would have made, except through the stored input of the module at the cut.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from engine.freezing.chart import Chart
from engine.freezing.plan import Plan

_BLOCKS = ("ModuleList", "Sequential")


@dataclass(frozen=True)
class Reach:
    """What a cache saves. `cut` None: there is none, and all else is empty."""

    cut: str | None = None
    skipped: tuple[str, ...] = ()  # modules that are passed over
    passed: tuple[bool, ...] = ()  # of each call in the chart: whether it is passed over
    share: float = 0.0  # of the forward cost
    width: tuple[int, ...] = ()  # of the stored input: n, b, t (see engine.models.flow), bytes


def reach(chart: Chart, plan: Plan) -> Reach:
    """The cut that engine.freezing.replay.find_cut would find."""
    owners = using(chart, chart.learning(plan))
    training = chart.training(plan)
    first = next((m for m in chart.order if m in owners or training[m]), None)
    if first is None:
        return Reach()
    entered = {module: number for number, module in enumerate(chart.order)}
    for candidate in (first, *chart.up(first)):
        if candidate not in entered or any(up in owners for up in chart.up(candidate)):
            continue
        around = {candidate, *chart.up(candidate)}
        before = [m for m in chart.order[: entered[candidate]] if m not in around]
        members = [m for m in before if chart.rows[chart.above[m]]["class"] in _BLOCKS]
        for skipped in (_outermost(chart, before), _outermost(chart, members)):
            passed = chart.within(skipped)
            if skipped and _clean(chart, candidate, passed):
                return _found(chart, candidate, skipped, passed)
    return Reach()


def using(chart: Chart, chosen: Iterable[bool]) -> set[int]:
    """Modules that use one of the chosen parameters: one of a module which is never
    called itself (attention's output layer) is used by the one around it."""
    found = set()
    for parameter, is_chosen in enumerate(chosen):
        module = chart.owner[parameter]
        while is_chosen and module > 0 and chart.rows[module]["order"] < 0:
            module = chart.above[module]
        if is_chosen:
            found.add(module)
    return found


def _outermost(chart: Chart, modules: list[int]) -> list[int]:
    chosen = set(modules)
    return [m for m in modules if not any(up in chosen for up in chart.up(m))]


def _clean(chart: Chart, candidate: int, passed: list[bool]) -> bool:
    """Whether the result rests on nothing that a passed-over module would have made."""
    calls = [number for number, (module, _) in enumerate(chart.calls) if module == candidate]
    door = chart.doors[calls[0]]
    if door < 0 or calls[0] in chart.mixed:
        return False
    # Every later call of the module would get the stored input as well, which is not its own.
    wrong = {chart.doors[call] for call in calls[1:]}
    spoilt = bytearray(len(chart.tensors))
    if chart.kind == "image":  # a replay hands no picture in
        for tensor in chart.inputs:
            spoilt[tensor] = 1
    for number, (call, reads, writes) in enumerate(chart.ops):
        if number == door:
            continue
        if passed[call] or number in wrong or any(spoilt[tensor] for tensor in reads):
            for tensor in writes:
                spoilt[tensor] = 1
    return not any(spoilt[tensor] for tensor in chart.logits)


def _found(chart: Chart, candidate: int, skipped: list[int], passed: list[bool]) -> Reach:
    call = next(n for n, (module, _) in enumerate(chart.calls) if module == candidate)
    stored = chart.ops[chart.doors[call]][1][0]
    return Reach(
        chart.names[candidate],
        tuple(chart.names[module] for module in skipped),
        tuple(passed),
        chart.cost(passed) / max(1.0, chart.cost()),
        tuple(chart.storages[chart.tensors[stored]]),
    )


def active(chart: Chart, learns: Iterable[bool], passed: Iterable[bool] = ()) -> bytearray:
    """For each call, whether gradients flow in it: something at or before it learns."""
    skip = list(passed) or [False] * len(chart.calls)
    needs = bytearray(len(chart.tensors))
    for parameter, learning in enumerate(learns):
        needs[parameter] = learning
    found = bytearray(len(chart.calls))
    for call, reads, writes in chart.ops:
        if not skip[call] and any(needs[tensor] for tensor in reads):
            found[call] = 1
            for tensor in writes:
                needs[tensor] = 1
    return found
