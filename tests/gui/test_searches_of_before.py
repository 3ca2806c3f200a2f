"""Searches of before: listed and drawn again, gone on with, their best judged and used."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from PySide6.QtCore import Qt

from engine.store.project import Project
from gui.training.search_plot import BEST
from tests import tiny
from tests.gui.script_child import ScriptChild
from tests.gui.searched import (
    SPACE,
    choose_model,
    lines,
    searches,
    searching,
    store_study,
    trial,
)

__all__ = ["searches"]
LEFT = Qt.MouseButton.LeftButton
ROOT = Path(__file__).parents[2]
MADE = "import sys; from pathlib import Path; from tests import tiny; tiny.vit(Path(sys.argv[1]))"


def test_earlier_searches_are_listed_and_drawn_again(searches, project, qtbot) -> None:
    choose_model(project)
    with Project.open(project) as stored:
        store_study(stored, [("finished", 0.8)], name="first", recipe={"epochs": 9})
        made = store_study(stored, [("finished", 0.5), ("pruned", 0.3), ("failed", None),
                                    ("finished", 1.0)], name="rates")  # fmt: skip
    window, page = searches()
    qtbot.waitUntil(lambda: len(lines(page)) == 4)
    names = [page.search.trials.studies.itemText(n) for n in range(2)]
    assert names == ["rates · 4 trials · 1.000", "first · 1 trial · 0.800"]
    assert lines(page)[4][:2] == ["best", "1.000"] and lines(page)[4][-1] == str(made[3])
    assert page.search.figures.early.value == "1"
    x, y = page.search.plots.trials._curves[BEST].getData()
    assert list(x) == [1, 4] and list(y) == [0.5, 1.0]
    qtbot.waitUntil(lambda: page.search.verdict.judged is not None)
    said = page.search.verdict.judged.words
    assert "trial 4" in said.lower() and "cannot be" in said and not page.search.verdict.judged.sure

    # Its settings stand fast; another one is chosen, or a new one begun
    form = page.search.form
    assert page.seek.text() == "Search on" and not form._fields["study"].isEnabled()
    page.search.trials.studies.setCurrentIndex(1)
    page.search.trials.studies.activated.emit(1)
    assert len(lines(page)) == 1 and "9 epochs" in form.rest.text()
    qtbot.mouseClick(form.new, LEFT)
    assert page.seek.text() == "Search" and form._fields["study"].text() == "search"
    assert form._fields["lr_from"].isEnabled() and "4 epochs" in form.rest.text()
    form._fields["study"].setText("first")  # a name that is taken, with other settings
    qtbot.mouseClick(page.seek, LEFT)
    assert form._wrong["study"].isVisible() and window.session.live is None


def test_going_on_takes_the_settings_it_began_with(searches, project, qtbot) -> None:
    choose_model(project)
    with Project.open(project) as stored:
        store_study(stored, [("finished", 0.8)], recipe={"epochs": 9, "batch_size": 5})
    child = ScriptChild([searching(), *trial(1, "finished", 0.9, best=True)], waits=True)
    _window, page = searches(child)
    qtbot.waitUntil(lambda: page.seek.text() == "Search on")
    qtbot.mouseClick(page.seek, LEFT)
    qtbot.waitUntil(lambda: len(lines(page)) == 2)
    recipe = child.request.arguments["recipe"]
    assert (recipe["epochs"], recipe["batch_size"]) == (9, 5)
    assert child.request.arguments["space"] == SPACE
    assert child.request.arguments["study"] == "search"


def test_curves_of_a_trial_are_one_key_away(searches, project, qtbot) -> None:
    choose_model(project)
    with Project.open(project) as stored:
        made = store_study(stored, [("finished", 0.5), ("finished", 0.9)])
    _, page = searches()
    qtbot.waitUntil(lambda: len(lines(page)) == 2)
    table = page.search.trials.table
    table.setFocus()
    page.search.trials.choose(0)
    qtbot.keyClick(table, Qt.Key.Key_Return)
    assert page.views.value == "run" and page.stack.currentWidget() is page.full
    assert page.runs.table.current.id == made[0]
    qtbot.waitUntil(lambda: len(page._curves.get("validation/balanced_accuracy")[0]) == 4)
    assert page.run.id == made[0]


def test_the_best_is_used_for_the_next_run(searches, project, qtbot) -> None:
    choose_model(project, preset="full")
    with Project.open(project) as stored:
        store_study(stored, [("finished", 0.5), ("finished", 0.9)], recipe={"epochs": 9})
    window, page = searches()
    qtbot.waitUntil(lambda: page.search.notes.use.isEnabled())
    qtbot.mouseClick(page.search.notes.use, LEFT)
    qtbot.waitUntil(lambda: window.session.facts.preset == "feature-extraction")
    recipe = window.session.facts.recipe
    assert recipe["lr"] == 2e-3 and recipe["augmentation"] == "none" and recipe["epochs"] == 9
    said = page.search.notes.lines[-1]
    assert said.startswith("Set for the next run: feature extraction, rate 2.0e-3")
    assert "as in the search: epochs" in said


def test_two_that_differ_by_more_than_chance(make_window, tmp_path, qtbot) -> None:
    from engine.training.search_record import studies
    from gui.training.search_judging import judge

    with tiny.picture_project(tmp_path, count=200) as stored:
        store_study(stored, [("finished", 0.55), ("finished", 0.95), ("pruned", 0.2)])
        (study,) = studies(stored)
        judged = judge(stored, study.trials, {0, 1, 2})
        assert judged.sure and judged.words.startswith("Trial 2 is better than Trial 1, the")
        assert "test items played no part" in judged.words and judged.items == 40
        alone = judge(stored, study.trials[:1], {0})
        assert "nothing stands against it" in alone.words and not alone.sure
        assert "No trial came to its end" in judge(stored, study.trials[2:], {2}).words
        assert "another project" in judge(stored, study.trials, set()).words


def test_the_whole_search_with_the_real_child(make_window, tmp_path, qtbot) -> None:
    weights = tmp_path / "vit"
    subprocess.run([sys.executable, "-c", MADE, str(weights)], check=True, cwd=ROOT, timeout=120)
    with tiny.picture_project(tmp_path / "p") as made:
        folder = made.folder
        made.settings_set(
            model={"name": "vit", "title": "Tiny ViT", "weights": str(weights)},
            recipe={"epochs": 2, "batch_size": 5},
        )
    window = make_window(folder)
    window.show_page("training")
    page = window.page
    page.show_view("search")
    form = page.search.form
    form._fields["lr_from"].setText("0.001")
    for name in ("refine", "lp-ft"):
        form.presets[name].setChecked(False)
    qtbot.mouseClick(page.seek, LEFT)
    qtbot.waitUntil(lambda: len(lines(page)) >= 2, timeout=60_000)
    qtbot.mouseClick(page.controls.stop, LEFT)
    qtbot.waitUntil(lambda: window.session.live is None, timeout=30_000)
    qtbot.waitUntil(lambda: not window.session.jobs.busy)
    assert page.error is None
    shown, drawn = lines(page), page.search.plots.trials._dots
    assert any(row[0] == "best" for row in shown.values())
    window.close()

    again = make_window(folder)
    again.show_page("training")
    page = again.page
    page.show_view("search")
    qtbot.waitUntil(lambda: bool(lines(page)))
    assert lines(page) == shown and page.search.plots.trials._dots == drawn
    assert len(again.session.facts.runs) == len(shown)
    page.search.form._fields["trials"].setText("1")
    qtbot.mouseClick(page.seek, LEFT)
    qtbot.waitUntil(lambda: again.session.live is None, timeout=60_000)
    qtbot.waitUntil(lambda: len(lines(page)) == len(shown) + 1)
    assert page.error is None
    qtbot.waitUntil(lambda: page.search.notes.use.isEnabled() and not again.session.jobs.busy)
    qtbot.mouseClick(page.search.notes.use, LEFT)
    best = page.search.study.best.choices
    qtbot.waitUntil(lambda: "lr" in again.session.facts.recipe)
    assert again.session.facts.preset == best["preset"] == "feature-extraction"
    assert again.session.facts.recipe["lr"] == pytest.approx(best["lr"], rel=0.01)
