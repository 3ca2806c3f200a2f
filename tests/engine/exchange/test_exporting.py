"""Exports appear whole or not at all, and tell nothing but what they are asked to."""

import errno
import json
import shutil

import numpy as np
import pytest
from PIL import Image

from engine.errors import Cancelled, ConfigurationError, ResourceError, StorageError
from engine.exchange.exporting import export_records
from engine.exchange.format import Drawn, Request
from engine.exchange.formats import all_formats
from engine.exchange.record import NOTES, Record, relative_name
from engine.exchange.writing import all_writers
from engine.labels.shapes import Box, Mask, Polygon, Span
from engine.progress import Cancel
from tests.engine.media.made import dicom

CLASSES = ("cat", "dog")


@pytest.fixture
def pictures(tmp_path, draw):
    def make(*names):
        return [
            Record(draw(tmp_path / "data" / name, n + 1), name, "image", 12, 10, label="cat")
            for n, name in enumerate(names)
        ]

    return make


def files_in(folder):
    return sorted(str(one.relative_to(folder)) for one in folder.rglob("*") if one.is_file())


def test_every_format_that_is_written_is_read_under_the_same_key():
    assert set(all_writers()) <= set(all_formats())
    assert set(all_writers()) == {
        "class-folders", "csv", "coco", "pascal-voc", "yolo", "label-studio", "cvat", "labelme",
    }  # fmt: skip


@pytest.mark.parametrize("format", all_writers())
def test_an_empty_export_is_a_folder_all_the_same(tmp_path, format):
    report = export_records([], tmp_path / "deep/out", format, classes=CLASSES)
    assert report.items == report.marks == 0 and (tmp_path / "deep/out").is_dir()
    assert [one.name for one in (tmp_path / "deep").iterdir()] == ["out"]


@pytest.mark.parametrize("format", all_writers())
def test_a_cancelled_or_failed_export_leaves_nothing(tmp_path, pictures, format, monkeypatch):
    cancel = Cancel()

    def records():
        yield from pictures("a.png", "b.png")
        cancel.set()
        yield from pictures("c.png", "d.png")

    with pytest.raises(Cancelled):
        export_records(records(), tmp_path / "out", format, classes=CLASSES, pictures="copy",
                       cancel=cancel)  # fmt: skip

    def broken():
        yield from pictures("a.png")
        raise OSError(errno.ENOSPC, "no room")

    with pytest.raises(ResourceError, match="disk is full"):
        export_records(broken(), tmp_path / "out", format, classes=CLASSES)
    assert {one.name for one in tmp_path.iterdir()} == {"data"}


def test_a_full_disk_while_copying(tmp_path, pictures, monkeypatch):
    def full(*more):
        raise OSError(errno.ENOSPC, "no room")

    monkeypatch.setattr(shutil, "copyfile", full)
    with pytest.raises(ResourceError, match="disk is full") as caught:
        export_records(pictures("a.png"), tmp_path / "out", "coco", classes=CLASSES,
                       pictures="copy")  # fmt: skip
    assert str(tmp_path / "out") in caught.value.cause
    assert {one.name for one in tmp_path.iterdir()} == {"data"}


def test_nothing_is_ever_written_over(tmp_path, pictures):
    (tmp_path / "taken").mkdir()
    (tmp_path / "taken/precious.txt").write_text("mine")
    (tmp_path / "file").write_text("mine")
    for name in ("taken", "file"):
        with pytest.raises(ConfigurationError, match="something here") as caught:
            export_records(pictures("a.png"), tmp_path / name, "coco", classes=CLASSES)
        assert caught.value.subject == "target"
    (tmp_path / "empty").mkdir()
    export_records(pictures("a.png"), tmp_path / "empty", "coco", classes=CLASSES)
    assert files_in(tmp_path / "empty") == ["annotations/instances_default.json"]
    with pytest.raises(ConfigurationError, match="no place"):
        export_records([], tmp_path / "x.graft/out", "coco", classes=CLASSES)
    with pytest.raises(ConfigurationError, match="Unknown format"):
        export_records([], tmp_path / "x", "voc", classes=CLASSES)
    with pytest.raises(StorageError, match="cannot be written"):
        export_records([], tmp_path / "file/below", "coco", classes=CLASSES)


