"""The quality sheet of the Data page: findings, their items, fixes and undo."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton

from engine.store import items, labels
from engine.store.project import Project
from gui.data.quality import sentences
from gui.data.quality.detail import SELECTED


@pytest.fixture
def leaking(tmp_path: Path, pictures: Path) -> Path:
    """Twelve pictures in train and test, one copied from train to test, one with a wrong label."""
    from engine.exchange.importing import import_source

    shutil.copy(pictures / "red" / "patient0_0.png", pictures / "red" / "copy.png")
    shutil.copy(pictures / "red" / "patient0_1.png", pictures / "blue" / "wrong.png")
    folder = tmp_path / "Leaking.graft"
    with Project.create(folder, "image-classification") as made:
        import_source(made, pictures)
        with made.writing() as db:
            db.execute("UPDATE item SET split = 'train'")
            db.execute("UPDATE item SET split = 'test' WHERE path LIKE '%copy.png'")
    return folder


def checked(make_window, qtbot, folder: Path):  # type: ignore[no-untyped-def]
    window = make_window(folder)
    page = window.page
    quality = next(one for one in page.offers if one.text() == "Quality")
    qtbot.waitUntil(quality.isVisible)
    qtbot.mouseClick(quality, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: page.quality.report is not None, timeout=20_000)
    qtbot.waitUntil(lambda: page.quality.stack.currentWidget() is not page.quality.loading)
    return window, page, page.quality


def find(sheet, title: str):  # type: ignore[no-untyped-def]
    assert sheet.table.choose(lambda one: one.title == title)
    return sheet.detail


def press(qtbot, place, words: str) -> None:  # type: ignore[no-untyped-def]
    def there() -> list[QPushButton]:
        every = place.findChildren(QPushButton)
        return [one for one in every if one.text() == words and one.isVisible()]

    qtbot.waitUntil(lambda: len(there()) == 1)
    there()[0].click()


def places(window) -> dict[int, tuple[str | None, str | None]]:  # type: ignore[no-untyped-def]
    project = window.session.project
    return {item.id: (item.group, item.split) for item in items.each(project)}


def test_a_leak_is_found_fixed_and_undone(make_window, qtbot, leaking: Path) -> None:
    window, page, sheet = checked(make_window, qtbot, leaking)
    assert "Not looked at: likely label errors" in sheet.lacking.text()
    assert "exact copies" in sheet.looked.text()
    number = len(sheet.report.findings)
    detail = find(sheet, "Exact copies in two splits")
    qtbot.waitUntil(lambda: "set 1 of 1" in detail.note.text())
    qtbot.waitUntil(lambda: detail.grid.chosen == 2)  # the set is framed whole
    before = places(window)
    press(qtbot, detail, "One split for each set…")
    qtbot.waitUntil(lambda: any("train" in one.text() for one in _labels(detail.preview)))
    assert places(window) == before, "a look changes nothing"
    press(qtbot, detail, "One split for each set")
    qtbot.waitUntil(lambda: len(sheet.waiting) == number - 1)
    assert "changed since" in sheet.tally.text()
    after = places(window)
    moved = [id for id in after if after[id] != before[id]]
    assert set(moved) == set(detail.finding.items)
    assert len({after[id] for id in moved}) == 1
    assert sheet.table.rows.data(sheet.table.currentIndex().siblingAtColumn(0)).startswith("✓")
    press(qtbot, detail, "Undo")
    qtbot.waitUntil(lambda: places(window) == before)
    qtbot.waitUntil(lambda: len(sheet.waiting) == number)

    qtbot.keyClick(detail.grid, Qt.Key.Key_Return)  # opens the item among all others
    qtbot.waitUntil(lambda: page.stack.currentWidget() is page.full)
    assert page.offers[0].text() == f"Quality {number}"
    qtbot.waitUntil(lambda: page.full.browser.current_id == detail.finding.items[0])


def test_only_the_selected_are_touched(make_window, qtbot, leaking: Path) -> None:
    window, _, sheet = checked(make_window, qtbot, leaking)
    detail = find(sheet, "Exact copies with different labels")
    detail.scope.choose(SELECTED)
    assert sorted(detail.chosen()) == sorted(detail.finding.items), "a set is touched whole"
    press(qtbot, detail, "Take their labels back…")
    qtbot.waitUntil(lambda: bool(_labels(detail.preview)))
    assert "2 items get another label" in _labels(detail.preview)[0].text()
    press(qtbot, detail, "Take their labels back")
    ids = detail.finding.items
    project = window.session.project
    qtbot.waitUntil(lambda: labels.standing(project, ids) == dict.fromkeys(ids))
    sheet.table.setFocus()
    qtbot.keyClick(sheet.table, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: all(labels.standing(project, ids).values()))


def test_digits_label_nothing_behind_the_sheet(make_window, qtbot, leaking: Path) -> None:
    window, page, sheet = checked(make_window, qtbot, leaking)
    project = window.session.project
    before = labels.standing(project, items.ids(project))
    window.activateWindow()
    for place in (sheet.table, sheet.detail.grid):
        place.setFocus()
        for key in (Qt.Key.Key_2, Qt.Key.Key_0, Qt.Key.Key_F):
            qtbot.keyClick(place, key)
    qtbot.waitUntil(lambda: not window.jobs.busy)
    assert labels.standing(project, items.ids(project)) == before
    assert not any(item.flagged for item in items.each(project))
    sheet.closed.emit()
    grid = page.full.browser.grid
    grid.setFocus()
    qtbot.waitUntil(lambda: grid.selected_ids() != [])
    qtbot.keyClick(grid, Qt.Key.Key_0)  # where they are seen, keys mean something
    qtbot.waitUntil(lambda: labels.standing(project, items.ids(project)) != before)


def test_a_finding_can_be_dismissed(make_window, qtbot, leaking: Path) -> None:
    _, page, sheet = checked(make_window, qtbot, leaking)
    number = len(sheet.waiting)
    sheet.detail.fine.click()
    assert len(sheet.waiting) == number - 1
    assert page.offers[0].text() == f"Quality {number - 1}"
    sheet.detail.fine.click()
    assert len(sheet.waiting) == number


def test_nothing_found_says_what_was_looked_at(make_window, qtbot, texts: Path) -> None:
    with Project.open(texts) as project, project.writing() as db:
        words = ["apples", "bicycle routes", "chairs by the window", "doors of old houses"]
        for id in range(1, 21):
            said = f"{words[id % 4]} {'abcdefghijklmnopqrstuvwxyz'[id % 20 :]} {id**5}"
            db.execute("UPDATE item SET text = ? WHERE id = ?", [said, id])
    _, _, sheet = checked(make_window, qtbot, texts)
    assert sheet.report.findings == []
    assert sheet.stack.currentWidget() is sheet.nothing
    assert "near copies" in sheet.nothing.words.text()
    assert "Choose a model and start suggestions" in sheet.nothing.words.text()


def test_a_check_can_be_cancelled_and_begun_again(make_window, qtbot, leaking: Path) -> None:
    window = make_window(leaking)
    sheet = window.page.quality
    qtbot.waitUntil(lambda: window.session.facts is not None)
    window.page.show_quality()
    sheet._job.cancel()
    qtbot.waitUntil(lambda: sheet.stack.currentWidget() is sheet.idle)
    assert sheet.report is None
    sheet.start.click()
    qtbot.waitUntil(lambda: sheet.report is not None, timeout=20_000)


def test_weights_for_rare_classes_are_set_and_taken_back(
    make_window, qtbot, tmp_path: Path, pictures: Path
) -> None:
    from engine.exchange.importing import import_source

    folder = tmp_path / "Few.graft"
    for number in range(2, 6):
        (pictures / "blue" / f"patient{number // 2}_{number}.png").unlink()
    (pictures / "blue" / "patient0_1.png").unlink()
    with Project.create(folder, "image-classification") as made:
        import_source(made, pictures)
    window, _, sheet = checked(make_window, qtbot, folder)
    detail = find(sheet, "Class imbalance")
    assert detail.grid.isHidden() and detail.scope.isHidden()
    press(qtbot, detail, "Weigh rare classes more in training")
    qtbot.waitUntil(lambda: window.session.facts.recipe.get("class_balanced") is True)
    press(qtbot, detail, "Weigh rare classes more in training")
    qtbot.waitUntil(lambda: "class_balanced" not in window.session.facts.recipe)


def test_a_second_reading_hides_what_others_said(make_window, qtbot, leaking: Path) -> None:
    window = make_window(leaking)
    page = window.page
    page.full.labelling.blind = True
    page.show_quality()
    assert page.quality.stack.currentWidget() is page.quality.hidden
    assert page.quality.report is None and not page.quality.again.isEnabled()
    page.full.labelling.blind = False


def test_parts_have_names_for_screen_readers(make_window, qtbot, leaking: Path) -> None:
    _, _, sheet = checked(make_window, qtbot, leaking)
    assert sheet.table.accessibleName() == "Findings"
    assert sheet.detail.grid.accessibleName() == "Items of the finding"
    assert sheet.detail.scope.accessibleName()
    assert sheet.detail.accessibleName() == sheet.detail.finding.title


def test_the_words_for_edits() -> None:
    from engine.labels.edits import Annotate, Note, Regroup, Resplit, Together

    both = Together((
        Regroup(((1, None), (2, None)), ((1, "p"), (2, "p"))),
        Resplit(((1, "train"),), ((1, "test"),)), Annotate((Note(1),), (Note(1, True),)),
    ))  # fmt: skip
    assert sentences.changes(both, None) == (
        "2 items come into 1 group. 1 item moves: training → test 1. 1 item will be flagged."
    )


def _labels(layout):  # type: ignore[no-untyped-def]
    found = []
    for place in range(layout.count()):
        item = layout.itemAt(place)
        if item.widget() is not None and hasattr(item.widget(), "text"):
            found.append(item.widget())
        elif item.layout() is not None:
            found += _labels(item.layout())
    return found
