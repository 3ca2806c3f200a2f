"""Pascal VOC: an XML file for each picture; coordinates count from 1, both ends included."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from xml.etree.ElementTree import Element, ElementTree, SubElement, indent

from engine.exchange.documents import printable
from engine.exchange.formats.pascal_voc import PROGRAM
from engine.exchange.numbers import flat, plain
from engine.exchange.record import ExportReport, Record, UniqueNames, first_frame, usable_name
from engine.labels.outlines import joined, rings_of
from engine.labels.shapes import Box, Mask, Polygon, Shape, bounds

_SPLITS = {"train": "train", "validation": "val", "test": "test"}


class PascalVocWriter:
    key = "pascal-voc"
    title = "Pascal VOC (an XML file for each picture)"
    kinds = frozenset({"image"})
    copies = False

    def place(self, record: Record) -> str:
        return "JPEGImages"

    def begin(
        self, folder: Path, classes: tuple[str, ...], report: ExportReport
    ) -> PascalVocWriting:
        return PascalVocWriting(folder, report)


@dataclass
class PascalVocWriting:
    folder: Path
    report: ExportReport
    _of_split: dict[str, list[str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._names = UniqueNames(self.report)

    def add(self, record: Record, path: str) -> None:
        if record.width is None or record.height is None:
            self.report.note("no_size", record.name)
            return
        if record.all_classes:
            self.report.note("whole", record.name)
        name = path.removeprefix("JPEGImages/")
        root = Element("annotation")
        _texts(root, folder="JPEGImages" if name != path else "", filename=name)
        _texts(SubElement(root, "source"), database="Unknown", annotation=PROGRAM)
        size = SubElement(root, "size")
        _texts(size, width=record.width, height=record.height, depth=3)
        _texts(root, segmented=0)
        for mark in first_frame(record, self.report):
            around = bounds(mark.shape)
            if around is None:
                continue
            if around.width == around.height == 1 and isinstance(mark.shape, Box):
                self.report.note("one_pixel", record.name)
            one = SubElement(root, "object")
            _texts(one, name=mark.label, pose="Unspecified", truncated=0, difficult=0)
            corners = (around.left + 1, around.top + 1, around.right, around.bottom)
            names = ("xmin", "ymin", "xmax", "ymax")
            _texts(SubElement(one, "bndbox"), **dict(zip(names, map(plain, corners), strict=True)))
            self._outline(one, mark.shape, record)
            self.report.marks += 1
        self._write(root, name, record)

    def _outline(self, one: Element, shape: Shape, record: Record) -> None:
        if not isinstance(shape, Polygon | Mask):
            return
        self.report.note("polygon_box", record.name)
        points = shape.points if isinstance(shape, Polygon) else joined(rings_of(shape))
        if isinstance(shape, Mask):
            self.report.note("masks", record.name)
        outline = SubElement(one, "polygon")
        for place, value in enumerate(flat(points)):
            _texts(outline, **{f"{'xy'[place % 2]}{place // 2 + 1}": value})

    def _write(self, root: Element, name: str, record: Record) -> None:
        stem = usable_name(name).rpartition(".")[0] or usable_name(name)
        claimed = self._names.claim(f"{stem}.xml")
        file = self.folder / "Annotations" / claimed
        file.parent.mkdir(parents=True, exist_ok=True)
        indent(root)
        ElementTree(root).write(file, encoding="utf-8")
        self.report.items += 1
        if record.split is not None:
            listed = self._of_split.setdefault(_SPLITS[record.split], [])
            listed.append(claimed.removesuffix(".xml"))

    def finish(self) -> None:
        (self.folder / "Annotations").mkdir(exist_ok=True)
        for split, names in self._of_split.items():
            file = self.folder / "ImageSets" / "Main" / f"{split}.txt"
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text("".join(f"{name}\n" for name in names), encoding="utf-8")


def _texts(parent: Element, **texts: object) -> None:
    for tag, text in texts.items():
        SubElement(parent, tag).text = printable(str(text))


WRITER = PascalVocWriter()
