"""What a dry run says is what an import then does, and taking it back leaves nothing."""

import json
from collections import Counter

import pytest

from engine.exchange.importing import import_source
from engine.exchange.inspection import inspect_source
from engine.exchange.runs import to_brush
from engine.labels.shapes import Mask
from engine.store import classes, imports, items


def coco(folder):
    """Paths that no system takes, and what is said of a picture that is not there."""
    names = [
        "a.png",
        "gone.png",
        "x" * 300 + ".png",
        "\ud800.png",
        "a\0.png",
        "a.png",
        5,
        "gone.png",
    ]
    said = {"image_id": 0, "category_id": 1, "bbox": [1, 1, 4, 4]}
    (folder / "x.json").write_text(json.dumps({
        "images": [{"id": n, "file_name": name} for n, name in enumerate(names)],
        "annotations": [said, said, *({**said, "image_id": n, "score": 0.5} for n in (1, 7))],
        "categories": [{"id": 1, "name": "cat"}],
    }))  # fmt: skip


def yolo(folder):
    """Class numbers without names, written in every way."""
    rows = ["0.0 .5 .5 .2 .2", "1e0 .5 .5 .2 .2", "12345678901 .5 .5 .1 .1", "0 .9 .9 .4 .4"]
    (folder / "a.txt").write_text("\n".join(rows))
    (folder / "LICENSE.txt").write_text("2020 was a good year for licences\n")


def label_studio(folder):
    """A brush that does not tell its picture's size, and second readings beyond the edge."""
    brush = {"format": "rle", "rle": to_brush(Mask(2, 2, 3, 1, (0, 3)), 20, 10)}
    around = {"x": 50, "y": 50, "width": 80, "height": 20, "rectanglelabels": ["cat"]}
    readings = [
        [{"type": "brushlabels", "value": {**brush, "brushlabels": ["blot"]}}],
        [{"type": "rectanglelabels", "value": around, "original_width": 20, "original_height": 10}],
    ]
    annotations = [
        {"completed_by": n, "result": said, "ground_truth": n == 0}
        for n, said in enumerate(readings)
    ]
    tasks = [{"id": 0, "data": {"image": ["a.png"]}}, 7,
             {"id": 1, "data": {"image": "a.png"}, "annotations": annotations}]  # fmt: skip
    (folder / "x.json").write_text(json.dumps(tasks))


def table(folder):
    """A file named twice, in two splits; rows that say too little; one file elsewhere."""
    (folder / "pictures").mkdir()
    (folder / "b.png").rename(folder / "pictures/b.png")
    (folder / "x.csv").write_text(
        "sep=;\npath;label;split\na.png;cat;train\na.png;dog;val\nb;dog;test\n;cat;train\n"
        "gone.png;cat;train\na.png;cat;train;more\n"
    )


def nothing(folder):
    """Classes are named, and no picture of them is there."""
    (folder / "x.csv").write_text("path,label\ngone.png,cat\n,dog\n")


SOURCES = {
    "csv": table,
    "nothing": nothing,
    "coco": coco,
    "yolo": yolo,
    "label-studio": label_studio,
}


@pytest.mark.parametrize("make", SOURCES.values(), ids=SOURCES)
def test_the_counts_are_the_same_and_nothing_stays_behind(project, tmp_path, draw, make):
    source = tmp_path / "data"
    draw(source / "a.png", 1, (20, 10))
    draw(source / "b.png", 2, (20, 10))
    make(source)
    said = inspect_source(source, "image")
    done = import_source(project, source)
    assert (done.new, done.broken) == (said.items, 0)
    of_files = Counter({kind: said.findings[kind].count for kind in said.findings
                        if kind in ("problem", "missing", "named_twice")})  # fmt: skip
    assert done.problem_count == of_files.total()
    assert {kind: one.count for kind, one in done.findings.items()} == {
        kind: one.count for kind, one in said.findings.items()
        if kind not in of_files and kind != "same_name"
    }  # fmt: skip
    assert Counter(drawn(project)) == {
        (kind, name): count
        for kind, named in said.marks.items() for name, count in named.items()
    }  # fmt: skip
    assert done.marks == sum(drawn(project).values())
    splits = Counter(item.split for item in items.each(project) if item.split)
    assert splits.items() >= said.splits.items() and done.labelled == sum(said.items_of.values())
    assert {one.name for one in classes.all_classes(project)} == set(said.new_classes)
    again = import_source(project, source)
    assert (again.new, again.labelled, again.marks) == (0, 0, 0)
    imports.take_back(project, again.import_id)
    assert items.counts(project)["items"] == said.items
    imports.take_back(project, done.import_id)
    assert items.counts(project)["items"] == 0 == sum(drawn(project).values())
    assert classes.all_classes(project) == []


def drawn(project):
    """Marks in the project by kind and class."""
    rows = project.db.execute(
        "SELECT kind, class.name, count(*) FROM mark JOIN class ON class.id = class_id "
        "WHERE kind != 'class' AND NOT blind GROUP BY 1, 2"
    )
    return {(kind, name): count for kind, name, count in rows}
