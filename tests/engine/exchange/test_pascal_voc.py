"""Pascal VOC as different programs write it."""

import math
import os
import time
from collections import Counter

import pytest

from engine.errors import DataError
from engine.exchange.format import Request
from engine.exchange.formats import all_formats
from engine.exchange.importing import detect
from engine.exchange.settling import settle
from engine.labels.shapes import Box, Polygon

VOC = all_formats()["pascal-voc"]


def item(label="cat", corners=(3, 2, 8, 9), more=""):
    box = "".join(f"<{n}>{v}</{n}>" for n, v in zip(("xmin", "ymin", "xmax", "ymax"), corners,
                                                   strict=True))  # fmt: skip
    return f"<object><name>{label}</name>{more}<bndbox>{box}</bndbox></object>"


@pytest.fixture
def write(tmp_path, draw):
    def make(*objects, stem="a", filename=None, place="Annotations", picture="JPEGImages"):
        if picture:
            draw(tmp_path / f"voc/{picture}/{stem}.png", 1, (20, 10))
        file = tmp_path / f"voc/{place}/{stem}.xml"
        file.parent.mkdir(parents=True, exist_ok=True)
        named = f"{stem}.png" if filename is None else filename
        file.write_text(
            f"<annotation><folder>x</folder><filename>{named}</filename>"
            "<size><width>20</width><height>10</height><depth>3</depth></size>"
            f"{''.join(objects)}</annotation>",
            encoding="utf-8",
        )
        return tmp_path / "voc"

    return make


def read(source):
    return list(VOC.examples(Request(source, "image")))


def counts(example):
    found = Counter()
    for one in example.findings:
        found[one.kind] += one.count
    return dict(found)


def test_coordinates_count_from_one_and_both_ends_belong_to_the_box(write):
    (one,) = read(write(item(corners=(1, 1, 20, 10)), item(corners=("3.0", "2.0", "3.0", "4.0"))))
    assert [mark.shape for mark in one.marks] == [Box(0, 0, 20, 10), Box(2, 1, 3, 4)]
    assert (one.path, one.size) == ("JPEGImages/a.png", (20, 10))


def test_data_that_counts_from_zero_is_read_so_and_said(write):
    source = write(item(corners=(0, 0, 19, 9)), item(corners=(3, 2, 8.5, 9)))
    (one,) = read(source)
    assert [mark.shape for mark in one.marks] == [Box(0, 0, 19, 9), Box(3, 2, 8.5, 9)]
    assert counts(one) == {"from_zero": 2}


def test_a_box_whose_corners_are_one_point_is_empty(write):
    (one,) = read(write(item(corners=(5, 5, 5, 5))))
    assert [(f.kind, f.count) for f in settle(one, (20, 10)).findings] == [("zero_area", 1)]


def test_corners_that_are_swapped(write):
    (one,) = read(write(item(corners=(8, 9, 3, 2))))
    assert one.marks[0].shape == Box(2, 1, 8, 9)


def test_flags_parts_and_own_attributes_are_counted(write):
    part = "<part><name>head</name><bndbox><xmin>1</xmin></bndbox></part>"
    own = "<attributes><attribute><name>age</name><value>old</value></attribute></attributes>"
    (one,) = read(write(
        item(more="<difficult>1</difficult><truncated>1</truncated><occluded>0</occluded>"),
        item(more=part * 2 + "<pose>Left</pose>"), item(more=own),
        "<object><bndbox/></object>", "<object><name>cat</name></object>",
        item(corners=("a", 1, 2, 3)),
    ))  # fmt: skip
    assert len(one.marks) == 3
    assert counts(one) == {"attributes": 4, "body_parts": 2, "no_label": 1, "broken_mark": 2}


def test_polygons_and_turned_boxes(write):
    polygon = "<polygon><x1>1</x1><y1>1</y1><x2>9</x2><y2>1</y2><x3>9</x3><y3>8</y3></polygon>"
    turned = (
        "<object><name>ship</name><robndbox><cx>10</cx><cy>5</cy><w>4</w><h>2</h>"
        f"<angle>{math.pi / 2}</angle></robndbox></object>"
    )
    (one,) = read(write(item(more=polygon), turned))
    assert one.marks[0].shape == Polygon(((1, 1), (9, 1), (9, 8)))
    assert {(round(x), round(y)) for x, y in one.marks[1].shape.points} == {
        (9, 3), (11, 3), (11, 7), (9, 7),
    }  # fmt: skip
    assert counts(one) == {"rotated": 1}


def test_a_wrong_file_name_gives_way_to_the_annotations_own(write):
    assert read(write(item(), filename="000001.jpg"))[0].path == "JPEGImages/a.png"
    assert read(write(item(), filename=""))[0].path == "JPEGImages/a.png"
    assert read(write(item(), filename="a"))[0].path == "JPEGImages/a.png"


def test_pictures_beside_the_annotations_and_folders_of_splits(write, tmp_path):
    for split in ("train", "valid"):
        write(item(), stem=f"{split}1", place=split, picture=split)
    found = read(tmp_path / "voc")
    assert [(one.path, one.split) for one in found] == [
        ("train/train1.png", "train"), ("valid/valid1.png", "validation"),
    ]  # fmt: skip


