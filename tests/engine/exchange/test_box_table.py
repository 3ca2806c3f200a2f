"""Tables with a box in each row: OpenImages', TensorFlow's, Graft's own."""

from collections import Counter

import pytest

from engine.errors import DataError
from engine.exchange.format import Drawn, Request
from engine.exchange.formats import all_formats
from engine.exchange.importing import detect
from engine.labels.shapes import Box, Polygon

TABLE = all_formats()["box-table"]


@pytest.fixture
def write(tmp_path, draw):
    def make(text, name="boxes.csv"):
        draw(tmp_path / "images/a.png", 1, (20, 10))
        draw(tmp_path / "images/b.png", 2, (20, 10))
        file = tmp_path / name
        file.write_text(text, encoding="utf-8")
        return file

    return make


def read(source):
    return list(TABLE.examples(Request(source, "image")))


def counts(example):
    found = Counter()
    for one in example.findings:
        found[one.kind] += one.count
    return dict(found)


def test_open_images_with_decimal_commas_and_rows_in_any_order(write):
    file = write(
        "ImageID,Source,LabelName,Confidence,XMin,XMax,YMin,YMax,IsOccluded,IsTruncated\n"
        'a,,cat,,"0,25","0,75","0,3","0,7",1,0\n'
        'b.png,,dog,,0,1,0,1,0,0\na,,dog,,"0,1","0,2","0,1","0,2",,\n'
    )
    assert detect(file) == "box-table"
    assert TABLE.survey(Request(file, "image")).classes == ("cat", "dog")
    one, two = read(file)
    assert one.path == "images/a.png"
    assert one.marks == (Drawn(Box(5, 3, 15, 7), "cat"), Drawn(Box(2, 1, 4, 2), "dog"))
    assert two.marks == (Drawn(Box(0, 0, 20, 10), "dog"),)
    assert counts(one) == {"attributes": 1}


def test_tensorflows_pixels_and_the_size_that_is_said(write):
    headings = "filename,width,height,class,xmin,ymin,xmax,ymax"
    (one,) = read(write(f"{headings}\na.png,20,10,cat,0,0,1,1\n"))
    assert one.marks[0].shape == Box(0, 0, 1, 1) and one.size == (20, 10)


def test_rows_that_say_too_little(write):
    found = read(write(
        "path;label;xmin;ymin;xmax;ymax;split;kind;shape\n"
        "a.png;cat;1;1;5;x;train;;\na.png;;1;1;5;5;;;\n;cat;1;1;5;5;;;\na.png;dog;;;;;;;\n"
        'a.png;cat;1;1;5;5;;polygon;"{""points"": [[1, 1], [5, 1], [5, 5]]}"\n'
        'a.png;cat;1;1;5;5;;polygon;"{""points"": 7}"\na.png;cat;1;1;5;5;;mask;"{"\n'
        'a.png;cat;1;1;5;5;;mask;"{""left"": 0, ""top"": 0, ""width"": 9, ""height"": 9, '
        '""runs"": [1]}"\n'
    ))  # fmt: skip
    one, problem = found
    assert (one.label, one.split) == ("dog", "train")
    assert [mark.shape for mark in one.marks] == [Polygon(((1, 1), (5, 1), (5, 5)))]
    assert counts(one) == {"broken_mark": 4, "no_label": 1}
    assert isinstance(problem, DataError) and "1 rows name no picture" in problem.title


def test_a_table_of_labels_stays_a_table_of_labels(write):
    assert detect(write("path,label\na.png,cat\n")) == "csv"


def test_a_corner_with_width_and_height(write):
    headings = "label_name,bbox_x,bbox_y,bbox_width,bbox_height,image_name,image_width,image_height"
    (one,) = read(write(f"{headings}\ncat,1,2,3,4,a.png,20,10\ndog,1,2,-3,4,a.png,20,10\n"))
    assert one.marks == (Drawn(Box(1, 2, 4, 6), "cat"),) and one.size == (20, 10)
    assert counts(one) == {"broken_mark": 1}
    (one,) = read(write("image,label,x,y,width,height\na.png,cat,.1,.2,.5,.5\n"))
    assert one.marks == (Drawn(Box(2, 2, 12, 7), "cat"),)
