"""Two copies of a project, worked on apart, become one again label by label."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.errors import ConfigurationError, ResourceError
from engine.labels.edits import Note, Reclass, Relabel
from engine.labels.marks import Mark
from engine.labels.shapes import Box
from engine.store import classes, items, journal, labels, marks, merging, notes
from engine.store.items import NewItem
from engine.store.merging import merge_copy
from engine.store.project import Project

COUNT = 6


def copied(folder: Path) -> tuple[Project, Project]:
    """A project and a copy of it, as a person copies a folder."""
    with Project.create(folder / "here", "image-classification") as made:
        source = items.source_id(made, folder)
        items.add(made, source, [NewItem(f"{n}.png", "image", f"h{n}", 1) for n in range(COUNT)])
        cat = classes.ensure(made, ["cat", "dog"])["cat"]
        labels.give(made, [(1, cat)], "import", "import")
    shutil.copytree(folder / "here.graft", folder / "stick.graft")
    return Project.open(folder / "here.graft"), Project.open(folder / "stick.graft")


@pytest.fixture
def both(tmp_path: Path) -> Iterator[tuple[Project, Project]]:
    pair = copied(tmp_path)
    yield pair
    for one in pair:
        one.close()


def standing(project: Project) -> dict[str, str | None]:
    names = {cls.id: cls.name for cls in classes.all_classes(project)}
    return {item.path: names.get(item.class_id or 0) for item in items.each(project)}


def cls(project: Project, name: str) -> int:
    return classes.ensure(project, [name])[name]


def test_what_was_said_there_comes_and_a_second_time_brings_nothing(
    both: tuple[Project, Project],
) -> None:
    here, stick = both
    labels.give(here, [(2, cls(here, "cat"))], "Ann")
    labels.give(stick, [(3, cls(stick, "dog")), (4, cls(stick, "eel"))], "Bob")
    marks.put(stick, [Mark("m", 5, cls(stick, "dog"), Box(1, 2, 3, 4))], "Bob")
    notes.write(stick, [Note(6, True, False, "odd")], "Bob")
    seen = merge_copy(here, stick.folder, look_only=True)
    assert standing(here)["2.png"] is None, "a look stores nothing"
    report = merge_copy(here, stick.folder)
    assert (report.labels, report.marks, report.notes) == (2, 1, 1)
    assert (seen.labels, seen.marks, seen.classes) == (2, 1, ["eel"])
    assert report.classes == ["eel"] and report.readers == ["Bob"] and not report.conflicts
    assert standing(here) == {
        "0.png": "cat", "1.png": "cat", "2.png": "dog", "3.png": "eel", "4.png": None,
        "5.png": None,
    }  # fmt: skip
    assert marks.of_item(here, 5)[0].shape == Box(1, 2, 3, 4)
    assert notes.of(here, [6])[6].text == "odd"
    assert [one.reader for one in labels.history(here, 3)] == ["Bob"]
    assert (here.folder / report.kept).is_file()
    again = merge_copy(here, stick.folder)
    assert (again.labels, again.marks, again.notes, again.classes) == (0, 0, 0, [])
    assert len(list(merging.reports(here))) == 2


def test_the_later_saying_stands_and_the_conflict_is_listed(
    both: tuple[Project, Project], monkeypatch: pytest.MonkeyPatch
) -> None:
    here, stick = both
    clock = iter(f"2031-01-01T00:00:{second:02}.000+00:00" for second in range(60))
    monkeypatch.setattr("engine.store.stamps.now", lambda: next(clock))
    labels.give(stick, [(2, cls(stick, "dog"))], "Bob")
    labels.give(here, [(2, cls(here, "cat"))], "Ann")  # later than Bob
    labels.give(here, [(3, cls(here, "cat"))], "Ann")
    labels.give(stick, [(3, cls(stick, "dog"))], "Bob")  # later than Ann
    labels.give(here, [(4, cls(here, "cat"))], "Ann")
    labels.give(stick, [(4, cls(stick, "cat"))], "Bob")  # the same: no conflict
    report = merge_copy(here, stick.folder)
    assert standing(here)["1.png"] == "cat" and standing(here)["2.png"] == "dog"
    assert [(one.item_id, one.here, one.there, one.stands) for one in report.conflicts] == [
        (2, "Ann: cat", "Bob: dog", "cat"), (3, "Ann: cat", "Bob: dog", "dog"),
    ]  # fmt: skip
    assert [one.reader for one in labels.history(here, 2)] == ["Bob", "Ann"]


def test_a_class_renamed_on_one_side_is_the_same_class(both: tuple[Project, Project]) -> None:
    here, stick = both
    dog = classes.states(here)[cls(here, "dog")]
    renamed = type(dog)(**{**vars(dog), "name": "hound"})
    journal.do(here, Reclass((dog,), (renamed,)), "Ann", "rename")
    labels.give(stick, [(2, cls(stick, "dog"))], "Bob")
    report = merge_copy(here, stick.folder)
    assert report.classes == [] and standing(here)["1.png"] == "hound"


def test_items_that_only_the_copy_has_are_listed(both: tuple[Project, Project]) -> None:
    here, stick = both
    items.add(stick, 1, [NewItem("new.png", "image", "new", 1)])
    labels.give(stick, [(COUNT + 1, cls(stick, "dog")), (2, cls(stick, "dog"))], "Bob")
    report = merge_copy(here, stick.folder)
    assert report.absent == ["new.png"] and report.absent_count == 1 and report.labels == 1
    # Imported here, it is found by its content, wherever it lies.
    items.add(here, 1, [NewItem("elsewhere/new.png", "image", "new", 1)])
    assert merge_copy(here, stick.folder).labels == 1
    assert standing(here)["elsewhere/new.png"] == "dog"


def test_an_undo_there_is_an_undo_here(both: tuple[Project, Project]) -> None:
    here, stick = both
    edit = Relabel(((2, None),), ((2, cls(stick, "dog")),))
    journal.undo(stick, journal.do(stick, edit, "Bob", "label"), "Bob")
    assert merge_copy(here, stick.folder).labels == 2
    assert standing(here)["1.png"] is None


def test_strangers_are_refused(both: tuple[Project, Project], tmp_path: Path) -> None:
    here, _ = both
    with Project.create(tmp_path / "other", "image-classification") as other:
        with pytest.raises(ConfigurationError, match="another project"):
            merge_copy(here, other.folder)
        with pytest.raises(ConfigurationError, match="that is open"):
            merge_copy(here, here.folder)


def test_nothing_comes_when_the_disk_is_full(both: tuple[Project, Project]) -> None:
    here, stick = both
    labels.give(stick, [(id, cls(stick, "dog")) for id in range(1, COUNT + 1)] * 400, "Bob")
    before = standing(here)
    pages = here.db.execute("PRAGMA page_count").fetchone()[0]
    here.db.execute(f"PRAGMA max_page_count = {pages + 2}")
    with pytest.raises(ResourceError):
        merge_copy(here, stick.folder)
    here.db.execute("PRAGMA max_page_count = 1000000")
    assert standing(here) == before and list(merging.reports(here)) == []


said = st.lists(
    st.tuples(st.booleans(), st.integers(1, COUNT), st.sampled_from(["cat", "dog", "eel", None])),
    max_size=12,
)


@settings(max_examples=15, deadline=None)
@given(said)
def test_both_ways_give_the_same(
    tmp_path_factory: pytest.TempPathFactory, sayings: list[tuple[bool, int, str | None]]
) -> None:
    here, stick = copied(tmp_path_factory.mktemp("p"))
    try:
        for at_home, item, name in sayings:
            project = here if at_home else stick
            id = cls(project, name) if name else None
            labels.give(project, [(item, id)], "Ann" if at_home else "Bob")
        merge_copy(here, stick.folder)
        merge_copy(stick, here.folder)
        assert standing(here) == standing(stick)
    finally:
        here.close()
        stick.close()
