"""YOLO as different programs write it."""

import time
from collections import Counter

import pytest

from engine.errors import DataError
from engine.exchange.format import Example, Request
from engine.exchange.formats import all_formats
from engine.exchange.importing import detect
from engine.labels.shapes import Box, Polygon

YOLO = all_formats()["yolo"]
ROW = "0 0.5 0.5 0.5 0.4\n"  # of a picture of 20 x 10 px
BOX = Box(5, 3, 15, 7)


@pytest.fixture
def lay(tmp_path, draw):
    """Files of a data set: pictures by their names, texts by their content."""

    def make(**files):
        for name, content in files.items():
            file = tmp_path / "set" / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(content, encoding="utf-8")
        return tmp_path / "set"

    def picture(name):
        return draw(tmp_path / "set" / name, hash(name) % 1000, (20, 10))

    make.picture = picture
    return make


def read(source):
    return list(YOLO.examples(Request(source, "image")))


def counts(example):
    found = Counter()
    for one in example.findings:
        found[one.kind] += one.count
    return dict(found)


@pytest.mark.parametrize("names", ["names: [cat, dog]", "names:\n  0: cat\n  1: dog",
                                   "nc: 2\nnames: ['cat', 'dog']"])  # fmt: skip
@pytest.mark.parametrize("layout", [
    "images/{}/x.png labels/{}/x.txt", "{}/images/x.png {}/labels/x.txt", "{}/x.png {}/x.txt",
])  # fmt: skip
def test_folders_of_splits_and_names_in_yaml(lay, names, layout):
    for split in ("train", "val"):
        picture, label = layout.format(split, split).split()
        lay.picture(picture)
        source = lay(**{label: ROW.replace("0 ", "1 ", 1)})
    lay(**{"data.yaml": f"train: ../train/images\nval: ../val/images\n{names}\n"})
    assert detect(source) == "yolo"
    assert YOLO.survey(Request(source, "image")).classes == ("cat", "dog")
    found = read(source)
    assert {one.split for one in found} == {"train", "validation"}
    assert [(mark.shape, mark.label) for one in found for mark in one.marks] == [(BOX, "dog")] * 2
    assert detect(source / "data.yaml") == "yolo"
    assert len(read(source / "data.yaml")) == 2


def test_splits_that_only_the_yaml_names(lay):
    for folder in ("one", "two"):
        lay.picture(f"{folder}/images/{folder}.png")
        source = lay(**{f"{folder}/labels/{folder}.txt": ROW})
    lay(**{"data.yaml": "train: one/images\nval: two/images\nnames: [cat]"})
    assert {one.path: one.split for one in read(source)} == {
        "one/images/one.png": "train", "two/images/two.png": "validation",
    }  # fmt: skip


def test_a_list_of_names_and_pictures_without_labels(lay):
    lay.picture("images/a.png")
    lay.picture("images/b.png")
    lay.picture("images/c.png")
    source = lay(**{"labels/a.txt": ROW, "labels/b.txt": "", "classes.txt": "cat\ndog\n"})
    found = {one.path: one.marks for one in read(source)}
    assert [len(found[f"images/{name}.png"]) for name in "abc"] == [1, 0, 0]
    assert YOLO.survey(Request(source, "image")).total == 3


def test_darknets_folder(lay):
    lay.picture("obj_train_data/a.png")
    source = lay(**{
        "obj_train_data/a.txt": ROW, "obj.names": "cat\n",
        "train.txt": "data/obj_train_data/a.png\n",
        "obj.data": "classes = 1\ntrain = data/train.txt\nnames = data/obj.names\n",
    })  # fmt: skip
    (one,) = read(source)
    assert (one.marks[0].label, one.split) == ("cat", None)


def test_names_of_label_studio(lay):
    lay.picture("images/a.png")
    source = lay(
        **{"labels/a.txt": ROW, "notes.json": '{"categories": [{"id": 0, "name": "cat"}]}'}
    )
    assert read(source)[0].marks[0].label == "cat"


def test_polygons_turned_boxes_scores_and_key_points(lay):
    lay.picture("a.png")
    source = lay(**{"classes.txt": "cat", "a.txt":
        "0 0.1 0.1 0.9 0.1 0.5 0.8\n"
        "0 0.2 0.2 0.4 0.2 0.4 0.6 0.2 0.6\n"
        "0 0.5 0.5 0.5 0.4 0.87\n"
        "0 0.5 0.5 0.5 0.4 0.3 0.3 2\n"})  # fmt: skip
    (one,) = read(source)
    assert [mark.shape for mark in one.marks] == [
        Polygon(((2, 1), (18, 1), (10, 8))), Polygon(((4, 2), (8, 2), (8, 6), (4, 6))), BOX, BOX,
    ]  # fmt: skip
    assert counts(one) == {"scores": 1, "keypoints": 1}


