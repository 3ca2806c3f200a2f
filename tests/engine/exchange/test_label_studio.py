"""Label Studio as its versions and both its exports write it."""

import json
from collections import Counter

import numpy as np
import pytest

from engine.errors import DataError
from engine.exchange.embedded import text_of
from engine.exchange.format import Drawn, Example, Request
from engine.exchange.formats import all_formats
from engine.exchange.importing import detect
from engine.exchange.runs import from_brush, to_brush
from engine.exchange.settling import settle
from engine.labels.shapes import Box, Mask, Polygon, Span

STUDIO = all_formats()["label-studio"]
SIZE = {"original_width": 20, "original_height": 10, "image_rotation": 0}


def result(kind, value, id="r", **more):
    return {"id": id, "type": kind, "from_name": kind, "to_name": "image", "value": value, **more}


def box(labels=("cat",), id="r", **more):
    value = {"x": 10, "y": 20, "width": 50, "height": 40, "rotation": 0} | more
    return result("rectanglelabels", value | {"rectanglelabels": list(labels)}, id, **SIZE)


def task(*results, data=None, **more):
    annotation = {"id": 1, "completed_by": 2, "result": list(results), "was_cancelled": False}
    data = data or {"image": "/data/upload/1/0a1b2c3d-a.png"}
    return {"id": 11, "data": data, "annotations": [annotation]} | more


@pytest.fixture
def write(tmp_path, draw):
    def make(*tasks):
        draw(tmp_path / "images/a.png", 1, (20, 10))
        file = tmp_path / "export.json"
        file.write_text(json.dumps(tasks), encoding="utf-8")
        return file

    return make


def read(source, kind="image"):
    return list(STUDIO.examples(Request(source, kind)))


def counts(example):
    found = Counter()
    for one in example.findings:
        found[one.kind] += one.count
    return dict(found)


@pytest.mark.parametrize("said", [
    "/data/upload/1/0a1b2c3d-a.png", "/data/local-files/?d=sets/images/a.png", "images/a.png",
    "https://example.org/x/a.png?token=1", "s3://bucket/images/a.png", "a.png",
    "/data/local-files/?d=C%3A%5Csets%5Cimages%5Ca.png",
])  # fmt: skip
def test_a_picture_is_found_wherever_label_studio_says_it_was(write, said):
    (one,) = read(write(task(box(), data={"image": said})))
    assert one.path == "images/a.png"
    assert one.marks == (Drawn(Box(2, 2, 12, 6), "cat"),) and one.size == (20, 10)
    assert detect(write(task(box(), data={"image": said}))) == "label-studio"


def test_a_result_that_does_not_tell_the_pictures_size_is_held_against_the_file(write):
    bare = box()
    del bare["original_width"]
    (one,) = read(write(task(bare)))
    assert one.marks == (Drawn(Box(2, 2, 12, 6), "cat"),) and one.size is None
    (one,) = read(write(task(bare, data={"image": "gone.png"})))
    assert one.marks == () and counts(one) == {"broken_mark": 1}


def test_turned_boxes_ellipses_polygons_and_brushes(write):
    mask = Mask.of(np.eye(6, 9, dtype=bool), 3, 2)
    (one,) = read(write(task(
        box(rotation=90, id="1"),
        result("ellipselabels", {"x": 50, "y": 50, "radiusX": 10, "radiusY": 20,
                                 "ellipselabels": ["dog"]}, "2", **SIZE),
        result("polygonlabels", {"points": [[0, 0], [50, 0], [50, 100]], "closed": True,
                                 "polygonlabels": ["dog"]}, "3", **SIZE),
        result("brushlabels", {"format": "rle", "rle": to_brush(mask, 20, 10),
                               "brushlabels": ["cat"]}, "4", **SIZE),
        result("bitmask", {"imageDataURL": "data:image/png;base64," + text_of(mask),
                           "bitmasklabels": ["cat"]}, "5", **SIZE),
    )))  # fmt: skip
    turned, ellipse, polygon, brush, bitmask = (mark.shape for mark in one.marks)
    assert bitmask == Mask.of(mask.bits())
    assert np.allclose(turned.points, [(2, 2), (2, 12), (-2, 12), (-2, 2)])
    assert len(ellipse.points) == 64 and max(y for _, y in ellipse.points) == pytest.approx(7)
    assert polygon == Polygon(((0, 0), (10, 0), (10, 10)))
    assert brush == mask
    assert counts(one) == {"rotated": 1, "curve": 1}


