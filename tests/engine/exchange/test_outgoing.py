"""Out of one project and into another: what stands is what arrives."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from engine.exchange.importing import import_source
from engine.exchange.outgoing import Wanted, export_project
from engine.labels.marks import Mark, new_uid
from engine.labels.shapes import Box, Mask, Polygon, bounds
from engine.store import classes, items, labels, marks
from engine.store.project import Project

FORMATS = ["coco", "pascal-voc", "yolo", "label-studio", "cvat", "labelme"]


@pytest.fixture
def films(project: Project, class_folders: Callable[..., Path]) -> Project:
    """Four pictures with a class; boxes, a polygon and a mask on two of them."""
    import_source(project, class_folders(cat=2, dog=2))
    cat, dog = classes.ensure(project, ["cat", "dog"]).values()
    first, second = list(items.ids(project))[:2]
    drawn = (
        (first, cat, Box(1, 2, 11, 9)), (first, dog, Box(3, 4, 8, 8)),
        (second, dog, Polygon(((2.0, 2.0), (12.0, 3.0), (6.0, 9.0)))),
        (second, cat, Mask(2, 3, 4, 2, (0, 3, 2, 3))),
    )  # fmt: skip
    marks.put(project, [Mark(new_uid(), item, cls, shape) for item, cls, shape in drawn], "Ann")
    return project


def boxes(project: Project) -> dict[str, list[tuple[str, str, Box]]]:
    names = {cls.id: cls.name for cls in classes.all_classes(project)}
    found: dict[str, list[tuple[str, str, Box]]] = {}
    for mark in marks.each(project):
        box = bounds(mark.shape)
        assert box is not None
        (item,) = items.load(project, [mark.item_id])
        kind = "outline" if mark.shape.kind in ("polygon", "mask") else mark.shape.kind
        found.setdefault(item.file.name, []).append((kind, names[mark.class_id], box))
    return {name: sorted(one, key=repr) for name, one in found.items()}


@pytest.mark.parametrize("format", FORMATS)
def test_marks_arrive_in_another_project(films: Project, tmp_path: Path, format: str) -> None:
    report = export_project(films, tmp_path / "out", Wanted(format, "said", copy=True))
    assert report.items == 4 and report.pictures == 4
    with Project.create(tmp_path / "other", "image-classification") as other:
        came = import_source(other, tmp_path / "out")
        assert came.format == format and came.marks == 4, came.findings
        assert boxes(other) == boxes(films)


@pytest.mark.parametrize("format", ["csv", "class-folders"])
def test_classes_and_splits_arrive(films: Project, tmp_path: Path, format: str) -> None:
    export_project(films, tmp_path / "out", Wanted(format, copy=True))
    with Project.create(tmp_path / "other", "image-classification") as other:
        assert import_source(other, tmp_path / "out").labelled == 4
        names = {cls.id: cls.name for cls in classes.all_classes(other)}
        said = sorted((names[one.class_id or 0], one.split) for one in items.each(other))
        here = {cls.id: cls.name for cls in classes.all_classes(films)}
        assert said == sorted((here[one.class_id or 0], one.split) for one in items.each(films))


def test_only_what_stands_goes_out(films: Project, tmp_path: Path) -> None:
    first = next(iter(items.ids(films)))
    labels.say(films, [labels.Saying(first, 2)], "Bob", blind=True)
    marks.put(films, [Mark(new_uid(), first, 1, Box(0, 0, 3, 3))], "Bob", blind=True)
    labels.give(films, [(first, None)], "Ann")
    report = export_project(films, tmp_path / "out", Wanted("coco", "labelled"))
    assert report.items == 3 and report.marks == 2
    assert "Bob" not in "".join(file.read_text() for file in (tmp_path / "out").rglob("*.json"))
