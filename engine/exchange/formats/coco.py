"""COCO JSON: pictures, annotations and categories in one file, or several files in a folder.

A segmentation of one polygon is a polygon, of several a mask, of run lengths a mask; where
there is none, or it is no outline, or it is the box once more, the box counts. An annotation
with none of these says the class of the whole picture.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engine.errors import DataError, GraftError
from engine.exchange.categories import dicts, has_names, id_of, names_by_id
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
    split_of,
)
from engine.exchange.split_names import split_in_name
from engine.labels.outlines import mask_of, union
from engine.labels.shapes import Box, Point, Polygon, Shape
from engine.media.refusals import MAX_PIXELS

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
                total += len(dicts(found.get("images")))
                classes += [one for one in names_by_id(found).values() if one not in classes]
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
            split = split_in_name(file.stem) or split_of(file, base)
            if found is not None:
                said = split if request.source.is_dir() else None
                yield from _examples(_Place(file, pictures, split), found, said)
        forget()


def _is_coco(file: Path) -> bool:
    found = _read(file)
    return isinstance(found, dict) and dicts(found.get("images")) != []


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


@dataclass(frozen=True)
class _Place:
    """Where annotations stand. `split`: as the names of file and folders tell it."""

    file: Path
    pictures: Pictures
    split: str | None

    def picture(self, image: dict[str, Any]) -> str:
        """Raises DataError: none is named, or it is not clear which is meant."""
        name = image.get("file_name") or image.get("coco_url")
        if isinstance(name, str) and name.strip():
            return self.pictures.place(name, self.file.parent, self.split)
        raise DataError(
            f"{self.origin(image)}: it has no file name",
            "Without one, nobody can tell which picture is meant.",
            "Export the annotations again, with file names.",
            subject=str(self.file),
        )

    def origin(self, image: dict[str, Any]) -> str:
        return f"{self.file.name}, image {image.get('id')}"


def _examples(
    place: _Place, found: dict[str, Any], split: str | None
) -> Iterator[Example | GraftError]:
    names = names_by_id(found)
    nameless = not has_names(found)
    annotations = dicts(found.get("annotations"))
    only_boxes = _only_boxes(annotations)
    of_image = defaultdict(list)
    for one in annotations:
        of_image[id_of(one.get("image_id"))].append(one)
    for image in dicts(found["images"]):
        said = of_image.pop(id_of(image.get("id")), [])
        findings = Findings()
        if nameless and any(id_of(one.get("category_id")) in names for one in said):
            findings.add("no_names")
        try:
            yield _example(place, image, said, names, split, only_boxes, findings)
        except DataError as error:
            yield error
    if of_image:
        yield _homeless(place.file, {id: len(said) for id, said in of_image.items()})


def _example(
    place: _Place, image: dict[str, Any], said: list[dict[str, Any]], names: dict[str, str],
    split: str | None, only_boxes: bool, findings: Findings,
) -> Example:  # fmt: skip
    path = place.picture(image)
    size = size_of(image.get("width"), image.get("height"))
    marks: list[Drawn] = []
    classes: list[str] = []
    for one in said:
        label = names.get(id_of(one.get("category_id")))
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
    return Example(
        path, label=classes[0] if len(classes) == 1 else None, split=split,
        origin=place.origin(image), marks=tuple(marks), classes=tuple(classes), size=size,
        findings=findings.all(),
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
    box = _box(one)
    try:
        shape = None if only_boxes else _segmentation(one.get("segmentation"), findings)
    except (ValueError, TypeError, KeyError, IndexError, OverflowError):
        findings.add("no_outline" if box is not None else "broken_mark", label)
        return box
    if isinstance(shape, Polygon) and len(set(shape.points)) < 3 and box is not None:
        findings.add("no_outline", label)
        return box
    if shape is None and box is None and not any(numbers(one.get("keypoints")) or []):
        findings.add("broken_mark", label)
    return shape if shape is not None else box


def _box(one: dict[str, Any]) -> Box | None:
    box = coordinates(one.get("bbox"))
    if box is None or len(box) != 4 or box[2] < 0 or box[3] < 0:
        return None
    left, top, width, height = box
    return Box(left, top, left + width, top + height)


def _segmentation(said: Any, findings: Findings) -> Shape | None:
    """Raises ValueError, TypeError, KeyError, IndexError or OverflowError for nonsense."""
    if not _says(said):
        return None
    if isinstance(said, dict):
        return _from_runs(said)
    pieces = [one for one in said if one] if isinstance(said[0], list) else [said]
    rings = []
    for piece in pieces:
        values = coordinates(piece)
        if values is None or len(values) % 2:
            raise ValueError("no polygon")
        rings.append(corners(values))
    if len(rings) == 1:
        return Polygon(rings[0])
    if sum(_area_around(ring) for ring in rings) > MAX_PIXELS:
        raise ValueError("pieces that cover more than any picture")
    findings.add("parts")
    masks = [mask for ring in rings if (mask := mask_of([ring])) is not None]
    return union(masks)


def _area_around(ring: Sequence[Point]) -> float:
    """Of the box around an outline, in px²."""
    xs, ys = [x for x, _ in ring], [y for _, y in ring]
    return (max(xs, default=0) - min(xs, default=0)) * (max(ys, default=0) - min(ys, default=0))


def _says(said: Any) -> bool:
    """Whether there is a segmentation at all: some programs write [] or [[]] for none."""
    return bool(said) and (not isinstance(said, list) or any(one != [] for one in said))


def _from_runs(said: dict[str, Any]) -> Shape | None:
    counts, size = said["counts"], said["size"]
    runs = unpacked(counts) if isinstance(counts, str) else [int(n) for n in counts]
    return from_columns(runs, int(size[1]), int(size[0]))


def _only_boxes(said: list[dict[str, Any]]) -> bool:
    """Whether the segmentations only repeat the boxes, as some programs write them."""
    return all(_repeats_box(one) for one in said if _says(one.get("segmentation")))


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
