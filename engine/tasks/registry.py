"""Finds the tasks by listing this folder: the file x_y.py that holds a Task makes the task x-y."""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache

import engine.tasks
from engine.errors import ConfigurationError
from engine.tasks.base import Task

_SHARED = ("base", "classification", "pictures", "registry")


def names() -> list[str]:
    """Every task's name; none of them is loaded for this."""
    files = (module.name for module in pkgutil.iter_modules(engine.tasks.__path__))
    return sorted(file.replace("_", "-") for file in files if file not in _SHARED)


@cache
def task(name: str) -> Task:
    """Raises ConfigurationError for an unknown name."""
    if name not in names():
        raise ConfigurationError(
            "Unknown task",
            f"There is no task named {name!r}.",
            f"Choose one of: {', '.join(names())}.",
            subject="task",
        )
    module = importlib.import_module(f"engine.tasks.{name.replace('-', '_')}")
    (found,) = (
        value
        for value in vars(module).values()
        if isinstance(value, type)
        and issubclass(value, Task)
        and getattr(value, "name", "") == name
    )
    made: Task = found()
    return made
