"""Exporting: items and what was said of them, in a format that other programs read.

The folder appears whole or not at all: it is made beside its place and renamed.
Annotation files name pictures by their relative path and hold nothing else of the files.
"""

from __future__ import annotations

import errno
import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Literal

from PIL import Image

from engine.errors import ConfigurationError, DataError, ResourceError, StorageError
from engine.events import Emit
from engine.exchange.record import (
    ExportReport,
    Record,
    UniqueNames,
    Writer,
    relative_name,
    usable_name,
)
from engine.exchange.writing import all_writers
from engine.media.images import is_dicom
from engine.media.looking import Looking
from engine.progress import Cancel, silent, track
from engine.store.project import SUFFIX

_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


def export_records(
    records: Iterable[Record],
    target: Path,
    format: str,
    *,
    classes: Sequence[str],
    total: int = 0,
    pictures: Literal["leave", "copy"] = "leave",
    emit: Emit = silent,
    cancel: Cancel | None = None,
) -> ExportReport:
    """Writes items into a new folder.

    Args:
        records: read once, in their order.
        target: must not be there, or be an empty folder.
        format: a key of `engine.exchange.writing`.
        classes: of the project, in its order; every class of the records is among them.
        total: how many records come, for telling how far it is.
        pictures: whether the files are copied into the export. Class folders always are.

    Raises:
        Cancelled: on request; nothing is left behind, nor after any error.
        ConfigurationError: an unknown format, or a target that holds something.
        ResourceError: the disk is full.
        StorageError: the target cannot be written.
    """
    writer = _writer(format)
    target = Path(os.path.abspath(target))
    report = ExportReport(writer.key, target)
    with _appearing(target) as folder, closing(Looking()) as looking:
        names = UniqueNames(report)
        writing = writer.begin(folder, tuple(classes), report)
        for record in track(records, total, "Exporting", emit, cancel):
            if record.kind not in writer.kinds:
                report.note("other_kind", relative_name(record.name))
                continue
            path = relative_name(record.name)
            if (pictures == "copy" or writer.copies) and record.kind != "text":
                copied = _copy(record, writer, folder, names, report, looking)
                if copied is None:
                    continue
                path = copied
            writing.add(record, path)
        writing.finish()
        report.files = sum(len(files) for _, _, files in os.walk(folder)) - report.pictures
    return report


def _writer(key: str) -> Writer:
    known = all_writers()
    if key not in known:
        raise ConfigurationError(
            "Unknown format",
            f"There is no export format named {key!r}.",
            f"Choose one of: {', '.join(known)}.",
            subject="format",
        )
    return known[key]


def _copy(
    record: Record, writer: Writer, folder: Path, names: UniqueNames, report: ExportReport,
    looking: Looking,
) -> str | None:  # fmt: skip
    """Copies a picture, without identifiers; its path from the export's folder."""
    source = record.file
    name = usable_name(relative_name(record.name))
    if source is None or not source.is_file():
        report.note("unreadable", record.name)
        return None
    dicom = is_dicom(source)
    name = f"{name.rpartition('.')[0] or name}.png" if dicom else name
    place = writer.place(record)
    path = names.claim(f"{place}/{name}" if place else name, stem=True)
    (folder / path).parent.mkdir(parents=True, exist_ok=True)
    try:
        if dicom:
            Image.fromarray(looking.seen_by_model(source).stored).save(folder / path)
            report.note("dicom", record.name)
        else:
            shutil.copyfile(source, folder / path)
    except DataError:
        report.note("unreadable", record.name)
        return None
    report.pictures += 1
    return path


@contextmanager
def _appearing(target: Path) -> Iterator[Path]:
    """A folder in a hidden one that is renamed to the target when all went well, else removed."""
    hidden: Path | None = None
    try:
        _refuse_taken(target)
        target.parent.mkdir(parents=True, exist_ok=True)
        hidden = Path(tempfile.mkdtemp(prefix=".graft-export-", dir=target.parent))
        made = hidden / target.name
        made.mkdir()
        yield made
        if target.exists():
            target.rmdir()  # empty, as was looked at; fails where it is no more
        made.rename(target)
    except OSError as error:
        raise _disk(target, error) from error
    finally:
        if hidden is not None:
            shutil.rmtree(hidden, ignore_errors=True)


def _refuse_taken(target: Path) -> None:
    if any(part.endswith(SUFFIX) for part in target.parts):
        raise ConfigurationError(
            "A project is no place for an export",
            f"{target} is a Graft project, or lies in one.",
            "Choose a folder of its own.",
            subject="target",
        )
    if not target.exists() or (target.is_dir() and not any(target.iterdir())):
        return
    raise ConfigurationError(
        "There is something here already",
        f"{target} {'holds files' if target.is_dir() else 'is a file'}, and an export never "
        "writes over anything.",
        "Choose a new folder.",
        subject="target",
    )


def _disk(target: Path, error: OSError) -> ResourceError | StorageError:
    if error.errno in _FULL:
        return ResourceError(
            "The disk is full",
            f"The export needs more room than is left where {target} shall lie.",
            "Free some space, or choose a folder on another disk.",
            subject=str(target),
        )
    return StorageError(
        "The export cannot be written",
        f"Writing to {target} failed: {error.strerror or error}.",
        "Choose a folder that you may write to.",
        details=str(error),
        subject=str(target),
    )
