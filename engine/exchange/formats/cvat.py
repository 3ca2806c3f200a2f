"""CVAT for images 1.1: one XML file. Tracks, as of videos, are counted and left out."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from xml.etree.ElementTree import Element

from engine.errors import DataError, GraftError
from engine.exchange.documents import elements, root_tag
from engine.exchange.findings import Findings
from engine.exchange.format import Drawn, Example, Request, Survey
from engine.exchange.numbers import box_between, coordinates, corners, number, size_of
from engine.exchange.pictures import Pictures
from engine.exchange.runs import from_rows
from engine.exchange.sources import annotation_files, any_fits, base_of, nothing_in
from engine.exchange.split_names import split_named
from engine.labels.outlines import ellipse, turned
from engine.labels.shapes import Polygon, Shape

_WANTED = frozenset({"meta", "image", "track"})
_UNMAPPED = {
    "polyline": "polyline", "points": "point", "cuboid": "cuboid", "skeleton": "keypoints",
}  # fmt: skip
_PLAIN = ("", "false", "__undefined__")


class Cvat:
    key = "cvat"
    title = "CVAT for images (XML)"
    order = 4

    def fits(self, source: Path) -> bool:
        return any_fits(source, ".xml", _is_cvat)

    def base(self, source: Path) -> Path:
        return base_of(source)

    def kinds(self, source: Path) -> set[str]:
        return {"image"}

    def survey(self, request: Request) -> Survey:
        total = tracks = 0
        classes: dict[str, None] = {}
        for file in _files(request.source):
            try:
                for one in elements(file, _WANTED):
                    total += one.tag == "image"
                    tracks += one.tag == "track"
                    classes |= dict.fromkeys(_classes(one))
            except DataError:
                if file == request.source and not total:
                    raise
                # else told when it is read for good; what comes before the trouble counts
        if not total:
            why = f"It holds {tracks} tracks of a video, which Graft does not read."
            raise nothing_in(request.source, self.title, why if tracks else "It lists no pictures.")
        return Survey(total, tuple(classes))

    def examples(self, request: Request) -> Iterator[Example | GraftError]:
        pictures = Pictures(base_of(request.source), request.pictures)
        for file in _files(request.source):
            tracks = 0
            try:
                for one in elements(file, _WANTED):
                    tracks += one.tag == "track"
                    if one.tag == "image":
                        yield _example(file, one, pictures)
            except DataError as error:
                yield error
            if tracks:
                yield _tracks(file, tracks)


def _is_cvat(file: Path) -> bool:
    if root_tag(file) != "annotations":
        return False
    try:
        return next(elements(file, _WANTED), None) is not None
    except DataError:
        return True  # whose trouble is told when it is read


def _files(source: Path) -> list[Path]:
    files = annotation_files(source, ".xml")
    return [file for file in files if root_tag(file) == "annotations"] if source.is_dir() else files


def _classes(one: Element) -> Iterator[str]:
    if one.tag == "meta":
        yield from (_clean(name.text) for name in one.iterfind(".//labels/label/name") if name.text)
    if one.tag == "image":
        yield from (label for each in one if (label := _clean(each.get("label"))))


def _example(file: Path, image: Element, pictures: Pictures) -> Example | DataError:
    origin = f"{file.name}, image {image.get('id')}"
    name = image.get("name") or ""
    findings = Findings()
    marks: list[Drawn] = []
    classes: list[str] = []
    for one in image:
        label = _clean(one.get("label"))
        if one.tag in _UNMAPPED:
            findings.add(_UNMAPPED[one.tag], label)
        elif not label:
            findings.add("no_label", one.tag)
        elif one.tag == "tag":
            classes += [label] if label not in classes else []
        else:
            shape = _shape(one, findings)
            marks += [Drawn(shape, label)] if shape is not None else []
            if shape is None:
                findings.add("broken_mark", label)
        _tell_unmapped(one, findings)
    try:
        path = pictures.place(name, file.parent)
    except DataError as error:
        return error
    return Example(
        path, label=classes[0] if len(classes) == 1 else None,
        split=split_named(image.get("subset") or ""), origin=origin, marks=tuple(marks),
        classes=tuple(classes), size=size_of(image.get("width"), image.get("height")),
        findings=findings.all(),
    )  # fmt: skip


def _shape(one: Element, findings: Findings) -> Shape | None:
    angle = number(one.get("rotation") or 0) or 0.0
    match one.tag:
        case "box":
            found = _values(one, "xtl", "ytl", "xbr", "ybr")
            if found is None:
                return None
            box = box_between(found)
            if not angle % 360:
                return box
            findings.add("rotated")
            middle = ((box.left + box.right) / 2, (box.top + box.bottom) / 2)
            return turned(box, angle, middle)
        case "ellipse":
            found = _values(one, "cx", "cy", "rx", "ry")
            if found is None:
                return None
            findings.add("curve")
            return ellipse((found[0], found[1]), found[2], found[3], angle)
        case "polygon":
            pairs = [point.split(",") for point in (one.get("points") or "").split(";") if point]
            flat = coordinates([value for pair in pairs for value in pair])
            paired = all(len(pair) == 2 for pair in pairs)
            return Polygon(corners(flat)) if flat and paired else None
        case "mask":
            return _mask(one)
        case _:
            return None


def _mask(one: Element) -> Shape | None:
    place = _values(one, "left", "top", "width", "height")
    try:
        runs = [int(n) for n in (one.get("rle") or "").split(",")]
        if place is None:
            return None
        left, top, width, height = map(int, place)
        return from_rows(runs, left, top, width, height)
    except (ValueError, OverflowError):
        return None


def _values(one: Element, *names: str) -> list[float] | None:
    return coordinates([one.get(name) for name in names])


def _tell_unmapped(one: Element, findings: Findings) -> None:
    if one.get("occluded") == "1":
        findings.add("attributes", "occluded")
    if one.get("group_id") not in (None, "", "0"):
        findings.add("grouped", one.get("label") or "")
    for attribute in one.iterfind("attribute"):
        if (attribute.text or "").strip().lower() not in _PLAIN:
            findings.add("attributes", attribute.get("name") or "")


def _clean(label: str | None) -> str:
    return (label or "").strip()


def _tracks(file: Path, count: int) -> DataError:
    return DataError(
        f"{file.name}: {count} tracks of a video are left out",
        "A track follows an object through the frames of a video, which Graft does not read.",
        "Export the job as CVAT for images, with the frames as pictures.",
        subject=str(file),
    )


FORMAT = Cvat()
