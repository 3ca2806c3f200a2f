"""A day's work in short: 200 real digits labelled with keys and mouse, helped by suggestions of a
real child, with undo, a second reader, a decision, and an export that holds it all."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from engine.evaluation.readers import readings
from engine.exchange.digits import write_digits
from engine.exchange.importing import import_source
from engine.models.catalogue import STARTER
from engine.store import classes, items, labels, marks, notes
from engine.store.project import Project

MINUTE = 60_000  # ms: a busy machine is no failure
COUNT = 200
DIGITS = (0, 1, 4, 7)


@pytest.fixture
def unlabelled(tmp_path: Path) -> tuple[Path, dict[str, int]]:
    """A project of 240 digits without labels, and what each really is."""
    write_digits(tmp_path / "all", DIGITS)
    films, truth = tmp_path / "films", {}
    films.mkdir()
    for digit in DIGITS:
        for number, file in enumerate(sorted((tmp_path / "all" / str(digit)).glob("*.png"))[:60]):
            name = f"{number:03}{'abcd'[DIGITS.index(digit)]}.png"
            (films / name).write_bytes(file.read_bytes())
            truth[name] = digit
    folder = tmp_path / "Digits.graft"
    with Project.create(folder, "image-classification") as made:
        import_source(made, films)
        classes.ensure(made, [str(digit) for digit in DIGITS])
        made.settings_set(
            model={"name": STARTER, "title": "Starter", "weights": None},
            recipe={"image_size": 32},
        )
    return folder, truth


class Reader:
    """Sits before the window: looks at an item, and presses a key."""

    def __init__(self, window: Any, truth: dict[str, int], qtbot: Any) -> None:
        self.window, self.full, self._truth, self._qtbot = window, window.page.full, truth, qtbot
        self.accepted = 0
        self.wait(lambda: self.full.browser.current is not None)
        self.full.browser.grid.setFocus()

    def wait(self, ready: Callable[[], Any]) -> None:
        self._qtbot.waitUntil(lambda: bool(ready()), timeout=MINUTE)

    @property
    def grid(self) -> Any:
        return self.full.browser.grid

    def digit(self, name: str) -> Qt.Key:
        """The key of the class that an item really has."""
        return Qt.Key(Qt.Key.Key_1 + DIGITS.index(self._truth[name]))

    def read(self) -> int:
        """Labels the current item: accepts what is suggested where it is right. Returns its id."""
        browser = self.full.browser
        self.wait(lambda: browser.current is not None)
        item = browser.current
        facts = self.window.session.facts
        found = self.full.suggestion.current
        right = (
            found is not None
            and not found.hidden
            and facts.class_name(found.class_id) == str(self._truth[item.path])
        )
        self.accepted += right
        QTest.keyClick(self.grid, Qt.Key.Key_Space if right else self.digit(item.path))
        row = browser.model.row_of(item.id)
        self.wait(lambda: browser.model.item(row) and browser.model.item(row).class_id is not None)
        return int(item.id)


def test_two_hundred_items(
    make_window: Any, unlabelled: tuple[Path, dict[str, int]], tmp_path: Path, qtbot: Any
) -> None:
    folder, truth = unlabelled
    window = make_window(folder)
    reader = Reader(window, truth, qtbot)
    full, project = window.page.full, window.session.project
    full.labelling.read_as("Ann")
    full.suggestion.go.click()
    done = [reader.read() for _ in range(20)]
    # Each class has two labels soon: the child suggests, and does so anew after each label.
    reader.wait(lambda: full.suggestions.said is not None and not full.suggestions.said.missing)
    reader.wait(lambda: full.suggestions.said.described == len(truth))
    before = full.suggestions.at
    done.append(reader.read())
    reader.wait(lambda: full.suggestions.at > before)
    # A slip, seen and taken back; then a wrong one put right.
    item = full.browser.current
    wrong = Qt.Key(Qt.Key.Key_1 + (DIGITS.index(truth[item.path]) + 1) % len(DIGITS))
    QTest.keyClick(reader.grid, wrong)
    reader.wait(lambda: labels.standing(project, [item.id])[item.id] is not None)
    QTest.keyClick(reader.grid, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    reader.wait(lambda: labels.standing(project, [item.id])[item.id] is None)
    reader.wait(
        lambda: full.browser.current_id == item.id and full.browser.current.class_id is None
    )
    while len(done) < COUNT:
        done.append(reader.read())
    assert len(set(done)) == COUNT
    known = {cls.id: cls.name for cls in classes.all_classes(project)}
    named = {one.id: one.path for one in items.each(project)}
    stands = labels.standing(project, done)
    assert all(known[cls or 0] == str(truth[named[id]]) for id, cls in stands.items())
    assert reader.accepted > COUNT / 3, "suggestions were right often enough to be of use"
    said = project.db.execute(
        "SELECT how, count(*), sum(suggested_id IS NOT NULL), sum(shown) FROM label GROUP BY how"
    ).fetchall()
    by = {how: rest for how, *rest in said}
    assert by["suggestion"][0] == reader.accepted == by["suggestion"][2]
    # Of the rest, what is sure enough is accepted at once, after a preview.
    full.suggestion.threshold.setText("0.5")
    full.suggestion.all.click()
    reader.wait(lambda: full.suggestion.preview.isVisible())
    offered = len(full.suggestion._chosen)
    assert offered and f"{offered} item" in full.suggestion.preview.text()
    full.suggestion.sure.click()
    count = "SELECT count(*) FROM current_label"
    reader.wait(lambda: project.db.execute(count).fetchone()[0] == COUNT + offered)
    QTest.keyClick(reader.grid, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    reader.wait(lambda: project.db.execute(count).fetchone()[0] == COUNT)
    full.suggestions.end()
    _second_reader(window, reader, truth)
    _export(window, reader, tmp_path, truth)


def _second_reader(window: Any, reader: Reader, truth: dict[str, int]) -> None:
    """Bob reads ten of them blind, one otherwise; Ann decides."""
    page, project = window.page, window.session.project
    QTest.mouseClick(page.offers[0], Qt.MouseButton.LeftButton)
    page.readers.name.setText("Bob")
    page.readers.name.editingFinished.emit()
    page.readers.second.click()
    full = page.full
    reader.wait(lambda: full.browser.model.rowCount() == COUNT and full.browser.current is not None)
    assert full.browser.current.class_id is None, "what Ann said is not seen"
    assert full.suggestion.isHidden()
    reader.grid.setFocus()
    full.browser.grid.select_row(0)
    for number in range(10):
        reader.wait(lambda: full.browser.current is not None)
        item = full.browser.current
        key = reader.digit(item.path)
        if number == 4:
            key = Qt.Key(Qt.Key.Key_1 + (DIGITS.index(truth[item.path]) + 1) % len(DIGITS))
        QTest.keyClick(reader.grid, key)
        reader.wait(lambda id=item.id: labels.read_blind(project, [id], "Bob")[id] is not None)
    page._read_blind(False)
    found = readings(project)
    assert found.disagreeing == 1 and {one.name for one in found.readers} == {"Ann", "Bob"}
    assert found.pairs[0].agreement.items == 10 and found.pairs[0].blind == 10
    full.labelling.read_as("Ann")
    page._decide()
    reader.wait(lambda: full.browser.model.rowCount() == 1 and full.browser.current is not None)
    QTest.keyClick(reader.grid, reader.digit(full.browser.current.path))
    reader.wait(lambda: readings(project).disagreeing == 0)
    assert readings(project).decided == 1


def _export(window: Any, reader: Reader, tmp_path: Path, truth: dict[str, int]) -> None:
    page = window.page
    page.begin_export()
    page.export.where.setText(str(tmp_path / "out"))
    page.export.format.choose("label-studio")
    page.export.state.choose("labelled")
    QTest.mouseClick(page.export.go, Qt.MouseButton.LeftButton)
    reader.wait(lambda: (tmp_path / "out").is_dir() and page.export.result.count())
    (file,) = (tmp_path / "out").rglob("*.json")
    tasks = json.loads(file.read_text(encoding="utf-8"))
    assert len(tasks) == COUNT
    for task in tasks:
        (annotation,) = task["annotations"]
        (choice,) = annotation["result"][0]["value"]["choices"]
        assert choice == str(truth[Path(task["data"]["image"]).name])


def test_undo_reaches_back_before_a_restart(
    make_window: Any, unlabelled: tuple[Path, dict[str, int]], qtbot: Any, monkeypatch: Any
) -> None:
    monkeypatch.setattr("gui.data.labelling.FETCHED", 4)  # of the journal, at a time
    folder, truth = unlabelled
    window = make_window(folder)
    reader = Reader(window, truth, qtbot)
    done = [reader.read() for _ in range(9)]
    window.close()
    qtbot.waitUntil(lambda: not window.isVisible())
    again = make_window(folder)
    full, project = again.page.full, again.session.project
    qtbot.waitUntil(lambda: full.labelling.stack.count() == 4, timeout=MINUTE)
    full.browser.grid.setFocus()
    for left in range(8, -1, -1):
        full.labelling.undo()
        qtbot.waitUntil(
            lambda left=left: sum(
                cls is not None for cls in labels.standing(project, done).values()
            ) == left,
            timeout=MINUTE,
        )  # fmt: skip
        qtbot.waitUntil(lambda: not again.jobs.busy, timeout=MINUTE)
    assert not full.labelling.stack.canUndo()
    for there in range(1, 4):
        full.labelling.redo()
        qtbot.waitUntil(
            lambda there=there: sum(
                cls is not None for cls in labels.standing(project, done).values()
            ) == there,
            timeout=MINUTE,
        )  # fmt: skip


def test_classes_are_changed_merged_and_removed(
    make_window: Any, project: Path, qtbot: Any
) -> None:
    window = make_window(project)
    full, store = window.page.full, window.session.project
    editor = full.class_editor
    first, second = classes.all_classes(store)
    counts = classes.counts(store)
    qtbot.mouseClick(full.classes.edit, Qt.MouseButton.LeftButton)
    editor.title.setText("crimson")
    editor.title.editingFinished.emit()
    qtbot.waitUntil(lambda: "crimson" in [cls.name for cls in classes.all_classes(store)])
    qtbot.waitUntil(lambda: "crimson" in [cls.name for cls in window.session.facts.classes])
    editor.meaning.setPlainText("What counts")
    editor.keep()
    qtbot.mouseClick(editor.swatches.button(5), Qt.MouseButton.LeftButton)
    qtbot.mouseClick(editor.down, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: classes.all_classes(store)[1].id == first.id)
    moved = classes.all_classes(store)[1]
    assert (moved.name, moved.definition, moved.color) == ("crimson", "What counts", 5)
    qtbot.waitUntil(lambda: window.session.facts.classes[1].id == first.id)
    editor.which.choose(first.id)
    editor.into.choose(second.id)
    qtbot.mouseClick(editor.merge, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: [cls.id for cls in classes.all_classes(store)] == [second.id])
    assert classes.counts(store)[second.id] == sum(counts.values())
    for _ in range(5):
        full.labelling.undo()
        qtbot.waitUntil(lambda: not window.jobs.busy)
    assert classes.all_classes(store) == [first, second] and classes.counts(store) == counts


def test_letters_flags_skips_and_notes(make_window: Any, project: Path, qtbot: Any) -> None:
    window = make_window(project)
    full, store = window.page.full, window.session.project
    qtbot.waitUntil(lambda: full.browser.current is not None)
    full.browser.grid.setFocus()
    first = full.browser.current_id
    letters = {one.text(): one.letter for one in full.classes._rows.values()}
    name, letter = next((name, letter) for name, letter in letters.items() if letter)
    QTest.keyClick(full.browser.grid, Qt.Key(ord(letter.upper())))
    wanted = classes.ensure(store, [name])[name]
    qtbot.waitUntil(lambda: labels.standing(store, [first])[first] == wanted)
    full.browser.grid.select_row(0)
    QTest.keyClick(full.browser.grid, Qt.Key.Key_X)
    qtbot.waitUntil(lambda: items.load(store, [first])[0].flagged)
    QTest.keyClick(full.browser.grid, Qt.Key.Key_N)
    assert full.noting.words.hasFocus()
    QTest.keyClicks(full.noting.words, "look at the edge")
    QTest.keyClick(full.noting.words, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: notes.of(store, [first])[first].text == "look at the edge")
    full.browser.filters.state.choose("noted")
    qtbot.waitUntil(lambda: full.browser.model.rowCount() == 1)
    full.browser.filters.state.choose("all")
    qtbot.waitUntil(lambda: full.browser.model.rowCount() == 13)
    full.browser.grid.setFocus()
    full.browser.grid.select_row(3)
    QTest.keyClick(full.browser.grid, Qt.Key.Key_S)
    assert full.browser.grid.currentIndex().row() == 4


def test_several_classes_are_given_and_taken_back(
    make_window: Any, project: Path, qtbot: Any
) -> None:
    window = make_window(project)
    full, store = window.page.full, window.session.project
    qtbot.waitUntil(lambda: full.browser.current is not None)
    full.class_editor.several.click()
    qtbot.waitUntil(lambda: window.session.facts.several)
    full.browser.grid.setFocus()
    id = full.browser.current_id
    one, two = (cls.id for cls in window.session.facts.classes)
    QTest.keyClick(full.browser.grid, Qt.Key.Key_1)
    qtbot.waitUntil(lambda: items.load(store, [id])[0].classes == (one,))
    QTest.keyClick(full.browser.grid, Qt.Key.Key_2)
    qtbot.waitUntil(lambda: items.load(store, [id])[0].classes == (one, two))
    QTest.keyClick(full.browser.grid, Qt.Key.Key_1)
    qtbot.waitUntil(lambda: items.load(store, [id])[0].classes == (two,))


def test_words_of_a_text_get_a_class(make_window: Any, tmp_path: Path, qtbot: Any) -> None:
    table = tmp_path / "t.csv"
    table.write_text("text,label\nThe 🩻 shows Berlin and Rome,a\nother,b\n", encoding="utf-8")
    with Project.create(tmp_path / "T.graft", "text-classification") as made:
        import_source(made, table)
    window = make_window(tmp_path / "T.graft")
    full, store = window.page.full, window.session.project
    view = full.viewer.text
    qtbot.waitUntil(lambda: "Berlin" in view.toPlainText())
    view.find("Berlin")
    view.setFocus()
    QTest.keyClick(view, Qt.Key.Key_2)
    qtbot.waitUntil(lambda: len(marks.of_item(store, 1)) == 1)
    (mark,) = marks.of_item(store, 1)
    text = items.load(store, [1])[0].text
    assert text[mark.shape.begin : mark.shape.end] == "Berlin"  # type: ignore[union-attr]
    assert labels.standing(store, [1])[1] == classes.ensure(store, ["a"])["a"]
    qtbot.waitUntil(lambda: full.desk.selected == mark.uid and not full.desk.pending)
    QTest.keyClick(view, Qt.Key.Key_1)
    qtbot.waitUntil(lambda: marks.of_item(store, 1)[0].class_id != mark.class_id)
    QTest.keyClick(view, Qt.Key.Key_Delete)
    qtbot.waitUntil(lambda: marks.of_item(store, 1) == [])
