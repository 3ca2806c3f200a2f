"""The labelling tools: one module here each, found by listing this folder.

A module has `TOOL`, a class with the interface of `gui.data.tools.drawing.Drawing`. Toolbar,
keys and the sheet of keys follow from what it declares.
"""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gui.data.tools.drawing import Drawing


@cache
def all_tools() -> tuple[type[Drawing], ...]:
    """In the order in which they stand in the bar."""
    found = []
    for module in pkgutil.iter_modules(__path__):
        made = getattr(importlib.import_module(f"{__name__}.{module.name}"), "TOOL", None)
        if made is not None:
            found.append(made)
    return tuple(sorted(found, key=lambda tool: tool.order))
