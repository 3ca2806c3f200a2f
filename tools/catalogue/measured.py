"""Parameters and multiply-adds, counted on the meta device and kept in measured.json.

What is kept is found again by the model's name and what it was built from.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from tools.catalogue.tables import FOLDER

FILE = FOLDER / "measured.json"

Figures = dict[str, Any]


class Kept:
    """Figures by name, each with the key of what it was measured on."""

    def __init__(self, again: bool = False) -> None:
        known = FILE.is_file() and not again
        self._old: dict[str, Figures] = json.loads(FILE.read_text("utf-8")) if known else {}
        self._used: dict[str, Figures] = {}

    def of(self, name: str, key: str, measure: Callable[[], Figures]) -> Figures:
        """The figures kept for this name and key, or measured now."""
        old = self._old.get(name)
        row = old if old is not None and old["key"] == key else {"key": key, **measure()}
        self._used[name] = row
        return {field: value for field, value in row.items() if field != "key"}

    def save(self) -> None:
        rows = [f"{json.dumps(n)}: {json.dumps(row)}" for n, row in sorted(self._used.items())]
        FILE.write_text("{\n" + ",\n".join(rows) + "\n}\n", encoding="utf-8")
