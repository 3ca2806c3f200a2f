"""Kinds of trouble: each file here looks for one of them and tells it in words, or says nothing.

A file `x_y.py` makes the kind 'x-y'. It holds TITLE (what is looked at, in words), ORDER (cheap
and sure ones first) and `look(holdings: Holdings) -> list[Finding]`, which raises `Lacking` where
something it needs is not there.
"""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache
from types import ModuleType


class Lacking(Exception):
    """What a check needs and the project does not have, in a sentence or two. Not an error."""


FEATURES = (
    "This needs a model's features of the items. Choose a model and start suggestions, then check "
    "again."
)


@cache
def kinds() -> dict[str, ModuleType]:
    """The module of every kind by its name, in the order in which they are looked for."""
    found = {
        module.name.replace("_", "-"): importlib.import_module(f"{__name__}.{module.name}")
        for module in pkgutil.iter_modules(__path__)
    }
    return dict(sorted(found.items(), key=lambda one: one[1].ORDER))