@pytest.mark.parametrize("pictures", ["", "JPEGImages/"])
def test_pictures_of_one_name_in_several_folders(write, tmp_path, pictures):
    for split in ("train", "val"):
        write(item(), place=f"Annotations/{split}" if pictures else split,
              picture=f"{pictures}{split}")  # fmt: skip
    assert {(one.path, one.split) for one in read(tmp_path / "voc")} == {
        (f"{pictures}train/a.png", "train"), (f"{pictures}val/a.png", "validation"),
    }  # fmt: skip


def test_a_name_that_several_files_say_gives_way_to_their_own(write, tmp_path):
    """Left behind when files were copied and renamed."""
    for stem in ("a", "b", "c"):
        write(item(), stem=stem, filename="b.png")
    assert [one.path for one in read(tmp_path / "voc")] == [
        f"JPEGImages/{stem}.png" for stem in "abc"
    ]


def test_an_accent_is_the_same_letter_however_a_system_writes_it(write):
    (one,) = read(write(item(), stem="u\u0308", filename="\u00fc.png"))
    assert one.path == "JPEGImages/u\u0308.png"


@pytest.mark.parametrize(
    ("encoding", "head"),
    [("gbk", '<?xml version="1.0" encoding="GB2312"?>'),
     ("gb18030", '\r\n <?xml version="1.0" encoding="gb18030"?>\r\n'),
     ("utf-16", '<?xml version="1.0" encoding="UTF-16"?>'), ("utf-16", ""), ("utf-8-sig", "")],
)  # fmt: skip
def test_encodings(write, encoding, head):
    source = write(item(label="\u732b"))
    (file,) = source.rglob("*.xml")
    file.write_bytes((head + file.read_text(encoding="utf-8")).encode(encoding))
    assert detect(source) == "pascal-voc"
    assert [mark.label for mark in read(source)[0].marks] == ["\u732b"]


def test_an_outline_without_corners_leaves_the_box(write):
    (one,) = read(write(item(more="<polygon/>")))
    assert [mark.shape for mark in one.marks] == [Box(2, 1, 8, 9)] and counts(one) == {}


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_lists_of_splits(write, tmp_path):
    for stem in ("a", "b"):
        write(item(), stem=stem)
    lists = tmp_path / "voc/ImageSets/Main"
    lists.mkdir(parents=True)
    (lists / "train.txt").write_text("a\n")
    (lists / "val.txt").write_text("b 1\n")
    (lists / "trainval.txt").write_text("a\nb\n")
    assert [one.split for one in read(tmp_path / "voc")] == ["train", "validation"]
    write(item(), stem="b", place="Annotations/more", picture="JPEGImages/more")
    write(item(), stem="c 1")
    (lists / "train.txt").write_text("a\nmore/b\nc 1\n")
    assert {one.path: one.split for one in read(tmp_path / "voc")} == {
        "JPEGImages/a.png": "train", "JPEGImages/b.png": "validation",
        "JPEGImages/c 1.png": "train", "JPEGImages/more/b.png": "train",
    }  # fmt: skip
    os.mkfifo(lists / "test.txt")  # on which a read would wait for ever
    problem, *found = read(tmp_path / "voc")
    assert isinstance(problem, DataError) and len(found) == 4


def test_one_broken_file_of_many_is_listed_and_the_rest_goes_on(write, tmp_path):
    write(item(), stem="a")
    source = write(item(label="dog"), stem="b")
    (source / "Annotations/c.xml").write_text("<annotation><object>")
    (source / "Annotations/d.xml").write_text("")
    (source / "Annotations/e.xml").write_text("<html></html>")
    (source / "Annotations/f.xml").write_bytes(b"\xff\xfe\x00<")
    assert detect(source) == "pascal-voc"
    assert VOC.survey(Request(source, "image")).classes == ("cat", "dog")
    found = read(source)
    assert [type(one).__name__ for one in found] == ["Example"] * 2 + ["DataError"] * 4
    assert all(one.remedy and one.subject for one in found[2:])


def test_an_xml_that_unfolds_without_end_is_refused(write):
    source = write(item())
    lines = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10))
    (source / "Annotations/bomb.xml").write_text(
        f'<!DOCTYPE annotation [<!ENTITY a0 "ha">{lines}]><annotation>&a9;</annotation>'
    )
    outside = '<!DOCTYPE annotation [<!ENTITY x SYSTEM "file:///etc/hostname">]>'
    (source / "Annotations/outside.xml").write_text(f"{outside}<annotation>&x;</annotation>")
    (source / "Annotations/zdeep.xml").write_text("<annotation>" + "<a>" * 5000)
    found = read(source)
    assert [type(one) for one in found[1:]] == [DataError] * 3
    assert "entity" in found[1].cause and "entity" in found[2].cause and "deep" in found[3].cause


def test_a_list_of_splits_with_long_blanks_and_a_picture_with_many_objects(write, tmp_path):
    source = write(*[item()] * 5000)
    (source / "train.txt").write_text(f"a{' ' * 400_000}b\n" + "\n" * 100_000 + "a\n")
    begun = time.monotonic()
    (one,) = read(source)
    assert (len(one.marks), one.split) == (5000, "train")
    assert time.monotonic() - begun < 5
