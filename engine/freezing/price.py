"""What a plan will take: memory, time, room for a checkpoint, before it is paid. Torch-free.

The window asks on every click, so nothing here waits for anything.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from engine.freezing.chart import Chart
from engine.freezing.duration import Timing
from engine.freezing.plan import Plan
from engine.freezing.presets import Phase
from engine.freezing.quote import Price, Quote, Remedy
from engine.freezing.remedies import remedies
from engine.training.recipe import Recipe

__all__ = ["Price", "Remedy", "price"]


def price(
    description: Mapping[str, Any], plan: Plan, recipe: Recipe,
    machine: Mapping[str, Any] | None = None, timing: Mapping[str, Any] | None = None,
) -> Price:  # fmt: skip
    """Args:
    description: what the operation `describe` returned.
    machine, timing: what `measure` returned; without them, the description's machine
        and no times.
    """
    chart = _chart(description)
    measured = Timing.from_wire(timing) if timing else None
    first = Phase.from_wire(recipe.phases[0]).plan if recipe.phases else plan
    quote = Quote.of(
        chart, recipe, first, machine or description["machine"], description["items"], measured
    )
    found = quote.price(plan)
    if found.fits:
        return found
    return replace(found, remedies=remedies(quote, plan, found))


_latest: list[tuple[Mapping[str, Any], Chart]] = []


def _chart(description: Mapping[str, Any]) -> Chart:
    """The one for the same description as at the last click."""
    if not _latest or _latest[0][0] is not description:
        _latest[:] = [(description, Chart(description))]
    return _latest[0][1]
