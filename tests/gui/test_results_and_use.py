"""Results of a run, and giving its model new items."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt

from engine.errors import DataError
from engine.evaluation.classification import summary
from engine.events import Done, Failed
from engine.store import datasets, runs
from engine.store.project import Project
from engine.store.runs import Prediction
from gui.results.confusion import Confusion
from gui.use.export import certificate_words
from tests.engine.media.made import dicom, killer
from tests.gui.script_child import ScriptChild
from tests.gui.test_training import store_run


@pytest.fixture
def judged(project: Path) -> Path:
    """A run that said something of every item, the first one wrongly, stored as its test."""
    run = store_run(project)
    with Project.open(project) as opened:
        said = []
        rows = opened.db.execute("SELECT item_id, target FROM dataset_item ORDER BY item_id")
        for place, (item, target) in enumerate(rows.fetchall()):
            predicted = 1 - target if place == 0 else target
            sure = np.array([0.2, 0.8] if predicted else [0.8, 0.2], "<f4")
            said.append(Prediction(item, "test", target, predicted, sure.tobytes()))
        runs.store_predictions(opened, run, said)
        assert datasets.load(opened, runs.load(opened, run).dataset_id).classes == ("blue", "red")
    return project


def test_without_a_run_it_says_so(make_window, project: Path) -> None:
    window = make_window(project)
    for name in ("results", "use"):
        window.show_page(name)
        assert window.page.stack.currentWidget() is window.page.empty
        assert window.page.sentence.text() == "No run has finished yet"


def test_figures_have_their_intervals(make_window, judged: Path, qtbot) -> None:
    window = make_window(judged)
    window.show_page("results")
    page = window.page
    qtbot.waitUntil(lambda: page.judged is not None)
    found = page.judged
    right = summary(found.targets, np.eye(2, dtype=np.float32)[found.predicted] * 0.6 + 0.2)
    assert page.figures["accuracy"].value == f"{11 / 12:.3f}"
    for name in ("accuracy", "balanced_accuracy", "macro_f1"):
        low, high = right.intervals[name]
        assert f"{low:.3f} to {high:.3f}" in page.figures[name]._caption.text()
    assert page.wrong.value == "1"
    rows = {row[0]: row for row in page.table.rows.rows}
    assert rows["blue"][4] + rows["red"][4] == 12


def test_a_click_on_a_cell_shows_its_items_and_each_opens(make_window, judged, qtbot) -> None:
    window = make_window(judged)
    window.show_page("results")
    page = window.page
    qtbot.waitUntil(lambda: page.judged is not None)
    true = int(page.judged.targets[0])
    cell = page.matrix.cell_rect(true, 1 - true).center().toPoint()
    qtbot.mouseClick(page.matrix, Qt.MouseButton.LeftButton, pos=cell)
    qtbot.waitUntil(lambda: page.cell.model.rowCount() == 1)
    assert "taken for" in page.cell.words.text()
    item = page.cell.model.id_at(0)
    assert item == int(page.judged.items[0])
    qtbot.keyClick(page.cell.grid, Qt.Key.Key_Return)
    assert window.page.name == "data"
    qtbot.waitUntil(lambda: window.page.full.browser.current_id == item)


def test_the_matrix_is_walked_with_arrow_keys(make_window, judged: Path, qtbot) -> None:
    window = make_window(judged)
    window.show_page("results")
    page = window.page
    qtbot.waitUntil(lambda: page.judged is not None)
    for key in (Qt.Key.Key_Down, Qt.Key.Key_Down, Qt.Key.Key_Right, Qt.Key.Key_Return):
        qtbot.keyClick(page.matrix, key)
    assert page.matrix.cell == (1, 1)
    counts = page.judged.summary.confusion
    assert page.cell.model.rowCount() == counts[1, 1]
    assert f"{counts[1, 1]} red" in page.matrix.accessibleName()


def test_a_split_without_predictions_says_so(make_window, judged: Path, qtbot) -> None:
    window = make_window(judged)
    window.show_page("results")
    page = window.page
    qtbot.waitUntil(lambda: page.judged is not None)
    next(one for one in page.split.buttons() if one.text() == "Validation").click()
    qtbot.waitUntil(lambda: page.stack.currentWidget() is page.none)
    assert "validation" in page.none.words.text()


def test_many_classes_still_fit(qapp, qtbot) -> None:
    matrix = Confusion()
    qtbot.addWidget(matrix)
    matrix.resize(400, 380)
    names = tuple(f"a class with a long name {n}" for n in range(77))
    counts = np.zeros((77, 77), np.int64)
    counts[3, 70] = 5
    matrix.show_counts(counts, names)
    matrix.show()
    chosen = []
    matrix.cell_chosen.connect(lambda *cell: chosen.append(cell))
    last = matrix.cell_rect(76, 76)
    assert matrix.rect().toRectF().contains(last)
    at = matrix.cell_rect(3, 70).center().toPoint()
    qtbot.mouseClick(matrix, Qt.MouseButton.LeftButton, pos=at)
    assert chosen == [(3, 70)]


def test_predictions_show_classes_and_what_could_not_be_read(
    make_window, judged: Path, pictures: Path, qtbot
) -> None:
    good, bad = pictures / "red" / "patient0_0.png", pictures / "red" / "broken.png"
    problem = DataError("This is no picture", "It has none.", "Choose another.").to_wire()
    answer = [
        {"name": str(good), "class": "red", "probability": 0.9,
         "probabilities": {"red": 0.9, "blue": 0.1}, "problem": None},
        {"name": str(bad), "class": None, "probability": None, "probabilities": {},
         "problem": problem},
    ]  # fmt: skip
    child = ScriptChild([Done(answer)])
    window = make_window(judged, make_child=lambda: child)
    window.show_page("use")
    page = window.page
    page.predict([good, bad])
    assert not page.choose.isEnabled()
    qtbot.waitUntil(lambda: page.predictions.model.rowCount() == 2)
    assert child.request.arguments["files"] == [str(good), str(bad)]
    texts = [page.predictions.model.index(n).data() for n in range(2)]
    assert texts == [f"{good}: red 0.90", f"{bad}: not readable"]
    assert page.choose.isEnabled()
    page.predictions.view.grab()
    qtbot.waitUntil(lambda: page.predictions.picture(str(good)) is not None)
    page.clear.click()
    assert page.predictions.model.rowCount() == 0


def test_a_dropped_file_that_ends_its_reader_does_not_end_the_window(
    make_window, judged: Path, tmp_path: Path, qtbot
) -> None:
    bad = killer(tmp_path / "bad.dcm")
    good = dicom(tmp_path / "good.dcm", np.arange(256, dtype=np.uint8).reshape(16, 16))
    window = make_window(judged)
    window.show_page("use")
    predictions = window.page.predictions
    assert predictions.picture(str(bad)) is None and predictions.picture(str(good)) is None
    qtbot.waitUntil(lambda: predictions.picture(str(good)) is not None, timeout=20_000)
    assert predictions.picture(str(bad)) is None


def test_texts_are_classified_line_by_line(make_window, texts: Path, qtbot) -> None:
    store_run(texts)
    child = ScriptChild([Done([])])
    window = make_window(texts, make_child=lambda: child)
    window.show_page("use")
    page = window.page
    page.text.setPlainText("where is it\n\n  my money back \n")
    qtbot.mouseClick(page.ask_texts, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: child.request is not None)
    assert child.request.arguments["texts"] == ["where is it", "my money back"]
    qtbot.waitUntil(page.ask_texts.isEnabled)


def test_an_export_shows_its_certificate_or_why_not(make_window, judged, tmp_path, qtbot) -> None:
    result = {"folder": str(tmp_path / "out"), "files": ["model.onnx", "card.md"],
              "parity": {"items": 12, "agree": 12, "largest_difference": 2.4e-6}}  # fmt: skip
    error = DataError("The model cannot be exported", "Why.", "Do.")
    children = [ScriptChild([Done(result)]), ScriptChild([Failed(error.to_wire())])]
    window = make_window(judged, make_child=lambda: children.pop(0))
    window.show_page("use")
    page = window.page
    page.export.export_to(tmp_path / "out")
    qtbot.waitUntil(lambda: page.export.show_folder.isVisible())
    words = page.export.certificate.text()
    assert "12 test items" in words
    assert "all of them get the same class" in words
    assert "2e-06" in words
    page.export.export_to(tmp_path / "out")
    qtbot.waitUntil(lambda: page.error is not None)
    assert page.error.title == error.title


def test_a_certificate_does_not_hide_what_differs() -> None:
    words = certificate_words(
        {"files": ["a"], "parity": {"items": 10, "agree": 9, "largest_difference": 0.2}}
    )
    assert "9 of them get" in words
    assert "0.2" in words
