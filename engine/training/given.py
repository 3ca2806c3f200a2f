"""What a request means: the run, and the items that it brings along."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from engine.errors import ConfigurationError, DataError
from engine.events import Activity, Emit
from engine.media.looking import Looking, cheap
from engine.store import checkpoints, runs
from engine.store.datasets import Example
from engine.store.project import Project
from engine.store.runs import Run
from engine.tasks.base import Task

_THINGS = {"image": "pictures", "audio": "sounds"}


def chosen(project: Project, run: int | None) -> Run:
    """The run that is meant. Raises ConfigurationError when it has no model yet."""
    found = runs.load(project, run) if run is not None else runs.latest(project)
    if checkpoints.best(project, found.id) is None:
        raise ConfigurationError(
            "The run has no model", f"{found.name} ended before anything was saved.",
            "Choose another run, or train again.", subject="run",
        )  # fmt: skip
    return found


def examples(task: Task, arguments: dict[str, Any]) -> list[Example]:
    """The items of 'files' (paths) or 'texts' that a request brings along."""
    texts = [str(text) for text in arguments.get("texts", [])]
    files = [Path(file) for file in arguments.get("files", [])]
    if task.item_kind == "text":
        for file in files:
            texts += _lines(file)
        return [Example(n, "text", Path(), text, "", 0) for n, text in enumerate(texts)]
    if texts:
        raise ConfigurationError(
            "Texts cannot be used here", f"This project is about {_THINGS[task.item_kind]}.",
            f"Choose files of {_THINGS[task.item_kind]}.", subject="texts",
        )  # fmt: skip
    return [Example(n, task.item_kind, file, None, "", 0) for n, file in enumerate(files)]


def refused(
    examples: Sequence[Example], emit: Emit, check: Callable[[], None]
) -> dict[int, DataError]:
    """Why files cannot be read, by item.

    Nobody has checked them yet: what could hang, fill or end this process, where the model is,
    is read apart first, with limits of time and memory.

    Args:
        check: raises when a person asked for the end.
    """
    found: dict[int, DataError] = {}
    files = [example for example in examples if example.text is None]
    with closing(Looking()) as looking:
        for number, example in enumerate(files):
            check()
            emit(Activity("Looking at the files", number, len(files)))
            try:
                if example.kind == "audio":
                    looking.outline(example.file)
                elif not cheap(example.file):
                    looking.look(example.file)
            except DataError as error:
                found[example.item_id] = error
    return found


def _lines(file: Path) -> list[str]:
    """Each line of a text file that is not empty is an item."""
    try:
        content = file.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(
            "The file cannot be read", f"{file.name} is not a readable UTF-8 text file.",
            "Give a text file with one text a line.", details=str(error), subject=str(file),
        ) from error  # fmt: skip
    return [line.strip() for line in content.splitlines() if line.strip()]
