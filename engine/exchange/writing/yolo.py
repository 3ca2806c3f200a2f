"""YOLO: a text file for each picture, and data.yaml with the names of the classes."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

import yaml  # type: ignore[import-untyped]

from engine.exchange.record import ExportReport, Record, UniqueNames, first_frame, usable_name
from engine.labels.outlines import joined, rings_of
from engine.labels.shapes import Box, Mask, Point, Polygon, Shape

_SPLITS = {None: "", "train": "train", "validation": "val", "test": "test"}


class YoloWriter:
    key = "yolo"
    title = "YOLO (a text file for each picture)"
    kinds = frozenset({"image"})
    copies = False

    def place(self, record: Record) -> str:
        return f"images/{_SPLITS[record.split]}".rstrip("/")

    def begin(self, folder: Path, classes: tuple[str, ...], report: ExportReport) -> YoloWriting:
        return YoloWriting(folder, classes, report)


@dataclass
class YoloWriting:
    folder: Path
    classes: tuple[str, ...]
    report: ExportReport
    _splits: dict[str, None] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._numbers = {name: number for number, name in enumerate(self.classes)}
        self._names = UniqueNames(self.report)

    def add(self, record: Record, path: str) -> None:
        if record.width is None or record.height is None:
            self.report.note("no_size", record.name)
            return
        if record.all_classes:
            self.report.note("whole", record.name)
        split = _SPLITS[record.split]
        self._splits[split] = None
        rows = []
        kinds = set()
        for mark in first_frame(record, self.report):
            values = self._values(mark.shape, record.width, record.height, record)
            if values:
                kinds.add(len(values) == 4)
                rows.append(" ".join([str(self._numbers[mark.label]), *map(_share, values)]))
        if len(kinds) > 1:
            self.report.note("mixed", record.name)
        place = PurePosixPath("labels", split)
        # Its name has to be the picture's, which other systems may not take.
        named = usable_name(path) if os.name == "nt" else path
        inner = named.removeprefix("images/").removeprefix(f"{split}/" if split else "")
        stem = inner.rpartition(".")[0] or inner
        file = self.folder / self._names.claim(f"{place}/{stem}.txt")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("".join(f"{row}\n" for row in rows), encoding="utf-8")
        self.report.items += 1
        self.report.marks += len(rows)

    def _values(self, shape: Shape, width: int, height: int, record: Record) -> list[float]:
        points: tuple[Point, ...]
        match shape:
            case Box(left, top, right, bottom):
                return [
                    (left + right) / 2 / width, (top + bottom) / 2 / height,
                    (right - left) / width, (bottom - top) / height,
                ]  # fmt: skip
            case Polygon(points):
                pass
            case Mask():
                points = joined(rings_of(shape))
                self.report.note("masks", record.name)
            case _:
                return []
        return [value for x, y in points for value in (x / width, y / height)]

    def finish(self) -> None:
        (self.folder / "labels").mkdir(exist_ok=True)
        found = [split for split in ("train", "val", "test") if split in self._splits]
        paths: dict[str, str] = {split: f"images/{split}" for split in found}
        if "" in self._splits or not paths:
            paths.setdefault("train", "images")
        if "val" not in paths:
            paths["val"] = paths.get("train", next(iter(paths.values())))
            self.report.note("no_validation", "data.yaml")
        paths.setdefault("train", paths["val"])
        said: dict[str, object] = {"path": ".", **paths, "names": dict(enumerate(self.classes))}
        with (self.folder / "data.yaml").open("w", encoding="utf-8") as stream:
            yaml.safe_dump(said, stream, sort_keys=False, allow_unicode=True)


def _share(value: float) -> str:
    return f"{value:.9f}".rstrip("0").rstrip(".") or "0"


WRITER = YoloWriter()
