"""An import is taken back as one: what it brought goes, what was said since stays."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.labels.edits import Relabel
from engine.labels.marks import Mark
from engine.labels.shapes import Box
from engine.store import classes, imports, items, journal, labels, marks
from engine.store.integrity import check_project
from engine.store.items import NewItem
from engine.store.labels import Saying
from engine.store.project import Project


def bring(project: Project, names: str, class_name: str = "cat") -> int:
    """An import of items with a label and a box each."""
    with project.writing():
        id = imports.begin(project, Path("data"), "coco", "import")
        before = set(classes.states(project))
        cls = classes.ensure(project, [class_name])[class_name]
        source = items.source_id(project, project.folder)
        known = set(items.ids(project))
        items.add(project, source, [NewItem(name, "image", name, 1) for name in names], id)
        places = {item.path: item.id for item in items.each(project)}
        new = [places[name] for name in names]
        labels.say(project, [Saying(one, cls) for one in new], "import", "import", import_id=id)
        marks.put(
            project, [Mark(f"{id}-{one}", one, cls, Box(0, 0, 1, 1)) for one in new], "import",
            "import", import_id=id,
        )  # fmt: skip
        report = {
            "new": len(set(new) - known),
            "new_classes": [c for c in [cls] if c not in before],
        }
        imports.finish(project, id, report)
    return id


def whole(project: Project) -> list[object]:
    return [
        project.db.execute(f"SELECT * FROM {table} ORDER BY 1").fetchall()
        for table in ("item", "label", "mark", "standing", "note")
    ]


def test_all_of_it_goes_and_what_was_before_stays(project: Project) -> None:
    bring(project, "ab")
    before = whole(project)
    id = bring(project, "bcd", "dog")  # b is known: it gets another label
    assert labels.standing(project, [2, 3]) == {2: 2, 3: 2}
    assert imports.brought(project, id) == (2, 0)
    back = imports.take_back(project, id)
    assert (back.items, back.kept, back.labels, back.marks) == (2, 0, 3, 3)
    assert back.classes == ("dog",)
    assert [cls.name for cls in classes.all_classes(project)] == ["cat"]
    assert whole(project) == before
    newest, first = imports.all_imports(project)
    assert newest.undone and not first.undone and newest.report["new"] == 2
    with project.writing():
        bad = [error for error in check_project(project) if "database" in error.title]
    assert bad == []


def test_what_a_person_said_since_stays(project: Project) -> None:
    id = bring(project, "abc")
    dog = classes.ensure(project, ["dog"])["dog"]
    journal.do(project, Relabel(((1, 1),), ((1, dog),)), "Ann", "label")
    marks.put(project, [Mark("own", 2, dog, Box(1, 1, 2, 2))], "Ann")
    back = imports.take_back(project, id)
    assert (back.items, back.kept, back.classes) == (1, 2, ("cat",))
    assert journal.last(project, 9) == [], "it would bring back what is gone"
    assert list(items.ids(project)) == [1, 2]
    assert labels.standing(project, [1, 2]) == {1: dog, 2: None}
    assert [mark.uid for mark in marks.of_item(project, 2)] == ["own"]
    assert [one.reader for one in labels.history(project, 1)] == ["Ann"]


def test_it_is_taken_back_once(project: Project) -> None:
    id = bring(project, "a")
    imports.take_back(project, id)
    with pytest.raises(AssertionError, match="taken back before"):
        imports.take_back(project, id)
    assert bring(project, "a") > id, "and it can come again"
    assert list(items.ids(project)) == [1]
