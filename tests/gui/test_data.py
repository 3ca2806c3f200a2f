"""The Data page: import, the grid, labels."""

from __future__ import annotations

import sys
import threading
import time
import tracemalloc
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent

from engine.store import classes, items, labels
from engine.store.items import NewItem
from engine.store.project import Project
from gui.data.classes import SHOWN
from gui.data.page import DataPage


def new_project(tmp_path: Path, task: str = "image-classification") -> Path:
    folder = tmp_path / "New.graft"
    Project.create(folder, task).close()
    return folder


def drop(page: DataPage, path: Path) -> None:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path))])
    event = QDropEvent(
        QPointF(10, 10), Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
    )  # fmt: skip
    page.dropEvent(event)


def test_an_empty_project_says_what_to_do(make_window, tmp_path: Path) -> None:
    page = make_window(new_project(tmp_path)).page
    assert page.stack.currentWidget() is page.empty
    assert page.empty.title.text() == "No items yet"


def test_dropping_a_folder_imports_it_and_tells_what_came(
    make_window, tmp_path: Path, pictures: Path, qtbot
) -> None:
    window = make_window(new_project(tmp_path))
    page = window.page
    drop(page, pictures)
    qtbot.waitUntil(lambda: page.sheet.steps.currentIndex() == 1)
    assert "13 items in 2 classes: blue, red" in page.sheet.form.found.text()

    page.sheet.form.pattern_field.setText("patient(")
    qtbot.waitUntil(lambda: not page.sheet.form.pattern_error.isHidden())
    page.sheet.form.pattern_field.setText(r"(patient\d)_")
    qtbot.waitUntil(lambda: page.sheet.form.pattern_error.isHidden())
    qtbot.waitUntil(lambda: page.sheet.form.groups.count() > 0)

    qtbot.mouseClick(page.sheet.form.button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: page.sheet.report is not None, timeout=10_000)
    qtbot.waitUntil(lambda: window.session.facts.counts["items"] == 13)
    counts = window.session.facts.counts
    assert counts["labelled"] == 13
    assert counts["broken"] == 1
    assert counts["groups"] == 3
    assert window.strip.isHidden()  # nothing runs any more

    table = page.sheet.report.table
    assert any("broken.png" in error.subject for error in table.rows.rows)
    table.choose(lambda error: "broken.png" in error.subject)
    qtbot.keyClick(table, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: page.full.detail.item_name.text() == "broken.png")
    assert page.stack.currentWidget() is page.full
    assert not page.full.detail.problem.isHidden()


def test_a_folder_with_nothing_in_it_is_refused_in_words(make_window, tmp_path, qtbot) -> None:
    window = make_window(new_project(tmp_path))
    page = window.page
    (tmp_path / "nothing").mkdir()
    drop(page, tmp_path / "nothing")
    qtbot.waitUntil(lambda: page.sheet.notices.count() == 1)
    card = page.sheet.notices.itemAt(0).widget()
    assert card.error.title == "There is nothing here that Graft can import"
    assert card.error.remedy


def test_a_project_among_the_data_is_not_read(make_window, project, pictures, qtbot) -> None:
    """To open and close a file that SQLite has open drops its locks, and writes with them."""
    inside = pictures / "red" / "Inside.graft"
    Project.create(inside, "image-classification").close()
    window = make_window(inside)
    page = window.page
    opened: list[str] = []
    listening = [True]

    def hear(event: str, arguments: tuple[object, ...]) -> None:
        if event == "open" and listening and "project.sqlite" in str(arguments[0]):
            opened.append(str(arguments[0]))

    sys.addaudithook(hear)  # cannot be taken away again, so it is told to be quiet
    drop(page, pictures)
    qtbot.waitUntil(lambda: page.sheet.steps.currentIndex() == 1)
    page.sheet.form.button.click()
    qtbot.waitUntil(lambda: page.sheet.report is not None, timeout=10_000)
    listening.clear()
    assert opened == []
    drop(page, inside)
    qtbot.waitUntil(lambda: page.sheet.notices.count() == 1)
    assert page.sheet.notices.itemAt(0).widget().error.title == "A project cannot be imported"


