"""Label Studio JSON, as it is imported with annotations, and the labelling set-up it needs."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from engine.exchange.record import ExportReport, Record, first_frame
from engine.exchange.runs import to_brush
from engine.labels.shapes import Box, Mask, Polygon, Shape, Span

_CONTROLS = {
    "rectanglelabels": "RectangleLabels", "polygonlabels": "PolygonLabels",
    "brushlabels": "BrushLabels", "labels": "Labels", "choices": "Choices",
}  # fmt: skip
_UNFIT = {"image": ("labels",), "text": (), "audio": tuple(set(_CONTROLS) - {"choices"})}


class LabelStudioWriter:
    key = "label-studio"
    title = "Label Studio JSON"
    kinds = frozenset({"image", "text", "audio"})
    copies = False

    def place(self, record: Record) -> str:
        return "audio" if record.kind == "audio" else "images"

    def begin(
        self, folder: Path, classes: tuple[str, ...], report: ExportReport
    ) -> LabelStudioWriting:
        return LabelStudioWriting(folder, classes, report)


@dataclass
class LabelStudioWriting:
    folder: Path
    classes: tuple[str, ...]
    report: ExportReport
    _tasks: list[dict[str, Any]] = field(default_factory=list)
    _used: dict[str, None] = field(default_factory=dict)  # kinds of result
    _kinds: dict[str, None] = field(default_factory=dict)  # of item

    def add(self, record: Record, path: str) -> None:
        if record.kind == "image" and (record.width is None or record.height is None):
            self.report.note("no_size", record.name)
            return
        self._kinds[record.kind] = None
        self.report.items += 1
        number = self.report.items
        data: dict[str, Any] = {record.kind: record.text if record.kind == "text" else path}
        if record.split is not None:
            data["split"] = record.split
        results = list(self._results(record))
        annotation: dict[str, Any] = {"result": results, "was_cancelled": False}
        if record.reader is not None:
            annotation["completed_by"] = {"first_name": record.reader}
        said = [annotation] if results else []
        self._tasks.append({"id": number, "data": data, "annotations": said})

    def _results(self, record: Record) -> Iterator[dict[str, Any]]:
        if record.all_classes:
            yield self._result(record, "choices", {"choices": list(record.all_classes)}, "whole")
        for number, mark in enumerate(first_frame(record, self.report)):
            kind, value = _said(mark.shape, record)
            if kind is None:
                continue
            value[kind] = [mark.label]
            self.report.marks += 1
            yield self._result(record, kind, value, f"mark{number}")

    def _result(self, record: Record, kind: str, value: dict[str, Any], id: str) -> dict[str, Any]:
        self._used[kind] = None
        found: dict[str, Any] = {
            "id": id, "type": kind, "from_name": kind, "to_name": record.kind, "value": value,
        }  # fmt: skip
        if record.kind == "image":
            found |= {"original_width": record.width, "original_height": record.height}
            found |= {"image_rotation": 0}
        return found

    def finish(self) -> None:
        with (self.folder / "tasks.json").open("w", encoding="utf-8") as stream:
            json.dump(self._tasks, stream, ensure_ascii=False)
        view = Element("View")
        for kind in self._kinds:
            SubElement(view, kind.capitalize(), name=kind, value=f"${kind}")
            for control in self._used:
                if control in _UNFIT[kind]:
                    continue
                each = "Choice" if control == "choices" else "Label"
                one = SubElement(view, _CONTROLS[control], name=control, toName=kind)
                for name in self.classes:
                    SubElement(one, each, value=name)
        indent(view)
        (self.folder / "label_config.xml").write_text(tostring(view, "unicode"), encoding="utf-8")


def _said(shape: Shape, record: Record) -> tuple[str | None, dict[str, Any]]:
    """The kind of result and its value, in percent of the picture."""
    width, height = record.width or 1, record.height or 1
    match shape:
        case Box(left, top):
            return "rectanglelabels", {
                "x": left / width * 100, "y": top / height * 100, "rotation": 0,
                "width": shape.width / width * 100, "height": shape.height / height * 100,
            }  # fmt: skip
        case Polygon(points):
            shares = [[x / width * 100, y / height * 100] for x, y in points]
            return "polygonlabels", {"points": shares, "closed": True}
        case Mask():
            return "brushlabels", {"format": "rle", "rle": to_brush(shape, width, height)}
        case Span(begin, end):
            text = (record.text or "")[begin:end]
            return "labels", {"start": begin, "end": end, "text": text}
        case _:
            return None, {}


WRITER = LabelStudioWriter()
