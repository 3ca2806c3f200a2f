"""The Layers page: seen, edited by mouse and by key, undone, kept, and priced."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QLineEdit

from engine.events import Done
from engine.freezing.presets import PRESETS, USUAL, Phase
from gui.layers.cells import pill_rect
from gui.layers.tree_model import LEARNING
from tests.gui.layered import answers, described
from tests.gui.layered_page import node, states, stored

Key = Qt.Key
LEFT = Qt.MouseButton.LeftButton
CONTROL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier


def test_no_model_then_the_network_under_a_preset(make_window, project: Path, qtbot) -> None:
    child = answers()
    window = make_window(project, make_child=child)
    window.show_page("layers")
    page = window.page
    assert page.stack.currentWidget() is page.empty
    window.session.set(model={"name": "resnet18", "title": "ResNet-18", "weights": None})
    qtbot.waitUntil(lambda: page.learning is not None)
    assert states(page) == {"Stem": "frozen", "Stage 1": "frozen", "Stage 2": "frozen",
                            "Stage 3": "frozen", "Stage 4": "frozen", "Head": "learns"}  # fmt: skip
    assert page.presets.when.text() == PRESETS[USUAL].when
    assert page.sentence.text().startswith("1 of 6 stages learn · 110 of 3,680 parameters")
    buttons = {one.text(): one for one in page.presets.segments.buttons()}
    qtbot.mouseClick(buttons["Last block"], LEFT)
    assert states(page)["Stage 4"] == "learns × 0.1"
    assert page.pricing.price.trainable == 950
    qtbot.waitUntil(lambda: window.session.facts.preset == "last-block")
    assert len(child.of("describe")) == 1  # once, for all presets of the same network
    assert child.of("describe")[0].arguments["model"] == "resnet18"


@pytest.mark.parametrize("preset", [name for name in PRESETS if name != "lora"])
def test_every_preset_shows_its_phases(open_layers, preset: str) -> None:
    page = open_layers(preset)
    assert sum(phase.epochs for phase in page.editor.phases) == 10
    for number, phase in enumerate(page.editor.phases):
        page.editor.choose_phase(number)
        assert page.phases.title.text() == phase.title
        assert page.learning.total > 0
    assert page.presets.segments.value == preset


def test_lora_asks_for_the_network_with_adapters(open_layers, qtbot) -> None:
    child = answers()
    page = open_layers(child=child)
    with_adapters = described()
    with_adapters["modules"].append({
        "name": "layer4.0.conv1.lora_A", "class": "Linear", "words": "adapter", "shape": None,
        "own": [["weight", 8]], "stage": 4, "parameters": 8, "flops": 0, "order": 99,
    })  # fmt: skip
    child.answers["describe"] = [Done(with_adapters)]
    page.editor.choose_preset("lora")
    assert page.known.isHidden()  # what was shown is not what would be trained
    qtbot.waitUntil(lambda: not page.known.isHidden())
    assert [request.arguments["preset"] for request in child.of("describe")][-1] == "lora"
    assert page.learning.of(node(page, "layer4.0.conv1.lora_A")).kind == "learns"
    page.editor.stack.undo()
    assert not page.known.isHidden()  # the other is still known
    assert len(child.of("describe")) == 2


def test_a_click_on_the_pill_freezes_and_lets_learn(open_layers, qtbot) -> None:
    page = open_layers("last-block")
    tree = page.tree

    def click(name: str) -> None:
        rect = tree.visualRect(tree.rows.index_of(node(page, name), LEARNING))
        qtbot.mouseClick(tree.viewport(), LEFT, pos=pill_rect(rect).center())

    click("Stage 4")
    assert states(page)["Stage 4"] == "frozen"
    click("Stage 2")
    assert states(page)["Stage 2"] == "learns × 0.1"
    assert page.presets.segments.value is None
    assert page.presets.when.text().startswith("Own plan, from Last block")
    phases = stored(page, qtbot)["phases"]
    plan = Phase.from_wire(phases[0]).plan
    assert set(plan.rules) == {"layer2", "dropout", "fc"}  # nothing redundant
    assert page.session.facts.plan_title == "Own plan"


def test_rows_are_edited_with_keys_alone(open_layers, qtbot) -> None:
    page = open_layers()
    tree = page.tree
    tree.setFocus()
    assert tree.hasFocus()
    qtbot.keyClick(tree, Key.Key_Down)
    qtbot.keyClick(tree, Key.Key_Down, SHIFT)
    assert [one.title for one in tree.nodes()] == ["Stage 1", "Stage 2"]
    qtbot.keyClick(tree, Key.Key_Space)
    assert states(page)["Stage 1"] == states(page)["Stage 2"] == "learns × 0.1"
    qtbot.keyClick(tree, Key.Key_F)
    assert states(page)["Stage 1"] == "frozen"
    qtbot.keyClick(tree, Key.Key_Down)
    assert [one.title for one in tree.nodes()] == ["Stage 3"]
    qtbot.keyClick(tree, Key.Key_B)
    assert list(states(page).values()) == ["frozen"] * 3 + ["learns × 0.1"] * 2 + ["learns"]
    qtbot.keyClick(tree, Key.Key_Right)  # opens
    qtbot.keyClick(tree, Key.Key_Down)
    assert tree.nodes()[0].title == "layer3.0"
    qtbot.keyClick(tree, Key.Key_F)
    assert states(page)["Stage 3"] == "partly × 0.1"
    qtbot.keyClick(tree, Key.Key_L)
    assert states(page)["Stage 3"] == "learns × 0.1"


def test_a_factor_is_typed_on_a_row(open_layers, qtbot) -> None:
    page = open_layers("last-block")
    tree = page.tree
    tree.setFocus()
    tree.choose(node(page, "Stage 4"))
    qtbot.keyClick(tree, Key.Key_0)
    field = tree.indexWidget(tree.currentIndex().siblingAtColumn(LEARNING))
    assert isinstance(field, QLineEdit) and field.text() == "0"
    qtbot.keyClicks(field, ".5")
    qtbot.keyClick(field, Key.Key_Return)
    qtbot.waitUntil(lambda: states(page)["Stage 4"] == "learns × 0.5")
    qtbot.keyClick(tree, Key.Key_X)
    field = tree.indexWidget(tree.currentIndex().siblingAtColumn(LEARNING))
    field.selectAll()
    qtbot.keyClicks(field, "much")
    tree.rows.repaint_rows()  # as a price or a movement does that arrives while a person types
    assert field.text() == "much"
    qtbot.keyClick(field, Key.Key_Return)
    qtbot.waitUntil(lambda: "no factor" in page.tools.found.text())
    assert states(page)["Stage 4"] == "learns × 0.5"
    assert page.edits.factor([node(page, "Stage 4")], "0")
    assert states(page)["Stage 4"] == "frozen"


def test_the_boundary_is_dragged_and_undone_at_once(open_layers, qtbot) -> None:
    page = open_layers()
    strip = page.strip
    assert (strip.boundary, strip.most) == (9, 9)
    y = strip.height() // 2
    qtbot.mousePress(strip, LEFT, pos=QPoint(round(strip.edge(9)), y))
    for place in (8, 6, 5):
        qtbot.mouseMove(strip, QPoint(round(strip.edge(place)), y))
    assert strip.boundary == 5
    assert states(page)["Stage 3"] == "learns × 0.1"
    assert not page.editor.stack.canUndo()  # nothing is kept as long as it is held
    qtbot.mouseRelease(strip, LEFT, pos=QPoint(round(strip.edge(5)), y))
    assert page.editor.stack.count() == 1
    assert page.undo.toolTip() == "Undo: Move the boundary to Stage 3, layer3.0  (Ctrl+Z)"
    qtbot.mouseClick(page.undo, LEFT)
    assert strip.boundary == 9


def test_the_boundary_is_moved_with_keys(open_layers, qtbot) -> None:
    page = open_layers()
    strip = page.strip
    strip.setFocus()
    for key, place in (
        (Key.Key_Left, 8), (Key.Key_Left, 7), (Key.Key_PageUp, 5), (Key.Key_Right, 6),
        (Key.Key_PageDown, 7), (Key.Key_Home, 0), (Key.Key_Left, 0), (Key.Key_End, 9),
        (Key.Key_Right, 9),
    ):  # fmt: skip
        qtbot.keyClick(strip, key)
        assert strip.boundary == place
    assert strip.accessibleName() == "Boundary: 9 of 10 blocks stay frozen"
    assert "Stage 4, layer4.1" in strip.tip_at(strip.edge(9) - 20)


def test_undo_and_redo_go_through_every_kind_of_step(open_layers, qtbot) -> None:
    page = open_layers()
    editor, seen = page.editor, []

    def state():
        return editor.draft, editor.at, page.learning.total

    seen.append(state())
    for step in (
        lambda: page.edits.learn([node(page, "Stage 3"), node(page, "Stage 4")], True),
        lambda: page.edits.decay(0.5),
        lambda: editor.edit_phase("Change", epochs=3),
        editor.add_phase,
        lambda: page.edits.boundary(3),
        lambda: editor.move_phase(-1),
        editor.remove_phase,
        lambda: editor.choose_preset("full"),
    ):
        step()
        seen.append(state())
    for expected in reversed(seen[:-1]):
        qtbot.keyClick(page.tree, Key.Key_Z, CONTROL)
        assert state() == expected
    for expected in seen[1:]:
        qtbot.keyClick(page.tree, Key.Key_Z, CONTROL | SHIFT)
        assert state() == expected
    recipe = stored(page, qtbot)
    assert "phases" not in recipe and page.session.project.setting("preset") == "full"
    assert not page.session.facts.recipe.get("phases")


def test_what_was_edited_is_there_after_the_project_is_opened_again(
    open_layers, make_window, project: Path, qtbot
) -> None:
    page = open_layers("last-block", recipe={"batch_size": 8})
    page.edits.boundary(4)
    page.editor.edit_phase("Change", epochs=7, schedule="linear")
    page.editor.add_phase()
    expected = page.editor.phases
    assert stored(page, qtbot)["batch_size"] == 8  # the rest of the recipe stays
    window = page.window()
    window.session.close()
    window.open(project)
    qtbot.waitUntil(lambda: window.session.facts is not None)
    window.show_page("layers")
    qtbot.waitUntil(lambda: window.page.learning is not None)
    assert window.page.editor.phases == expected
    assert window.page.strip.boundary == 4
    assert window.page.editor.draft.title == "own plan, from Last block"


def test_a_quick_hand_is_never_overtaken_by_what_was_stored_before(open_layers, qtbot) -> None:
    page = open_layers()
    for place in (8, 5, 2, 7, 3):
        page.edits.boundary(place)
        qtbot.wait(5)
    qtbot.waitUntil(lambda: not page.session.jobs.busy)
    qtbot.wait(50)
    assert page.strip.boundary == 3
    assert page.editor.stack.count() == 5
    plan = Phase.from_wire(stored(page, qtbot)["phases"][0]).plan
    assert plan == page.editor.plan


def test_a_change_from_another_page_is_taken(open_layers, qtbot) -> None:
    page = open_layers("lp-ft")
    page.edits.boundary(4)
    qtbot.waitUntil(lambda: not page.session.jobs.busy)
    page.session.set_recipe({"phases": None, "epochs": 20}, preset="full")
    qtbot.waitUntil(lambda: page.editor.draft.preset == "full")
    assert page.editor.phases[0].epochs == 20
    assert not page.editor.stack.canUndo()