def test_key_points_as_the_yaml_tells_them(lay):
    lay.picture("images/a.png")
    source = lay(**{"labels/a.txt": "0 0.5 0.5 0.5 0.4 0.1 0.1 0.2 0.2\n",
                    "data.yaml": "kpt_shape: [2, 2]\nnames: {0: cat}"})  # fmt: skip
    (one,) = read(source)
    assert one.marks[0].shape == BOX and counts(one) == {"keypoints": 1}


def test_rows_that_make_no_sense_are_counted_and_the_rest_is_read(lay):
    lay.picture("a.png")
    source = lay(**{"classes.txt": "cat\n", "a.txt":
        f"{ROW}0 0.5 0.5\n0 x 0.5 0.5 0.5\n7 0.5 0.5 0.5 0.5\n-1 0.5 0.5 0.5 0.5\n"
        "0 0.5 0.5 -0.5 0.5\n0 nan 0.5 0.5 0.5\n0.5 0.5 0.5 0.5 0.5\n\n"})  # fmt: skip
    (one,) = read(source)
    assert len(one.marks) == 1
    assert counts(one) == {"broken_mark": 6, "unknown_class": 1}
    assert sum(counts(one).values()) == 7


def test_without_names_the_numbers_are_the_names(lay):
    lay.picture("a.png")
    source = lay(**{"a.txt": ROW + "12 0.5 0.5 0.2 0.2\n"})
    assert YOLO.survey(Request(source, "image")).classes == ("0", "12")
    (one,) = read(source)
    assert [mark.label for mark in one.marks] == ["0", "12"] and counts(one) == {"no_names": 2}


def test_missing_and_broken_pictures_and_names_are_told(lay):
    lay.picture("images/a.png")
    (lay.picture("images/b.png")).write_bytes(b"no picture")
    source = lay(**{"labels/a.txt": ROW, "labels/b.txt": ROW, "labels/c.txt": ROW,
                    "data.yaml": "names: [cat\n: &a *a"})  # fmt: skip
    found = read(source)
    assert [type(one) for one in found] == [DataError, Example, Example, DataError]
    assert "names of the classes" in found[0].title and "no picture for it" in found[3].title
    assert found[2].marks == ()  # where they lie, nobody knows


def test_texts_that_are_no_rows_are_no_labels(lay, tmp_path):
    source = lay(**{"good/1.txt": "a fine film", "bad/1.txt": "2 hours of boredom"})
    assert detect(source) == "class-folders"


def test_names_as_they_are_written_and_where_programs_put_them(tmp_path, draw):
    draw(tmp_path / "set/images/a.png", 1, (20, 10))
    labels = tmp_path / "set/labels"
    labels.mkdir()
    (labels / "a.txt").write_bytes(b"\xef\xbb\xbf1 0,5 0,5 0,2 0,2\r\n")
    (tmp_path / "set/data.yaml").write_text("names: {0: cat, 1: no}\n")
    for source in (tmp_path / "set", labels):  # which tells no names itself
        (one,) = YOLO.examples(Request(source, "image"))
        assert [mark.label for mark in one.marks] == ["no"] and not one.findings
    (tmp_path / "set/data.yaml").unlink()
    (tmp_path / "set/obj.names").write_text("cat\ndog\n")
    (tmp_path / "set/obj.data").write_text("classes = 2\nnames = data/obj.names\n")
    assert YOLO.survey(Request(tmp_path / "set/obj.data", "image")).classes == ("cat", "dog")


@pytest.mark.parametrize(
    ("name", "content"),
    [("a.txt", f"0 {'123 ' * 40}x"), ("obj.data", "\n" * 400_000), ("obj.data", " " * 400_000),
     ("train.txt", f"a{' ' * 400_000}b")],
)  # fmt: skip
def test_texts_that_are_no_rows_are_told_apart_at_once(lay, name, content):
    """Patterns that try every way to divide a line would not end."""
    lay.picture("b.png")
    source = lay(**{"b.txt": ROW, name: content})
    begun = time.monotonic()
    assert detect(source) == "yolo" and len(read(source)) >= 1
    assert time.monotonic() - begun < 5
