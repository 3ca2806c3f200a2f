"""CVAT for images."""

from collections import Counter

import pytest

from engine.errors import DataError
from engine.exchange.format import Drawn, Request
from engine.exchange.formats import all_formats
from engine.exchange.importing import detect
from engine.labels.shapes import Box, Mask, Polygon

CVAT = all_formats()["cvat"]
META = (
    "<version>1.1</version><meta><task><labels><label><name>cat</name></label>"
    "<label><name>dog</name></label></labels></task></meta>"
)


@pytest.fixture
def write(tmp_path, draw):
    def make(*inside, image='name="sub/a.png" width="20" height="10"', after=""):
        draw(tmp_path / "cvat/images/sub/a.png", 1, (20, 10))
        file = tmp_path / "cvat/annotations.xml"
        file.write_text(
            f'<?xml version="1.0" encoding="utf-8"?><annotations>{META}'
            f'<image id="0" {image}>{"".join(inside)}</image>{after}</annotations>'
        )
        return file

    return make


def read(source):
    return list(CVAT.examples(Request(source, "image")))


def counts(example):
    found = Counter()
    for one in example.findings:
        found[one.kind] += one.count
    return dict(found)


def shape(tag, values, label="cat", inside="", **more):
    said = "".join(f' {key}="{value}"' for key, value in more.items())
    return f'<{tag} label="{label}" {values}{said}>{inside}</{tag}>'


BOX = 'xtl="2.00" ytl="1.50" xbr="12" ybr="9"'


def test_all_that_maps(write):
    file = write(
        shape("box", BOX), shape("polygon", 'points="1.0,2;3,4.5;0,0"'),
        shape("mask", 'rle="1, 2, 1" left="3" top="4" width="2" height="2"', "dog"),
        shape("box", 'xtl="4" ytl="2" xbr="8" ybr="4" rotation="90.0"'),
        shape("ellipse", 'cx="5" cy="5" rx="2" ry="3"'), shape("tag", "", "dog"),
    )  # fmt: skip
    assert detect(file) == detect(file.parent) == "cvat"
    (one,) = read(file.parent)
    assert (one.path, one.size, one.label) == ("images/sub/a.png", (20, 10), "dog")
    assert one.marks[:3] == (
        Drawn(Box(2, 1.5, 12, 9), "cat"), Drawn(Polygon(((1, 2), (3, 4.5), (0, 0))), "cat"),
        Drawn(Mask(3, 4, 2, 2, (1, 2, 1)), "dog"),
    )  # fmt: skip
    turned = {(round(x), round(y)) for x, y in one.marks[3].shape.points}
    assert turned == {(5, 1), (7, 1), (7, 5), (5, 5)}
    assert len(one.marks[4].shape.points) == 64
    assert counts(one) == {"rotated": 1, "curve": 1}
    assert CVAT.survey(Request(file, "image")).classes == ("cat", "dog")


def test_what_does_not_map_or_makes_no_sense_is_counted(write):
    own = '<attribute name="age">old</attribute><attribute name="x">false</attribute>'
    (one,) = read(write(
        shape("polyline", 'points="1,2;3,4"'), shape("points", 'points="1,2"'),
        shape("cuboid", ""), shape("skeleton", "", inside=shape("points", 'points="1,2"')),
        shape("box", BOX, occluded="1", inside=own, group_id="4"),
        shape("box", 'xtl="a"'), shape("polygon", 'points="1,2,3;4,5"'), shape("polygon", ""),
        shape("mask", 'rle="1, 2" left="3" top="4" width="2" height="2"'),
        shape("mask", 'rle="" left="0" top="0" width="1000000" height="1000000"'),
        shape("box", BOX, label=""),
    ))  # fmt: skip
    assert len(one.marks) == 1
    assert counts(one) == {
        "polyline": 1, "point": 1, "cuboid": 1, "keypoints": 1, "attributes": 2, "grouped": 1,
        "broken_mark": 5, "no_label": 1,
    }  # fmt: skip


def test_subsets_are_splits(write):
    assert read(write(image='name="a.png" subset="Validation"'))[0].split == "validation"
    assert read(write(image='name="a.png" subset="default"'))[0].split is None


def test_tracks_are_counted_and_said_to_be_left_out(write):
    track = f'<track id="0" label="cat"><box frame="0" outside="0" {BOX}/></track>'
    one, two = read(write(shape("box", BOX), after=track * 3))
    assert len(one.marks) == 1 and isinstance(two, DataError) and "3 tracks" in two.title
    file = write()
    file.write_text(f"<annotations>{META}{track}</annotations>")
    with pytest.raises(DataError, match="nothing here") as caught:
        CVAT.survey(Request(file, "image"))
    assert "1 tracks of a video" in caught.value.cause


def test_a_file_that_breaks_off_gives_what_stands_before(write):
    file = write(shape("box", BOX))
    file.write_text(file.read_text().replace("</annotations>", '<image id="1" name="b.pn'))
    one, two = read(file)
    assert len(one.marks) == 1 and isinstance(two, DataError)


def test_what_stands_before_a_file_breaks_off_is_read(write):
    file = write(shape("box", BOX))
    file.write_text(file.read_text().replace("</annotations>", '<image id="1" name="b'))
    one, problem = read(file)
    assert [mark.label for mark in one.marks] == ["cat"] and isinstance(problem, DataError)


def test_jobs_with_pictures_of_the_same_names(write, tmp_path, draw):
    file = write(shape("box", BOX))
    for job in ("job1", "job2"):
        draw(tmp_path / f"cvat/{job}/images/sub/a.png", 1, (20, 10))
        (file.parent / job / "annotations.xml").write_text(file.read_text())
    file.unlink()
    assert [one.path for one in read(file.parent)] == [
        "job1/images/sub/a.png", "job2/images/sub/a.png",
    ]  # fmt: skip
