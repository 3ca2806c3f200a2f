"""COCO as different programs write it."""

import json
from collections import Counter

import numpy as np
import pytest

from engine.errors import DataError
from engine.exchange.format import Drawn, Example, Request
from engine.exchange.formats import all_formats
from engine.exchange.importing import detect
from engine.exchange.runs import from_columns, to_columns, unpacked
from engine.labels.shapes import Box, Mask, Polygon

COCO = all_formats()["coco"]


@pytest.fixture
def write(tmp_path, draw):
    def make(annotations, categories=None, name="annotations.json", **more):
        draw(tmp_path / "images/a.png", 1, (20, 10))
        whole = {
            "images": [{"id": 7, "file_name": "a.png", "width": 20, "height": 10}],
            "categories": categories or [{"id": 3, "name": "cat"}, {"id": 90, "name": "dog"}],
            "annotations": [{"id": n, "image_id": 7, **one} for n, one in enumerate(annotations)],
        } | more  # fmt: skip
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(whole), encoding="utf-8")
        return file

    return make


def read(source):
    return list(COCO.examples(Request(source, "image")))


def counts(example):
    found = Counter()
    for one in example.findings:
        found[one.kind] += one.count
    return dict(found)


def test_boxes_gaps_in_the_categories_and_pictures_in_a_folder_beside(write):
    file = write([
        {"category_id": 3, "bbox": [1, 2, 3, 4], "iscrowd": 0, "segmentation": []},
        {"category_id": "90", "bbox": [0.5, 0, 10.25, 10]},
    ])  # fmt: skip
    assert detect(file) == "coco"
    assert COCO.survey(Request(file, "image")).classes == ("cat", "dog")
    (one,) = read(file)
    assert one.path == "images/a.png" and one.size == (20, 10)
    assert one.marks == (Drawn(Box(1, 2, 4, 6), "cat"), Drawn(Box(0.5, 0, 10.75, 10), "dog"))


def test_polygons_several_parts_and_both_kinds_of_run_lengths(write):
    mask = Mask.of(np.arange(200).reshape(10, 20) % 7 > 3)
    runs = to_columns(mask, 20, 10)
    file = write([
        {"category_id": 3, "bbox": [1, 1, 4, 4], "segmentation": [[1, 1, 5, 1, 3, 5]]},
        {"category_id": 3, "bbox": [1, 1, 9, 4],
         "segmentation": [[1, 1, 3, 1, 3, 3, 1, 3], [8, 1, 10, 1, 10, 5, 8, 5]]},
        {"category_id": 90, "segmentation": {"counts": runs, "size": [10, 20]}},
    ])  # fmt: skip
    (one,) = read(file)
    polygon, parts, drawn = (mark.shape for mark in one.marks)
    assert polygon == Polygon(((1, 1), (5, 1), (3, 5)))
    assert isinstance(parts, Mask) and parts.area == 2 * 2 + 2 * 4
    assert drawn == mask
    assert counts(one) == {"parts": 1}


def test_compressed_run_lengths():
    # Six bits a character: 0 to 31 stand for themselves, differences may be negative.
    assert unpacked("32") == [3, 2]
    assert unpacked("3214") == [3, 2, 1, 6]  # the fourth is told by its difference to the second
    assert unpacked("P1O") == [32, -1]  # 32 takes two characters, -1 is one with its sign bit
    for broken in ("P", "\x7f", "a" * 40):
        with pytest.raises(ValueError, match="run lengths"):
            unpacked(broken)


def packed(runs):
    """The published scheme, the other way round."""
    text = ""
    for place, run in enumerate(runs):
        value = run - runs[place - 2] if place > 2 else run
        while True:
            bits, value = value & 31, value >> 5
            more = value != (-1 if bits & 16 else 0)
            text += chr(48 + (bits | 32 if more else bits))
            if not more:
                break
    return text


def test_compressed_run_lengths_of_a_whole_mask(write):
    mask = Mask.of(np.random.default_rng(0).random((10, 20)) > 0.6)
    counts_text = packed(to_columns(mask, 20, 10))
    file = write([{"category_id": 3, "bbox": [0, 0, 20, 10],
                   "segmentation": {"counts": counts_text, "size": [10, 20]}}])  # fmt: skip
    assert read(file)[0].marks[0].shape == mask
    assert from_columns(unpacked(counts_text), 20, 10) == mask


