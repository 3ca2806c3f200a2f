"""Items: added once, brought up to date, found, filtered."""

import pytest

from engine.errors import DataError
from engine.store import classes, finding, items, labels, places
from engine.store.finding import Query
from engine.store.items import NewItem


@pytest.fixture
def source(project):
    return items.source_id(project, project.folder)


def new(path, hash="h", **more):
    return NewItem(path, "image", hash, 1, **more)


def test_the_same_place_is_the_same_item(project, source):
    assert items.add(project, source, [new("a"), new("b")]) == (2, 0)
    assert items.add(project, source, [new("b"), new("c")]) == (1, 2 - 1)
    assert items.counts(project)["items"] == 3


def test_what_was_found_out_stays_while_the_content_does(project, source):
    items.add(project, source, [new("a", split="test", group="p")])
    (id,) = items.ids(project)
    items.set_checked(project, [(id, None)])
    items.add(project, source, [new("a", modified=5.0)])
    (item,) = items.load(project, [id])
    assert (item.state, item.split, item.group) == ("checked", "test", "p")
    items.add(project, source, [new("a", "other")])
    (item,) = items.load(project, [id])
    assert (item.state, item.hash, item.split) == ("indexed", "other", "test")


def test_a_broken_item_that_was_mended_is_looked_at_again(project, source):
    bad = DataError("The file is empty", "It holds nothing.", "Copy it again.", "d", "a")
    items.add(project, source, [new("a", problem=bad)])
    (item,) = items.load(project, items.ids(project))
    assert item.state == "broken" and item.problem.to_wire() == bad.to_wire()
    items.add(project, source, [new("a")])
    (item,) = items.load(project, items.ids(project))
    assert item.state == "indexed" and item.problem is None


@pytest.mark.parametrize(
    "name",
    ["with space.png", "it's \"quoted\".png", "Снимок.png", "🩻🫁.png", "x" * 251 + ".png",
     "100%_sure.png", "a\\b.png", "deep/er/still/a.png", "\u0301combining.png"],
)  # fmt: skip
def test_names_of_all_kinds_come_back_and_are_found(project, source, name):
    items.add(project, source, [new(name), new("another one.jpg")])
    (id,) = finding.find(project, Query(path=name))
    (item,) = items.load(project, [id])
    assert item.path == name and item.file == project.folder / name
    assert item.name == name.rsplit("/", 1)[-1]


def test_loading_keeps_the_order_and_leaves_out_strangers(project, source):
    items.add(project, source, [new(f"{n:04}") for n in range(1200)])
    ids = list(items.ids(project))[::-1]
    assert [item.id for item in items.load(project, [*ids, 10**9])] == ids
    assert [item.id for item in items.each(project)] == ids[::-1]


def test_rows_of_a_table_have_names(text_project):
    source = items.source_id(text_project, text_project.folder)
    items.add(text_project, source, [NewItem("t.csv", "text", "h", 1, position=7, text="hi")])
    (item,) = items.load(text_project, items.ids(text_project))
    assert item.name == "t.csv, row 7" and item.text == "hi"


def test_places_know_the_current_and_the_imported_label(project, source):
    items.add(project, source, [new("a")])
    (id,) = items.ids(project)
    known = classes.ensure(project, ["cat", "dog"])
    labels.give(project, [(id, known["cat"])], "csv", "import")
    labels.give(project, [(id, known["dog"])], "Ann")
    found = places.at(project, source, [("a", 0), ("b", 0)])
    assert list(found) == [("a", 0)]
    assert (found["a", 0].class_id, found["a", 0].imported) == (known["dog"], known["cat"])


def test_files_that_swapped_their_names(project, source, tmp_path):
    items.add(project, source, [new("a", "1"), new("b", "2"), new("c", "3")])
    one, two, three = items.ids(project)
    places.move(project, source, tmp_path, [(one, "b"), (two, "c")])
    moved = {item.id: item for item in items.load(project, [one, two, three])}
    assert moved[one].file == tmp_path / "b" and moved[two].file == tmp_path / "c"
    assert moved[three].path.startswith("c (lost")
