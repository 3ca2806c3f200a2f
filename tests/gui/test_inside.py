"""The layers of any model of the catalogue, looked at before its weights are here."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt

MINUTE = 60_000  # ms


@pytest.fixture
def page(make_window, project: Path, qtbot):  # type: ignore[no-untyped-def]
    window = make_window(project)
    window.show_page("models")
    qtbot.waitUntil(lambda: window.page.stack.currentWidget() is window.page.full)
    return window.page


def test_the_layers_of_models_of_every_kind_are_shown(page, qtbot) -> None:
    page.select("lraspp_mobilenet_v3_large")  # finds segments, which no project here learns
    page.side.card.look.click()
    inside = page.inside
    qtbot.waitUntil(lambda: inside.told is not None, timeout=MINUTE)
    assert inside.told["name"] == "lraspp_mobilenet_v3_large"
    parts = [inside.tree.topLevelItem(n).text(0) for n in range(inside.tree.topLevelItemCount())]
    assert parts == ["backbone", "classifier"]
    assert inside.tree.topLevelItem(0).childCount() > 5
    assert "layers in" in page.sentence.text()
    assert inside.tree.isVisible()

    # While one is read another is selected: the last one is shown in the end.
    page.select("resnet50")
    page.select("google-t5/t5-small")
    qtbot.waitUntil(
        lambda: inside.told is not None and inside.told["name"] == "google-t5/t5-small",
        timeout=MINUTE,
    )
    assert not inside.asked.busy


def test_it_is_reached_and_gone_through_by_keys(page, qtbot) -> None:
    page.select("resnet18")
    qtbot.keyClick(page, Qt.Key.Key_5, Qt.KeyboardModifier.AltModifier)
    tree = page.inside.tree
    qtbot.waitUntil(lambda: page.inside.told is not None, timeout=MINUTE)
    tree.setFocus()
    assert tree.currentItem().text(0) == "conv1"
    assert tree.currentItem().text(2) == "64 × 112 × 112"
    while tree.currentItem().text(0) != "layer1":
        qtbot.keyClick(tree, Qt.Key.Key_Down)
    qtbot.keyClick(tree, Qt.Key.Key_Right)
    qtbot.keyClick(tree, Qt.Key.Key_Down)
    assert tree.currentItem().parent().text(0) == "layer1"
