"""What is written in a format and read again is the same: boxes to the pixel, and the rest."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from PIL import Image

from engine.exchange.exporting import export_records
from engine.exchange.format import Drawn, Request
from engine.exchange.formats import all_formats
from engine.exchange.importing import detect
from engine.exchange.record import Record
from engine.exchange.settling import settle
from engine.labels.outlines import mask_of
from engine.labels.shapes import Box, Mask, Polygon, Span

WIDTH, HEIGHT = 37, 29
CLASSES = ("red cell", "Zelle, weiß", "3", "a/b")
WITH_BOXES = ["coco", "pascal-voc", "yolo", "label-studio", "cvat", "labelme", "csv"]
READ_BY = {"csv": "box-table"}

whole = st.integers(0, WIDTH - 2)
labels = st.sampled_from(CLASSES)
few = settings(max_examples=8, suppress_health_check=list(HealthCheck))


@st.composite
def boxes(draw, step=1):
    left, top = draw(st.integers(0, WIDTH - 3)), draw(st.integers(0, HEIGHT - 3))
    right = draw(st.integers(left + 2, WIDTH))
    bottom = draw(st.integers(top + 1, HEIGHT))
    box = Box(left / step, top / step, right / step, bottom / step)
    assume((box.width, box.height) != (1, 1))  # which is empty to Pascal VOC's programs
    return box


@st.composite
def polygons(draw):
    place = st.tuples(st.integers(0, WIDTH * 4), st.integers(0, HEIGHT * 4))
    points = draw(st.lists(place, min_size=3, max_size=6, unique=True))
    return Polygon(tuple((x / 4, y / 4) for x, y in points))


@st.composite
def masks(draw):
    size = st.tuples(st.integers(1, 8), st.integers(1, 8))
    bits = draw(hnp.arrays(np.bool_, size).filter(lambda one: one.any()))
    left, top = draw(st.integers(0, WIDTH - 8)), draw(st.integers(0, HEIGHT - 8))
    return Mask.of(bits, left, top)


def drawn(shapes, most=4):
    return st.lists(st.builds(Drawn, shapes, labels), min_size=1, max_size=most)


@pytest.fixture
def picture(tmp_path):
    file = tmp_path / "data/sub/pic.png"
    file.parent.mkdir(parents=True)
    Image.new("RGB", (WIDTH, HEIGHT), (9, 9, 9)).save(file)
    return file


def record(picture: Path, marks=(), **more) -> Record:
    return Record(picture, "sub/pic.png", "image", WIDTH, HEIGHT, marks=tuple(marks), **more)


_number = iter(range(10**9))


def there_and_back(picture, tmp_path, format, records, *, pictures="leave", kind="image"):
    """The examples read from what was written, and the report."""
    target = tmp_path / f"out{next(_number)}"
    report = export_records(records, target, format, classes=CLASSES, pictures=pictures)
    drawn = any(one.marks for one in records)
    assert detect(target) == (READ_BY.get(format, format) if drawn else format)
    reader = all_formats()[detect(target)]
    request = Request(target, kind, pictures=None if pictures == "copy" else tmp_path / "data")
    survey = reader.survey(request)
    found = [one for one in reader.examples(request) if not isinstance(one, Exception)]
    assert survey.total == len(found)
    named = {mark.label for one in found for mark in one.marks}
    assert named <= set(survey.classes)
    return found, report


def marks_of(example):
    settled = settle(example, (WIDTH, HEIGHT))
    assert [one.kind for one in settled.findings if one.kind != "repeated"] == []
    return list(settled.marks)


@pytest.mark.parametrize("format", WITH_BOXES)
@few
@given(marks=drawn(boxes()))
def test_boxes_to_the_pixel(picture, tmp_path, format, marks):
    (example,), report = there_and_back(picture, tmp_path, format, [record(picture, marks)])
    assert marks_of(example) == marks
    assert (report.items, report.marks) == (1, len(marks))


@pytest.mark.parametrize("format", WITH_BOXES)
@few
@given(marks=drawn(boxes(step=8)))
def test_boxes_between_pixels_to_a_hundredth(picture, tmp_path, format, marks):
    (example,), _ = there_and_back(picture, tmp_path, format, [record(picture, marks)])
    for one, other in zip(marks_of(example), marks, strict=True):
        assert one.label == other.label
        assert list(vars(one.shape).values()) == pytest.approx(
            list(vars(other.shape).values()), abs=0.01
        )


@pytest.mark.parametrize("format", WITH_BOXES)
@few
@given(marks=drawn(polygons()))
def test_polygons(picture, tmp_path, format, marks):
    (example,), _ = there_and_back(picture, tmp_path, format, [record(picture, marks)])
    for one, other in zip(example.marks, marks, strict=True):
        assert one.label == other.label
        assert np.allclose(one.shape.points, other.shape.points, atol=0.01)


@pytest.mark.parametrize("format", WITH_BOXES)
@few
@given(marks=drawn(masks()))
def test_masks_as_they_are_or_as_outlines_of_the_same_pixels(picture, tmp_path, format, marks):
    (example,), report = there_and_back(picture, tmp_path, format, [record(picture, marks)])
    outlined = format in ("pascal-voc", "yolo")
    assert ("masks" in report.notes) == outlined
    for one, other in zip(example.marks, marks, strict=True):
        shape = mask_of([one.shape.points]) if outlined else one.shape
        assert (one.label, shape) == (other.label, other.shape)


@pytest.mark.parametrize("format", WITH_BOXES)
@pytest.mark.parametrize("split", [None, "train", "validation", "test"])
def test_copied_pictures_go_with_their_marks_and_splits(picture, tmp_path, format, split):
    marks = [Drawn(Box(1, 2, 30, 20), "3")]
    (example,), report = there_and_back(
        picture, tmp_path, format, [record(picture, marks, split=split)], pictures="copy"
    )
    assert report.pictures == 1
    assert list(example.marks) == marks
    carries = format != "labelme"
    assert example.split == (split if carries else None)
    assert ("splits" in report.notes) == (split is not None and not carries)
    out = report.folder / example.path
    assert out.read_bytes() == picture.read_bytes()


@pytest.mark.parametrize("format", ["coco", "label-studio", "cvat", "labelme", "csv"])
@pytest.mark.parametrize("classes", [("3",), ("a/b", "red cell")])
def test_classes_of_the_whole_item(picture, tmp_path, format, classes):
    said = record(picture, [Drawn(Box(1, 2, 30, 20), "3")], classes=classes)
    (example,), report = there_and_back(picture, tmp_path, format, [said])
    assert example.classes == classes
    assert example.label == (classes[0] if len(classes) == 1 else None)
    assert "whole" not in report.notes


@pytest.mark.parametrize("format", WITH_BOXES)
def test_a_picture_without_marks_stays_an_item(picture, tmp_path, format):
    (example,), report = there_and_back(picture, tmp_path, format, [record(picture)])
    assert (example.marks, example.classes, report.items) == ((), (), 1)


words = st.text("ab 𝔘é\nñ", min_size=1, max_size=12)


@few
@given(text=words.map(lambda one: f"x{one}y"), data=st.data())
def test_spans_through_label_studio(picture, tmp_path, text, data):
    from engine.media.text import normalise

    text = normalise(text)
    ends = data.draw(st.lists(st.integers(0, len(text)), min_size=2, max_size=2, unique=True))
    span = Span(min(ends), max(ends))
    if not text[span.begin : span.end].strip():
        return
    said = Record(None, "t.csv", "text", text=text, marks=(Drawn(span, "3"),), label="a/b")
    (example,), _ = there_and_back(picture, tmp_path, "label-studio", [said], kind="text")
    assert (example.text, example.label) == (text, "a/b")
    assert settle(example, None).marks == (Drawn(span, "3"),)


@pytest.mark.parametrize("pictures", ["leave", "copy"])
@pytest.mark.parametrize("format", WITH_BOXES)
def test_pictures_of_like_names_keep_their_own_marks_and_splits(tmp_path, format, pictures):
    """In several folders, with a blank in front, named like a split or a folder of labels."""
    names = [
        "a.png",
        "sub/a.png",
        "sub/b.c.png",
        "s p/ lead.png",
        "train/1.png",
        "x/labels/2 1.png",
    ]
    splits = ["train", "validation", "test"]
    records = []
    for number, name in enumerate(names):
        file = tmp_path / "data" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (WIDTH, HEIGHT), (number, 9, 9)).save(file)
        marks = (Drawn(Box(0, 0, number + 2, 1), "3"), Drawn(Box(4, 4, 5, 5), "a/b"))
        records.append(Record(file, name, "image", WIDTH, HEIGHT, marks=marks,
                              split=splits[number % 3]))  # fmt: skip
    found, report = there_and_back(tmp_path / "none", tmp_path, format, records, pictures=pictures)
    own = {one.file.read_bytes(): one for one in records}
    assert len(found) == len(records)
    for example in found:
        record = own.pop((report.folder / example.path).read_bytes())
        assert tuple(example.marks) == record.marks
        assert example.split == (record.split if format != "labelme" else None) or (
            format == "labelme" and "train" in example.path
        )
