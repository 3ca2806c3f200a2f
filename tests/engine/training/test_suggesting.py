"""The child's loop: real networks describe real items, and every label is answered on disk."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engine.errors import Cancelled, ConfigurationError, DataError, GraftError
from engine.events import Activity, Done, Event, Suggested, from_wire, to_wire
from engine.exchange.digits import write_digits
from engine.exchange.importing import import_source
from engine.store import classes, items, labels
from engine.store.project import Project
from engine.suggesting import files
from engine.training.control import Control, StopNow
from engine.training.counsel import OPERATIONS
from engine.training.process import Child, Request
from engine.training.recipe import Recipe
from engine.training.worker import perform
from tests import tiny

Recipes = Callable[..., Recipe]


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("digits")
    write_digits(folder / "all", range(3))
    return folder / "all"


@pytest.fixture
def digits(drawn: Path, tmp_path: Path) -> Iterator[Project]:
    """Three handwritten digits, their labels taken back."""
    with Project.create(tmp_path / "digits", "image-classification") as project:
        import_source(project, drawn)
        project.db.execute("UPDATE item SET split = NULL")
        truth = {item.id: item.class_id for item in items.each(project)}
        labels.give(project, [(id, None) for id in truth], "tester")
        project.truth = truth  # type: ignore[attr-defined]
        yield project


def ask(project: Project, recipe: Recipe, emit: Any = None, **more: Any) -> dict[str, Any]:
    arguments = {"recipe": recipe.to_wire(), "once": True, **more}
    found: dict[str, Any] = OPERATIONS["suggest"](
        project, arguments, emit or (lambda event: None), Control()
    )
    return found


def rows_of(project: Project) -> files.Rows:
    found = files.newest(files.folder(project), files.SUGGESTIONS)
    assert found is not None
    return found


def teach(project: Project, count: int) -> None:
    """`count` labels of each class."""
    truth: dict[int, int] = project.truth  # type: ignore[attr-defined]
    for cls in set(truth.values()):
        own = [id for id, is_ in truth.items() if is_ == cls]
        labels.give(project, [(id, cls) for id in own[:count]], "tester")


@contextmanager
def suggesting(project: Project, recipe: Recipe) -> Iterator[list[Event]]:
    """The loop in a thread of its own, until the block ends; the events so far."""
    told: list[Event] = []
    control = Control()
    ended: list[BaseException] = []

    def work() -> None:
        try:
            OPERATIONS["suggest"](project, {"recipe": recipe.to_wire()}, told.append, control)
        except (StopNow, GraftError) as error:
            ended.append(error)

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield told
    finally:
        control.command("stop")
        thread.join(20)
    assert not thread.is_alive() and isinstance(ended[0], StopNow), ended


def wait_for(told: list[Event], holds: Callable[[Suggested], bool]) -> Suggested:
    until = time.monotonic() + 30
    while time.monotonic() < until:
        for event in told:
            if isinstance(event, Suggested) and holds(event):
                return event
        time.sleep(0.02)
    raise AssertionError(told[-3:])


def test_it_suggests_what_is_right_and_leaves_the_project_as_it_was(
    digits: Project, recipe_for: Recipes
) -> None:
    teach(digits, 10)
    before = digits.db.execute("SELECT count(*), max(id) FROM label").fetchone()
    tables = [row[0] for row in digits.db.execute("SELECT name FROM sqlite_master")]
    found = ask(digits, recipe_for("resnet"))
    rows = rows_of(digits)
    truth: dict[int, int] = digits.truth  # type: ignore[attr-defined]
    right = np.mean([truth[int(row["item"])] == row["class_id"] for row in rows])
    assert right > 0.8
    assert abs(float(rows["probability"].mean()) - right) < 0.15, "it says how sure it may be"
    assert found["labelled"] == 30 and found["missing"] == []
    assert found["suggested"] == len(rows) == len(truth) - 30
    assert found["low"] <= found["accuracy"] <= found["high"]
    for order in ("by_uncertainty", "by_diversity", "by_mix"):
        assert sorted(rows[order]) == list(range(len(rows)))
    assert 0.02 < rows["hidden"].mean() < 0.25
    assert digits.db.execute("SELECT count(*), max(id) FROM label").fetchone() == before
    assert [row[0] for row in digits.db.execute("SELECT name FROM sqlite_master")] == tables
    assert not digits.db.execute("SELECT count(*) FROM dataset").fetchone()[0]


def test_before_there_are_labels_it_orders_and_claims_nothing(
    digits: Project, recipe_for: Recipes
) -> None:
    found = ask(digits, recipe_for("resnet"))
    rows = rows_of(digits)
    assert found["accuracy"] is None and found["classes"] == [] and len(found["missing"]) == 3
    assert (rows["class_id"] == -1).all() and (rows["probability"] == 0).all()
    first = rows["item"][np.argsort(rows["by_diversity"])[:9]]
    truth: dict[int, int] = digits.truth  # type: ignore[attr-defined]
    assert len({truth[int(id)] for id in first}) == 3, "nine far apart hold all three digits"


def test_a_class_without_labels_is_waited_for_unless_told_otherwise(
    digits: Project, recipe_for: Recipes
) -> None:
    teach(digits, 4)
    added = classes.ensure(digits, ["unseen"])["unseen"]
    found = ask(digits, recipe_for("resnet"))
    assert found["missing"] == [added] and (rows_of(digits)["class_id"] == -1).all()
    found = ask(digits, recipe_for("resnet"), partial=True)
    assert found["missing"] == [added] and (rows_of(digits)["class_id"] >= 0).all()


def test_labels_of_test_items_do_not_teach(digits: Project, recipe_for: Recipes) -> None:
    teach(digits, 4)
    digits.db.execute(
        "UPDATE item SET split = 'test' WHERE id IN (SELECT item_id FROM current_label)"
    )
    found = ask(digits, recipe_for("resnet"))
    assert found["labelled"] == 0 and len(found["missing"]) == 3
    assert found["suggested"] == found["items"] - 12, "they have a label and need no suggestion"


def test_every_label_is_answered_and_a_label_taken_back_is_forgotten(
    digits: Project, recipe_for: Recipes
) -> None:
    teach(digits, 3)
    truth: dict[int, int] = digits.truth  # type: ignore[attr-defined]
    with suggesting(digits, recipe_for("resnet")) as told:
        first = wait_for(told, lambda e: e.described == e.items and e.labelled == 9)
        rows = rows_of(digits)
        item = int(rows["item"][np.argmax(rows["uncertainty"])])
        labels.give(digits, [(item, truth[item])], "tester")
        second = wait_for(told, lambda e: e.labelled == 10)
        assert second.suggested == first.suggested - 1
        assert item not in rows_of(digits)["item"]
        told.clear()
        labels.give(digits, [(item, None)], "tester")
        third = wait_for(told, lambda e: e.labelled == 9)
        assert third.suggested == first.suggested
        assert item in rows_of(digits)["item"]
    assert first.file < second.file < third.file
    assert len(list(files.folder(digits).glob("suggestions-*.npy"))) == 1


def test_what_changes_no_label_is_not_answered(digits: Project, recipe_for: Recipes) -> None:
    teach(digits, 3)
    with suggesting(digits, recipe_for("resnet")) as told:
        wait_for(told, lambda e: e.described == e.items and e.labelled == 9)
        count = len(told)
        digits.settings_set(colour="blue")
        time.sleep(0.3)
        assert len(told) == count


def test_a_project_without_items_waits_for_some(
    project: Project, recipe_for: Recipes, draw: Callable[..., Path], tmp_path: Path
) -> None:
    assert ask(project, recipe_for("resnet")) == {}
    with suggesting(project, recipe_for("resnet")) as told:
        draw(tmp_path / "more" / "odd" / "a.png", 3)
        import_source(project, tmp_path / "more")
        assert wait_for(told, lambda e: e.described == 1).items == 1


def test_items_that_come_are_taken_in_and_features_stay(
    digits: Project, recipe_for: Recipes, draw: Callable[..., Path], tmp_path: Path
) -> None:
    teach(digits, 3)
    ask(digits, recipe_for("resnet"))
    (kept,) = files.folder(digits).glob("features-*.npy")
    (files.folder(digits) / "current.json").unlink()
    described: list[str] = []
    ask(digits, recipe_for("resnet"), lambda e: described.append(getattr(e, "text", "")))
    assert not any(text.startswith("Describing") for text in described), "nothing is done twice"
    with suggesting(digits, recipe_for("resnet")) as told:
        before = wait_for(told, lambda e: e.described == e.items)
        draw(tmp_path / "more" / "odd" / "a.png", 3)
        (tmp_path / "more" / "odd" / "b.png").write_bytes(b"no picture")
        import_source(digits, tmp_path / "more")
        after = wait_for(told, lambda e: e.items > before.items)
        wait_for(told, lambda e: e.described == before.described + 1)
    assert after.items >= before.items + 1
    assert not kept.exists(), "the older file went when a newer one came"
    place = files.folder(digits)
    facts = files.current(place)
    assert facts is not None and facts["kind"] == "image"
    rows = files.newest(place, f"features-{facts['key']}")
    assert rows is not None and len(rows) == before.described + 1
    assert rows["features"].shape[1] == facts["width"]
    assert (np.diff(rows["item"]) > 0).all()


def test_texts_are_suggested_the_same_way(text_project: Project, recipe_for: Recipes) -> None:
    with tiny.text_project(text_project.folder.parent / "t", 60) as project:
        project.db.execute("UPDATE item SET split = NULL")
        keep = [item.id for item in items.each(project)][:20]
        others = [item.id for item in items.each(project)][20:]
        labels.give(project, [(id, None) for id in others], "tester")
        found = ask(project, recipe_for("bert"))
        assert found["labelled"] == len(keep) and found["suggested"] == len(others)
        assert set(rows_of(project)["item"]) == set(others)


def test_the_map_and_the_worth_rest_on_the_same_features(
    digits: Project, recipe_for: Recipes
) -> None:
    for name in ("map-items", "labels-worth"):
        with pytest.raises(ConfigurationError, match="not described"):
            OPERATIONS[name](digits, {}, lambda event: None, Control())
    teach(digits, 20)
    ask(digits, recipe_for("resnet"))
    said = OPERATIONS["labels-worth"](digits, {}, lambda event: None, Control())
    assert json.loads(json.dumps(said)) == said
    assert said["labels"] == 60 and said["words"] and said["state"] in ("gain", "stop", "unsure")
    told: list[Event] = []
    first = OPERATIONS["map-items"](digits, {}, told.append, Control())
    assert first["items"] == len(digits.truth)  # type: ignore[attr-defined]
    assert any(isinstance(event, Activity) for event in told)
    facts = files.current(files.folder(digits))
    assert facts is not None
    name = f"map-{facts['key']}"
    rows = np.array(files.newest(files.folder(digits), name))
    again = OPERATIONS["map-items"](digits, {}, lambda event: None, Control())
    assert again["file"] != first["file"]
    assert np.array_equal(rows, np.asarray(files.newest(files.folder(digits), name)))


def test_it_stops_while_it_describes_and_goes_on_later(
    digits: Project, recipe_for: Recipes
) -> None:
    control = Control()

    def stop(event: Event) -> None:
        if isinstance(event, Activity) and event.text.startswith("Describing") and event.done > 40:
            control.command("stop")

    arguments = {"recipe": recipe_for("resnet").to_wire(), "once": True}
    with pytest.raises(Cancelled):
        perform("suggest", str(digits.folder), arguments, stop, control)
    assert not list(files.folder(digits).glob("*.part*"))
    found = ask(digits, recipe_for("resnet"))
    assert found["described"] == found["items"]


def test_files_that_are_gone_are_said_to_be(tmp_path: Path, recipe_for: Recipes) -> None:
    with tiny.picture_project(tmp_path) as project:
        for file in tmp_path.rglob("*.png"):
            file.unlink()
        with pytest.raises(DataError, match="No item can be read"):
            ask(project, recipe_for("resnet"))


def test_the_event_crosses_the_pipe() -> None:
    event = Suggested("suggestions-00000001.npy", 5, 4, [1, 2], [3], 9, 9, 0.1)
    assert from_wire(to_wire(event)) == event


def test_a_real_child_answers_and_ends_when_told(digits: Project, recipe_for: Recipes) -> None:
    teach(digits, 3)
    child = Child()
    child.start(Request("suggest", str(digits.folder), {"recipe": recipe_for("resnet").to_wire()}))
    last: Event | None = None
    answered = 0
    for event in child.events():
        last = event
        if isinstance(event, Suggested) and event.described == event.items:
            answered += 1
            if answered == 1:
                teach(digits, 4)
            elif event.labelled == 12:
                child.command("stop")
    assert isinstance(last, Done) and last.result is None and answered >= 2
