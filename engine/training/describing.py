"""The network of a recipe before any weights are read: its tree, its stages, its flow."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from engine.events import Activity, Emit
from engine.models import library
from engine.models.network import Network
from engine.models.portrait import portrait
from engine.models.skeleton import skeleton
from engine.store import classes
from engine.store.project import Project
from engine.tasks.registry import task as task_named
from engine.training import memory
from engine.training.control import Control
from engine.training.recipe import Recipe

_LETTERS = 4.5  # of a text for one token of it, with the space
_ENDS = 2  # tokens that mark where a text begins and ends


def describe(
    project: Project, arguments: dict[str, Any], emit: Emit, control: Control
) -> dict[str, Any]:
    """What a recipe would build. Arguments: a Recipe's wire form.

    Returns:
        title, kind (image, text), parameters, input ([height, width] or None), length (tokens
        of a typical text, 0 for pictures), longest (of the longest batch), weights_here, modules
        (see engine.models.tree.rows), stages (title, modules, small, wide, parameters, flops;
        input to output, the head last), flow and kept (for engine.freezing.price), items (by
        split) and machine (what it has, see engine.training.memory.machine).

    Raises:
        ModelError, ConfigurationError: the network cannot be built.
    """
    machine = memory.machine()
    recipe = Recipe.from_wire(arguments).validate()
    task = task_named(project.task)
    count = max(2, len(classes.all_classes(project)))
    emit(Activity(f"Reading the layers of {recipe.model}"))
    with _without_collecting():
        network = skeleton(recipe.model, recipe.weights, task.network_kind, count, recipe.edits())
        found = portrait(network, *_lengths(project, network, recipe))
    return {
        "title": library.title_of(recipe.model),
        "weights_here": _weights_here(recipe),
        "items": _items(project),
        "machine": machine,
        **found,
    }


def _weights_here(recipe: Recipe) -> bool:
    if recipe.weights is not None:
        return Path(recipe.weights).exists()
    return Path(recipe.model).is_dir() or library.find(recipe.model) is not None


def _items(project: Project) -> dict[str, int]:
    """Labelled items that a run would use, by split."""
    rows = project.db.execute(
        "SELECT split, count(*) FROM item JOIN current_label ON current_label.item_id = item.id "
        "WHERE split IS NOT NULL AND state != 'broken' GROUP BY split"
    )
    return {str(split): int(count) for split, count in rows}


def _lengths(project: Project, network: Network, recipe: Recipe) -> tuple[int, int]:
    """Tokens of a typical text of the project and of its longest, by its letters; measured texts
    come with engine.training.measuring."""
    if network.kind != "text":
        return 0, 0
    own = getattr(network.config, "max_position_embeddings", None) or recipe.max_length
    most = max(4, min(recipe.max_length, own))
    mean, longest = project.db.execute(
        "SELECT avg(length(text)), max(length(text)) FROM item WHERE text IS NOT NULL"
    ).fetchone()
    if mean is None:
        return most, most
    typical, last = (round(letters / _LETTERS) + _ENDS for letters in (mean, longest))
    return max(4, min(most, typical)), max(4, min(most, last))


@contextmanager
def _without_collecting() -> Iterator[None]:
    """Building makes millions of objects that stay; looking through them again and again for
    what can go would take half of the time."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()
