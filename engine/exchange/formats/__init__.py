"""The formats Graft can import: one module here each, found by listing this folder.

A module has `FORMAT`, an object with the interface of `engine.exchange.format.Format`.
"""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache

from engine.exchange.format import Format


@cache
def all_formats() -> dict[str, Format]:
    """By key, those asked first in `detect` first."""
    found: list[Format] = [
        importlib.import_module(f"{__name__}.{module.name}").FORMAT
        for module in pkgutil.iter_modules(__path__)
    ]
    return {one.key: one for one in sorted(found, key=lambda one: (one.order, one.key))}
