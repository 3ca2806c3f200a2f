"""Class folders: a copy of each file, in FOLDER/CLASS or FOLDER/SPLIT/CLASS."""

from __future__ import annotations

import shutil
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from engine.exchange.record import (
    ExportReport,
    Record,
    UniqueNames,
    first_frame,
    relative_name,
    usable_name,
)


class ClassFoldersWriter:
    key = "class-folders"
    title = "A folder of class folders"
    kinds = frozenset({"image", "text", "audio"})
    copies = True

    def place(self, record: Record) -> str:
        return _WAITING

    def begin(
        self, folder: Path, classes: tuple[str, ...], report: ExportReport
    ) -> ClassFoldersWriting:
        return ClassFoldersWriting(folder, report)


_WAITING = "waiting.graft"  # no class of it is read as data, should it ever stay


@dataclass(frozen=True)
class _Placed:
    path: str  # where the file waits
    inner: str  # its name below its class
    label: str
    split: str | None


@dataclass
class ClassFoldersWriting:
    """Files wait in one folder until it is known whether all items have a split."""

    folder: Path
    report: ExportReport
    _placed: list[_Placed] = field(default_factory=list)

    def add(self, record: Record, path: str) -> None:
        if marks := len(first_frame(record, self.report)):
            self.report.note("marks", record.name, marks)
        if len(record.all_classes) != 1:
            self.report.note("several" if record.all_classes else "unlabelled", record.name)
            if record.kind != "text":
                (self.folder / path).unlink()
                self.report.pictures -= 1
            return
        if record.reader is not None:
            self.report.note("readers", record.name)
        inner = path.removeprefix(f"{_WAITING}/")
        if record.kind == "text":
            inner = f"{usable_name(relative_name(record.name)).rpartition('.')[0] or 'text'}.txt"
            path = self._written(record.text or "")
        self._placed.append(_Placed(path, inner, record.all_classes[0], record.split))
        self.report.items += 1

    def _written(self, text: str) -> str:
        path = f"{_WAITING}/{len(self._placed)}.txt"
        (self.folder / _WAITING).mkdir(exist_ok=True)
        (self.folder / path).write_text(text, encoding="utf-8")
        return path

    def finish(self) -> None:
        counts = Counter(one.split is not None for one in self._placed)
        if counts[True] and counts[False]:
            self.report.note("some_splits", "", counts[True])
        names = UniqueNames(self.report)
        for one in self._placed:
            above = f"{one.split}/" if not counts[False] else ""
            kind = usable_name(one.label.replace("/", "_").replace("\\", "_"))
            if kind != one.label:
                self.report.note("folder_name", one.label)
            # A file that lay in a folder of its class's name needs no second one.
            inner = one.inner.removeprefix(f"{above}{kind}/").removeprefix(f"{kind}/")
            name = names.claim(f"{above}{kind}/{inner}")
            (self.folder / name).parent.mkdir(parents=True, exist_ok=True)
            (self.folder / one.path).rename(self.folder / name)
        shutil.rmtree(self.folder / _WAITING, ignore_errors=True)


WRITER = ClassFoldersWriter()
