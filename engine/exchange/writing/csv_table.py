"""A table: items with their class, or, where anything is drawn, a row for each mark too."""

from __future__ import annotations

import csv
import json
from dataclasses import dataclass, field
from pathlib import Path

from engine.exchange.numbers import plain
from engine.exchange.record import ExportReport, Record, first_frame
from engine.labels.shapes import Box, Span, bounds, to_wire

_FIRST = ["path", "text", "label", "classes", "split", "reader"]
_DRAWN = ["kind", "xmin", "ymin", "xmax", "ymax", "image_width", "image_height", "shape"]


class CsvWriter:
    key = "csv"
    title = "A table (CSV)"
    kinds = frozenset({"image", "text", "audio"})
    copies = False

    def place(self, record: Record) -> str:
        return "images"

    def begin(self, folder: Path, classes: tuple[str, ...], report: ExportReport) -> CsvWriting:
        return CsvWriting(folder, report)


@dataclass
class CsvWriting:
    folder: Path
    report: ExportReport
    _rows: list[list[object]] = field(default_factory=list)
    _drawn: bool = False
    _texts: bool = False

    def add(self, record: Record, path: str) -> None:
        classes = record.all_classes
        several = json.dumps(list(classes), ensure_ascii=False) if len(classes) > 1 else ""
        label = classes[0] if len(classes) == 1 else ""
        content = [path, ""] if record.text is None else ["", record.text]
        self._texts |= record.text is not None
        self._rows.append(
            [*content, label, several, record.split or "", record.reader or "", "", "", "", "", "",
             record.width, record.height, ""]
        )  # fmt: skip
        self.report.items += 1
        for mark in first_frame(record, self.report):
            around = bounds(mark.shape)
            if isinstance(mark.shape, Span) or around is None:
                self.report.note("spans", record.name)
                continue
            self._drawn = True
            box = isinstance(mark.shape, Box)
            if not box:
                self.report.note("shape_column", record.name)
            self._rows.append([
                path, "", mark.label, "", record.split or "", record.reader or "", mark.shape.kind,
                plain(around.left), plain(around.top), plain(around.right), plain(around.bottom),
                record.width, record.height, "" if box else json.dumps(to_wire(mark.shape)),
            ])  # fmt: skip
            self.report.marks += 1

    def finish(self) -> None:
        header = [*_FIRST, *_DRAWN]
        unused = {"path" if self._texts else "text", *(() if self._drawn else _DRAWN)}
        unused |= {
            name for name in ("classes", "split", "reader")
            if all(row[header.index(name)] == "" for row in self._rows)
        }  # fmt: skip
        kept = [place for place, name in enumerate(header) if name not in unused]
        with (self.folder / "annotations.csv").open("w", encoding="utf-8", newline="") as stream:
            table = csv.writer(stream)
            table.writerow(header[place] for place in kept)
            table.writerows([row[place] for place in kept] for row in self._rows)


WRITER = CsvWriter()
