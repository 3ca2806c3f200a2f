"""A person's own weights, used where they lie: whose they are, and that model being here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from engine.errors import ConfigurationError
from gui.facts import Facts
from gui.models.rows import ModelRow


def with_own(rows: Sequence[ModelRow], facts: Facts | None) -> list[ModelRow]:
    """The model in use is on this machine when its weights are a file of the person."""
    chosen = facts.model if facts else None
    if not chosen or not chosen.get("weights"):
        return list(rows)
    return [
        replace(row, path=Path(chosen["weights"])) if row.name == chosen["name"] else row
        for row in rows
    ]


def owner(file: Path, rows: Sequence[ModelRow], selected: ModelRow | None) -> ModelRow:
    """The model whose weights a file holds: the one it is named after, or the selected one.

    Raises:
        ConfigurationError: it is named after none, and none is selected.
    """
    named = next((row for row in rows if row.name == file.stem), selected)
    if named is None:
        raise ConfigurationError(
            "Which model are these weights of?",
            f"{file.name} is not named after a model of the list, and none is selected.",
            "Select the model in the list, then drop the file again.",
        )
    return named
