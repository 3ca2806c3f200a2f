"""How long an epoch takes under a plan, from what a few real steps took. Torch-free.

See engine.training.measuring for how each figure is come by.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from operator import and_
from typing import Any

from engine.freezing.chart import Chart
from engine.freezing.plan import Plan
from engine.freezing.reach import Reach, active, using

FILLING = 32  # items in a batch of engine.training.features


@dataclass(frozen=True)
class Timing:
    """Seconds, measured on this machine. Those by unit are for one item."""

    units: tuple[str, ...]  # modules in the order they run; each stands for all up to the next
    judge: tuple[float, ...]  # forward, no gradients
    forward: tuple[float, ...]  # forward, all learns
    through: tuple[float, ...]  # backward to the unit's input
    weights: tuple[float, ...]  # more of the backward where the unit's weights learn
    step: float  # of a step, whatever it does
    optimizer: float  # of a step, for each number that learns
    batch: float  # of a batch that is judged, whatever it holds
    epoch: float  # of an epoch, whatever it holds
    read: float  # an item from its file
    fetch: tuple[float, float]  # a record of the cache: each, and each byte
    store: tuple[float, float]  # the same, writing
    save: float  # of a checkpoint, for each byte
    overlap: bool = False  # items are read while another device computes
    length: float = 0.0  # mean tokens of a text as batches pad it
    longest: int = 0  # tokens

    def to_wire(self) -> dict[str, Any]:
        return asdict(self)

    @staticmethod
    def from_wire(wire: Mapping[str, Any]) -> Timing:
        known = {field.name for field in fields(Timing)}
        values: dict[str, Any] = {
            key: tuple(value) if isinstance(value, list) else value
            for key, value in wire.items()
            if key in known
        }
        return Timing(**values)


@dataclass(frozen=True)
class Duration:
    epoch: float  # seconds, validation and saving included
    first: float  # seconds to fill the cache, once


def duration(
    chart: Chart, plan: Plan, timing: Timing, reached: Reach, items: Mapping[str, int],
    batch: int, views: int, saved: int,
) -> Duration:  # fmt: skip
    """Args:
    items: number by split.
    batch: items of a step.
    views: of a training item in the cache.
    saved: bytes of a checkpoint.
    """
    train, judged = items.get("train", 0), items.get("validation", 0)
    learns = chart.learning(plan)
    passed, active_, heavy = _shares(chart, timing.units, plan, reached, learns)
    judge = sum(s * (1 - p) for s, p in zip(timing.judge, passed, strict=True))
    steps = -(-train // max(1, batch))
    ahead = sum(
        forward * flows + plain * (1 - flows - skipped)
        for forward, plain, flows, skipped in zip(
            timing.forward, timing.judge, active_, passed, strict=True
        )
    )
    back = sum(t * a for t, a in zip(timing.through, active_, strict=True))
    back += sum(w * h for w, h in zip(timing.weights, heavy, strict=True))
    numbers = sum(n for n, learning in zip(chart.numel, learns, strict=True) if learning)
    read = timing.read if reached.cut is None else _record(timing.fetch, reached, timing.length)
    taught = _together(timing, train * (ahead + back), train * read)
    taught += steps * (timing.step + timing.optimizer * numbers)
    looked = _together(timing, judged * judge, judged * read)
    looked += -(-judged // max(1, batch)) * timing.batch
    first = 0.0
    if reached.cut is not None:
        wanted = train * views + judged + items.get("test", 0)
        prefix = sum(s * p for s, p in zip(timing.judge, passed, strict=True))
        put = _record(timing.store, reached, timing.length)
        first = _together(timing, wanted * prefix, wanted * timing.read) + wanted * put
    return Duration(taught + looked + timing.epoch + timing.save * saved, first)


def _together(timing: Timing, compute: float, read: float) -> float:
    """One processor does both in turn; two devices side by side."""
    return max(compute, read) if timing.overlap else compute + read


def _record(cost: tuple[float, float], reached: Reach, length: float) -> float:
    count, items, words = reached.width
    return cost[0] + cost[1] * count * max(1.0, length) ** words * (items > 0)


def _shares(
    chart: Chart, units: Sequence[str], plan: Plan, reached: Reach, learns: Sequence[bool]
) -> tuple[list[float], list[float], list[float]]:
    """For each unit, the share of its work that is passed over, lets gradients
    through, and changes weights."""
    whose = _unit_of_calls(chart, units)
    passed = reached.passed or (False,) * len(chart.calls)
    flows = active(chart, learns, passed)
    weighty, teaches = using(chart, _heavy(chart)), using(chart, map(and_, _heavy(chart), learns))
    sums = [[0.0] * 5 for _ in units]
    for call, work in _work(chart).items():
        row, module = sums[whose[call]], chart.calls[call][0]
        row[0] += work
        row[1] += work * passed[call]
        row[2] += work * flows[call]
        row[3] += work * (module in weighty)
        row[4] += work * (module in teaches and not passed[call])
    return (
        [_share(row[1], row[0]) for row in sums],
        [_share(row[2], row[0]) for row in sums],
        [_share(row[4], row[3]) for row in sums],
    )


def _share(part: float, whole: float) -> float:
    return part / whole if whole else 0.0


def _heavy(chart: Chart) -> list[bool]:
    """Parameters for which a gradient is work: all but biases."""
    return [not name.endswith("bias") for name in chart.parameters]


def _unit_of_calls(chart: Chart, units: Sequence[str]) -> list[int]:
    """A call belongs to the unit that it stands in, or that was begun last before it."""
    place = {chart.place[name]: number for number, name in enumerate(units)}
    found: list[int] = []
    now = 0
    for module, around in chart.calls:
        if module in place:
            now = place[module]
            found.append(now)
        else:
            inside = around >= 0 and any(up in place for up in (*chart.up(module),))
            found.append(found[around] if inside else now)
    return found


def _work(chart: Chart) -> dict[int, float]:
    """A measure of what each call does itself: its FLOPs, and the memory it goes through."""
    found: dict[int, float] = {}
    for op, (count, _, lengths) in chart.flops:
        call = chart.ops[op][0]
        found[call] = found.get(call, 0.0) + float(count) * float(chart.length) ** lengths
    for call, _, writes in chart.ops:
        for tensor in writes:
            count, items, lengths = chart.storages[chart.tensors[tensor]]
            if items:
                moved = float(count) * float(chart.length) ** lengths
                found[call] = found.get(call, 0.0) + moved
    return found