@pytest.mark.parametrize("format", all_writers())
def test_no_annotation_file_tells_where_the_data_lies(tmp_path, pictures, format):
    marks = (Drawn(Box(1, 1, 5, 5), "cat"), Drawn(Mask(1, 1, 2, 1, (0, 2)), "dog"))
    names = ["sub/a.png", "../other/b.png", "C:\\Users\\zoe\\c.png", "/home/zoe/d.png"]
    file = pictures("a.png")[0].file
    records = [
        Record(file, name, "image", 12, 10, label="cat", marks=marks, reader="Bob")
        for name in names
    ]
    for choice in ("leave", "copy"):
        out = tmp_path / f"{format}-{choice}"
        report = export_records(records, out, format, classes=CLASSES, pictures=choice)
        assert report.items == 4
        for one in out.rglob("*"):
            assert out in one.resolve().parents
            if one.is_file() and one.suffix != ".png":
                text = one.read_text("utf-8")
                assert not any(word in text for word in (str(tmp_path), "zoe", "Users", ".."))


def test_dicom_is_copied_as_a_picture_without_its_words(tmp_path, shared_data):
    source = next(file for file in sorted(shared_data("dicom").rglob("*.dcm")) if _readable(file))
    one = Record(source, "x/scan.dcm", "image", 10, 10, label="cat")
    report = export_records([one], tmp_path / "out", "coco", classes=CLASSES, pictures="copy")
    assert files_in(tmp_path / "out") == ["annotations/instances_default.json", "images/x/scan.png"]
    assert report.notes["dicom"].count == 1
    with Image.open(tmp_path / "out/images/x/scan.png") as image:
        assert image.info.keys() <= {"dpi"}
    said = json.loads((tmp_path / "out/annotations/instances_default.json").read_text())
    assert said["images"][0]["file_name"] == "images/x/scan.png"


def test_dicom_without_a_preamble_is_known_by_what_it_says(tmp_path):
    values = np.arange(0, 256, dtype=np.uint8).reshape(16, 16)
    content = dicom(tmp_path / "whole", values, PatientName="Quistgaard^Ottilie").read_bytes()
    records = []
    for name in ("a.dcm", "b.png", "c"):
        (tmp_path / name).write_bytes(content[132:])
        records.append(Record(tmp_path / name, f"x/{name}", "image", 16, 16, label="cat"))
    export_records(records, tmp_path / "out", "coco", classes=CLASSES, pictures="copy")
    for file in (tmp_path / "out").rglob("*"):
        assert file.is_dir() or b"Quistgaard" not in file.read_bytes()
    for name in "abc":
        with Image.open(tmp_path / f"out/images/x/{name}.png") as image:
            assert np.array_equal(np.asarray(image)[..., 0], values)


def _readable(file):
    from engine.errors import DataError
    from engine.media.images import is_dicom, read_image

    try:
        return is_dicom(file) and read_image(file) is not None
    except DataError:
        return False


@pytest.mark.parametrize(("said", "name"), [
    ("a/b.png", "a/b.png"), ("../a/b.png", "a/b.png"), ("/x/y/b.png", "b.png"),
    ("C:\\x\\b.png", "b.png"), ("./a//b.png", "a/b.png"), ("..", "item"),
])  # fmt: skip
def test_names_lead_nowhere_else(said, name):
    assert relative_name(said) == name


def test_class_folders_with_and_without_splits(tmp_path, pictures):
    from dataclasses import replace

    one, two, three = pictures("cat/a.png", "b.png", "deep/er/c.png")
    records = [replace(one, split="train"), replace(two, label="a/b", split="test"),
               replace(three, label=None)]  # fmt: skip
    report = export_records(records, tmp_path / "one", "class-folders", classes=CLASSES)
    assert files_in(tmp_path / "one") == ["test/a_b/b.png", "train/cat/a.png"]
    assert {kind: one.count for kind, one in report.notes.items()} == {
        "unlabelled": 1, "folder_name": 1,
    }  # fmt: skip
    assert (report.items, report.pictures, report.files) == (2, 2, 0)
    mixed = [replace(one, split="train"), two, replace(three, classes=("cat", "dog"))]
    report = export_records(mixed, tmp_path / "two", "class-folders", classes=CLASSES)
    assert files_in(tmp_path / "two") == ["cat/a.png", "cat/b.png"]
    assert {"some_splits", "several"} == set(report.notes)


