"""Rank on your data, in the window: with a real child, and what it warns of."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from PySide6.QtWidgets import QFrame

from engine.exchange.digits import write_digits
from engine.exchange.importing import import_source
from engine.models import library
from engine.store.project import Project
from tests import far, tiny


@pytest.fixture
def digits(tmp_path: Path) -> Path:
    """Six handwritten digits, 36 of each, and two models on this machine."""
    write_digits(tmp_path / "all", range(6))
    for digit in sorted((tmp_path / "all").iterdir()):
        (tmp_path / "some" / digit.name).mkdir(parents=True)
        for file in sorted(digit.glob("*.png"))[:36]:
            shutil.copy(file, tmp_path / "some" / digit.name / file.name)
    with Project.create(tmp_path / "Digits.graft", "image-classification") as project:
        import_source(project, tmp_path / "some")
    far.taught(tmp_path / "models" / "far-away")
    tiny.resnet(tmp_path / "models" / "untaught")
    return tmp_path / "Digits.graft"


@pytest.fixture(autouse=True)
def without_the_starter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is here is what a test puts here."""
    monkeypatch.setattr(library, "SHIPPED", tmp_path / "nothing")


def rank_view(window, qtbot):  # type: ignore[no-untyped-def]
    window.show_page("models")
    page = window.page
    qtbot.waitUntil(lambda: page.stack.currentWidget() is page.full)
    page.show_view("rank")
    return page.rank


def warned(view) -> bool:  # type: ignore[no-untyped-def]
    frames = view.said.findChildren(QFrame, "errorBar")
    said = [frame.accessibleName() for frame in frames if not frame.isHidden()]
    return any("far-away does worse on your items" in words for words in said)


def test_weights_that_do_harm_are_warned_of_and_stay_so_when_it_is_opened_again(
    make_window, digits: Path, qtbot
) -> None:
    window = make_window(digits)
    view = rank_view(window, qtbot)
    assert "2 models on this machine" in window.page.sentence.text()
    view.line.ask.click()
    assert view.line.ask.text() == "Stop"
    qtbot.waitUntil(lambda: not view.asked.busy, timeout=60_000)
    # What was just added is hidden until Qt has come round to showing it.
    qtbot.waitUntil(lambda: warned(view))
    assert view.chart.bars[0].name == "untaught"
    assert {bar.name: bar.look for bar in view.chart.bars}["far-away"] == "bad"
    view.table.choose(lambda place: place["name"] == "far-away")
    assert window.page.side.card.model_name.text() == "far-away"
    window.session.close()
    window.open(digits)
    qtbot.waitUntil(lambda: window.session.facts is not None, timeout=10_000)
    again = rank_view(window, qtbot)
    qtbot.waitUntil(lambda: warned(again))
    assert again.line.ask.text() == "Rank again"


def test_it_is_stopped_at_once(make_window, digits: Path, qtbot) -> None:
    window = make_window(digits)
    view = rank_view(window, qtbot)
    view.line.ask.click()
    view.line.ask.click()
    assert not view.asked.busy
    assert view.result is None
    assert view.line.ask.text() == "Rank on my data"


def test_why_nothing_can_be_ranked_is_said(make_window, project: Path, qtbot) -> None:
    view = rank_view(make_window(project), qtbot)
    assert not view.line.ask.isEnabled()
    assert "No weights" in view.line.said.text()
