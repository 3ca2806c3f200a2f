"""Beside the tree: price, advice, learning rate, head and input; how far weights moved."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt

from engine.errors import ConfigurationError, TrainingError
from engine.events import Activity, Done, Failed, RatePoint
from engine.freezing.plan import Plan, Rule
from engine.freezing.presets import Phase
from engine.freezing.price import Remedy
from engine.store import datasets, movements, runs
from engine.store.splits import split_project
from gui.layers.rate import nice
from gui.layers.tree_model import MOVED
from tests.gui.layered import answers, described
from tests.gui.layered_page import node, states, stored

Key, LEFT = Qt.Key, Qt.MouseButton.LeftButton
CONTROL = Qt.KeyboardModifier.ControlModifier


def test_the_time_is_measured_once_by_itself(open_layers, qtbot) -> None:
    error = TrainingError("It broke", "No step was possible.", "Try another batch.")
    child = answers(measure=[Activity("Taking a few steps"), Failed(error.to_wire())])
    page = open_layers(child=child)
    qtbot.waitUntil(lambda: "It broke" in page.cost.doing.text())
    page.edits.boundary(3)
    page.editor.choose_preset("full")
    assert len(child.of("measure")) == 1  # it is not tried again and again
    assert page.pricing.price.epoch_seconds is None
    assert page.cost.measure.isEnabled()
    assert child.of("measure")[0].arguments["batch_size"] == 32


def test_no_measurement_without_weights(open_layers, qtbot) -> None:
    child = answers({**described(), "weights_here": False})
    page = open_layers(child=child)
    qtbot.wait(50)
    assert not child.of("measure")
    assert "once the weights are on this machine" in page.cost.doing.text()
    assert page.learning.total == 110  # the tree shows all the same


def test_a_learning_rate_is_found_and_used(open_layers, qtbot) -> None:
    points = [[10 ** (-6 + n / 10), 2.0 - n / 40, 2.0 - n / 40] for n in range(40)]
    said = [RatePoint(*point) for point in points]
    result = {"points": points, "suggested": 3e-3, "words": "The middle of the fall.", "phase": "x"}
    child = answers(find_lr=[Activity("Trying learning rates", 1, 90), *said, Done(result)])
    page = open_layers("lp-ft", child=child)
    page.editor.choose_phase(1)
    qtbot.mouseClick(page.rate.seek, LEFT)
    assert page.rate.seek.text() == "Stop"
    qtbot.waitUntil(lambda: page.rate.use.isVisible())
    (asked,) = child.of("find-lr")
    assert [wire["title"] for wire in asked.arguments["phases"]] == ["Everything, slowly"]
    assert page.rate.use.text() == "Use 3e-3"
    assert page.rate.words.text() == "The middle of the fall."
    x, _ = page.rate.plot._curves["smoothed"].getData()
    assert len(x) == 40
    qtbot.mouseClick(page.rate.use, LEFT)
    assert page.editor.phases[1].lr == 3e-3
    assert page.editor.stack.undoText() == "Use a learning rate of 3e-3"


def test_a_search_for_a_rate_can_be_stopped_and_can_fail(open_layers, qtbot) -> None:
    child = answers()
    page = open_layers(child=child)
    page.rate.seek.click()
    qtbot.waitUntil(lambda: len(child.of("find-lr")) == 1)
    page.rate.seek.click()
    assert page.rate.seek.text() == "Find a learning rate"
    error = TrainingError("Nothing to learn from", "No item has a label.", "Label some.")
    child.answers["find-lr"] = [Failed(error.to_wire())]
    page.rate.seek.click()
    qtbot.waitUntil(lambda: page.error is not None)
    assert page.error.title == "Nothing to learn from"
    assert not page.rate.busy


@pytest.mark.parametrize(
    ("rate", "words"), [(3e-3, "3e-3"), (1.5e-4, "1.5e-4"), (0.1, "1e-1"), (1.0, "1e0")]
)
def test_rates_as_people_say_them(rate: float, words: str) -> None:
    assert nice(rate) == words


def test_advice_is_asked_for_shown_and_taken(open_layers, qtbot) -> None:
    advice = {
        "preset": "last-block", "title": "Let the last block learn.",
        "why": ["6 labels a class.", "Training stage 4 alone helped most."],
        "facts": [{"name": "labels", "value": 6, "low": None, "high": None,
                   "words": "6 labels in the smallest class."}],
        "stages": [{"title": "Stage 3", "gain": 0.01, "low": -0.02, "high": 0.04},
                   {"title": "Stage 4", "gain": 0.05, "low": 0.02, "high": 0.08}],
    }  # fmt: skip
    child = answers(advise=[Activity("Trying stage 4", 1, 3), Done(advice)])
    page = open_layers(child=child)
    qtbot.mouseClick(page.advice.ask, LEFT)
    qtbot.waitUntil(lambda: page.advice.use.isVisible())
    assert page.advice.title.text() == "Let the last block learn."
    assert page.advice.why.isHidden()
    qtbot.mouseClick(page.advice.more, LEFT)
    assert page.advice.why.isVisible()
    qtbot.mouseClick(page.advice.use, LEFT)
    assert page.editor.draft.preset == "last-block"
    advice["phases"] = [Phase("Own", Plan({"layer4": Rule(True, 0.3)}), 3, 1e-3).to_wire()]
    page.keeping.take_advice(advice)
    assert states(page)["Stage 4"] == "learns × 0.3"


def test_head_and_input_make_another_network(open_layers, qtbot) -> None:
    child = answers()
    page = open_layers(child=child, recipe={"batch_size": 8})
    field = page.shape.fields["head_hidden"]
    field.setText("64")
    field.editingFinished.emit()
    qtbot.waitUntil(lambda: len(child.of("describe")) == 2)
    assert child.of("describe")[1].arguments["head_hidden"] == 64
    assert stored(page, qtbot) == {"batch_size": 8, "head_hidden": 64}
    field.setText("0")
    field.editingFinished.emit()
    qtbot.waitUntil(lambda: page.session.facts.recipe == {"batch_size": 8})
    size = page.shape.fields["image_size"]
    size.setText("9")
    size.editingFinished.emit()
    assert size.property("wrong") is True
    assert stored(page, qtbot) == {"batch_size": 8}


def test_what_a_model_cannot_do_is_said_at_the_field(open_layers, qtbot) -> None:
    child = answers()
    page = open_layers(child=child)
    error = ConfigurationError("The pooling cannot be changed", "It has none.", "Leave it.",
                               subject="pooling")  # fmt: skip
    child.answers["describe"] = [Failed(error.to_wire())]
    page.shape.pooling.setCurrentIndex(1)
    qtbot.waitUntil(lambda: page.shape._wrong["pooling"].isVisible())
    assert page.error is None
    page.shape.pooling.setCurrentIndex(0)
    qtbot.waitUntil(lambda: page.known.isVisible())
    assert page.shape._wrong["pooling"].isHidden()


def test_how_far_weights_moved_in_the_newest_run(open_layers, project: Path, qtbot) -> None:
    page = open_layers("last-block")
    model, held = page.tree.rows, page.session.project
    split_project(held)
    run = runs.create(
        held, dataset_id=datasets.snapshot(held).id, model={"name": "resnet18"}, weights_hash="",
        recipe={"model": "resnet18"}, plan=[], seed=0, versions={}, device="CPU",
    )  # fmt: skip
    movements.store(held, run, [
        ("layer4.0.conv1.weight", 0.3, 10.0), ("layer4.0.bn1.weight", 0.4, 10.0),
        ("layer4.1.conv1.weight", 0.0, 10.0), ("fc.weight", 1.0, 1.0),
    ])  # fmt: skip
    runs.end(held, run, "finished")
    page.session.refresh()

    def moved(name: str) -> str:
        return str(model.data(model.index_of(node(page, name), MOVED)))

    qtbot.waitUntil(lambda: moved("layer4.0.conv1") == "3.0%")
    assert moved("layer4.0") == "3.5%"  # sqrt(0.3² + 0.4²) / sqrt(10² + 10²)
    assert moved("layer4.1") == moved("Stem") == "·"
    assert moved("Head") == "new"


def test_names_are_there_for_those_who_do_not_see(open_layers) -> None:
    page = open_layers()
    for widget, name in (
        (page.tree, "Layers"), (page.tools.search, "Search layers"),
        (page.strip, "Boundary: 9 of 10 blocks stay frozen"),
        (page.phases.timeline, "Phase 1 of 1: Head only"),
    ):  # fmt: skip
        assert widget.accessibleName() == name
    index = page.tree.rows.index(0, 6)
    role = Qt.ItemDataRole.AccessibleTextRole
    assert page.tree.rows.data(index, role) == "Learning: frozen"


def test_a_plan_that_will_not_fit_says_so_and_offers_what_would(open_layers, qtbot) -> None:
    small = described()
    small["machine"]["memory"] = small["machine"]["base"] + 2_000_000
    page = open_layers("full", child=answers(small), recipe={"batch_size": 256})
    assert not page.pricing.price.fits
    assert page.cost.wrong.isVisible() and "will not fit" in page.cost.wrong.text()
    assert page.sentence.text().endswith("this will not fit")
    qtbot.waitUntil(lambda: page.cost.remedies.count() > 0)
    made = [page.cost.remedies.itemAt(n).widget() for n in range(page.cost.remedies.count())]
    made = next(one for one in made if one.text().startswith("Batches of"))
    qtbot.mouseClick(made, LEFT)
    qtbot.waitUntil(lambda: page.pricing.price.fits)
    assert stored(page, qtbot)["batch_size"] < 256
    assert page.cost.wrong.isHidden() and not page.cost.remedies.count()


def test_more_frozen_is_one_click_and_one_step(open_layers, qtbot) -> None:
    page = open_layers("full")
    remedy = Remedy("Freeze all before stage 4", {"boundary": 4}, 0)
    page.cost.remedy_wanted.emit(remedy)
    assert states(page)["Stage 3"] == "frozen"
    assert states(page)["Stage 4"].startswith("learns")
    assert page.editor.stack.count() == 1


def test_the_cache_and_a_plan_without_learning_are_said(open_layers) -> None:
    page = open_layers("last-block")
    assert page.pricing.price.cut == "layer4.0"
    assert "all up to stage 3, is done once" in page.cost.cache.text()
    page.editor.choose_preset("full")
    assert "computes the whole network" in page.cost.cache.text()
    page.edits.learn(page.studies.network.stages, False)
    assert page.cost.wrong.text() == "Nothing learns. Let at least the head learn."
