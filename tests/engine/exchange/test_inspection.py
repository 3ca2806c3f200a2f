"""A dry run says what an import would bring and what would become of the rest."""

import json

import pytest
from PIL import Image

from engine.errors import Cancelled, ConfigurationError, DataError
from engine.events import Activity
from engine.exchange.findings import KINDS, Findings
from engine.exchange.format import Drawn, Example
from engine.exchange.inspection import inspect_source
from engine.exchange.settling import settle
from engine.labels.shapes import Box, Mask, Polygon
from engine.progress import Cancel


@pytest.fixture
def coco(tmp_path, draw):
    def make(images, annotations, size=(20, 10)):
        for one in images:
            if not (tmp_path / one["file_name"]).exists() and "gone" not in one["file_name"]:
                draw(tmp_path / one["file_name"], one["id"], size)
        said = {"images": images, "categories": [{"id": 1, "name": "cat"}],
                "annotations": [{"category_id": 1, **one} for one in annotations]}  # fmt: skip
        file = tmp_path / "coco.json"
        file.write_text(json.dumps(said))
        return file

    return make


def box(image, *bbox):
    return {"image_id": image, "bbox": list(bbox)}


def test_all_that_can_be_wrong_is_counted_with_examples(coco, tmp_path):
    (tmp_path / "broken.png").write_bytes(b"nothing")
    names = ["a.png", "one/b.png", "two/b.png", "gone.png", "broken.png", "a.png"]
    images = [{"id": n, "file_name": name} for n, name in enumerate(names)]
    images[1] |= {"width": 30, "height": 30}
    file = coco(images, [
        box(0, 1, 1, 5, 5), box(0, 1, 1, 5, 5), box(0, -5, 2, 10, 4), box(0, 19.7, 2, 0.6, 4),
        box(0, 100, 100, 5, 5), box(0, 3, 3, 0, 5),
        {"image_id": 0, "segmentation": [[1, 1, 5, 5]]},
        {"image_id": 0, "segmentation": [[1, 1, 5, 5, 9, 9]]},
        box(1, 1, 1, 5, 5), box(3, 1, 1, 2, 2), box(4, 1, 1, 2, 2),
    ])  # fmt: skip
    report = inspect_source(file, "image", known_classes=["cat", "dog"])
    found = {kind: one.count for kind, one in report.findings.items()}
    assert found == {
        "clipped": 1, "outside": 1, "zero_area": 2, "few_corners": 1, "repeated": 1, "size": 1,
        "missing": 1, "unreadable": 1, "named_twice": 1, "same_name": 1,
    }  # fmt: skip
    assert report.findings["missing"].examples[0][0] == "gone.png"
    assert report.findings["size"].examples == [("one/b.png", "30 x 30 px said, 20 x 10 px found")]
    assert (report.items, report.with_marks) == (4, 3)
    assert report.marks == {"box": {"cat": 6}}
    assert (report.sizes, report.size_count) == ({"20 x 10": 3}, 1)
    assert (report.new_classes, report.known_classes) == ((), ("cat",))
    wire = json.loads(json.dumps(report.to_wire()))
    assert all(one["says"].endswith(".") and one["does"] for one in wire["findings"])


def test_many_findings_are_counted_and_a_few_are_named(coco):
    file = coco([{"id": 0, "file_name": "a.png"}], [])
    raw = json.loads(file.read_text())
    raw["images"] = [{"id": n, "file_name": f"gone{n}.png"} for n in range(500)]
    file.write_text(json.dumps(raw))
    missing = inspect_source(file, "image").findings["missing"]
    assert (missing.count, len(missing.examples)) == (500, 20)


def test_marks_on_a_resized_copy_are_scaled_and_others_left_where_they_are():
    marks = (Drawn(Box(2, 2, 6, 8), "cat"), Drawn(Polygon(((0, 0), (8, 0), (8, 8))), "cat"),
             Drawn(Mask(2, 2, 2, 2, (0, 4)), "cat"))  # fmt: skip
    scaled = settle(Example("a", marks=marks, size=(40, 20)), (20, 10))
    assert [one.shape for one in scaled.marks] == [
        Box(1, 1, 3, 4), Polygon(((0, 0), (4, 0), (4, 4))), Mask(1, 1, 1, 1, (0, 1)),
    ]  # fmt: skip
    grown = settle(Example("a", marks=marks[2:], size=(40, 20)), (80, 40))
    assert grown.marks[0].shape == Mask(4, 4, 4, 4, (0, 16))
    other = settle(Example("a", marks=marks, size=(40, 40)), (20, 10))
    assert other.marks[0].shape == Box(2, 2, 6, 8)
    assert [one.kind for one in (*scaled.findings, *other.findings)] == ["size", "size"]


