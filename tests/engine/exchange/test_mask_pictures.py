"""Masks as pictures beside the pictures, in the layouts that people have."""

import numpy as np
import pytest
from PIL import Image

from engine.errors import DataError
from engine.exchange.format import Example, Request
from engine.exchange.formats import all_formats
from engine.exchange.importing import detect
from engine.exchange.inspection import inspect_source
from engine.labels.shapes import Mask

MASKS = all_formats()["mask-pictures"]
VALUES = np.array([[0, 1, 1, 0], [0, 0, 2, 2], [255, 0, 2, 0]], np.uint8)


@pytest.fixture
def lay(tmp_path, draw):
    def make(picture, *masks, values=VALUES):
        draw(tmp_path / "set" / picture, hash(picture) % 99, (4, 3))
        for name in masks:
            file = tmp_path / "set" / name
            file.parent.mkdir(parents=True, exist_ok=True)
            Image.fromarray(values).save(file)
        return tmp_path / "set"

    return make


def read(source):
    return list(MASKS.examples(Request(source, "image")))


@pytest.mark.parametrize("layout", [
    "images/{}.png masks/{}.png", "train/images/{}.png train/masks/{}_mask.png",
    "{}.png {}_mask.png", "JPEGImages/{}.png SegmentationClass/{}.png",
    "images/train/{}.png labels/train/{}.png", "img/{}.png gt/{}.tif",
])  # fmt: skip
def test_values_are_classes_and_255_is_not_judged(lay, layout):
    for name in ("a", "b"):
        source = lay(*(part.format(name) for part in layout.split()))
    assert detect(source) == "mask-pictures"
    assert MASKS.survey(Request(source, "image")).classes == ("1", "2")
    found = read(source)
    assert [one.path for one in found] == [layout.split()[0].format(name) for name in ("a", "b")]
    assert found[0].split == ("train" if "train" in layout else None)
    assert {mark.label: mark.shape for mark in found[0].marks} == {
        "1": Mask.of(VALUES == 1), "2": Mask.of(VALUES == 2),
    }  # fmt: skip
    assert [(one.kind, one.count) for one in found[0].findings] == [("void", 1)]


def test_two_values_are_an_object_and_its_background(lay):
    source = lay("images/a.png", "masks/a.png", values=(VALUES > 0).astype(np.uint8) * 255)
    (one,) = read(source)
    assert [(mark.label, mark.shape) for mark in one.marks] == [("object", Mask.of(VALUES > 0))]
    assert one.findings == ()


@pytest.mark.parametrize("kind", [np.uint8, np.uint16])
def test_instances_are_objects_of_one_class(lay, kind):
    source = lay("images/a.png", "instances/a.png", values=VALUES.astype(kind))
    (one,) = read(source)
    assert [mark.label for mark in one.marks] == ["object"] * 3


def test_a_file_for_every_object(lay):
    one = (VALUES == 1).astype(np.uint8) * 255
    source = lay("id1/images/id1.png", "id1/masks/x.png", "id1/masks/y.png", values=one)
    lay("id2/images/id2.png", "id2/masks/z.png", values=one)
    assert [len(one.marks) for one in read(source)] == [2, 1]
    assert MASKS.survey(Request(source, "image")).classes == ("object",)


def test_broken_coloured_and_missing_masks_do_not_stop_the_rest(lay):
    for name in "abcd":
        source = lay(f"images/{name}.png", *([f"masks/{name}.png"] if name != "d" else []))
    (source / "masks/b.png").write_bytes(b"no picture")
    Image.new("RGB", (4, 3)).save(source / "masks/c.png")
    found = read(source)
    assert [len(one.marks) for one in found if isinstance(one, Example)] == [2, 0, 0, 0]
    problems = [one for one in found if isinstance(one, DataError)]
    assert len(problems) == 2 and "colours" in problems[1].title
    report = inspect_source(source, "image")
    assert report.items == 4 and report.findings["problem"].count == 2


def test_a_mask_of_another_size_is_scaled_or_told(lay):
    source = lay("images/a.png", "masks/a.png", values=np.kron(VALUES, np.ones((2, 2), np.uint8)))
    report = inspect_source(source, "image")
    assert report.findings["size"].count == 1
    assert report.marks == {"mask": {"1": 1, "2": 1}}


def test_classes_that_are_called_mask_stay_classes(class_folders):
    assert detect(class_folders(mask=3, no_mask=3)) == "class-folders"


def test_real_nuclei(shared_data):
    report = inspect_source(shared_data("seg_nuclei"), "image")
    assert report.format == "mask-pictures" and report.items == 60
    assert report.marks == {"mask": {"object": 3067}} and report.findings == {}
