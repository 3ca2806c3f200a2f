"""Finds the tasks by listing this folder: a new file with a Task in it is a new task."""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache

import engine.tasks
from engine.errors import ConfigurationError
from engine.tasks.base import Task


@cache
def all_tasks() -> dict[str, Task]:
    found: dict[str, Task] = {}
    for module in pkgutil.iter_modules(engine.tasks.__path__):
        if module.name in ("base", "registry"):
            continue
        for value in vars(importlib.import_module(f"engine.tasks.{module.name}")).values():
            if isinstance(value, type) and issubclass(value, Task) and hasattr(value, "name"):
                found[value.name] = value()
    return found


def task(name: str) -> Task:
    """Raises ConfigurationError for an unknown name."""
    known = all_tasks()
    if name not in known:
        raise ConfigurationError(
            "Unknown task", f"There is no task named {name!r}.",
            f"Choose one of: {', '.join(sorted(known))}.", subject="task",
        )  # fmt: skip
    return known[name]
