"""The formats Graft can write: one module here each, found by listing this folder.

A module has `WRITER`, an object with the interface of `engine.exchange.record.Writer`.
"""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache

from engine.exchange.record import Writer


@cache
def all_writers() -> dict[str, Writer]:
    """By key, in alphabetical order."""
    found: list[Writer] = [
        importlib.import_module(f"{__name__}.{module.name}").WRITER
        for module in pkgutil.iter_modules(__path__)
    ]
    return {one.key: one for one in sorted(found, key=lambda one: one.key)}