def test_class_folders_of_texts(tmp_path):
    records = [Record(None, "t.csv", "text", text=f"words {n}", label="cat") for n in range(3)]
    report = export_records(records, tmp_path / "out", "class-folders", classes=CLASSES)
    assert files_in(tmp_path / "out") == ["cat/t-2.txt", "cat/t-3.txt", "cat/t.txt"]
    texts = {(tmp_path / "out" / name).read_text() for name in files_in(tmp_path / "out")}
    assert texts == {"words 0", "words 1", "words 2"} and report.items == 3


@pytest.mark.parametrize("copied", [False, True])
@pytest.mark.parametrize("format", ["pascal-voc", "yolo", "labelme"])
def test_files_that_would_have_the_same_name_both_stay(tmp_path, pictures, format, copied):
    records = pictures("a.png", "a.jpg", "A.bmp")
    choice = "copy" if copied else "leave"
    report = export_records(records, tmp_path / "out", format, classes=CLASSES, pictures=choice)
    suffix = {"pascal-voc": ".xml", "yolo": ".txt", "labelme": ".json"}[format]
    written = [one for one in files_in(tmp_path / "out") if one.endswith(suffix)]
    assert len({one.casefold() for one in written}) == 3 and report.notes["names"].count >= 2
    if copied:
        found = list(all_formats()[format].examples(Request(tmp_path / "out", "image")))
        assert len({one.path for one in found}) == 3


def test_what_a_format_does_not_hold_is_noted(tmp_path, pictures):
    marks = (Drawn(Polygon(((0, 0), (5, 0), (5, 5))), "cat"), Drawn(Box(0, 0, 5, 5), "cat"),
             Drawn(Box(0, 0, 1, 1), "dog", frame=3), Drawn(Box(2, 2, 3, 3), "cat"))  # fmt: skip
    file = pictures("a.png")[0].file
    records = [
        Record(file, "a.png", "image", 12, 10, label="cat", marks=marks, reader="Ann"),
        Record(file, "b.png", "image", None, None, marks=marks),
        Record(None, "t", "text", text="hello", marks=(Drawn(Span(0, 2), "cat"),)),
    ]
    expected = {
        "coco": {"frames", "no_size", "other_kind", "readers"},
        "pascal-voc": {"frames", "no_size", "other_kind", "polygon_box", "one_pixel", "whole"},
        "yolo": {"frames", "no_size", "other_kind", "mixed", "whole", "no_validation"},
        "cvat": {"frames", "no_size", "other_kind", "readers"},
        "labelme": {"frames", "no_size", "other_kind", "readers"},
        "label-studio": {"frames", "no_size"},
        "class-folders": {"frames", "marks", "unlabelled", "readers"},
        "csv": {"frames", "spans", "shape_column"},
    }
    for format, notes in expected.items():
        report = export_records(records, tmp_path / format, format, classes=CLASSES)
        assert set(report.notes) == notes, format
        assert json.dumps(report.to_wire())
    assert all(kind.says.endswith(".") and kind.does.endswith(".") for kind in NOTES.values())


def test_a_text_table_is_read_back(tmp_path):
    records = [
        Record(None, "t.csv", "text", text='one, "two"\nthree', label="cat", split="test"),
        Record(None, "t.csv", "text", text="four", classes=("cat", "dog")),
    ]
    export_records(records, tmp_path / "out", "csv", classes=CLASSES)
    found = list(all_formats()["csv"].examples(Request(tmp_path / "out", "text")))
    assert [(one.text, one.label, one.classes, one.split) for one in found] == [
        ('one, "two"\nthree', "cat", ("cat",), "test"), ("four", None, ("cat", "dog"), None),
    ]  # fmt: skip


def test_words_that_xml_cannot_hold(tmp_path, pictures):
    from dataclasses import replace

    odd = "a\x00\x08<&>\ud800 b"
    record = replace(pictures("a.png")[0], label=None, marks=(Drawn(Box(1, 1, 5, 5), odd),))
    for format in ("pascal-voc", "cvat"):
        export_records([record], tmp_path / format, format, classes=(odd,))
        (one,) = all_formats()[format].examples(
            Request(tmp_path / format, "image", pictures=tmp_path / "data")
        )
        assert one.marks[0].label == "a  <&>  b"
