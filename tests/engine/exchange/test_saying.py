"""Marks, several classes and second readings on their way into the project."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from PIL import Image

from engine.exchange.importing import import_source
from engine.labels.shapes import Box, Whole
from engine.store import classes, imports, items, labels, marks
from engine.store.project import Project

Shared = Callable[[str], Path]


def coco(folder: Path, boxes: list[tuple[str, list[float]]]) -> Path:
    """One picture of 60 x 40 px with boxes (class, x, y, width, height)."""
    folder.mkdir(exist_ok=True)
    Image.new("RGB", (60, 40), (90, 30, 200)).save(folder / "a.png")
    names = sorted({name for name, _ in boxes})
    document = {
        "images": [{"id": 1, "file_name": "a.png", "width": 60, "height": 40}],
        "categories": [{"id": n, "name": name} for n, name in enumerate(names, 1)],
        "annotations": [
            {"id": n, "image_id": 1, "category_id": 1 + names.index(name), "bbox": box}
            for n, (name, box) in enumerate(boxes, 1)
        ],
    }
    (folder / "instances.json").write_text(json.dumps(document))
    return folder / "instances.json"


def boxes_of(project: Project) -> list[Box]:
    return [mark.shape for mark in marks.each(project) if isinstance(mark.shape, Box)]


def test_boxes_come_in_and_the_same_data_brings_no_news(project: Project, tmp_path: Path) -> None:
    source = coco(
        tmp_path / "d", [("cat", [1, 2, 10, 5]), ("cat", [1, 2, 10, 5]), ("dog", [30, 20, 50, 50])]
    )
    report = import_source(project, source)
    assert (report.new, report.marks, report.labelled) == (1, 3, 0)
    assert boxes_of(project) == [Box(1, 2, 11, 7), Box(1, 2, 11, 7), Box(30, 20, 60, 40)]
    assert {kind: one.count for kind, one in report.findings.items()} == {
        "clipped": 1,
        "repeated": 1,
    }
    assert import_source(project, source).marks == 0
    assert len(boxes_of(project)) == 3


def test_what_a_person_changed_or_took_away_does_not_come_back(
    project: Project, tmp_path: Path
) -> None:
    source = coco(tmp_path / "d", [("cat", [1, 2, 10, 5]), ("cat", [20, 2, 10, 5])])
    import_source(project, source)
    first, second = marks.each(project)
    marks.put(project, [replace(first, gone=True)], "Ann")
    marks.put(project, [replace(second, shape=Box(21, 2, 31, 7))], "Ann")
    assert import_source(project, source).marks == 0
    assert boxes_of(project) == [Box(21, 2, 31, 7)]
    coco(tmp_path / "d", [("cat", [1, 2, 10, 5]), ("cat", [20, 2, 10, 5]), ("cat", [40, 2, 10, 5])])
    assert import_source(project, source).marks == 1, "what is new in the data comes"


def test_an_import_of_marks_is_taken_back_as_one(project: Project, tmp_path: Path) -> None:
    report = import_source(project, coco(tmp_path / "d", [("cat", [1, 2, 10, 5])]))
    back = imports.take_back(project, report.import_id)
    assert (back.items, back.marks, back.classes) == (1, 1, ("cat",))
    assert list(marks.each(project)) == [] and items.counts(project)["items"] == 0


def test_second_readings_decide_nothing(project: Project, tmp_path: Path) -> None:
    folder = tmp_path / "d"
    folder.mkdir()
    Image.new("RGB", (60, 40)).save(folder / "a.png")

    def said(number: int, choice: str, mail: str) -> dict[str, object]:
        result = {
            "from_name": "c",
            "to_name": "i",
            "type": "choices",
            "value": {"choices": [choice]},
        }
        return {"id": number, "completed_by": {"email": mail}, "result": [result],
                "updated_at": f"2024-01-0{number}T00:00:00Z"}  # fmt: skip

    task = {
        "id": 1,
        "data": {"image": "a.png"},
        "annotations": [said(2, "cat", "ann@x.org"), said(1, "dog", "bob@x.org")],
    }
    (folder / "export.json").write_text(json.dumps([task]))
    report = import_source(project, folder / "export.json")
    assert (report.labelled, report.readings) == (1, 1)
    known = classes.ensure(project, ["cat", "dog"])
    (item,) = items.each(project)
    assert item.class_id == known["cat"]
    assert labels.of_reader(project, "bob") == {item.id: known["dog"]}
    assert [(one.reader, one.blind) for one in labels.history(project, item.id)] in (
        [("ann", False), ("bob", True)], [("bob", True), ("ann", False)],
    )  # fmt: skip
    again = import_source(project, folder / "export.json")
    assert (again.labelled, again.readings) == (0, 0)


def test_several_classes_of_an_item(project: Project, tmp_path: Path) -> None:
    folder = tmp_path / "d"
    folder.mkdir()
    Image.new("RGB", (60, 40)).save(folder / "a.png")
    result = {"from_name": "c", "to_name": "i", "type": "choices",
              "value": {"choices": ["cat", "dog"]}}  # fmt: skip
    task = {"id": 1, "data": {"image": "a.png"}, "annotations": [{"id": 1, "result": [result]}]}
    (folder / "export.json").write_text(json.dumps([task]))
    import_source(project, folder / "export.json")
    known = classes.ensure(project, ["cat", "dog"])
    (item,) = items.each(project)
    assert item.class_id is None and set(item.classes) == set(known.values())
    assert {mark.shape for mark in marks.each(project)} == {Whole()}
    assert items.counts(project)["labelled"] == 1
    assert project.setting("several") is True


def test_real_boxes(project: Project, shared_data: Shared) -> None:
    report = import_source(project, shared_data("annotations_voc100") / "pascalvoc_format")
    assert report.marks == 273 and report.new == 100 and report.broken == 0
    assert all(
        0 <= box.left < box.right <= 600 and 0 <= box.top < box.bottom <= 600
        for box in boxes_of(project)
    )
