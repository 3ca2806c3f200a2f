"""Changes that make a plan fit the memory of this machine. Torch-free."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from engine.freezing.editing import set_boundary
from engine.freezing.outline import Outline
from engine.freezing.plan import Plan
from engine.freezing.presets import Stage
from engine.freezing.quote import Price, Quote, Remedy

Candidate = tuple[str, dict[str, Any], Quote]


def remedies(quote: Quote, plan: Plan, found: Price) -> tuple[Remedy, ...]:
    """The least change of each kind that suffices; none where no change of that kind does."""
    made = [
        _first(candidates, plan, found.available)
        for candidates in (_pieces(quote), _recomputing(quote), _precision(quote), _batches(quote))
    ]
    made.append(_more_frozen(quote, plan, found.available))
    return tuple(remedy for remedy in made if remedy is not None)


def _first(candidates: list[Candidate], plan: Plan, available: int) -> Remedy | None:
    """The first that fits, by halves: each candidate needs less than the one before it."""
    low, high = 0, len(candidates)
    fitting = None
    while low < high:
        middle = (low + high) // 2
        text, changes, quote = candidates[middle]
        total = quote.price(plan).total
        if total <= available:
            fitting, high = Remedy(text, changes, total), middle
        else:
            low = middle + 1
    return fitting


def _changed(quote: Quote, text: str, **changes: Any) -> Candidate:
    return text, changes, replace(quote, recipe=replace(quote.recipe, **changes))


def _pieces(quote: Quote) -> list[Candidate]:
    """The batch stays and is computed in pieces: the result is the same."""
    batch, pieces = quote.recipe.batch_size, quote.recipe.accumulation
    found = []
    while batch // (pieces * 2) >= 1:
        pieces *= 2
        text = f"Compute the batch in {pieces} pieces of {-(-batch // pieces)}"
        found.append(_changed(quote, text, accumulation=pieces))
    return found


def _recomputing(quote: Quote) -> list[Candidate]:
    if quote.recipe.checkpointing:
        return []
    return [_changed(quote, "Compute activations again, do not keep them", checkpointing=True)]


def _precision(quote: Quote) -> list[Candidate]:
    if quote.machine["device"] != "cuda" or quote.recipe.precision != "no":
        return []
    return [_changed(quote, "Compute in half precision", precision="bf16")]


def _batches(quote: Quote) -> list[Candidate]:
    found = []
    batch = quote.recipe.batch_size // 2
    while batch >= 1:
        # Pieces of a smaller batch are not smaller than those now.
        pieces = min(quote.recipe.accumulation, batch)
        found.append(_changed(quote, f"Batches of {batch}", batch_size=batch, accumulation=pieces))
        batch //= 2
    return found


def _more_frozen(quote: Quote, plan: Plan, available: int) -> Remedy | None:
    """The stages before a boundary freeze: as few as it takes, and nothing new learns."""
    chart = quote.chart
    outline = Outline(
        ((row["name"], [(n, int(k)) for n, k in row["own"]]) for row in chart.rows),
        [Stage(t, tuple(names)) for t, names in zip(chart.titles, chart.stages, strict=True)],
    )
    low, high = 1, len(chart.stages)
    fitting: tuple[int, Plan, int] | None = None
    while low < high:
        boundary = (low + high) // 2
        frozen = set_boundary(plan, outline, chart.stages, boundary)
        total = quote.price(frozen).total
        if total <= available:
            fitting, high = (boundary, frozen, total), boundary
        else:
            low = boundary + 1
    if fitting is None:
        return None
    boundary, frozen, total = fitting
    pairs = zip(chart.learning(plan), chart.learning(frozen), strict=True)
    if any(after and not before for before, after in pairs):
        return None
    title = chart.titles[boundary]
    text = f"Freeze all before {title[0].lower() + title[1:]}"
    return Remedy(text, {"boundary": boundary}, total)
