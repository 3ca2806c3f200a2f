"""Around the tree: search, patterns, decay, phases, saved plans, names of stages."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QPoint, Qt

from engine.freezing.plan import FROZEN, Plan, Rule
from engine.freezing.presets import Phase
from engine.store import plans
from engine.store.project import Project
from tests.gui.layered_page import node, states, stored

Key, LEFT = Qt.Key, Qt.MouseButton.LeftButton
CONTROL = Qt.KeyboardModifier.ControlModifier


def shown(page) -> list[str]:
    """Titles of the rows that can be seen, top to bottom."""
    found, index = [], page.tree.rows.index(0, 0)
    while index.isValid():
        found.append(page.tree.rows.node(index).title)
        index = page.tree.indexBelow(index)
    return found


def test_search_shows_what_fits_with_what_it_stands_in(open_layers, qtbot) -> None:
    page = open_layers()
    page.tree.expand(page.tree.rows.index_of(node(page, "Stage 3")))
    before = shown(page)
    qtbot.keyClick(page.tree, Key.Key_F, CONTROL)
    assert page.tools.search.hasFocus()
    qtbot.keyClicks(page.tools.search, "layer2 conv2")
    qtbot.waitUntil(lambda: page.tools.found.text() == "2 layers")
    assert shown(page) == ["Stage 2", "layer2.0", "conv2", "layer2.1", "conv2"]
    page.tools.search.setText("batch norm")
    qtbot.waitUntil(lambda: page.tools.found.text() == "18 layers")
    page.tools.search.setText("no such layer")
    qtbot.waitUntil(lambda: shown(page) == [])
    page.tools.search.clear()
    qtbot.waitUntil(lambda: shown(page) == before)  # what stood open stands open


def test_what_is_found_can_be_edited(open_layers, qtbot) -> None:
    page = open_layers()
    page.tools.search.setText("layer2.0.bn")
    qtbot.waitUntil(lambda: page.tools.found.text() == "2 layers")
    page.tree.setFocus()
    page.tree.selectAll()
    page.tree.choose(node(page, "layer2.0.bn1"), node(page, "layer2.0.bn2"))
    qtbot.keyClick(page.tree, Key.Key_L)
    assert states(page)["Stage 2"] == "partly × 0.1"
    assert page.pricing.price.trainable == 110 + 220


def test_a_pattern_says_what_it_hits_while_it_is_typed(open_layers, qtbot) -> None:
    page = open_layers()
    bar = page.tools.pattern
    qtbot.keyClick(page.tree, Key.Key_P, CONTROL)
    assert bar.isVisible() and bar.field.hasFocus()
    assert not bar.learn.isEnabled()
    qtbot.keyClicks(bar.field, "*.bn?")
    assert bar.words.text() == "16 modules, 1,760 parameters"
    qtbot.keyClick(bar.field, Key.Key_Return)
    assert page.pricing.price.trainable == 1760 + 110
    assert page.editor.stack.undoText() == "Let learn: *.bn?"
    bar.kind.buttons()[1].click()
    bar.field.setText(r"layer[12")
    assert bar.field.property("wrong") is True
    bar.field.setText(r"layer[12]\.")
    assert bar.words.text().startswith("16 modules")
    qtbot.mouseClick(bar.freeze, LEFT)
    assert states(page)["Stage 1"] == "frozen"
    qtbot.keyClick(bar.field, Key.Key_Escape)
    assert bar.isHidden()


def test_decay_from_stage_to_stage(open_layers, qtbot) -> None:
    page = open_layers()
    page.edits.boundary(5)
    qtbot.keyClick(page.tree, Key.Key_D, CONTROL)
    bar = page.tools.decay
    bar.field.setText("2")
    qtbot.keyClick(bar.field, Key.Key_Return)
    assert bar.field.property("wrong") is True
    bar.field.setText("0.5")
    qtbot.keyClick(bar.field, Key.Key_Return)
    assert states(page)["Stage 4"] == "learns × 0.1"
    assert states(page)["Stage 3"] == "learns × 0.05"


def test_phases_are_added_changed_moved_and_removed(open_layers, qtbot) -> None:
    page = open_layers()
    card, editor = page.phases, page.editor
    assert not card.remove.isVisible()
    qtbot.mouseClick(card.add, LEFT)
    assert (len(editor.phases), editor.at) == (2, 1)
    card.fields["epochs"].setText("30")
    card.fields["epochs"].editingFinished.emit()
    card.fields["lr"].setText("0,0002")
    card.fields["lr"].editingFinished.emit()
    card.title.setText("Slowly")
    card.title.editingFinished.emit()
    card.schedule.setCurrentIndex(1)
    page.edits.boundary(0)
    first, second = editor.phases
    assert (second.title, second.epochs, second.lr, second.schedule) == (
        "Slowly", 30, 0.0002, "linear",
    )  # fmt: skip
    assert first.epochs == 10 and first.plan != second.plan
    bars = card.timeline.bars()
    assert bars[1].width() > 2 * bars[0].width()  # in proportion to the epochs
    qtbot.mouseClick(card.timeline, LEFT, pos=QPoint(round(bars[0].center().x()), 15))
    assert editor.at == 0 and states(page)["Stage 4"] == "frozen"
    card.timeline.setFocus()
    qtbot.keyClick(card.timeline, Key.Key_Right)
    assert editor.at == 1 and states(page)["Stage 4"] == "learns × 0.1"
    qtbot.mouseClick(card.earlier, LEFT)
    assert [phase.title for phase in editor.phases] == ["Slowly", "Head only"]
    qtbot.mouseClick(card.remove, LEFT)
    assert [phase.title for phase in editor.phases] == ["Head only"]
    assert len(stored(page, qtbot)["phases"]) == 1


def test_a_wrong_figure_is_said_at_its_field_and_not_stored(open_layers, qtbot) -> None:
    page = open_layers()
    for name, text in (("epochs", "0"), ("epochs", "1.5"), ("lr", "fast"), ("warmup", "2")):
        field = page.phases.fields[name]
        field.setText(text)
        field.editingFinished.emit()
        assert field.property("wrong") is True
    assert not page.editor.stack.count()


def test_a_plan_is_saved_used_and_deleted(open_layers, qtbot) -> None:
    page = open_layers("last-block")
    page.edits.boundary(4)
    expected = page.editor.phases
    qtbot.keyClick(page.tree, Key.Key_S, CONTROL)
    assert page.saved.isVisible()
    qtbot.keyClicks(page.saved.name, "Two stages")
    qtbot.keyClick(page.saved.name, Key.Key_Return)
    qtbot.waitUntil(lambda: bool(page.session.facts.plans))
    page.editor.choose_preset("full")
    page.saved.use.click()
    assert page.editor.phases == expected
    page.saved.name.setText("Two stages")
    assert page.saved.keep.text() == "Replace plan"
    qtbot.waitUntil(lambda: not page.session.jobs.busy)
    page.saved.delete.click()
    qtbot.waitUntil(lambda: not page.session.facts.plans)
    assert page.saved.none.isVisible()


def test_a_plan_of_another_model_is_carried_with_a_report(
    open_layers, project: Path, qtbot
) -> None:
    plan = Plan({"trunk.5": Rule(True, 0.2), "trunk.5.special": FROZEN, "out": Rule(True)})
    stages = [("Stem", ["trunk.0"]), *((f"Stage {n}", [f"trunk.{n}"]) for n in range(1, 6)),
              ("Head", ["out"])]  # fmt: skip
    with Project.open(project) as made:
        phase = Phase("Both", plan, 4, 1e-3).to_wire()
        plans.save(made, "From afar", "resnet50", [phase], stages)
    page = open_layers()
    page.plans.click()
    page.saved.use.click()
    assert states(page)["Stage 4"] == "learns × 0.2"
    assert states(page)["Stage 3"] == "frozen"
    told = [page.saved.report.itemAt(n).widget().text() for n in range(page.saved.report.count())]
    assert told[0] == "From afar was made for resnet50."
    assert "Stage 4 follows stage 5 of the plan." in told
    assert "Not in this model: trunk.5.special." in told


def test_a_stage_gets_a_name_of_its_own(open_layers, qtbot) -> None:
    page = open_layers()
    page.tree.setFocus()
    page.tree.choose(node(page, "Stage 2"))
    qtbot.keyClick(page.tree, Key.Key_F2)
    field = page.tree.indexWidget(page.tree.currentIndex())
    field.selectAll()
    qtbot.keyClicks(field, "Edges")
    qtbot.keyClick(field, Key.Key_Return)
    qtbot.waitUntil(lambda: "Edges" in states(page))
    assert page.session.facts.stage_titles == {"Stage 2": "Edges"}
    assert page.strip.network.stages[2].title == "Edges"
    page.keeping.rename("Stage 2", "")
    qtbot.waitUntil(lambda: "Stage 2" in states(page))