def test_columns_of_a_table_can_be_chosen(make_window, tmp_path: Path, qtbot) -> None:
    table = tmp_path / "tickets.csv"
    rows = "\n".join(f"text {n},{'refund' if n % 2 else 'delivery'}" for n in range(30))
    table.write_text(f"what they wrote,team\n{rows}\n", encoding="utf-8")
    window = make_window(new_project(tmp_path, "text-classification"))
    page = window.page
    drop(page, table)
    form = page.sheet.form
    qtbot.waitUntil(lambda: page.sheet.steps.currentIndex() == 1)
    assert not form.button.isEnabled()
    assert "no column for the text" in form.problem.text()
    assert form.problem.text().endswith("Choose it below, under Columns.")
    form._choices["text"].choose("what they wrote")
    form._choices["label"].choose("team")
    qtbot.waitUntil(form.button.isEnabled)
    form.button.click()
    qtbot.waitUntil(lambda: page.sheet.report is not None, timeout=10_000)
    qtbot.waitUntil(lambda: window.session.facts.counts["labelled"] == 30)
    page.sheet.close_sheet()
    qtbot.waitUntil(lambda: page.full.viewer.text.toPlainText() == "text 0")


def test_a_slow_look_does_not_overtake_a_later_one(
    make_window, tmp_path: Path, qtbot, monkeypatch
) -> None:
    from engine.exchange import importing

    table = tmp_path / "tickets.csv"
    table.write_text("wrote,team\none,refund\ntwo,delivery\n", encoding="utf-8")
    window = make_window(new_project(tmp_path, "text-classification"))
    page = window.page
    drop(page, table)
    form = page.sheet.form
    qtbot.waitUntil(lambda: page.sheet.steps.currentIndex() == 1)
    held, detect = threading.Event(), importing.detect

    def slow(source: Path) -> str:
        if not first:
            first.append(source)
            held.wait(10)
        return detect(source)

    first: list[Path] = []
    monkeypatch.setattr(importing, "detect", slow)
    form._choices["text"].choose("wrote")
    qtbot.waitUntil(lambda: bool(first))
    form._choices["label"].choose("team")
    qtbot.waitUntil(form.button.isEnabled)
    held.set()
    qtbot.waitUntil(lambda: not window.jobs.busy)
    assert form.button.isEnabled()


def test_an_import_can_be_cancelled(make_window, tmp_path, pictures, qtbot, monkeypatch) -> None:
    from engine.exchange import importing

    real = importing._batches

    def slow(found, report):
        for batch in real(found, report):
            time.sleep(0.5)
            yield batch

    monkeypatch.setattr(importing, "_batches", slow)
    window = make_window(new_project(tmp_path))
    page = window.page
    page.begin_import()
    page.sheet.choose(pictures)
    qtbot.waitUntil(lambda: page.sheet.steps.currentIndex() == 1)
    page.sheet.form.button.click()
    assert not window.strip.isHidden()
    page.sheet._job.cancel()
    qtbot.waitUntil(lambda: page.sheet.steps.currentIndex() == 0)
    assert "goes on where it ended" in page.sheet.where.text()
    qtbot.waitUntil(window.strip.isHidden)


def test_digits_label_and_undo_says_the_earlier_label_again(make_window, project, qtbot) -> None:
    window = make_window(project)
    page = window.page
    grid = page.full.browser.grid
    qtbot.waitUntil(lambda: page.full.detail.item_name.text() == "patient0_0.png")
    first = page.full.browser.model.id_at(0)
    store = window.session.project
    before = items.load(store, [first])[0].class_id
    other = next(cls.id for cls in classes.all_classes(store) if cls.id != before)
    digit = 1 + [cls.id for cls in classes.all_classes(store)].index(other)

    qtbot.keyClick(grid, Qt.Key(Qt.Key.Key_0 + digit))
    qtbot.waitUntil(lambda: items.load(store, [first])[0].class_id == other)
    qtbot.waitUntil(lambda: page.full.labelling.stack.canUndo())
    qtbot.keyClick(grid, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: items.load(store, [first])[0].class_id == before)
    qtbot.keyClick(grid, Qt.Key.Key_Y, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: items.load(store, [first])[0].class_id == other)

    history = labels.history(store, first)
    assert [one.class_id for one in history] == [before, other, before, other]
    assert [one.how for one in history] == ["import", "hand", "hand", "hand"]
    qtbot.waitUntil(lambda: "by hand" in page.full.detail.history.text())


