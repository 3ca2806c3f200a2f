"""Checks of a run: controls and shift, asked of a child, shown, stopped, failed, and kept."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt

from engine.errors import CrashedRun, DataError
from engine.events import Activity, Done, Failed, LogLine
from engine.store import controls, shifts
from engine.store.controls import ControlRow
from engine.store.project import Project
from tests import tiny
from tests.gui.layered import Answers
from tests.gui.result_runs import drop_on, judged_runs, open_view, store
from tests.gui.script_child import ScriptChild

__all__ = ["judged_runs"]
LEFT = Qt.MouseButton.LeftButton
WORDS = {
    "verdict": "This pre-training helped: 12 points of balanced accuracy (+8 to +16) better.",
    "more": ["Fine-tuning makes no difference that can be told."],
    "difference": {},
}
ROWS = [
    ControlRow("run", "Run 2", 0.92, 0.85, 0.97, WORDS),
    ControlRow("majority", "Always the most frequent class", 0.5, 0.5, 0.5, {"class": "a"}),
    ControlRow("small-net", "Small network, only your items", 0.8, 0.7, 0.9),
    ControlRow("linear-probe", "resnet18", 0.9, 0.8, 0.95),
]
CONTROLS = {"rows": [row.to_wire() for row in ROWS], **WORDS}
SHIFT = {
    "auc": 0.93, "low": 0.88, "high": 0.97, "p": 0.005, "items": [36, 30], "differ": True,
    "words": "The new items look different from the training items. A simple test says so.",
    "remedy": {"text": "Label some of the new items", "changes": {"augmentation": "strong"}},
    "about": "12 files: n00.png",
}  # fmt: skip


@pytest.fixture
def checks(make_window, judged_runs, qtbot):  # type: ignore[no-untyped-def]
    """The view on the newest of two runs, with children that answer."""

    def make(child: Any, folder: Path | None = None) -> Any:
        page = open_view(make_window, folder or judged_runs(3, 1), "checks", make_child=child)
        qtbot.waitUntil(lambda: page.checks.controls.loading.isHidden())
        return page

    return make


def test_controls_are_asked_shown_and_kept(checks, qtbot) -> None:
    told = [Activity("Training a small network", 12, 40, 9.0),
            LogLine("vit was not asked. Its weights are damaged.", "warning")]  # fmt: skip
    child = Answers(controls=[*told, Done(CONTROLS)])
    page = checks(child)
    card = page.checks.controls
    assert card.result.isHidden() and page.sentence.text().endswith("Run 2 · last block · resnet18")
    qtbot.mouseClick(card.ask, LEFT)
    qtbot.waitUntil(lambda: card.result.isVisible())
    assert child.of("controls")[0].arguments == {"run": 2}
    assert card.verdict.text() == "This pre-training helped"
    assert card.rest.text() == "12 points of balanced accuracy (+8 to +16) better."
    assert [bar.name for bar in card.chart.bars] == [
        "Run 2", "Always the most frequent class", "Small network, only your items",
        "Linear probe, resnet18",
    ]  # fmt: skip
    assert "Run 2 0.920  (0.850 to 0.970)" in card.chart.accessibleName()
    assert [bar.look for bar in card.chart.bars] == ["trainable", "muted", "trainable", "frozen"]
    said = [card.more.itemAt(n).widget().text() for n in range(card.more.count())]
    assert said[0] == WORDS["more"][0] and "No other backbone" in said[1]
    assert card.noted.text().startswith("vit was not asked")
    assert card.ask.text() == "Find out again"


def test_stored_controls_show_again_with_their_verdict(checks, judged_runs, qtbot) -> None:
    folder = judged_runs(3, 1)
    with Project.open(folder) as project:
        controls.store(project, 1, ROWS)
    page = checks(Answers(), folder)
    card = page.checks.controls
    assert card.result.isHidden()
    page.runs.choose(1)
    qtbot.waitUntil(lambda: card.result.isVisible())
    assert card.verdict.text() == "This pre-training helped"
    assert len(card.chart.bars) == 4
    qtbot.mouseClick(card.ask, LEFT)
    assert card.result.isHidden()
    qtbot.mouseClick(card.ask, LEFT)  # stop: what was known is still true
    assert card.result.isVisible() and card.ask.text() == "Find out again"
    page.runs.choose(2)
    qtbot.waitUntil(lambda: card.result.isHidden())
    page.grab()


def test_progress_is_said_and_a_stop_comes_at_once(checks, qtbot) -> None:
    page = checks(Answers())
    card, other = page.checks.controls, page.checks.shift
    qtbot.mouseClick(card.ask, LEFT)
    assert (card.ask.text(), card.bar.isVisible()) == ("Stop", True)
    assert not other.ask.isEnabled() and "other check" in other.said.text()
    card.asked.activity.emit(Activity("Training a small network", 12, 40, 9.0))
    assert card.said.text() == "Run 2: Training a small network · 12 of 40 · 9 s left"
    assert (card.bar.value(), card.bar.maximum()) == (12, 40)
    place = card.ask.geometry()
    qtbot.mouseClick(card.ask, LEFT)
    assert (card.ask.text(), card.bar.isVisible()) == ("Find out", False)
    assert card.ask.geometry() == place and card.said.text() == ""
    assert other.ask.isEnabled() and card.result.isHidden()


def test_an_answer_belongs_to_the_run_that_was_asked_about(checks, qtbot) -> None:
    page = checks(Answers())
    card = page.checks.controls
    card.ask.click()
    page.runs.choose(1)
    qtbot.waitUntil(lambda: card.loading.isHidden())
    assert card.ask.text() == "Stop"
    card.asked.done.emit(CONTROLS)
    assert card.result.isHidden()
    card.asked.give_up()


def test_a_crash_is_said_in_line_and_it_can_be_asked_again(checks, qtbot) -> None:
    crash = CrashedRun("The training process ended unexpectedly", "Killed.", "Resume it.")
    child = Answers(controls=[Failed(crash.to_wire())])
    page = checks(child)
    card = page.checks.controls
    card.ask.click()
    qtbot.waitUntil(lambda: card.error is not None)
    assert card.error.cause == "Killed." and "Try again" in card.error.remedy
    assert page.error is None and card.ask.isEnabled()
    child.answers["controls"] = [Done(CONTROLS)]
    card.ask.click()
    qtbot.waitUntil(lambda: card.result.isVisible())
    assert card.error is None


def test_a_run_that_was_not_judged_says_why_it_cannot_be_asked(checks, judged_runs, qtbot) -> None:
    folder = judged_runs(3)
    with Project.open(folder) as project:
        store(project, splits=(), state="stopped")
    page = checks(Answers(), folder)
    card = page.checks.controls
    qtbot.waitUntil(lambda: not card.ask.isEnabled())
    assert "Run 2 was not judged on test items" in card.said.text() == card.ask.toolTip()
    page.runs.choose(1)
    qtbot.waitUntil(card.ask.isEnabled)


def test_nothing_is_asked_while_a_run_trains(checks, qtbot) -> None:
    child = ScriptChild([], waits=True)
    page = checks(lambda: child)
    page.session.train({"model": "resnet18", "epochs": 2})
    for card in page.checks.cards:
        assert not card.ask.isEnabled()
        assert "under way. Ask when it has ended" in card.ask.toolTip() == card.said.text()
    qtbot.waitUntil(lambda: child.request is not None)
    page.session.live.stop()
    qtbot.waitUntil(lambda: page.session.live is None)
    assert all(card.ask.isEnabled() for card in page.checks.cards)


def test_dropped_files_are_looked_at_and_the_remedy_is_one_click(checks, tmp_path, qtbot) -> None:
    folder = tmp_path / "from elsewhere"
    folder.mkdir()
    files = [folder / f"n{number:02}.png" for number in range(12)]
    for file in files:
        file.write_bytes(b"no picture")
    told = [
        LogLine(f"{file.name} was left out. It is no picture.", "warning") for file in files[:3]
    ]
    child = Answers(shift=[*told, Done(SHIFT)])
    page = checks(child)
    card = page.checks.shift
    assert card.new.isHidden()
    drop_on(card, folder, files[0])
    qtbot.waitUntil(lambda: len(card.new) == 12)
    assert card.which.value == "new" and card.new.said.text().startswith(
        "12 files: n00.png, n01.png"
    )
    qtbot.mouseClick(card.ask, LEFT)
    qtbot.waitUntil(lambda: card.result.isVisible())
    asked = child.of("shift")[0].arguments
    assert asked["split"] is None and asked["files"] == [str(file) for file in files]
    assert card.verdict.text() == "The new items look different from the training items"
    (bar,) = card.scale.bars
    assert (bar.low, bar.value, bar.high, bar.look) == (0.88, 0.93, 0.97, "bad")
    assert card.scale.scale.origin == 0.5
    assert "and 1 more" in card.noted.text()
    qtbot.mouseClick(card.use, LEFT)
    qtbot.waitUntil(lambda: card.done_words.isVisible())
    assert page.session.facts.recipe == {"augmentation": "strong"}
    assert card.use.isHidden()
    assert card.done_words.text() == "Set for the next run: augmentation strong."
    qtbot.mouseClick(card.new.clear_button, LEFT)
    assert card.said.text() == "Give it new items first"
    assert card.result.isVisible(), "the answer of before, and what it was about"
    assert card.about.text() == "The new items were 12 files: n00.png."
    drop_on(card, files[3])
    qtbot.waitUntil(lambda: len(card.new) == 1)
    assert card.result.isHidden(), "not about these"
    card.new.clear()
    drop_on(card, folder)
    qtbot.waitUntil(lambda: len(card.new) == 12)
    assert card.result.isVisible() and card.about.isHidden()


def test_stored_answers_about_other_items_show_again(checks, judged_runs, qtbot) -> None:
    folder = judged_runs(3, 1)
    with Project.open(folder) as project:
        shifts.store(project, 1, {**SHIFT, "split": "test", "about": ""})
        shifts.store(project, 2, {**SHIFT, "split": "new"})
    page = checks(Answers(), folder)
    card = page.checks.shift
    assert card.result.isHidden()
    card.which.buttons()[2].click()
    qtbot.waitUntil(lambda: card.result.isVisible())
    assert card.about.text() == "The new items were 12 files: n00.png."
    page.runs.choose(1)
    qtbot.waitUntil(lambda: card.result.isHidden())
    card.which.buttons()[0].click()
    qtbot.waitUntil(lambda: card.result.isVisible())
    assert card.about.isHidden() and "look different" in card.verdict.text()


def test_a_remedy_that_changes_nothing_has_no_button(checks, qtbot) -> None:
    said = {**SHIFT, "remedy": {"text": "Look how the splits were made", "changes": {}}}
    page = checks(Answers(shift=[Done(said)]))
    card = page.checks.shift
    qtbot.mouseClick(card.which.buttons()[1], LEFT)
    qtbot.mouseClick(card.ask, LEFT)
    qtbot.waitUntil(lambda: card.result.isVisible())
    assert card.remedy.text() == "Look how the splits were made." and card.use.isHidden()
    qtbot.mouseClick(card.which.buttons()[0], LEFT)
    assert card.result.isHidden()  # the answer was about validation items
    qtbot.mouseClick(card.which.buttons()[1], LEFT)
    assert card.result.isVisible()


def test_too_few_new_items_is_said_in_the_card(checks, tmp_path, qtbot) -> None:
    error = DataError("There are too few items", "Two of them could be read.", "Give more.")
    page = checks(Answers(shift=[Failed(error.to_wire())]))
    card = page.checks.shift
    card.which.buttons()[2].click()
    card.new.take([tmp_path / "a.png"])
    card.ask.click()
    qtbot.waitUntil(lambda: card.error is not None)
    assert card.error.title == error.title and page.error is None


def test_new_texts_are_pasted_or_come_from_a_file(make_window, tmp_path: Path, qtbot) -> None:
    with tiny.text_project(tmp_path, 60) as project:
        store(project, 2, model="bert")
        folder = project.folder
    file = tmp_path / "more.txt"
    file.write_text("one\ntwo\n")
    child = Answers(shift=[Done(SHIFT)])
    page = open_view(make_window, folder, "checks", make_child=child)
    card = page.checks.shift
    card.which.buttons()[2].click()
    assert card.new.text.isVisible() and not card.ask.isEnabled()
    card.new.text.setFocus()
    qtbot.keyClicks(card.new.text, "where is it")
    drop_on(card, file)
    qtbot.waitUntil(lambda: len(card.new) == 2)
    qtbot.mouseClick(card.ask, LEFT)
    qtbot.waitUntil(lambda: card.result.isVisible())
    asked = child.of("shift")[0].arguments
    assert asked["texts"] == ["where is it"] and asked["files"] == [str(file)]
