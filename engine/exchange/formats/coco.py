"""COCO JSON: pictures, annotations and categories in one file, or several files in a folder.

A segmentation of one polygon is a polygon, of several a mask, of run lengths a mask; where
there is none, or it is the box once more, the box counts. An annotation with none of these
says the class of the whole picture.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from engine.errors import DataError, GraftError
from engine.exchange.documents import forget, read_json
from engine.exchange.findings import Findings
from engine.exchange.format import Drawn, Example, Request, Survey
from engine.exchange.numbers import coordinates, corners, numbers, size_of
from engine.exchange.pictures import Pictures
from engine.exchange.runs import from_columns, unpacked
from engine.exchange.sources import (
    annotation_files,
    any_fits,
    base_of,
    nothing_in,
    split_in_name,
    split_of,
)
from engine.labels.outlines import mask_of, union
from engine.labels.shapes import Box, Polygon, Shape

_SHOWN = 3  # pictures that a message names


class Coco:
    key = "coco"
    title = "COCO JSON"
    order = 1

    def fits(self, source: Path) -> bool:
        return any_fits(source, ".json", _is_coco)

    def base(self, source: Path) -> Path:
        return base_of(source)

    def kinds(self, source: Path) -> set[str]:
        return {"image"}

    def survey(self, request: Request) -> Survey:
        total = 0
        classes: list[str] = []
        for file in _files(request.source):
            found = _read(file)
            if isinstance(found, DataError) and file == request.source:
                raise found
            if isinstance(found, dict):
                total += len(_dicts(found.get("images")))
                classes += [one for one in _categories(found).values() if one not in classes]
        if not total:
            raise nothing_in(request.source, self.title, "No file of it lists pictures.")
        return Survey(total, tuple(classes))

    def examples(self, request: Request) -> Iterator[Example | GraftError]:
        base = base_of(request.source)
        pictures = Pictures(base, request.pictures)
        for file in _files(request.source):
            found = _read(file)
            if isinstance(found, GraftError):
                yield found
                continue
            split = None
            if request.source.is_dir():
                split = split_in_name(file.stem) or split_of(file, base)
            if found is not None:
                yield from _examples(file, found, pictures, split)
        forget()


def _is_coco(file: Path) -> bool:
    found = _read(file)
    return isinstance(found, dict) and _dicts(found.get("images")) != []


def _files(source: Path) -> list[Path]:
    """Those with instances before others, as they say more of the same pictures."""
    files = annotation_files(source, ".json")
    if not source.is_dir():
        return files
    fitting = [file for file in files if _is_coco(file) or isinstance(_read(file), GraftError)]
    return sorted(fitting, key=lambda file: not file.stem.startswith("instances"))


def _read(file: Path) -> dict[str, Any] | DataError | None:
    """What the file holds; None when that is no COCO, and why where it cannot be read."""
    try:
        found = read_json(file)
    except DataError as error:
        return error
    fits = isinstance(found, dict) and isinstance(found.get("images"), list)
    return found if fits and ("annotations" in found or "categories" in found) else None


def _dicts(values: Any) -> list[dict[str, Any]]:
    return [one for one in values if isinstance(one, dict)] if isinstance(values, list) else []


def _categories(found: dict[str, Any]) -> dict[str, str]:
    """Name by id, without a heading that only holds the others together, as Roboflow makes."""
    named = [one for one in _dicts(found.get("categories")) if isinstance(one.get("name"), str)]
    above = {str(one.get("supercategory")) for one in named}
    used = {str(one.get("category_id")) for one in _dicts(found.get("annotations"))}
    return {
        str(one.get("id")): one["name"].strip()
        for one in named
        if one["name"].strip() and not (_is_heading(one, above) and str(one.get("id")) not in used)
    }


def _is_heading(one: dict[str, Any], above: set[str]) -> bool:
    return one["name"] in above and one.get("supercategory") == "none"


def _examples(
    file: Path, found: dict[str, Any], pictures: Pictures, split: str | None
) -> Iterator[Example | GraftError]:
    names = _categories(found)
    annotations = _dicts(found.get("annotations"))
    only_boxes = _only_boxes(annotations)
    of_image = defaultdict(list)
    for one in annotations:
        of_image[str(one.get("image_id"))].append(one)
    for image in _dicts(found["images"]):
        said = of_image.pop(str(image.get("id")), [])
        try:
            yield _example(file, image, said, names, pictures, split, only_boxes)
        except DataError as error:
            yield error
    if of_image:
        yield _homeless(file, {id: len(said) for id, said in of_image.items()})


def _example(
    file: Path, image: dict[str, Any], said: list[dict[str, Any]], names: dict[str, str],
    pictures: Pictures, split: str | None, only_boxes: bool,
) -> Example:  # fmt: skip
    name = image.get("file_name") or image.get("coco_url")
    origin = f"{file.name}, image {image.get('id')}"
    if not isinstance(name, str) or not name.strip():
        raise DataError(
            f"{origin}: it has no file name",
            "Without one, nobody can tell which picture is meant.",
            "Export the annotations again, with file names.",
            subject=str(file),
        )
    size = size_of(image.get("width"), image.get("height"))
    findings = Findings()
    marks: list[Drawn] = []
    classes: list[str] = []
    for one in said:
        label = names.get(str(one.get("category_id")))
        if label is None:
            findings.add(*_nameless(one))
            continue
        _tell_unmapped(one, findings)
        if one.get("iscrowd"):
            findings.add("crowd", label)
        elif _is_drawn(one):
            shape = _shape(one, label, findings, only_boxes)
            marks += [Drawn(shape, label)] if shape is not None else []
        elif label not in classes:
            classes.append(label)
    path = pictures.place(name, file.parent)
    return Example(
        path, label=classes[0] if len(classes) == 1 else None, split=split, origin=origin,
        marks=tuple(marks), classes=tuple(classes), size=size, findings=findings.all(),
    )  # fmt: skip


def _is_drawn(one: dict[str, Any]) -> bool:
    return any(one.get(key) is not None for key in ("bbox", "segmentation", "keypoints"))


def _nameless(one: dict[str, Any]) -> tuple[str, str]:
    if "caption" in one:
        return "fields", "caption"
    if "segments_info" in one:
        return "fields", "panoptic segments"
    return "unknown_class", f"category {one.get('category_id')}"


def _tell_unmapped(one: dict[str, Any], findings: Findings) -> None:
    if any(numbers(one.get("keypoints")) or []):
        findings.add("keypoints")
    if one.get("score") is not None:
        findings.add("scores")
    attributes = one.get("attributes")
    for name, value in attributes.items() if isinstance(attributes, dict) else ():
        if value not in (None, False, "", 0, 0.0):
            findings.add("attributes", str(name))


def _shape(one: dict[str, Any], label: str, findings: Findings, only_boxes: bool) -> Shape | None:
    try:
        shape = None if only_boxes else _segmentation(one.get("segmentation"), findings)
    except (ValueError, TypeError, KeyError, IndexError, OverflowError):
        findings.add("broken_mark", label)
        return None
    if shape is not None:
        return shape
    box = coordinates(one.get("bbox"))
    if box is not None and len(box) == 4 and box[2] >= 0 and box[3] >= 0:
        left, top, width, height = box
        return Box(left, top, left + width, top + height)
    if not any(numbers(one.get("keypoints")) or []):
        findings.add("broken_mark", label)
    return None


def _segmentation(said: Any, findings: Findings) -> Shape | None:
    """Raises ValueError, TypeError, KeyError, IndexError or OverflowError for nonsense."""
    if not said:
        return None
    if isinstance(said, dict):
        return _from_runs(said)
    pieces = said if isinstance(said, list) and isinstance(said[0], list) else [said]
    rings = []
    for piece in pieces:
        values = coordinates(piece)
        if values is None or len(values) % 2:
            raise ValueError("no polygon")
        rings.append(corners(values))
    if len(rings) == 1:
        return Polygon(rings[0])
    findings.add("parts")
    masks = [mask for ring in rings if (mask := mask_of([ring])) is not None]
    return union(masks)


def _from_runs(said: dict[str, Any]) -> Shape | None:
    counts, size = said["counts"], said["size"]
    runs = unpacked(counts) if isinstance(counts, str) else [int(n) for n in counts]
    return from_columns(runs, int(size[1]), int(size[0]))


def _only_boxes(said: list[dict[str, Any]]) -> bool:
    """Whether the segmentations only repeat the boxes, as some programs write them."""
    return all(_repeats_box(one) for one in said if one.get("segmentation"))


def _repeats_box(one: dict[str, Any]) -> bool:
    box, pieces = coordinates(one.get("bbox")), one["segmentation"]
    ring = coordinates(pieces[0]) if isinstance(pieces, list) and len(pieces) == 1 else None
    if box is None or len(box) != 4 or ring is None or len(ring) not in (8, 10):
        return False
    left, top, width, height = box
    around = {(x, y) for x in (left, left + width) for y in (top, top + height)}
    return {(round(x), round(y)) for x, y in corners(ring)} == {
        (round(x), round(y)) for x, y in around
    }


def _homeless(file: Path, counts: dict[str, int]) -> DataError:
    ids = list(counts)
    more = " ..." if len(ids) > _SHOWN else ""
    return DataError(
        f"{file.name}: {sum(counts.values())} annotations are of pictures that are not listed",
        f"There is no image with the id {', '.join(ids[:_SHOWN])}{more}.",
        "Export the annotations again, with all pictures.",
        subject=str(file),
    )


FORMAT = Coco()