def test_many_items_are_labelled_at_once(make_window, project, qtbot) -> None:
    window = make_window(project)
    page = window.page
    qtbot.waitUntil(lambda: page.full.browser.model.rowCount() == 13)
    page.full.browser.grid.setFocus()
    qtbot.keyClick(page.full.browser.grid, Qt.Key.Key_Home)
    qtbot.keyClick(page.full.browser.grid, Qt.Key.Key_End, Qt.KeyboardModifier.ShiftModifier)
    assert page.full.browser.grid.chosen == 13
    qtbot.keyClick(page.full.browser.grid, Qt.Key.Key_2)
    second = window.session.facts.classes[1].id
    qtbot.waitUntil(lambda: window.session.facts.class_counts[second] == 13)
    assert page.full.browser.grid.chosen == 13  # the selection stays


def test_filters_and_search(make_window, project, qtbot) -> None:
    page = make_window(project).page
    qtbot.waitUntil(lambda: page.full.browser.model.rowCount() == 13)
    page.full.browser.filters.state.choose("broken")
    qtbot.waitUntil(lambda: page.full.browser.model.rowCount() == 1)
    page.full.browser.filters.state.choose("all")
    page.full.browser.filters.search.setText("patient2")
    qtbot.waitUntil(lambda: page.full.browser.model.rowCount() == 4)
    page.full.browser.filters.search.setText("no such name")
    qtbot.waitUntil(lambda: not page.full.browser.nothing.isHidden())
    page.full.browser.filters.search.clear()
    page.full.browser.filters.by_class.choose(page.session.facts.classes[0].id)
    qtbot.waitUntil(lambda: page.full.browser.model.rowCount() in (6, 7))


def test_nothing_stays_in_hand_when_nothing_passes(make_window, project, qtbot) -> None:
    full = make_window(project).page.full
    qtbot.waitUntil(lambda: full.viewer.item is not None)
    full.browser.filters.search.setText("no such name")
    qtbot.waitUntil(lambda: full.viewer.item is None)
    assert full.detail.item_name.text() == "Nothing is selected"
    full.browser.filters.search.clear()
    qtbot.waitUntil(lambda: full.viewer.item is not None)


def test_the_next_that_waits_is_found_from_the_start_again(make_window, project, qtbot) -> None:
    window = make_window(project)
    browser = window.page.full.browser
    qtbot.waitUntil(lambda: browser.model.rowCount() == 13 and browser.current is not None)
    waiting = browser.model.id_at(0)
    labels.give(window.session.project, [(waiting, None)], "Ann")
    browser.grid.setFocus()
    qtbot.keyClick(browser.grid, Qt.Key.Key_End)
    qtbot.keyClick(browser.grid, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: browser.current_id == waiting)
    labels.give(window.session.project, [(waiting, window.session.facts.classes[0].id)], "Ann")
    qtbot.keyClick(browser.grid, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: "Nothing here waits" in browser.tally.text())
    qtbot.keyClick(browser.grid, Qt.Key.Key_End)
    assert browser.tally.isHidden()


def test_a_class_of_many_is_found_by_its_name(make_window, project, qtbot) -> None:
    with Project.open(project) as made:
        classes.ensure(made, [f"card {what}" for what in "abcdefghijklmnopqrstuvwxyz"])
    window = make_window(project)
    full = window.page.full
    names = {cls.name: cls.id for cls in window.session.facts.classes}
    qtbot.waitUntil(lambda: full.browser.current is not None)
    first, grid, field = full.browser.current_id, full.browser.grid, full.classes.search
    assert len(full.classes._rows) == SHOWN and names["card z"] not in full.classes._rows
    grid.setFocus()
    qtbot.keyClicks(grid, "/")
    assert field.hasFocus()
    qtbot.keyClicks(field, "RD ")
    assert list(full.classes._rows) == [names[f"card {what}"] for what in "abcdefghijkl"]
    field.setText("d")  # words that begin with it stand first
    assert next(iter(full.classes._rows)) == names["card d"]
    qtbot.keyClick(field, Qt.Key.Key_Escape)
    assert grid.hasFocus() and not field.text() and len(full.classes._rows) == SHOWN
    qtbot.keyClicks(grid, "/")
    qtbot.keyClicks(field, "card ")
    qtbot.keyClick(field, Qt.Key.Key_Down)
    qtbot.keyClick(field, Qt.Key.Key_Up)
    qtbot.keyClick(field, Qt.Key.Key_Up)  # from the first to the last that is listed
    qtbot.keyClick(field, Qt.Key.Key_Return)
    store = window.session.project
    qtbot.waitUntil(lambda: items.load(store, [first])[0].class_id == names["card l"])
    assert grid.hasFocus() and full.browser.current_id != first
    full.browser.show_item(first)
    qtbot.waitUntil(lambda: names["card l"] in full.classes._rows)  # what the item has is shown
    assert full.classes._rows[names["card l"]].isChecked()


