"""From the form to what a search is asked, and from its best to the next recipe."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from engine.errors import ConfigurationError
from engine.training.recipe import Recipe
from engine.training.search_record import StudyRecord, TrialRecord
from engine.training.search_space import Order
from gui.facts import Facts
from gui.training.search_form import SearchForm
from gui.training.search_notes import choices_words

NO_MODEL = ConfigurationError(
    "No model is chosen", "A search trains one model with many settings.",
    "Choose one on the Model page.", subject="model",
)  # fmt: skip


def recipe_of(facts: Facts) -> Recipe:
    """The recipe as it stands. Raises ConfigurationError."""
    if facts.model is None:
        raise NO_MODEL
    chosen = {"model": facts.model["name"], "weights": facts.model.get("weights")}
    return Recipe.from_wire({**chosen, **facts.recipe, "preset": facts.preset})


def arguments(form: SearchForm, facts: Facts, studies: Sequence[StudyRecord]) -> dict[str, Any]:
    """What the search is asked.

    Raises:
        ConfigurationError: a field cannot be used, or another search has this name.
    """
    going_on = form.going_on
    recipe = _recipe_again(going_on, facts) if going_on else recipe_of(facts)
    found = form.arguments(recipe)
    own = base(found, facts.kind)
    known = next((one for one in studies if one.name == found["study"]), None)
    if known is not None and known.base and known.base != own:
        # The engine would refuse it, too; but only after its libraries have loaded.
        raise ConfigurationError(
            "Another search has this name", f"'{known.name}' was begun with other settings.",
            "Choose another name; or choose that search above its trials to go on with it.",
            subject="study",
        )  # fmt: skip
    return found


def base(found: dict[str, Any], kind: str) -> dict[str, Any]:
    """What all trials of such a search share, as the record holds it."""
    stored: dict[str, Any] = json.loads(json.dumps(Order.of(found, kind).base()))
    return stored


def _recipe_again(study: StudyRecord, facts: Facts) -> Recipe:
    """What the trials of a search had in common, with the weights where they lie now."""
    common = study.base.get("recipe")
    if not common:  # it was only just begun
        return recipe_of(facts)
    weights = None
    if facts.model is not None and facts.model["name"] == common["model"]:
        weights = facts.model.get("weights")
    else:
        ran = {one.run for one in study.trials}
        of_runs = (run.recipe.get("weights") for run in facts.runs if run.id in ran)
        weights = next((one for one in of_runs if one), None)
    return Recipe.from_wire({**common, "weights": weights})


def taking(study: StudyRecord, best: TrialRecord, facts: Facts) -> tuple[dict[str, Any], str]:
    """What the best trial changes in the next recipe, and the words for it."""
    rate = best.choices.get("lr")
    changes = dict(best.choices)
    if rate is not None:
        changes["lr"] = float(f"{rate:.3g}")  # as the trial itself had it
    common = {k: v for k, v in study.base.get("recipe", {}).items() if k != "model"}
    now = Recipe.from_wire({"model": "-", **facts.recipe}).to_wire()
    others = {name: value for name, value in common.items() if now.get(name) != value}
    words = f"Set for the next run: {choices_words(best.choices)}"
    if others:
        names = ", ".join(name.replace("_", " ") for name in others)
        words += f"; and as in the search: {names}"
    model = study.base.get("recipe", {}).get("model")
    if model and facts.model and facts.model["name"] != model:
        words += f". It was found with {model}; {facts.model['name']} is chosen now"
    return {**others, **changes}, f"{words}."
