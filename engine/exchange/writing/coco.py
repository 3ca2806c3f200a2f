"""COCO JSON: one file, or one for each split."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from engine.exchange.numbers import flat, plain
from engine.exchange.record import ExportReport, Record, first_frame
from engine.exchange.runs import to_columns
from engine.labels.outlines import area
from engine.labels.shapes import Mask, Polygon, Shape, bounds

_SPLITS = {None: "default", "train": "train", "validation": "val", "test": "test"}


class CocoWriter:
    key = "coco"
    title = "COCO JSON"
    kinds = frozenset({"image"})
    copies = False

    def place(self, record: Record) -> str:
        return "images"

    def begin(self, folder: Path, classes: tuple[str, ...], report: ExportReport) -> CocoWriting:
        return CocoWriting(folder, classes, report)


@dataclass
class CocoWriting:
    folder: Path
    classes: tuple[str, ...]
    report: ExportReport
    _documents: dict[str, dict[str, list[Any]]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._ids = {name: number for number, name in enumerate(self.classes, start=1)}

    def add(self, record: Record, path: str) -> None:
        if record.width is None or record.height is None:
            self.report.note("no_size", record.name)
            return
        document = self._documents.setdefault(
            _SPLITS[record.split], {"images": [], "annotations": []}
        )
        self.report.items += 1
        image = self.report.items
        document["images"].append(
            {"id": image, "file_name": path, "width": record.width, "height": record.height}
        )
        said = document["annotations"]
        for label in record.all_classes:
            said.append(self._numbered({"image_id": image, "category_id": self._ids[label]}))
        size = record.width, record.height
        for mark in first_frame(record, self.report):
            drawn = _drawn(mark.shape, *size)
            if drawn is not None:
                kind = {"image_id": image, "category_id": self._ids[mark.label], "iscrowd": 0}
                said.append(self._numbered(kind | drawn))
                self.report.marks += 1
        if record.reader is not None:
            self.report.note("readers", record.name)

    def _numbered(self, said: dict[str, Any]) -> dict[str, Any]:
        return {"id": sum(len(one["annotations"]) for one in self._documents.values()) + 1} | said

    def finish(self) -> None:
        categories = [
            {"id": id, "name": name, "supercategory": ""} for name, id in self._ids.items()
        ]
        for split, document in (
            self._documents or {"default": {"images": [], "annotations": []}}
        ).items():
            whole = {"info": {}, "licenses": [], "categories": categories, **document}
            file = self.folder / "annotations" / f"instances_{split}.json"
            file.parent.mkdir(exist_ok=True)
            with file.open("w", encoding="utf-8") as stream:
                json.dump(whole, stream, ensure_ascii=False)


def _drawn(shape: Shape, width: int, height: int) -> dict[str, Any] | None:
    around = bounds(shape)
    if around is None:
        return None
    found: dict[str, Any] = {
        "bbox": [plain(n) for n in (around.left, around.top, around.width, around.height)],
        "area": plain(around.width * around.height),
        "segmentation": [],
    }
    if isinstance(shape, Polygon):
        found |= {"segmentation": [flat(shape.points)], "area": plain(area(shape.points))}
    if isinstance(shape, Mask):
        runs = {"counts": to_columns(shape, width, height), "size": [height, width]}
        found |= {"segmentation": runs, "area": shape.area}
    return found


WRITER = CocoWriter()