def test_a_segmentation_that_repeats_every_box_is_no_polygon(write):
    box = {"category_id": 3, "bbox": [1, 2, 3, 4], "segmentation": [[1, 2, 1, 6, 4, 6, 4, 2]]}
    assert read(write([box]))[0].marks[0].shape == Box(1, 2, 4, 6)
    drawn = {"category_id": 3, "bbox": [1, 2, 3, 4], "segmentation": [[1, 2, 1, 6, 4, 6]]}
    first, second = (mark.shape for mark in read(write([box, drawn]))[0].marks)
    assert isinstance(first, Polygon) and isinstance(second, Polygon)


def test_what_does_not_map_is_counted(write):
    file = write([
        {"category_id": 3, "bbox": [1, 2, 3, 4], "keypoints": [1, 2, 2, 0, 0, 0]},
        {"category_id": 3, "keypoints": [1, 2, 2]},
        {"category_id": 3, "bbox": [0, 0, 9, 9], "iscrowd": 1,
         "segmentation": {"counts": [0, 200], "size": [10, 20]}},
        {"category_id": 3, "bbox": [1, 2, 3, 4], "score": 0.5, "attributes": {"occluded": True}},
        {"category_id": 44, "bbox": [1, 2, 3, 4]},
        {"category_id": 3, "bbox": [1, "x", 3, 4]},
        {"category_id": 3, "bbox": [1, 1, 3]},
        {"category_id": 3, "bbox": [1, 1, 3, 3], "segmentation": {"counts": [5], "size": [10, 20]}},
        {"category_id": 3, "bbox": [1, 1, 3, 3], "segmentation": {"counts": "?", "size": [10, 20]}},
        {"category_id": 3, "bbox": [1, 1, 3, 3], "segmentation": [[1, 1, "a"]]},
        {"category_id": 3, "bbox": [1e30, 1, 3, 3]},
        {"caption": "a cat"},
    ])  # fmt: skip
    (one,) = read(file)
    assert [mark.shape for mark in one.marks] == [Box(1, 2, 4, 6)] * 2 + [Box(1, 1, 4, 4)] * 3
    assert counts(one) == {
        "keypoints": 2, "crowd": 1, "scores": 1, "attributes": 1, "unknown_class": 1,
        "no_outline": 3, "broken_mark": 3, "fields": 1,
    }  # fmt: skip


def test_ids_in_any_form_and_outlines_of_nothing(write):
    """Tables of numbers write 7 as 7.0; some programs write [[]] for no outline."""
    (one,) = read(write(
        [
            {"image_id": 7.0, "category_id": "3", "bbox": [1, 2, 3, 4], "segmentation": [[]]},
            {"category_id": 90.0, "bbox": [1, 2, 3, 4], "segmentation": [[1, 2, 4, 2]]},
        ],
        [{"id": 3.0, "name": 5}, {"id": 90, "name": "dog"}],
    ))  # fmt: skip
    assert [(mark.label, mark.shape) for mark in one.marks] == [
        ("5", Box(1, 2, 4, 6)), ("dog", Box(1, 2, 4, 6)),
    ]  # fmt: skip
    assert counts(one) == {"no_outline": 1}


def test_without_categories_the_numbers_are_the_names(write):
    file = write([{"category_id": 12, "bbox": [1, 2, 3, 4]}], categories=[{"id": 12}])
    (one,) = read(file)
    assert [mark.label for mark in one.marks] == ["12"] and counts(one) == {"no_names": 1}
    assert COCO.survey(Request(file, "image")).classes == ("12",)


