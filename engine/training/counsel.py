"""The operations that judge and advise; each leaves the project's data and models as they were.

As in `worker`: the project, JSON-ready arguments, an `emit` and a `Control`;
what is returned is JSON-ready.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from engine.errors import ConfigurationError
from engine.events import Activity, Emit
from engine.store.project import Project
from engine.suggesting import surveys
from engine.tasks.registry import task as task_named
from engine.training.advising import SECONDS, advise
from engine.training.control import Control, telling
from engine.training.controls import run_controls
from engine.training.forgetting import measure_forgetting
from engine.training.given import chosen, examples
from engine.training.range_test import find_rate
from engine.training.ranking import rank
from engine.training.recipe import Recipe
from engine.training.shift import measure_shift
from engine.training.suggesting import suggest_labels

Arguments = dict[str, Any]


def find_lr(project: Project, arguments: Arguments, emit: Emit, control: Control) -> Any:
    """Arguments: a Recipe's wire form. Emits a RatePoint a step. Returns find_rate's."""
    return find_rate(project, Recipe.from_wire(arguments), emit, control)


def give_advice(project: Project, arguments: Arguments, emit: Emit, control: Control) -> Any:
    """Arguments: a Recipe's wire form, and 'seconds' for the probe of stages. Returns advise's."""
    seconds = float(arguments.get("seconds") or SECONDS)
    return advise(project, Recipe.from_wire(arguments), emit, control, seconds)


def controls(project: Project, arguments: Arguments, emit: Emit, control: Control) -> Any:
    """Arguments: 'run' (None: the newest). Stores and returns run_controls's."""
    return run_controls(project, chosen(project, arguments.get("run")), emit, control)


def shift(project: Project, arguments: Arguments, emit: Emit, control: Control) -> Any:
    """Arguments: 'run', and 'split' or new 'files' or 'texts'. Returns measure_shift's."""
    run = chosen(project, arguments.get("run"))
    fresh = examples(task_named(project.task), arguments)
    return measure_shift(project, run, arguments.get("split"), fresh, emit, control)


def forgetting(project: Project, arguments: Arguments, emit: Emit, control: Control) -> Any:
    """Arguments: 'run' (None: the newest). Returns Forgetting's wire form.

    Raises:
        ConfigurationError: the run had nothing to forget.
    """
    run = chosen(project, arguments.get("run"))
    found = measure_forgetting(project, run, emit, control)
    if found is None:
        raise ConfigurationError(
            "There was nothing to forget", f"In {run.name} only the head learned, it began from "
            "random weights, or too few validation items can be read.",
            "Choose a run in which pre-trained layers learned.", subject="run",
        )  # fmt: skip
    return found.to_wire()


def rank_models(project: Project, arguments: Arguments, emit: Emit, control: Control) -> Any:
    """Arguments: 'recipe' (a Recipe's wire form), 'models' ('name' and 'weights' of each; none:
    all that are here). Returns rank's."""
    recipe = Recipe.from_wire(arguments["recipe"])
    return rank(project, recipe, list(arguments.get("models") or []), emit, control)


def suggest(project: Project, arguments: Arguments, emit: Emit, control: Control) -> Any:
    """Arguments: 'recipe' (a Recipe's wire form), 'partial' and 'once' (see suggest_labels).
    Emits a Suggested an answer. Returns suggest_labels's."""
    recipe = Recipe.from_wire(arguments["recipe"])
    partial, once = bool(arguments.get("partial")), bool(arguments.get("once"))
    return suggest_labels(project, recipe, emit, control, partial=partial, once=once)


def map_items(project: Project, arguments: Arguments, emit: Emit, control: Control) -> Any:
    """No arguments. Returns engine.suggesting.surveys.lay_out's."""
    return surveys.lay_out(project, telling(control, emit, "Laying out the map"))


def labels_worth(project: Project, arguments: Arguments, emit: Emit, control: Control) -> Any:
    """No arguments. Returns engine.suggesting.surveys.value_labels's."""
    return surveys.value_labels(project, telling(control, emit, "Asking what labels are worth"))


def look_inside(project: Project, arguments: Arguments, emit: Emit, control: Control) -> Any:
    """Arguments: 'name' of a catalogued model. Returns engine.models.whole.inside.inside's."""
    from engine.models.whole.inside import inside

    name = str(arguments["name"])
    emit(Activity(f"Reading the layers of {name}"))
    return inside(name)


def search(project: Project, arguments: Arguments, emit: Emit, control: Control) -> Any:
    """See engine.training.search.search."""
    from engine.training import search as searching  # Optuna loads only where it is needed

    return searching.search(project, arguments, emit, control)


OPERATIONS: dict[str, Callable[[Any, Arguments, Emit, Control], Any]] = {
    "find-lr": find_lr,
    "advise": give_advice,
    "controls": controls,
    "shift": shift,
    "forgetting": forgetting,
    "rank": rank_models,
    "search": search,
    "inside": look_inside,
    "suggest": suggest,
    "map-items": map_items,
    "labels-worth": labels_worth,
}
