"""labelme JSON: a file for each picture, beside it; AnyLabeling's is the same."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from engine.errors import DataError, GraftError
from engine.exchange.documents import forget, read_json
from engine.exchange.embedded import bits_of
from engine.exchange.findings import Findings
from engine.exchange.format import Drawn, Example, Request, Survey
from engine.exchange.numbers import box_between, coordinates, corners, size_of
from engine.exchange.pictures import Pictures, plain_path
from engine.exchange.sources import (
    annotation_files,
    any_fits,
    base_of,
    in_order,
    nothing_in,
    split_of,
)
from engine.labels.outlines import ellipse
from engine.labels.shapes import Mask, Polygon, Shape

_UNMAPPED = {"line": "polyline", "linestrip": "polyline", "point": "point", "points": "point"}
_FLAGS = ("difficult", "occluded", "truncated")


class Labelme:
    key = "labelme"
    title = "labelme JSON (a file for each picture)"
    order = 3

    def fits(self, source: Path) -> bool:
        return any_fits(source, ".json", lambda file: isinstance(_read(file), dict))

    def base(self, source: Path) -> Path:
        return base_of(source)

    def kinds(self, source: Path) -> set[str]:
        return {"image"}

    def survey(self, request: Request) -> Survey:
        total = 0
        classes: set[str] = set()
        for file in annotation_files(request.source, ".json"):
            found = _read(file)
            if isinstance(found, DataError) and file == request.source:
                raise found
            if isinstance(found, dict):
                total += 1
                classes |= {label for one in _shapes(found) if (label := _label(one))}
                classes |= set(_flags_on(found))
        if not total:
            raise nothing_in(request.source, self.title, "It holds no JSON file of this kind.")
        return Survey(total, in_order(classes))

    def examples(self, request: Request) -> Iterator[Example | GraftError]:
        base = base_of(request.source)
        pictures = Pictures(base, request.pictures)
        for file in annotation_files(request.source, ".json"):
            found = _read(file)
            if isinstance(found, GraftError):
                yield found
            elif found is not None:
                yield _example(file, found, pictures, base)
        forget()


def _read(file: Path) -> dict[str, Any] | DataError | None:
    """What the file holds; None when that is no labelme, and why where it cannot be read."""
    try:
        found = read_json(file)
    except DataError as error:
        return error
    fits = isinstance(found, dict) and isinstance(found.get("shapes"), list)
    return found if fits and ("imagePath" in found or "imageData" in found) else None


def _shapes(found: dict[str, Any]) -> list[dict[str, Any]]:
    return [one for one in found["shapes"] if isinstance(one, dict)]


def _label(one: dict[str, Any]) -> str:
    return str(one.get("label") or "").strip()


def _flags_on(found: dict[str, Any]) -> list[str]:
    flags = found.get("flags")
    return (
        [str(name) for name, on in flags.items() if on is True] if isinstance(flags, dict) else []
    )


def _example(
    file: Path, found: dict[str, Any], pictures: Pictures, base: Path
) -> Example | DataError:
    findings = Findings()
    marks: list[Drawn] = []
    for one in _shapes(found):
        kind, label = str(one.get("shape_type") or "polygon"), _label(one)
        _tell_unmapped(one, findings)
        if kind in _UNMAPPED:
            findings.add(_UNMAPPED[kind], label)
        elif not label:
            findings.add("no_label", kind)
        else:
            shape = _shape(kind, one, findings)
            marks += [Drawn(shape, label)] if shape is not None else []
            if shape is None:
                findings.add("broken_mark", label)
    classes = tuple(_flags_on(found))
    if classes:
        findings.add("flags", ", ".join(classes))
    try:
        path = _picture(file, found, pictures)
    except DataError as error:
        return error
    return Example(
        path, label=classes[0] if len(classes) == 1 else None, split=split_of(file, base),
        origin=file.name, marks=tuple(marks), classes=classes,
        size=size_of(found.get("imageWidth"), found.get("imageHeight")), findings=findings.all(),
    )  # fmt: skip


def _picture(file: Path, found: dict[str, Any], pictures: Pictures) -> str:
    """Raises DataError: not clear which picture is meant, or it is only inside the JSON."""
    said = found.get("imagePath")
    said = said if isinstance(said, str) else ""
    for name in (said, file.stem):
        if name and (picture := pictures.find(name, file.parent)) is not None:
            return pictures.path_of(picture)
    if found.get("imageData"):
        raise DataError(
            f"{file.name}: its picture is only inside the JSON",
            f"There is no file {plain_path(said) or file.stem}, and Graft refers to files.",
            "Save the picture as a file beside the JSON (labelme_export_json does), and import "
            "again.",
            subject=str(file),
        )
    return plain_path(said) or f"{file.stem}.jpg"


def _shape(kind: str, one: dict[str, Any], findings: Findings) -> Shape | None:
    points = one.get("points")
    if not isinstance(points, list) or not all(
        isinstance(point, list) and len(point) == 2 for point in points
    ):
        return None
    flat = coordinates([value for point in points for value in point])
    if flat is None:
        return None
    if kind == "mask":
        return _mask(one.get("mask"), flat)
    if kind == "rectangle" and len(flat) == 4:
        return box_between(flat)
    if kind == "rectangle" and len(flat) == 8:  # AnyLabeling writes all four corners
        around = box_between([min(flat[::2]), min(flat[1::2]), max(flat[::2]), max(flat[1::2])])
        upright = {(x, y) for x in (around.left, around.right) for y in (around.top, around.bottom)}
        return around if set(corners(flat)) == upright else Polygon(corners(flat))
    if kind == "circle" and len(flat) == 4:
        findings.add("curve")
        radius = math.dist(flat[:2], flat[2:])
        return ellipse((flat[0], flat[1]), radius, radius)
    if kind in ("rotation", "oriented_rectangle") and len(flat) == 8:
        findings.add("rotated")
        return Polygon(corners(flat))
    return Polygon(corners(flat)) if kind == "polygon" and flat else None


def _mask(said: Any, flat: list[float]) -> Shape | None:
    """A PNG whose first pixel is at the first corner of the box around it."""
    if not isinstance(said, str) or len(flat) != 4:
        return None
    try:
        return Mask.of(bits_of(said), round(min(flat[::2])), round(min(flat[1::2])))
    except ValueError:
        return None


def _tell_unmapped(one: dict[str, Any], findings: Findings) -> None:
    if one.get("group_id") is not None:
        findings.add("grouped", _label(one))
    if one.get("score") is not None:
        findings.add("scores")
    for flags in (one.get("flags"), one.get("attributes")):
        for name, value in flags.items() if isinstance(flags, dict) else ():
            if value not in (False, None, ""):
                findings.add("attributes", str(name))
    for name in _FLAGS:
        if one.get(name) is True:
            findings.add("attributes", name)


FORMAT = Labelme()