def test_hostile_run_lengths_are_refused_and_not_painted(write):
    huge = {"counts": [0, 10**12], "size": [10**6, 10**6]}
    many = {"counts": [-5, 205], "size": [10, 20]}
    file = write([{"category_id": 3, "segmentation": one} for one in (huge, many)])
    assert counts(read(file)[0]) == {"broken_mark": 2}
    many = {"category_id": 3, "segmentation": [[0, 0, 9e3, 0, 9e3, 9e3]] * 50}
    assert counts(read(write([many]))[0]) == {"broken_mark": 1}
    far = {"category_id": 3, "segmentation": [[0, 0, 9e6, 0, 9e6, 9e6], [0, 0, 1, 0, 1, 1]]}
    assert "broken_mark" in counts(read(write([far]))[0])


def test_an_annotation_with_neither_box_nor_outline_is_of_the_whole_picture(write):
    (one,) = read(write([{"category_id": 90}]))
    assert (one.label, one.classes, one.marks) == ("dog", ("dog",), ())
    (one,) = read(write([{"category_id": 90}, {"category_id": 3}]))
    assert (one.label, one.classes) == (None, ("dog", "cat"))


def test_a_folder_of_splits_as_roboflow_writes_it(write, tmp_path, draw):
    heading = [{"id": 0, "name": "cells", "supercategory": "none"},
               {"id": 1, "name": "red", "supercategory": "cells"}]  # fmt: skip
    for split in ("train", "valid", "test"):
        draw(tmp_path / f"robo/{split}/a.png", 1)
        write([{"category_id": 1, "bbox": [1, 1, 2, 2]}], heading,
              f"robo/{split}/_annotations.coco.json")  # fmt: skip
    source = tmp_path / "robo"
    assert detect(source) == "coco"
    found = read(source)
    assert {(one.path, one.split) for one in found} == {
        ("train/a.png", "train"), ("valid/a.png", "validation"), ("test/a.png", "test"),
    }  # fmt: skip
    assert COCO.survey(Request(source, "image")).classes == ("red",)


def test_cocos_own_folders(write, tmp_path, draw):
    draw(tmp_path / "coco/train2017/a.png", 1)
    draw(tmp_path / "coco/val2017/b.png", 2)
    write([], name="coco/annotations/captions_train2017.json")
    write(
        [{"category_id": 3, "bbox": [1, 1, 2, 2]}], name="coco/annotations/instances_train2017.json"
    )
    found = read(tmp_path / "coco")
    assert (found[0].path, found[0].split, len(found[0].marks)) == ("train2017/a.png", "train", 1)
    alone = read(tmp_path / "coco/annotations/instances_train2017.json")
    assert alone[0].path == "../train2017/a.png"


def test_pictures_of_one_name_in_several_splits(write, tmp_path, draw):
    for place in ("train2017", "val2017"):
        draw(tmp_path / f"set/{place}/b.png", 1)
        write([], name=f"set/annotations/instances_{place}.json",
              images=[{"id": 7, "file_name": "b.png"}])  # fmt: skip
    assert {one.path for one in read(tmp_path / "set")} == {"train2017/b.png", "val2017/b.png"}
    (alone,) = read(tmp_path / "set/annotations/instances_val2017.json")
    assert (alone.path, alone.split) == ("../val2017/b.png", None)


def test_pictures_that_are_missing_ambiguous_or_written_for_windows(write, tmp_path, draw):
    draw(tmp_path / "one/b.png", 1)
    draw(tmp_path / "two/b.png", 2)
    draw(tmp_path / "two/c.png", 3)
    images = [
        {"id": 1, "file_name": "C:\\data\\two\\b.png"},
        {"id": 2, "file_name": "b.png"},
        {"id": 3, "file_name": "gone.png"},
        {"id": 4},
        {"id": 5, "file_name": "/somewhere/else/C.PNG"},
        {"id": 6, "file_name": "bad\0name"},
    ]
    found = read(write([{"category_id": 3, "bbox": [1, 1, 2, 2]}], images=images))
    paths = [one.path if isinstance(one, Example) else type(one) for one in found]
    assert paths == [
        "two/b.png", DataError, "gone.png", DataError, "two/c.png", "bad\0name", DataError,
    ]  # fmt: skip
    assert "not clear" in found[1].title and "one/b.png, two/b.png" in found[1].cause
    assert "1 annotations are of pictures that are not listed" in found[-1].title
