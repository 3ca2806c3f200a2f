"""labelme, and AnyLabeling, which writes the same."""

import base64
import io
import json
from collections import Counter

import numpy as np
import pytest
from PIL import Image

from engine.errors import DataError
from engine.exchange.format import Drawn, Example, Request
from engine.exchange.formats import all_formats
from engine.exchange.importing import detect
from engine.labels.shapes import Box, Mask, Polygon

LABELME = all_formats()["labelme"]


def png(bits):
    stream = io.BytesIO()
    Image.fromarray(bits).save(stream, "PNG")
    return base64.b64encode(stream.getvalue()).decode()


def shape(kind, *points, label="cat", **more):
    return {"label": label, "points": list(points), "shape_type": kind, "flags": {}} | more


@pytest.fixture
def write(tmp_path, draw):
    def make(*shapes, name="a.json", picture="a.png", **more):
        draw(tmp_path / "me" / "a.png", 1, (20, 10))
        whole = {"version": "5.4.1", "flags": {}, "shapes": list(shapes), "imagePath": picture,
                 "imageData": None, "imageHeight": 10, "imageWidth": 20} | more  # fmt: skip
        file = tmp_path / "me" / name
        file.write_text(json.dumps(whole), encoding="utf-8")
        return file

    return make


def read(source):
    return list(LABELME.examples(Request(source, "image")))


def counts(example):
    found = Counter()
    for one in example.findings:
        found[one.kind] += one.count
    return dict(found)


def test_all_that_maps(write):
    bits = np.array([[True, False, True], [True, True, True]])
    file = write(
        shape("rectangle", [12, 9], [2.5, 1]), shape("polygon", [1, 1], [5, 1], [5, 5]),
        shape("mask", [3, 4], [5, 5], mask=png(bits), label="dog"),
        shape("circle", [10, 5], [13, 9]), shape("rotation", [1, 1], [5, 2], [4, 5], [0, 4]),
        shape("rectangle", [1, 1], [5, 1], [5, 4], [1, 4]),
    )  # fmt: skip
    assert detect(file) == detect(file.parent) == "labelme"
    (one,) = read(file.parent)
    assert (one.path, one.size) == ("a.png", (20, 10))
    assert one.marks[:3] == (
        Drawn(Box(2.5, 1, 12, 9), "cat"), Drawn(Polygon(((1, 1), (5, 1), (5, 5))), "cat"),
        Drawn(Mask.of(bits, 3, 4), "dog"),
    )  # fmt: skip
    assert max(x for x, _ in one.marks[3].shape.points) == pytest.approx(15)
    assert one.marks[4].shape == Polygon(((1, 1), (5, 2), (4, 5), (0, 4)))
    assert one.marks[5].shape == Box(1, 1, 5, 4)
    assert counts(one) == {"curve": 1, "rotated": 1}
    assert LABELME.survey(Request(file, "image")).classes == ("cat", "dog")


def test_what_does_not_map_or_makes_no_sense_is_counted(write):
    (one,) = read(write(
        shape("line", [1, 1], [2, 2]), shape("linestrip", [1, 1], [2, 2]), shape("point", [1, 1]),
        shape("rectangle", [1, 1], [4, 4], group_id=1, flags={"hard": True, "x": False}),
        shape("rectangle", [1, 1]), shape("rectangle", [1, 1], ["a", 2]), shape("polygon"),
        shape("mask", [1, 1], [2, 2], mask="?"), shape("mask", [1, 1], [2, 2]),
        shape("circle", [1, 1]), shape("cylinder", [1, 1], [2, 2]), shape("polygon", 3),
        shape("rectangle", [1, 1], [4, 4], label=""),
        shape("rectangle", [1, 1], [4, 4], label=None),
    ))  # fmt: skip
    assert len(one.marks) == 1
    assert counts(one) == {
        "polyline": 2, "point": 1, "grouped": 1, "attributes": 1, "broken_mark": 8, "no_label": 2,
    }  # fmt: skip


def test_flags_of_a_picture_are_its_classes(write):
    (one,) = read(write(flags={"cat": True, "dog": False}))
    assert (one.label, one.classes, counts(one)) == ("cat", ("cat",), {"flags": 1})
    (one,) = read(write(flags={"cat": True, "dog": True}))
    assert (one.label, one.classes) == (None, ("cat", "dog"))


@pytest.mark.parametrize(
    "said", ["..\\pictures\\a.png", "C:\\x\\a.png", "/else/a.png", "", None, "b.png"]
)
def test_a_picture_is_found_beside_whatever_path_is_said(write, said):
    assert read(write(picture=said))[0].path == "a.png"


def test_a_picture_only_inside_the_json_is_told(write):
    file = write(name="z.json", picture="z.png", imageData="abcd")
    (one,) = read(file)
    assert isinstance(one, DataError) and "only inside the JSON" in one.title


def test_one_broken_file_of_many_is_listed_and_the_rest_goes_on(write):
    folder = write(shape("rectangle", [1, 1], [4, 4])).parent
    (folder / "b.json").write_text("{")
    (folder / "c.json").write_text("[" * 100_000)
    (folder / "d.json").write_bytes(b"")
    (folder / "e.json").write_text('{"some": "settings"}')
    found = read(folder)
    assert [type(one) for one in found] == [Example] + [DataError] * 3
    assert "nested" in found[2].cause and "no bytes" in found[3].cause