def test_less_than_half_a_pixel_beyond_the_edge_is_cut_without_a_word():
    settled = settle(Example("a", marks=(Drawn(Box(-0.4, 0, 20.3, 10), "cat"),)), (20, 10))
    assert settled.findings == () and settled.marks[0].shape == Box(0, 0, 20, 10)


def test_an_upright_picture_is_what_marks_are_held_against(tmp_path, coco):
    turned = Image.new("RGB", (20, 10))
    exif = Image.Exif()
    exif[0x0112] = 6
    turned.save(tmp_path / "a.jpg", exif=exif)
    file = coco([{"id": 0, "file_name": "a.jpg", "width": 20, "height": 10}], [box(0, 1, 1, 5, 5)])
    assert inspect_source(file, "image").findings["size"].count == 1


def test_it_tells_how_far_it_is_and_ends_when_it_is_told_to(coco):
    file = coco([{"id": n, "file_name": f"{n}.png"} for n in range(5)], [])
    said = []
    inspect_source(file, "image", emit=said.append)
    assert any(isinstance(one, Activity) and (one.done, one.total) == (5, 5) for one in said)
    cancel = Cancel()
    cancel.set()
    with pytest.raises(Cancelled):
        inspect_source(file, "image", cancel=cancel)


def test_what_cannot_be_read_at_all_is_an_error_with_its_reason(tmp_path):
    file = tmp_path / "x.json"
    for text in ("", "{", "[" * 100_000, '"' + "x" * 100, "\xff\xfe"):
        file.write_text(text, encoding="latin-1")
        with pytest.raises(DataError) as caught:
            inspect_source(file, "image")
        assert "JSON" in caught.value.title or "no bytes" in caught.value.cause
    file.write_text('{"hello": 1}')
    with pytest.raises(DataError, match="nothing here"):
        inspect_source(file, "image")
    (tmp_path / "x.xml").write_text("<a>")
    with pytest.raises(DataError, match="XML"):
        inspect_source(tmp_path / "x.xml", "image")
    with pytest.raises(DataError, match="gone"):
        inspect_source(tmp_path / "y.json", "image")
    with pytest.raises(ConfigurationError, match="Unknown format"):
        inspect_source(file, "image", format="voc")


def test_every_kind_of_finding_has_words_and_no_other_can_be_found():
    assert all(kind.says.endswith(".") and kind.does.endswith(".") for kind in KINDS.values())
    with pytest.raises(KeyError):
        Findings().add("nonsense")


def test_a_class_folder_can_be_looked_at_too(class_folders):
    report = inspect_source(class_folders(cat=3, dog=2), "image", known_classes=["dog"])
    assert (report.format, report.items, report.items_of) == (
        "class-folders",
        5,
        {"cat": 3, "dog": 2},
    )
    assert (report.new_classes, report.known_classes) == (("cat",), ("dog",))
    assert report.findings["same_name"].count == 2


def test_classes_that_differ_in_capitals_only(class_folders):
    report = inspect_source(class_folders(cat=1, Cat=1, dog=1), "image", known_classes=["CAT"])
    assert report.findings["like_classes"].count == 2
    assert report.findings["like_classes"].examples == [("CAT, Cat, cat", "")]


def test_texts_in_class_folders(tmp_path):
    for name, content in (("a", b"good"), ("b", "gr\xf6\xdfer".encode("cp1252")), ("c", b" ")):
        (tmp_path / "up").mkdir(exist_ok=True)
        (tmp_path / f"up/{name}.txt").write_bytes(content)
    report = inspect_source(tmp_path, "text")
    assert (report.items, report.items_of) == (2, {"up": 2})
    assert {kind: one.count for kind, one in report.findings.items()} == {"problem": 1}
