"""Whatever stands in an annotation file, a reader gives examples and reasons, never a crash."""

import json
from xml.etree.ElementTree import Element, tostring

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.errors import DataError, GraftError
from engine.exchange.format import Example, Request
from engine.exchange.formats import all_formats
from engine.exchange.settling import settle
from engine.labels.shapes import bounds

few = settings(max_examples=60, suppress_health_check=list(HealthCheck))
odd = st.one_of(
    st.none(), st.booleans(), st.integers(-5, 30), st.just(10**400), st.floats(), st.just([]),
    st.sampled_from(["", "cat", "a.png", "\x00", "\ud800", "1e999", "../a.png", "nan", "🐈" * 50]),
    st.lists(st.floats(-50, 50), max_size=8), st.dictionaries(st.text(max_size=3), st.none()),
)  # fmt: skip


def objects(**fields):
    """Dictionaries with these fields, each as it should be, or odd, or missing."""
    wanted = {name: value | odd for name, value in fields.items()}
    return st.fixed_dictionaries({}, optional=wanted) | odd


def some(one):
    return st.lists(one, max_size=3) | odd


numbers = st.lists(st.integers(-5, 40) | st.floats(-1e9, 1e9), max_size=9)
runs = st.fixed_dictionaries(
    {"counts": st.lists(st.integers(-3, 300), max_size=6) | st.text("0123PQ@o\x7f", max_size=12),
     "size": st.sampled_from([[10, 20], [0, 0], [-1, 5], [10**9, 10**9], [3]])}
)  # fmt: skip
ids = st.integers(0, 2) | st.sampled_from(["0", "1"])
names = st.sampled_from(["a.png", "x/a.png", "none.png", ""])

coco = st.fixed_dictionaries({
    "images": some(objects(id=ids, file_name=names, width=st.just(12), height=st.just(10))),
    "annotations": some(objects(
        image_id=ids, category_id=ids, bbox=numbers, iscrowd=st.integers(0, 1), keypoints=numbers,
        segmentation=runs | st.lists(numbers, max_size=3), attributes=objects(occluded=odd),
    )),
    "categories": some(objects(id=ids, name=st.sampled_from(["cat", "dog"]))),
})  # fmt: skip

places = {
    name: st.floats(-20, 120) for name in ("x", "y", "width", "height", "rotation", "radiusX")
}
value = objects(
    **places, rectanglelabels=some(st.just("cat")), labels=some(st.just("dog")),
    choices=some(st.just("yes")), taxonomy=some(some(st.just("a"))), points=some(numbers),
    rle=st.lists(st.integers(0, 255), max_size=30), start=st.integers(-2, 9),
    end=st.integers(-2, 9), text=st.text(max_size=5), globalOffsets=odd,
)  # fmt: skip
results = some(objects(
    id=st.sampled_from(["a", "b"]), type=st.sampled_from(["rectanglelabels", "choices", "labels"]),
    from_name=st.just("q"), to_name=st.just("image"), value=value,
    original_width=st.just(12), original_height=st.just(10), score=odd, image_rotation=odd,
))  # fmt: skip
studio = st.lists(
    st.fixed_dictionaries(
        {"id": ids, "data": objects(image=names, text=st.text(max_size=9), split=odd)},
        optional={"annotations": some(objects(result=results, completed_by=odd, was_cancelled=odd,
                                              updated_at=odd, ground_truth=odd)),
                  "predictions": odd},
    )
    | st.fixed_dictionaries({"id": ids, "annotation_id": odd, "image": names, "label": some(value)},
                            optional={"choice": odd, "annotator": odd}),
    min_size=1, max_size=4,
)  # fmt: skip

labelme = st.fixed_dictionaries({
    "imagePath": names | odd, "imageData": odd, "flags": objects(cat=st.booleans()),
    "shapes": st.lists(objects(
        label=st.just("cat"), points=some(numbers), mask=st.sampled_from(["", "aGk=", "é"]),
        shape_type=st.sampled_from(["rectangle", "polygon", "circle", "mask", "line", "rotation"]),
        flags=objects(a=odd), group_id=odd,
    ), max_size=4),
}, optional={"imageWidth": odd, "imageHeight": odd})  # fmt: skip


@pytest.fixture
def folder(tmp_path, draw):
    draw(tmp_path / "a.png", 1)
    return tmp_path