def test_a_brush_that_breaks_off_or_is_of_another_picture_is_no_mask():
    mask = Mask.of(np.ones((4, 4), bool))
    packed = to_brush(mask, 20, 10)
    assert from_brush(packed, 20, 10) == mask
    for broken, size in ((packed[:-4], (20, 10)), (packed, (20, 11)), ([], (20, 10)),
                         ([255] * 9, (20, 10)), (packed, (10**6, 10**6))):  # fmt: skip
        with pytest.raises(ValueError, match="brush|pixels"):
            from_brush(broken, *size)


def test_a_region_and_its_label_in_two_results(write):
    value = {"x": 10, "y": 20, "width": 50, "height": 40, "rotation": 0}
    (one,) = read(write(task(
        result("rectangle", value, "1", **SIZE),
        result("labels", value | {"labels": ["cat"]}, "1", **SIZE),
        result("choices", value | {"choices": ["blurred"]}, "1", **SIZE),
        result("rectangle", value, "2", **SIZE),
        box(("cat", "dog"), "3"),
    )))  # fmt: skip
    assert [mark.label for mark in one.marks] == ["cat", "cat", "dog"]
    assert counts(one) == {"attributes": 1, "no_label": 1, "several_labels": 1}
    assert one.classes == ()


def test_choices_single_several_nested_and_a_second_question(write):
    single = task(result("choices", {"choices": ["cat"]}))
    several = task(result("choices", {"choices": ["cat", "dog"]}))
    nested = task(result("taxonomy", {"taxonomy": [["animal", "cat"], ["thing"]]}))
    second = task(result("choices", {"choices": ["cat"]}, "1", from_name="what"),
                  result("choices", {"choices": ["good"]}, "2", from_name="quality"),
                  result("rating", {"rating": 4}, "3"))  # fmt: skip
    one, two, three, four = read(write(single, several, nested, second))
    assert (one.label, one.classes) == ("cat", ("cat",))
    assert (two.label, two.classes) == (None, ("cat", "dog"))
    assert three.classes == ("animal / cat", "thing")
    assert four.label == "cat" and counts(four) == {"fields": 2}


def test_of_several_annotations_the_true_or_newest_counts_and_the_others_are_readings(write):
    def said(label, who, when, **more):
        return {"completed_by": who, "result": [box((label,))], "updated_at": when} | more

    ann, bob = (
        {"first_name": "Ann", "last_name": "Lee", "email": "a@x.org"},
        {"id": 3, "email": "b"},
    )
    newest = task(annotations=[said("cat", ann, "2024-01-01"), said("dog", bob, "2024-02-01"),
                               said("cow", 4, "2024-03-01", was_cancelled=True)])  # fmt: skip
    true = task(annotations=[said("cat", ann, "2024-01-01", ground_truth=True),
                             said("dog", "bob@x.org", "2024-02-01")],
                predictions=[{"result": [box()]}, {"result": []}])  # fmt: skip
    one, two = read(write(newest, true))
    assert (one.reader, one.marks[0].label) == ("annotator 3", "dog")
    assert [(each.reader, each.marks[0].label) for each in one.readings] == [("Ann Lee", "cat")]
    assert counts(one) == {"readers": 1, "cancelled": 1}
    assert (two.reader, two.marks[0].label, two.readings[0].reader) == ("Ann Lee", "cat", "bob")
    assert counts(two) == {"readers": 1, "predictions": 2}
    assert STUDIO.survey(Request(write(newest), "image")).classes == ("cat", "dog")


def test_what_does_not_map_or_makes_no_sense_is_counted(write):
    (one,) = read(write(task(
        result("keypointlabels", {"x": 1, "y": 1, "keypointlabels": ["nose"]}, "1", **SIZE),
        result("videorectangle", {"sequence": [], "labels": ["car"]}, "2"),
        {"type": "relation", "from_id": "1", "to_id": "2"},
        result("textarea", {"text": ["hello"]}, "4"),
        box(x="a", id="5"),
        result("rectanglelabels", {"x": 1, "y": 1, "width": 1, "height": 1,
                                   "rectanglelabels": ["cat"]}, "6"),
        result("rectanglelabels", {"x": 1, "y": 1, "rectanglelabels": ["cat"]}, "6b", **SIZE),
        result("polygonlabels", {"points": [[1, 2], [3, 4]], "closed": False,
                                 "polygonlabels": ["cat"]}, "7", **SIZE),
        result("brushlabels", {"rle": ["x"], "brushlabels": ["cat"]}, "8", **SIZE),
        result("rectanglelabels", None, "9"), "nonsense",
        {**box(id="10"), "image_rotation": 90, "score": 0.3},
    )))  # fmt: skip
    assert len(one.marks) == 2
    assert counts(one) == {
        "keypoints": 1, "track": 1, "relations": 1, "fields": 2, "broken_mark": 4,
        "image_turned": 1, "scores": 1,
    }  # fmt: skip


