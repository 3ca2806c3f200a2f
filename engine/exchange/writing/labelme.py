"""labelme JSON: a file for each picture. The classes of a whole picture are flags that are on."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from engine.exchange.embedded import text_of
from engine.exchange.numbers import plain
from engine.exchange.record import ExportReport, Record, UniqueNames, first_frame, usable_name
from engine.labels.shapes import Box, Mask, Polygon, Shape


class LabelmeWriter:
    key = "labelme"
    title = "labelme JSON (a file for each picture)"
    kinds = frozenset({"image"})
    copies = False

    def place(self, record: Record) -> str:
        return ""

    def begin(self, folder: Path, classes: tuple[str, ...], report: ExportReport) -> LabelmeWriting:
        return LabelmeWriting(folder, report)


@dataclass
class LabelmeWriting:
    folder: Path
    report: ExportReport

    def __post_init__(self) -> None:
        self._names = UniqueNames(self.report)

    def add(self, record: Record, path: str) -> None:
        if record.width is None or record.height is None:
            self.report.note("no_size", record.name)
            return
        shapes: list[dict[str, Any]] = []
        for mark in first_frame(record, self.report):
            said = _said(mark.shape)
            if said is not None:
                shapes.append(
                    {"label": mark.label, "group_id": None, "description": "", "flags": {}} | said
                )
        whole = {
            "version": "5.5.0", "flags": dict.fromkeys(record.all_classes, True),
            "shapes": shapes, "imagePath": PurePosixPath(path).name, "imageData": None,
            "imageHeight": record.height, "imageWidth": record.width,
        }  # fmt: skip
        stem = usable_name(path).rpartition(".")[0] or usable_name(path)
        file = self.folder / self._names.claim(f"{stem}.json")
        file.parent.mkdir(parents=True, exist_ok=True)
        with file.open("w", encoding="utf-8") as stream:
            json.dump(whole, stream, ensure_ascii=False, indent=1)
        self.report.items += 1
        self.report.marks += len(shapes)
        if record.split is not None:
            self.report.note("splits", record.name)
        if record.reader is not None:
            self.report.note("readers", record.name)

    def finish(self) -> None:
        """Every file is written already."""


def _said(shape: Shape) -> dict[str, Any] | None:
    match shape:
        case Box(left, top, right, bottom):
            points = [[plain(left), plain(top)], [plain(right), plain(bottom)]]
            return {"shape_type": "rectangle", "points": points, "mask": None}
        case Polygon(corners):
            points = [[plain(x), plain(y)] for x, y in corners]
            return {"shape_type": "polygon", "points": points, "mask": None}
        case Mask(left, top, width, height):
            points = [[left, top], [left + width - 1, top + height - 1]]
            return {"shape_type": "mask", "points": points, "mask": text_of(shape)}
        case _:
            return None


WRITER = LabelmeWriter()
