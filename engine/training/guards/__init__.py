"""Guards: each file here looks at a run's history and says in words what it sees, or nothing.

A file `x_y.py` makes the guard 'x-y'. It holds one pure function,
`look(history: History) -> Finding | None`, and needs no torch.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable
from functools import cache

from engine.training.history import Finding, History

Look = Callable[[History], Finding | None]


@cache
def guards() -> dict[str, Look]:
    """Every guard by its name."""
    return {
        module.name.replace("_", "-"): importlib.import_module(f"{__name__}.{module.name}").look
        for module in pkgutil.iter_modules(__path__)
    }