def test_a_name_within_another_can_be_added(make_window, project, qtbot) -> None:
    window = make_window(project)
    card = window.page.full.classes
    qtbot.keyClicks(card.search, "re")
    assert card.add.isEnabled() and len(card._rows) == 1, "red has it"
    qtbot.keyClicks(card.search, "d")
    assert not card.add.isEnabled(), "it is there"
    card.search.setText("re")
    card.add.click()
    qtbot.waitUntil(lambda: "re" in [cls.name for cls in window.session.facts.classes])


def test_a_class_can_be_added(make_window, tmp_path: Path, qtbot) -> None:
    window = make_window(new_project(tmp_path))
    page = window.page
    page.full.classes.search.setText("unclear")
    qtbot.keyClick(page.full.classes.search, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: [cls.name for cls in window.session.facts.classes] == ["unclear"])


@pytest.fixture(scope="module")
def large(tmp_path_factory) -> Path:
    """A hundred thousand items, as an import stores them."""
    folder = tmp_path_factory.mktemp("large") / "Large.graft"
    with Project.create(folder, "image-classification") as made:
        source = items.source_id(made, folder.parent)
        items.add(
            made, source,
            (NewItem(f"pictures/{n:06d}.png", "image", f"{n:040d}", 1000, width=64, height=64)
             for n in range(100_000)),
        )  # fmt: skip
        known = classes.ensure(made, ["a", "b"])
        labels.give(made, ((n + 1, known["ab"[n % 2]]) for n in range(100_000)), "import", "import")
    return folder


def test_a_hundred_thousand_items_are_listed_without_loading_them(
    make_window, large: Path, qtbot
) -> None:
    tracemalloc.start()
    window = make_window(large)
    page = window.page
    qtbot.waitUntil(lambda: page.full.browser.model.rowCount() == 100_000, timeout=20_000)
    qtbot.waitUntil(lambda: page.full.browser.model.loaded > 0)
    assert page.full.browser.model.loaded <= 180  # a few pages around what is seen

    bar = page.full.browser.grid.verticalScrollBar()
    for share in range(1, 101):
        bar.setValue(bar.maximum() * share // 100)
        page.full.browser.grid.grab()
    qtbot.waitUntil(lambda: page.full.browser.model.item(99_999) is not None)
    assert page.full.browser.model.loaded <= 60 * 40  # old pages are let go
    assert page.full.browser.grid.seen().stop == 100_000
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 60 << 20

    started = time.perf_counter()
    page.full.browser.grid.selectAll()
    assert page.full.browser.grid.chosen == 100_000
    window.resize(1500, 900)
    page.full.browser.grid.grab()
    assert time.perf_counter() - started < 1.0  # places are arithmetic, whatever the number


def test_thumbnails_stay_within_their_memory(make_window, project, qtbot) -> None:
    from gui.widgets.thumbnails import Thumbnails

    window = make_window(project)
    side = 100
    room = 5 * side * 75 * 4  # about five pictures
    small = Thumbnails(window.session, side, memory=room, parent=window)
    store = window.session.project
    good = [item for item in items.load(store, range(1, 14)) if item.state != "broken"]
    seen: set[int] = set()
    for item in good:
        small.get(item)
        qtbot.waitUntil(lambda item=item: small.get(item) is not None)
        seen.add(item.id)
        assert 0 < small.used <= room
    assert len(seen) == 12
