"""The record that the window reads says the same as Optuna says of the same file."""

from __future__ import annotations

import subprocess
import sys
import warnings
from collections.abc import Callable
from pathlib import Path

import pytest

from engine.errors import StorageError
from engine.store import runs
from engine.store.project import Project
from engine.training import study as studies
from engine.training.control import Control
from engine.training.recipe import Recipe
from engine.training.search import search
from engine.training.search_record import FILE, TrialRecord
from engine.training.search_record import studies as read
from engine.training.search_space import Order

Make = Callable[[str], Project]
Recipes = Callable[..., Recipe]
SPACE = {"presets": ["feature-extraction", "full"], "augmentations": ["none", "light"],
         "lr": [1e-7, 2e-2]}  # fmt: skip


def test_it_says_what_optuna_says(project_for: Make, recipe_for: Recipes) -> None:
    project, recipe = project_for("vit"), recipe_for("vit", epochs=4, batch_size=8)
    assert read(project) == []
    arguments = {"recipe": recipe.to_wire(), "space": SPACE, "minutes": 2.0, "trials": 7}
    found = search(project, arguments, lambda event: None, Control())
    (one,) = read(project)
    assert [TrialRecord.from_wire(wire) for wire in found["trials"]] == list(one.trials)
    assert one.best == TrialRecord.from_wire(found["best"])
    order = Order.of(arguments, "image")
    assert one.base == order.base()
    # One that is cut off in the middle, and one whose process is no more.
    with studies.opened(project, order) as study, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it asks for `optimize`, and this is what that does
        left, lost = study.ask(), study.ask()
        lost.set_user_attr("run", found["best"]["run"])
        told = studies.summary(study)
    runs.end(project, found["best"]["run"], "interrupted")
    later = read(project)[0].trials
    assert [TrialRecord.from_wire(wire) for wire in told][:-1] == list(later[:-1])
    assert (later[left.number].state, later[lost.number].state) == ("running", "interrupted")
    with studies.opened(project, Order.of({**arguments, "study": "newer"}, "image")):
        pass
    assert [each.name for each in read(project)] == ["newer", "search"]


def test_a_file_that_is_none_is_said(project_for: Make) -> None:
    project = project_for("vit")
    (project.folder / FILE).write_bytes(b"no database at all, only words" * 50)
    with pytest.raises(StorageError, match="cannot be read"):
        read(project)


def test_a_password_is_not_shown(project_for: Make, recipe_for: Recipes) -> None:
    recipe = recipe_for("vit").to_wire()
    url = "postgresql+none://anna:secret@server/searches"
    order = Order.of({"recipe": recipe, "storage": url}, "image")
    with pytest.raises(StorageError) as refused, studies.opened(project_for("vit"), order):
        pass
    assert refused.value.subject == "storage" and "secret" not in str(refused.value)


def test_reading_loads_nothing_heavy() -> None:
    code = (
        "import sys, engine.training.search_record;"
        "assert not {'optuna', 'torch', 'sqlalchemy'} & set(sys.modules), 'loaded'"
    )
    root = Path(__file__).parents[3]
    subprocess.run([sys.executable, "-c", code], cwd=root, check=True)
