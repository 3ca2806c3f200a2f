"""The Model page: search, filters, what is said of a model, comparison, accuracy by cost."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication

from engine.models import catalogue
from engine.room import Room
from gui.models.filters import KINDS, LICENCES, SIZES, Wanted
from gui.models.rows import ModelRow, read


@pytest.fixture
def page(make_window, project: Path, qtbot):  # type: ignore[no-untyped-def]
    window = make_window(project)
    window.show_page("models")
    qtbot.waitUntil(lambda: window.page.stack.currentWidget() is window.page.full)
    return window.page


@pytest.fixture(scope="module")
def rows() -> list[ModelRow]:
    return read("image-classification").rows


def names(page) -> set[str]:  # type: ignore[no-untyped-def]
    return {row.name for row in page.table.rows.rows}


ROOM = Room("a card", 8_000_000_000, True)


def test_models_are_searched_and_chosen_with_keys(page, qtbot) -> None:
    session = page.session
    assert len(page.table.rows.rows) > 80
    qtbot.keyClicks(page.filters.search, "squeeze 1_1")
    assert names(page) == {"squeezenet1_1"}
    page.table.setFocus()
    qtbot.keyClick(page.table, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: session.facts.model is not None)
    assert session.facts.model["name"] == "squeezenet1_1"
    card = page.side.card
    qtbot.waitUntil(lambda: card.use.text() == "In use")
    assert "squeezenet1_1" in card.where.text()  # what to put where
    assert card.place.text() == str(page.table.current.folder)
    page.filters.search.setText("no such model")
    assert not page.listing.nothing.isHidden()
    page.filters.reset.click()
    assert page.listing.nothing.isHidden()
    assert len(page.table.rows.rows) > 80


def test_the_starter_is_there_at_once_and_is_nobodys_to_delete(page, qtbot) -> None:
    assert page.table.rows.rows[0].name == "graft-starter"
    page.select("graft-starter")
    card = page.side.card
    qtbot.waitUntil(lambda: card.where.text() == "It comes with Graft.")
    assert card.leave.isHidden() and card.get.isHidden()
    card.use.click()
    qtbot.waitUntil(lambda: page.session.facts.model is not None)
    assert page.session.facts.model == {
        "name": "graft-starter", "title": "Graft starter", "weights": None,
    }  # fmt: skip


def test_weights_of_ones_own_are_for_the_model_of_their_name(page, tmp_path, qtbot) -> None:
    session = page.session
    page.use_weights(tmp_path / "resnet18.safetensors")
    qtbot.waitUntil(lambda: session.facts.model is not None)
    assert session.facts.model["name"] == "resnet18"
    assert session.facts.model["weights"] == str(tmp_path / "resnet18.safetensors")
    folder = tmp_path / "my-bert"
    folder.mkdir()
    page.use_weights(folder, folder=True)
    qtbot.waitUntil(lambda: session.facts.model["name"] == str(folder))


def test_weights_of_no_model_in_sight_are_not_passed_over(page, tmp_path) -> None:
    page.filters.search.setText("no such model")
    page.use_weights(tmp_path / "mine.safetensors")
    assert page.error.title == "Which model are these weights of?"
    assert page.session.facts.model is None


def test_a_dropped_file_that_holds_no_model_is_refused_in_words(page, tmp_path, qtbot) -> None:
    (tmp_path / "notes.txt").write_text("no weights")
    for name in ("notes.txt", "gone.safetensors"):
        page.clear_error()
        page.side.take(tmp_path / name)
        qtbot.waitUntil(lambda: page.error is not None)
        assert page.error.title == "This is no model"
        assert name in page.error.cause
    assert page._question is None


def test_what_is_dropped_is_asked_about_and_can_stay_where_it_is(page, tmp_path, qtbot) -> None:
    (tmp_path / "resnet18.safetensors").write_bytes(b"weights")
    page.side.take(tmp_path / "resnet18.safetensors")
    qtbot.waitUntil(lambda: page._question is not None)
    question = page._question
    offered = [one.text() for one in question.buttons]
    assert offered == ["Bring it in", "Use it here only", "Nothing"]
    question.buttons[1].click()
    qtbot.waitUntil(lambda: page.session.facts.model is not None)
    assert page.session.facts.model["weights"] == str(tmp_path / "resnet18.safetensors")
    assert page._question is None


def test_the_list_begins_with_what_the_project_can_use(page, qtbot) -> None:
    assert all(row.usable for row in page.table.rows.rows)
    page.filters.kind.choose("object-detection")
    found = page.table.rows.rows
    assert found
    assert {row.kind for row in found} == {"object-detection"}
    qtbot.waitUntil(page.side.card.use.isHidden)  # a detector cannot be used here
    page.filters.kind.choose("medical")
    assert {row.entry.domain for row in page.table.rows.rows} == {"medical"}


@pytest.mark.parametrize(
    ("text", "kind"), [(text, kind) for text, kind in KINDS if kind not in ("usable", "")]
)
def test_every_kind_that_can_be_chosen_has_models(rows, text: str, kind: str) -> None:
    assert any(Wanted(kind=kind).lets(row, ROOM) for row in rows), text


def test_each_filter_takes_away_only_what_it_says(rows) -> None:
    everything = Wanted(kind="")
    assert all(everything.lets(row, ROOM) for row in rows)
    for _, span in SIZES[1:]:
        found = [row for row in rows if Wanted(kind="", sizes=span).lets(row, ROOM)]
        assert found
        assert all(span[0] <= row.parameters < span[1] for row in found)
    for _, licence in LICENCES[1:]:
        found = [row for row in rows if Wanted(kind="", licence=licence).lets(row, ROOM)]
        assert 0 < len(found) < len(rows)
        assert {getattr(row, licence) for row in found} == {"yes"}
    assert not any(Wanted(kind="", here=True).lets(row, ROOM) for row in rows if row.path is None)


def test_memory_lets_through_what_fits(rows) -> None:
    known = [row for row in rows if row.parameters]
    one = known[len(known) // 2]
    exactly = Room("a card", one.needs(True) or 0, True)
    less = Room("a card", (one.needs(True) or 0) - 1, True)
    assert Wanted(kind="", fits="all").lets(one, exactly)
    assert not Wanted(kind="", fits="all").lets(one, less)
    assert Wanted(kind="", fits="head").lets(one, less)


def test_every_question_of_a_chooser_is_answered_for_every_model(rows) -> None:
    from gui.models.answers import answers

    for row in rows:
        said = answers(row, "image-classification", 400, 4, ROOM)
        assert len(said) >= 9, row.name
        assert all(one.question and len(one.words) > 10 for one in said), row.name


def test_an_answer_speaks_of_the_persons_own_data_and_machine(page) -> None:
    page.select("resnet50")
    facts = page.session.facts
    said = {question.text(): words.text() for question, words, _ in page.side.card.questions._lines}
    size = said["Is it the right size for my data?"]
    assert f"{facts.counts['labelled']} labelled items" in size
    assert page.shelf.room.name in size


def test_the_address_of_a_source_is_copied_not_opened(page) -> None:
    page.select("resnet50")
    lines = page.side.card.questions._lines
    copy = next(copy for _, _, copy in lines if not copy.isHidden())
    copy.click()
    assert QGuiApplication.clipboard().text() == copy.toolTip()
    assert copy.toolTip().startswith("https://")


def test_up_to_four_models_stand_side_by_side(page, qtbot) -> None:
    chosen = ("resnet18", "resnet50", "mobilenet_v2", "vit_b_16", "convnext_tiny")
    for name in chosen[:4]:
        page.select(name)
        page.table.setFocus()
        qtbot.keyClick(page.table, Qt.Key.Key_C)
    assert page.compared == list(chosen[:4])
    page.select(chosen[4])
    qtbot.keyClick(page.table, Qt.Key.Key_C)
    assert page.compared == list(chosen[:4])
    assert "Leave one of them out" in page.error.remedy
    page.show_view("compare")
    assert page.compare.stack.currentWidget() is page.compare.full
    assert "4 of 4" in page.sentence.text()
    page.compare.left_out.emit(page.views.chosen(page.rows)[0])
    assert page.compared == list(chosen[1:4])


def test_a_dot_selects_its_model(page, qtbot) -> None:
    page.show_view("scatter")
    assert page.scatter.measure == ("top-1 accuracy", "ImageNet-1K")
    plotted = {dot.thing for dot in page.scatter.plot._dots}
    expected = {
        entry.name for entry in catalogue.entries("image-classification")
        if entry.accuracy is not None and entry.flops
        and (entry.metric, entry.measured_on) == page.scatter.measure
    }  # fmt: skip
    assert plotted == expected
    page.scatter.plot.pressed.emit("resnet101")
    assert page.table.current.name == "resnet101"
    assert page.side.card.model_name.text() == page.table.current.title
    page.filters.search.setText("nothing is called so")
    assert page.scatter.stack.currentWidget() is page.scatter.empty


def test_all_views_are_reached_by_keys(page, qtbot) -> None:
    for key, view in ((Qt.Key.Key_2, "scatter"), (Qt.Key.Key_3, "compare"),
                      (Qt.Key.Key_4, "rank"), (Qt.Key.Key_1, "list")):  # fmt: skip
        qtbot.keyClick(page, key, Qt.KeyboardModifier.AltModifier)
        assert page.view == view
