"""Exports of real tools: read right, or listed with the reason."""

from collections import Counter

import pytest

from engine.errors import ConfigurationError
from engine.exchange.format import Example, Request
from engine.exchange.formats import all_formats
from engine.exchange.importing import detect
from engine.exchange.inspection import inspect_source
from engine.labels.shapes import Box

VOC100 = {
    "coco_format_v1": "coco", "coco_format_v2": "coco", "pascalvoc_format": "pascal-voc",
    "imagenet_format": "pascal-voc", "yolo_format": "yolo", "cvat_format": "cvat",
    "labelme_format": "labelme", "openimages_format": "box-table",
}  # fmt: skip


def boxes_of(source, key):
    """(picture, class) -> boxes, sorted."""
    found = {}
    for one in all_formats()[key].examples(Request(source, "image")):
        assert isinstance(one, Example), one
        picture = one.path.rpartition("/")[2]
        for mark in one.marks:
            assert isinstance(mark.shape, Box)
            box = mark.shape
            found.setdefault((picture, mark.label), []).append(
                (box.left, box.top, box.right, box.bottom)
            )
    return {key: sorted(boxes) for key, boxes in found.items()}


@pytest.mark.parametrize("folder", VOC100)
def test_the_same_boxes_in_every_format(shared_data, folder):
    """The Pascal VOC files count from 1, and the tools that made the others took them as they
    were: there the left and upper edges are one pixel further in."""
    data = shared_data("annotations_voc100")
    key = VOC100[folder]
    assert detect(data / folder) == key
    truth = boxes_of(data / "pascalvoc_format", "pascal-voc")
    found = boxes_of(data / folder, key)
    if folder == "labelme_format":
        pictures = {picture for picture, _ in found}
        assert len(pictures) == 20
        truth = {key: boxes for key, boxes in truth.items() if key[0] in pictures}
    else:
        assert sum(map(len, found.values())) == 273
    assert found.keys() == truth.keys()
    shift = (0, 0, 0, 0) if key == "pascal-voc" else (1, 1, 0, 0)
    for which, boxes in truth.items():
        expected = [tuple(a + b for a, b in zip(box, shift, strict=True)) for box in boxes]
        for one, other in zip(found[which], expected, strict=True):
            assert one == pytest.approx(other, abs=1e-3), which


@pytest.mark.parametrize("folder", VOC100)
def test_a_dry_run_finds_every_picture_and_loses_no_box(shared_data, folder):
    report = inspect_source(shared_data("annotations_voc100") / folder, "image")
    assert report.items == report.with_marks == (20 if folder == "labelme_format" else 100)
    assert sum(report.marks["box"].values()) == (43 if folder == "labelme_format" else 273)
    assert set(report.findings) <= {"attributes"}


def test_blood_cells(shared_data):
    report = inspect_source(shared_data("det_bccd"), "image", known_classes=["RBC"])
    assert report.format == "pascal-voc"
    assert report.items == 364
    assert Counter(report.marks["box"]).total() + report.findings["zero_area"].count == 4888
    assert report.marks["box"] == {"RBC": 4153, "WBC": 372, "Platelets": 361}
    assert report.findings["zero_area"].count == 2  # those that the source is known for
    assert {path for path, _ in report.findings["zero_area"].examples} == {
        "images/BloodImage_00338.jpg", "images/BloodImage_00343.jpg",
    }  # fmt: skip
    assert report.splits == {"train": 205, "validation": 87, "test": 72}
    assert (report.new_classes, report.known_classes) == (("Platelets", "WBC"), ("RBC",))


def test_label_studios_own_exports(shared_data):
    folder = shared_data("annotations_labelstudio")
    report = inspect_source(folder / "test_export_yolo", "image")
    assert report.new_classes == ("parasites", "white")
    assert report.findings["missing"].count == 2  # their pictures are on a server
    assert report.findings["readers"].count >= 1
    texts = inspect_source(folder / "test_export_csv/csv_test_history.json", "text")
    assert (texts.items, texts.items_of) == (1, {"Positive": 1})
    with pytest.raises(ConfigurationError, match="another kind"):
        inspect_source(folder / "test_export_csv/csv_test2.json", "image")
    mixed = inspect_source(folder / "test_export_csv", "image")
    assert "holds no picture" in mixed.findings["problem"].examples[0][1]
    boxes = inspect_source(folder / "test_export_csv/csv_test.json", "image")
    assert boxes.findings["predictions"].count == 2 and boxes.new_classes == ("Car",)


def test_label_studios_yolo(shared_data):
    report = inspect_source(
        shared_data("annotations_labelstudio") / "test_import_yolo_data", "image"
    )
    assert (report.format, report.items) == ("yolo", 7)
    assert report.new_classes == ("closed_door", "opened_door", "bus", "number")
    rows = shared_data("annotations_labelstudio") / "test_import_yolo_data/labels"
    count = sum(len(file.read_text().split("\n")) - 1 + (not file.read_text().endswith("\n"))
                for file in rows.glob("*.txt"))  # fmt: skip
    assert sum(report.marks["box"].values()) == count


def test_broken_pictures_do_not_stop_a_dry_run(shared_data):
    report = inspect_source(shared_data("bad_images"), "image", format="class-folders")
    assert report.items > 50 and report.findings["unreadable"].count > 5
