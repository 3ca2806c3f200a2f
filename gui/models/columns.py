"""What the list of models shows of each."""

from __future__ import annotations

from gui.models.card import cost
from gui.models.rows import ModelRow
from gui.widgets.table import Column
from gui.widgets.words import short, size


class _Accuracy(Column):
    """The figure alone does not say on what: the tooltip does."""

    def whole(self, row: ModelRow) -> str:
        entry = row.entry
        if entry is None or entry.accuracy is None:
            return "No figure that could be held against a source"
        return f"{entry.accuracy:.1%} {entry.metric}, {entry.measured_on}"


class _Cost(Column):
    def whole(self, row: ModelRow) -> str:
        if row.entry is None or row.flops is None:
            return "Not measured"
        return f"{cost(row.flops)} (multiply-adds) at {row.entry.flops_at}"


class _Name(Column):
    def whole(self, row: ModelRow) -> str:
        return f"{row.title}\n{row.name}" if row.name != row.title else row.title


def _accuracy(row: ModelRow) -> str:
    return f"{row.accuracy:.1%}" if row.accuracy is not None else "–"


FAMILY, COMPARED = 1, 7  # places that give way
NARROW = 780  # px of the list under which the family does


def columns(compared: list[str]) -> tuple[Column, ...]:
    """`compared`: names of the models that are in the comparison now."""
    return (
        _Name("Model", lambda row: row.title, sort=lambda row: row.title.lower()),
        Column("Family", lambda row: row.family, 124, sort=lambda row: row.family.lower()),
        Column("Parameters", lambda row: short(row.parameters) if row.parameters else "–", 88,
               True, sort=lambda row: row.parameters),
        _Cost("GFLOPs", lambda row: f"{row.flops / 1e9:,.2f}" if row.flops else "–", 76, True,
              sort=lambda row: row.flops, tip="Billions of multiply-adds for one item"),
        _Accuracy("Accuracy", _accuracy, 76, True, sort=lambda row: row.accuracy,
                  tip="On the benchmark the model was made for; yours may differ"),
        Column("Weights", lambda row: size(row.bytes) if row.bytes else "–", 80, True,
               sort=lambda row: row.bytes or None),
        Column("Here", lambda row: "yes" if row.path else "–", 54,
               tip="Weights are on this machine", sort=lambda row: row.path is None),
        Column("Compare", lambda row: "yes" if row.name in compared else "", 72,
               tip="Stands in the comparison (C)", sort=lambda row: row.name not in compared,
               stands_out=lambda row: row.name in compared),
    )  # fmt: skip