def read(key, source, kind="image"):
    """All of it, settled; what can be stored lies inside the picture."""
    reader = all_formats()[key]
    reader.fits(source)
    request = Request(source, kind)
    try:
        reader.kinds(source)
        classes = set(reader.survey(request).classes)
        found = list(reader.examples(request))
    except DataError:
        return
    for one in found:
        if isinstance(one, GraftError):
            assert one.title and one.cause and one.remedy
            continue
        assert isinstance(one, Example)
        said = {mark.label for mark in one.marks} | set(one.classes)
        assert said | ({one.label} if one.label else set()) <= classes
        for mark in settle(one, (12, 10) if kind == "image" else None).marks:
            around = bounds(mark.shape)
            if around is not None:
                assert -0.01 <= around.left < around.right <= 12.01
                assert -0.01 <= around.top < around.bottom <= 10.01


@few
@given(content=coco)
def test_coco(folder, content):
    (folder / "x.json").write_text(json.dumps(content))
    read("coco", folder / "x.json")


@few
@given(content=studio, kind=st.sampled_from(["image", "text"]))
def test_label_studio(folder, content, kind):
    (folder / "x.json").write_text(json.dumps(content))
    read("label-studio", folder / "x.json", kind)


@few
@given(content=labelme)
def test_labelme(folder, content):
    (folder / "x.json").write_text(json.dumps(content))
    read("labelme", folder / "x.json")


texts = st.sampled_from(
    ["", "cat", "a.png", "1", "5", "-3", "7.5", "nan", "1e99", "1,2;3,4", "0, 4"]
)
tags = st.sampled_from([
    "object", "name", "bndbox", "xmin", "ymin", "xmax", "ymax", "polygon", "x1", "y1", "robndbox",
    "filename", "size", "width", "height", "part", "image", "box", "mask", "tag", "ellipse",
    "attribute", "meta", "labels", "label", "track", "pt", "x", "y",
])  # fmt: skip
attributes = st.dictionaries(
    st.sampled_from(["label", "name", "xtl", "ytl", "xbr", "ybr", "points", "rle", "left", "top",
                     "width", "height", "rotation", "cx", "cy", "rx", "ry", "id", "subset"]),
    texts, max_size=8,
)  # fmt: skip


def element(tag, text, attributes, inside):
    made = Element(tag, attributes)
    made.text = text
    made.extend(inside)
    return made


elements = st.recursive(
    st.builds(element, tags, texts, attributes, st.just([])),
    lambda inner: st.builds(element, tags, texts, attributes, st.lists(inner, max_size=5)),
    max_leaves=25,
)


@few
@given(inside=st.lists(elements, max_size=4), root=st.sampled_from(["annotation", "annotations"]))
def test_xml(folder, inside, root):
    (folder / "x.xml").write_bytes(tostring(element(root, "", {}, inside)))
    read("pascal-voc" if root == "annotation" else "cvat", folder / "x.xml")


@few
@given(
    rows=st.lists(st.text("0123456789.- enaif\n\x00", max_size=60), max_size=4),
    names=st.text("names: []{}\n01,cat&*", max_size=40) | st.just("names: [cat, dog]"),
)
def test_yolo(folder, rows, names):
    (folder / "a.txt").write_text("0 0.5 0.5 0.5 0.5\n" + "\n".join(rows))
    (folder / "data.yaml").write_text(names)
    read("yolo", folder)


@few
@given(cells=st.lists(st.lists(texts, min_size=9, max_size=9), max_size=5))
def test_box_table(folder, cells):
    heading = "path,label,xmin,ymin,xmax,ymax,kind,shape,classes\n"
    rows = "\n".join(",".join(f'"{cell}"' for cell in row) for row in cells)
    (folder / "x.csv").write_text(heading + rows)
    read("box-table", folder / "x.csv")


@few
@given(content=st.binary(max_size=200), suffix=st.sampled_from([".json", ".xml", ".csv", ".yaml"]))
def test_bytes_that_are_nothing(folder, content, suffix):
    file = folder / f"x{suffix}"
    file.write_bytes(content)
    for key, one in all_formats().items():
        assert isinstance(one.fits(file), bool)
        if one.fits(file):
            read(key, file)
    file.unlink()
