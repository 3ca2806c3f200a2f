"""Runs side by side: choosing them, their figures and curves, what differs, and which is better."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt

from engine.evaluation import comparing
from engine.store import labels, runs
from engine.store.project import Project
from gui.results.marks import MARKS
from gui.theme import RUN_PALETTE
from tests.gui.result_runs import judged_runs, open_view, store

__all__ = ["judged_runs"]
Key, LEFT = Qt.Key, Qt.MouseButton.LeftButton


def settle(page, qtbot) -> None:
    known = page.compare.comparing
    qtbot.waitUntil(lambda: len(known.lines) == len(known.runs))
    qtbot.waitUntil(lambda: known.together is not None)
    qtbot.waitUntil(lambda: set(known.together.runs) == set(known.chosen))
    qtbot.waitUntil(lambda: all(known.verdict(run) is not None for run in known.others))


def cell(page, row: int, column: int):
    picker = page.compare.picker
    entry, shown = picker.rows.rows[row], picker.rows.columns[column]
    return shown.show(entry), shown.below(entry)


def click(page, qtbot, row: int) -> None:
    picker = page.compare.picker
    at = picker.visualRect(picker.rows.index(row, 1)).center()
    qtbot.mouseClick(picker.viewport(), LEFT, pos=at)


def test_one_run_alone_is_said_so_and_offers_the_next(make_window, judged_runs, qtbot) -> None:
    page = open_view(make_window, judged_runs(3), "compare")
    assert page.compare.stack.currentWidget() is page.compare.empty
    assert "needs two runs" in page.sentence.text()
    assert page.compare.empty.isVisible()


def test_the_two_newest_are_compared_at_first(make_window, judged_runs, qtbot) -> None:
    folder = judged_runs(6, 0, 6)
    page = open_view(make_window, folder, "compare")
    known = page.compare.comparing
    assert page.compare.loading.isVisible()
    settle(page, qtbot)
    assert (known.chosen, known.baseline) == ([2, 3], 2)
    assert page.compare.loading.isHidden() and page.compare.below.isVisible()
    with Project.open(folder, hold=False) as project:
        lines = comparing.table(project, [3, 2, 1])
        words = comparing.better(project, 2, 3).words
    for row, line in enumerate(lines):
        assert cell(page, row, 0) == (line.name, "Last block")
        for column, name in enumerate(("accuracy", "balanced_accuracy", "macro_f1"), start=2):
            low, high = line.intervals[name]
            shown = (f"{line.metrics[name]:.3f}", f"{low:.3f} to {high:.3f}")
            assert cell(page, row, column) == shown
        assert cell(page, row, 5)[0] == "12"
        assert cell(page, row, 6) == ("1 m 15", "75 CPU-seconds")
    assert page.compare.verdicts.sentences == [words]
    (bar,) = page.compare.verdicts.chart.bars
    assert bar.name == "Run 3" and bar.value == pytest.approx(-50.0)
    assert page.sentence.text().startswith("2 of 3 runs side by side")


def test_device_seconds_count_every_process(make_window, judged_runs, qtbot) -> None:
    folder = judged_runs(1)
    with Project.open(folder) as project:
        store(project, 2, device="NVIDIA H100, 2 processes")
    page = open_view(make_window, folder, "compare")
    settle(page, qtbot)
    assert cell(page, 0, 6) == ("1 m 15", "150 GPU-seconds")


def test_clicks_take_runs_in_and_out_within_two_to_six(make_window, judged_runs, qtbot) -> None:
    page = open_view(make_window, judged_runs(*range(7)), "compare")
    settle(page, qtbot)
    known = page.compare.comparing
    click(page, qtbot, 0)
    assert known.chosen == [6, 7]
    assert page.compare.hint.text().startswith("Two runs at least")
    colors = dict(known.places)
    for row in range(2, 6):
        click(page, qtbot, row)
    assert known.chosen == [2, 3, 4, 5, 6, 7]
    assert page.compare.hint.text().startswith("Click a run")
    assert len(set(known.places.values())) == 6
    assert {run: known.places[run] for run in colors} == colors  # they keep their colours
    page.compare.picker.choose(lambda entry: entry.run.id == 1)
    page.compare.picker.setFocus()
    qtbot.keyClick(page.compare.picker, Key.Key_Space)
    assert page.compare.hint.text().startswith("Six runs at most")
    settle(page, qtbot)
    assert len(page.compare.verdicts.sentences) == 5
    page.grab()


def test_the_keyboard_alone_does_it(make_window, judged_runs, qtbot) -> None:
    window = make_window(judged_runs(6, 0, 3))
    window.activateWindow()
    window.show_page("results")
    page = window.page
    qtbot.keyClick(window, Key.Key_2, Qt.KeyboardModifier.AltModifier)
    assert page.view == "compare"
    settle(page, qtbot)
    picker = page.compare.picker
    qtbot.waitUntil(picker.hasFocus)
    qtbot.keyClick(picker, Key.Key_Down)
    qtbot.keyClick(picker, Key.Key_Down)
    qtbot.keyClick(picker, Key.Key_Space)
    settle(page, qtbot)
    assert page.compare.comparing.chosen == [1, 2, 3]
    baseline = page.compare.verdicts.baseline
    assert [baseline.itemData(n) for n in range(3)] == [1, 2, 3]
    assert baseline.currentData() == 1
    qtbot.keyClick(baseline, Key.Key_Down)
    settle(page, qtbot)
    assert page.compare.comparing.baseline == 2
    assert page.compare.comparing.together.runs == (2, 1, 3)
    said = page.compare.verdicts.sentences
    assert said[0].startswith("Run 1 is worse than Run 2")
    assert "than Run 2" in said[1]
    qtbot.keyClick(window, Key.Key_3, Qt.KeyboardModifier.AltModifier)
    assert page.view == "checks"
    qtbot.keyClick(window, Key.Key_1, Qt.KeyboardModifier.AltModifier)
    assert page.view == "result"


def test_curves_have_a_colour_a_mark_and_a_name(make_window, judged_runs, qtbot) -> None:
    page = open_view(make_window, judged_runs(6, 0), "compare")
    settle(page, qtbot)
    card = page.compare.curves
    qtbot.waitUntil(lambda: card._shown != ())
    assert card.legend.accessibleName() == "Curves: Run 1, Run 2"
    for name, plot in card.plots.items():
        for run, place in page.compare.comparing.places.items():
            curve, marks = plot._curves[str(run)], plot._marks[str(run)]
            assert curve.opts["pen"].color().name().upper() == RUN_PALETTE[place]
            assert marks.opts["symbol"] == MARKS[place]
            x, y = curve.getData()
            assert list(x) == [1, 2, 3, 4]
            first = 1 / (1 + run) if name.endswith("loss") else 0.6 + (1 + run) / 40
            assert y[0] == pytest.approx(first)


def test_settings_that_differ_are_marked(make_window, judged_runs, qtbot) -> None:
    folder = judged_runs(3)
    with Project.open(folder) as project:
        store(project, 2, model="a/very/long/name/of/a/model/" * 4, lr=0.01)
        store(project, 2)
    page = open_view(make_window, folder, "compare")
    settle(page, qtbot)
    click(page, qtbot, 2)
    settle(page, qtbot)
    table = page.compare.settings.table
    rows = dict(table.rows.rows)
    assert rows["learning rate"] == ("the preset's own", "0.01", "the preset's own")
    place = list(rows).index("learning rate")
    font = Qt.ItemDataRole.FontRole
    marked = [table.rows.index(place, column).data(font) is not None for column in range(4)]
    assert marked == [False, False, True, False]
    tip = table.rows.index(list(rows).index("model"), 2).data(Qt.ItemDataRole.ToolTipRole)
    assert tip == "a/very/long/name/of/a/model/" * 4
    assert page.compare.settings.hint.text() == "Marked: other than in Run 1"
    page.resize(760, 600)
    page.grab()


def test_runs_that_were_set_alike_are_said_so(make_window, judged_runs, qtbot) -> None:
    page = open_view(make_window, judged_runs(3, 1), "compare")
    settle(page, qtbot)
    assert page.compare.settings.table is None
    assert page.compare.settings.same.isVisible()


def test_a_run_without_a_test_result_is_said_in_line(make_window, judged_runs, qtbot) -> None:
    folder = judged_runs(3)
    with Project.open(folder) as project:
        store(project, 1, splits=("validation",), state="stopped")
    page = open_view(make_window, folder, "compare")
    settle(page, qtbot)
    assert cell(page, 0, 2) == ("–", "no test result")
    (said,) = page.compare.verdicts.sentences
    assert said.startswith("The two runs cannot be compared. Run 1 and Run 2 share 0 test items")
    assert page.compare.verdicts._chart.isHidden() and page.error is None
    qtbot.mouseClick(page.compare.verdicts.split.buttons()[1], LEFT)
    settle(page, qtbot)
    assert "with 12 validation items" in page.compare.verdicts.sentences[0]
    assert page.compare.verdicts.chart.bars


def test_items_that_only_one_run_judged_are_counted(make_window, judged_runs, qtbot) -> None:
    folder = judged_runs(3)
    with Project.open(folder) as project:
        (first,) = project.db.execute("SELECT id FROM class WHERE name = 'a'").fetchone()
        rows = project.db.execute(
            "SELECT item.id FROM item JOIN current_label ON item_id = item.id "
            "WHERE split = 'test' AND class_id != ? LIMIT 2", [first],
        ).fetchall()  # fmt: skip
        labels.give(project, [(id, first) for (id,) in rows], "t", "hand")
        store(project, 3)
    page = open_view(make_window, folder, "compare")
    settle(page, qtbot)
    assert "2 items were left out" in page.compare.verdicts.sentences[0]


def test_a_run_that_ends_joins_and_a_choice_stays(make_window, judged_runs, qtbot) -> None:
    page = open_view(make_window, judged_runs(6, 0, 3), "compare")
    settle(page, qtbot)
    session = page.session
    with Project.open(session.project.folder, hold=False) as project:
        store(project, 2)
    session.refresh()
    qtbot.waitUntil(lambda: len(page.compare.comparing.runs) == 4)
    settle(page, qtbot)
    assert page.compare.comparing.chosen == [3, 4]  # nothing was chosen by hand
    click(page, qtbot, 3)
    with Project.open(session.project.folder, hold=False) as project:
        store(project, 2)
    session.refresh()
    qtbot.waitUntil(lambda: len(page.compare.comparing.runs) == 5)
    settle(page, qtbot)
    assert page.compare.comparing.chosen == [1, 3, 4]


def test_the_table_sorts_by_a_figure(make_window, judged_runs, qtbot) -> None:
    page = open_view(make_window, judged_runs(1, 6, 3), "compare")
    settle(page, qtbot)
    header = page.compare.picker.horizontalHeader()
    at = QPoint(header.sectionViewportPosition(2) + 20, 10)
    qtbot.mouseClick(header.viewport(), LEFT, pos=at)
    assert [entry.run.id for entry in page.compare.picker.rows.rows] == [2, 3, 1]


def test_nothing_is_wider_than_the_window(make_window, judged_runs, qtbot) -> None:
    page = open_view(make_window, judged_runs(6, 0, 3), "compare")
    settle(page, qtbot)
    for size in ((1440, 900), (1280, 800), (1000, 640)):
        page.window().resize(*size)
        for view in ("result", "compare", "checks"):
            page.show_view(view)
            qtbot.wait(10)
            for part in (page.views, page.runs, page.split, page.use):
                if part.isVisible():
                    right = part.mapTo(page, part.rect().bottomRight()).x()
                    assert right <= page.width() - 20
        picker = page.compare.picker
        shown = sum(picker.columnWidth(n) for n in range(7) if not picker.isColumnHidden(n))
        assert shown <= picker.viewport().width()
        assert page.window().width() == size[0]
    assert picker.narrow  # the model stands below the run now, and in the tooltip
    assert picker.rows.index(0, 0).data(Qt.ItemDataRole.ToolTipRole).endswith("resnet18")


def test_one_class_leaves_a_sentence_not_a_crash(make_window, judged_runs, qtbot) -> None:
    """All test items of one class: nothing to balance, but still something to say."""
    folder = judged_runs()
    with Project.open(folder) as project:
        (first,) = project.db.execute("SELECT id FROM class WHERE name = 'a'").fetchone()
        rows = project.db.execute("SELECT id FROM item WHERE split = 'test'").fetchall()
        labels.give(project, [(id, first) for (id,) in rows], "t", "hand")
        store(project, 5)
        store(project, 0)
        assert len(runs.all_runs(project)) == 2
    page = open_view(make_window, folder, "compare")
    settle(page, qtbot)
    (said,) = page.compare.verdicts.sentences
    assert "on the same 12 test items" in said or "with 12 test items" in said
    page.grab()


def test_another_run_is_shown_as_a_result(make_window, judged_runs, qtbot) -> None:
    """'Results' on the Train page leads to the result, whatever was looked at before."""
    page = open_view(make_window, judged_runs(6, 0), "compare")
    page.session.run_wanted.emit(1)
    assert (page.view, page.runs.currentData()) == ("result", 1)
    qtbot.waitUntil(lambda: page.judged is not None and page.judged.run.id == 1)
    assert page.stack.currentWidget() is page.full
    assert isinstance(page.session.project.folder, Path)