def spans(text, *places):
    return task(*[
        result("labels", {"start": a, "end": b, "text": words, "labels": ["PER"]}, f"{a}-{b}",
               to_name="text")
        for a, b, words in places
    ], data={"text": text})  # fmt: skip


def test_spans_follow_the_text_into_its_normal_form(write):
    text = "  Ann\r\nmet Zoe\u0301 😀 and Bob"
    bob, units = text.index("Bob"), len(text[: text.index("Bob")].encode("utf-16-le")) // 2
    (one,) = read(write(spans(
        text, (2, 5, "Ann"), (text.index("Zoe"), text.index("Zoe") + 4, "Zoe\u0301"),
        (bob, bob + 3, "Bob"), (units, units + 3, "Bob"), (bob, bob + 2, "Bob"), (0, 3, "nobody"),
    )), "text")  # fmt: skip
    assert one.text == "Ann\nmet Zoé 😀 and Bob"
    said = [one.text[mark.shape.begin : mark.shape.end] for mark in settle(one, None).marks]
    assert said == ["Ann", "Zoé", "Bob", "Bob", "Bob"]
    assert counts(one) == {"span_text": 1}
    assert (one.path, one.position) == ("export.json", 1)


def test_a_text_with_a_choice_and_spans_out_of_reach(write):
    first = spans("hello", (3, 99, ""), (2, 2, ""), (0, 5, "hello"))
    first["annotations"][0]["result"].append(result("choices", {"choices": ["good"]}, "c"))
    (one,) = read(write(first), "text")
    settled = settle(one, None)
    assert one.label == "good"
    assert [mark.shape for mark in settled.marks] == [Span(0, 5)]
    assert len(settled.findings) + len(one.findings) == 2


def minimal(**more):
    who = {
        "annotator": 1,
        "annotation_id": 5,
        "created_at": "x",
        "updated_at": "y",
        "lead_time": 1.5,
    }
    return {"image": "/data/upload/1/0a1b2c3d-a.png", "id": 3} | more | who


def test_json_min(write):
    value = box()["value"] | {"original_width": 20, "original_height": 10}
    boxes = minimal(label=[value])
    choice = minimal(id=4, choice="cat", comment="a\nb", stars=3)
    several = minimal(id=5, choice={"choices": ["cat", "dog"]})
    file = write(boxes, choice, several)
    assert detect(file) == "label-studio"
    one, two, three = read(file)
    assert one.marks == (Drawn(Box(2, 2, 12, 6), "cat"),) and one.path == "images/a.png"
    assert (one.reader, two.label, three.classes) == ("annotator 1", "cat", ("cat", "dog"))
    assert counts(two) == {"fields": 2}
    assert STUDIO.kinds(file) == {"image"}


def test_json_min_of_several_readers_is_one_item(write):
    first, second = (
        minimal(choice="cat"),
        minimal(choice="dog") | {"annotator": "b@x", "updated_at": "z"},
    )
    (one,) = read(write(first, second))
    assert (one.reader, one.label, one.readings[0].label) == ("b", "dog", "cat")


def test_json_min_of_texts(write):
    said = {"text": "Ann met Bob", "id": 1, "sentiment": "good",
            "label": [{"start": 8, "end": 11, "text": "Bob", "labels": ["PER"]}],
            "annotator": 1, "annotation_id": 1, "lead_time": 2}  # fmt: skip
    file = write(said)
    (one,) = read(file, "text")
    assert (one.text, one.label, one.marks) == ("Ann met Bob", "good", (Drawn(Span(8, 11), "PER"),))
    assert STUDIO.kinds(file) == {"text"}


def test_tasks_of_another_kind_and_what_is_no_task_are_listed(write):
    sound = task(result("choices", {"choices": ["cat"]}), data={"audio": "/data/upload/x.wav"})
    found = read(write(task(box()), sound, {"data": {}, "id": 1}))
    assert [type(one) for one in found] == [Example, DataError, DataError]
    assert all("picture" in one.cause for one in found[1:])


def test_pictures_that_have_the_same_name_behind_different_prefixes(write, draw, tmp_path):
    file = write(task(box()), task(box(), data={"image": "/data/upload/1/ffffffff-a.png"}))
    draw(tmp_path / "images/ffffffff-a.png", 5, (20, 10))
    assert [one.path for one in read(file)] == ["images/a.png", "images/ffffffff-a.png"]
