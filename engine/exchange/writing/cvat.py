"""CVAT for images 1.1: annotations.xml."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from xml.etree.ElementTree import Element, ElementTree, SubElement, indent

from engine.exchange.documents import printable
from engine.exchange.numbers import plain
from engine.exchange.record import ExportReport, Record, first_frame
from engine.labels.shapes import Box, Mask, Polygon, Shape

_SPLITS = {"train": "Train", "validation": "Validation", "test": "Test"}


class CvatWriter:
    key = "cvat"
    title = "CVAT for images (XML)"
    kinds = frozenset({"image"})
    copies = False

    def place(self, record: Record) -> str:
        return "images"

    def begin(self, folder: Path, classes: tuple[str, ...], report: ExportReport) -> CvatWriting:
        return CvatWriting(folder, classes, report)


@dataclass
class CvatWriting:
    folder: Path
    classes: tuple[str, ...]
    report: ExportReport

    def __post_init__(self) -> None:
        self._root = Element("annotations")
        SubElement(self._root, "version").text = "1.1"
        labels = SubElement(SubElement(SubElement(self._root, "meta"), "task"), "labels")
        for name in self.classes:
            SubElement(SubElement(labels, "label"), "name").text = printable(name)

    def add(self, record: Record, path: str) -> None:
        if record.width is None or record.height is None:
            self.report.note("no_size", record.name)
            return
        image = SubElement(
            self._root, "image", id=str(self.report.items), name=printable(path),
            width=str(record.width), height=str(record.height),
        )  # fmt: skip
        if record.split is not None:
            image.set("subset", _SPLITS[record.split])
        for label in record.all_classes:
            SubElement(image, "tag", label=printable(label), source="manual")
        for mark in first_frame(record, self.report):
            kind, values = _said(mark.shape)
            if kind is not None:
                common = {"label": printable(mark.label), "source": "manual", "occluded": "0"}
                SubElement(image, kind, common | values | {"z_order": "0"})
                self.report.marks += 1
        self.report.items += 1
        if record.reader is not None:
            self.report.note("readers", record.name)

    def finish(self) -> None:
        indent(self._root)
        with (self.folder / "annotations.xml").open("wb") as stream:
            ElementTree(self._root).write(stream, encoding="utf-8", xml_declaration=True)


def _said(shape: Shape) -> tuple[str | None, dict[str, str]]:
    match shape:
        case Box(left, top, right, bottom):
            names = ("xtl", "ytl", "xbr", "ybr")
            found = dict(zip(names, (left, top, right, bottom), strict=True))
            return "box", {name: str(plain(value)) for name, value in found.items()}
        case Polygon(points):
            return "polygon", {"points": ";".join(f"{plain(x)},{plain(y)}" for x, y in points)}
        case Mask(left, top, width, height, runs):
            place = {"left": left, "top": top, "width": width, "height": height}
            said = {name: str(value) for name, value in place.items()}
            return "mask", {"rle": ", ".join(map(str, runs)), **said}
        case _:
            return None, {}


WRITER = CvatWriter()
