"""What memory a plan's steps and passes hold, from a described network. Torch-free.

Sizes are in bytes, for a batch and, of texts, a length.
"""

from __future__ import annotations

from collections.abc import Sequence
from operator import and_

from engine.freezing.chart import FLOAT, Chart
from engine.freezing.plan import Plan
from engine.freezing.reach import active, using

Kept = tuple[int, Sequence[int]]  # a module, and the pieces that one of its calls keeps


def scaled(size: Sequence[int], batch: int, length: int) -> int:
    """See engine.models.flow.Size."""
    count, items, words = size
    return int(count * batch**items * length**words)


def kept(chart: Chart, plan: Plan, passed: Sequence[bool] = ()) -> list[Kept]:
    """Module and pieces kept of each call in which gradients flow.

    Args:
        passed: calls that are passed over.
    """
    flows = active(chart, chart.learning(plan), passed)
    weighty, training = _learning_weights(chart, plan), chart.training(plan)
    found: list[Kept] = []
    for call, (module, _) in enumerate(chart.calls):
        if flows[call]:
            learns = module in weighty or training[module]
            pieces = (chart.learns if learns else chart.passes).get(call)
            if pieces:
                found.append((module, pieces))
    return found


def activations(chart: Chart, held: Sequence[Kept], batch: int, length: int) -> int:
    """What autograd keeps from the forward pass to the backward pass; `held`: see `kept`."""
    return _sum(chart, {piece for _, pieces in held for piece in pieces}, batch, length)


def recomputed(
    chart: Chart, held: Sequence[Kept], batch: int, length: int, stretches: Sequence[str]
) -> int:
    """The same where each stretch keeps its input alone, and one at a time the rest.

    `stretches`: names of modules, see engine.training.recomputing.
    """
    inside: dict[int, set[int]] = {chart.place[name]: set() for name in stretches}
    around: set[int] = set()
    for module, pieces in held:
        stretch = next((up for up in (module, *chart.up(module)) if up in inside), None)
        (around if stretch is None else inside[stretch]).update(pieces)
    inputs = {
        chart.tensors[chart.ops[chart.doors[call]][1][0]]
        for call, (module, _) in enumerate(chart.calls)
        if inside.get(module) and chart.doors[call] >= 0
    }
    largest = max((_sum(chart, pieces, batch, length) for pieces in inside.values()), default=0)
    kept_inputs = sum(scaled(chart.storages[place], batch, length) for place in inputs)
    return _sum(chart, around, batch, length) + kept_inputs + largest


def _learning_weights(chart: Chart, plan: Plan) -> set[int]:
    """Modules that must keep their input: more than a bias of theirs learns."""
    heavy = [not name.endswith("bias") for name in chart.parameters]
    return using(chart, map(and_, heavy, chart.learning(plan)))


def _sum(chart: Chart, pieces: set[int], batch: int, length: int) -> int:
    return sum(scaled(chart.memory[piece], batch, length) for piece in pieces)


def passing(
    chart: Chart, batch: int, length: int, passed: Sequence[bool] = (), upto: Sequence[bool] = ()
) -> int:
    """The most that a forward pass without gradients holds at one time.

    Args:
        passed: calls that are passed over.
        upto: the calls whose last ends the pass; none: it goes to the end.
    """
    skip = list(passed) or [False] * len(chart.calls)
    last = len(chart.ops)
    if any(upto):
        last = max(n for n, (call, _, _) in enumerate(chart.ops) if upto[call]) + 1
    runs = [
        touched
        for (call, _, _), touched in zip(chart.ops[:last], chart.touched[:last], strict=True)
        if not skip[call] and touched
    ]
    ends = {place: number for number, touched in enumerate(runs) for place in touched}
    size = {place: scaled(chart.storages[place], batch, length) for place in ends}
    held = {chart.tensors[tensor] for tensor in chart.inputs} & ends.keys()
    now = most = sum(size[place] for place in held)
    for number, touched in enumerate(runs):
        for place in touched:
            if place not in held:
                held.add(place)
                now += size[place]
        if now > most:
            most = now
        for place in touched:
            if ends[place] == number:
                held.discard(place)
                now -= size[place]
    return most


def statistics(chart: Chart, plan: Plan) -> int:
    """Bytes of the means and variances that batch norms gather while they learn."""
    return sum(
        2 * FLOAT * int(row["own"][0][1]) + 8
        for row in chart.rows
        if "BatchNorm" in row["class"] and row["own"] and plan.rule(row["name"]).trainable
    )
