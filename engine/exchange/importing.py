"""Importing data: find out its format, store its items, check them, split them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

from engine.errors import ConfigurationError, DataError, GraftError
from engine.events import Emit, LogLine
from engine.exchange.documents import read_json, read_xml
from engine.exchange.format import Columns, Example, Format, Request, Survey
from engine.exchange.formats import all_formats
from engine.exchange.groups import compile_pattern, patient_group
from engine.exchange.indexing import Indexer
from engine.exchange.intake import Intake
from engine.exchange.looks import Key, Looks
from engine.exchange.naming import storable
from engine.exchange.report import ImportReport
from engine.exchange.splitting import settle_splits
from engine.media import refusals
from engine.media.checking import check_items
from engine.media.looking import Looking
from engine.progress import Cancel, silent, track
from engine.store import imports, items, places
from engine.store.items import NewItem
from engine.store.project import SUFFIX, Project

BATCH = 200  # items in one transaction
_THREADS = 4  # that read files; more than cores, for disks in the network


def detect(source: Path) -> str:
    """The key of the format that `source` has.

    Raises:
        DataError: nothing there, or of no format Graft knows.
    """
    source = Path(source)
    if not source.exists():
        raise refusals.gone(source)
    for one in all_formats().values():
        if one.fits(source):
            return one.key
    if source.suffix.lower() in (".json", ".xml"):
        # Where the file itself is broken, that is what there is to say.
        (read_json if source.suffix.lower() == ".json" else read_xml)(source)
    raise DataError(
        "There is nothing here that Graft can import",
        f"{source} is {'a folder without pictures or texts' if source.is_dir() else 'a file'} "
        "of no layout that Graft knows.",
        "Choose a folder of class folders, a folder of pictures, or a CSV. Graft can read: "
        + "; ".join(one.title for one in all_formats().values())
        + ".",
        subject=str(source),
    )


def import_source(
    project: Project,
    source: Path,
    *,
    format: str = "auto",
    columns: Columns | None = None,
    pictures: Path | None = None,
    group_pattern: str | None = None,
    patient_groups: bool = True,
    reader: str = "import",
    emit: Emit = silent,
    cancel: Cancel | None = None,
) -> ImportReport:
    """Takes data into a project. Source files are referenced, never changed.

    What cannot be used is in the report; the rest goes on. All of it is stored in one
    transaction and can be taken back as one (engine.store.imports). Importing the same data
    again changes nothing and takes what is new; after a cancelled import no file is read twice.

    Args:
        format: a key of `engine.exchange.formats`, or auto.
        columns: of a table, where its headings are not the usual ones.
        pictures: a folder the pictures are in, if not beside the annotations.
        group_pattern: a regular expression; what its brackets capture in a file's
            relative path is the file's group. A group column goes before it.
        patient_groups: DICOM files of one patient are a group.
        reader: under whose name the labels are given that the data gives no name for.

    Raises:
        Cancelled: on request. Nothing is stored then, unless all of it was: then what is
            left of checking the files is done by the next import.
        ConfigurationError: an unknown format, a pattern that cannot be used, or data of
            another kind than the project's.
        DataError: there is nothing to import, or it cannot be read at all.
        StorageError, ResourceError: the project cannot be written.
    """
    source = Path(os.path.abspath(source))
    _refuse_project(source)
    chosen = chosen_format(source, format)
    request = Request(source, item_kind(project), columns or Columns(), pictures)
    pattern = compile_pattern(group_pattern) if group_pattern else None
    refuse_other_kind(chosen, request)
    emit(LogLine(f"Reading {source.name} as: {chosen.title}"))
    survey = _survey(chosen, request)
    report = ImportReport(format=chosen.key, classes=survey.classes)
    looks, looking, stored = Looks(project.cache), Looking(), False
    patient = partial(patient_group, project, looking.kin) if patient_groups else None
    indexer = Indexer(request.kind, chosen.base(source), looks, looking, pattern, patient)
    before = imports.placed(project)
    try:
        with ThreadPoolExecutor(_THREADS, thread_name_prefix="graft-import") as pool:
            found = track(chosen.examples(request), survey.total, "Reading files", emit, cancel)
            _look_ahead(project, indexer, looks, pool, found, cancel)
            found = track(chosen.examples(request), survey.total, "Storing", emit, cancel)
            with project.writing():
                given = _store(
                    project, chosen, request, indexer, pool, reader, report, survey, found
                )
                imports.keep_former(project, report.import_id, before)
        stored = True
    finally:
        looks.close(done=stored)
        looking.close()
    checked = check_items(project, emit, cancel)
    report.broken += checked.broken
    for problem in checked.problems:
        report.add_problem(problem)
    report.problem_count += checked.broken - len(checked.problems)
    with project.writing():
        settle_splits(project, given, report)
        imports.keep_former(project, report.import_id, before)
    for note in report.notes:
        emit(LogLine(note))
    return report


def _look_ahead(
    project: Project, indexer: Indexer, looks: Looks, pool: Executor,
    found: Iterator[Example | GraftError], cancel: Cancel | None,
) -> None:  # fmt: skip
    """Reads what has to be read of the files. What is seen is kept, also when it is cancelled."""
    source = items.known_source(project, indexer.base)
    for batch in _batches(found, None):
        files = [(one.path, 0) for one in batch if storable(one.path)]
        known = places.at(project, source, files) if source else {}

        def ahead(example: Example, known: Any = known) -> tuple[Key, NewItem] | None:
            if cancel is not None:
                cancel.check()  # files may be large
            return indexer.ahead(example, known.get((example.path, 0)))

        seen: list[tuple[Key, NewItem]] = []
        try:
            seen.extend(one for one in pool.map(ahead, batch) if one is not None)
        finally:
            looks.put(seen)


def _store(
    project: Project, chosen: Format, request: Request, indexer: Indexer, pool: Executor,
    reader: str, report: ImportReport, survey: Survey, found: Iterator[Example | GraftError],
) -> list[tuple[int, str]]:  # fmt: skip
    """All of it in one transaction. Returns item ids and the splits the data came with."""
    with project.writing():
        report.import_id = imports.begin(project, request.source, chosen.key, reader)
        intake = Intake(project, indexer, pool, reader, report, survey.total)
        for batch in _batches(found, report):
            intake.take(batch)
        if report.several and not project.setting("several"):
            project.settings_set(several=True)
            report.notes.append("Items came with several classes, so an item can have several now.")
        imports.finish(project, report.import_id, report.to_wire())
    return list(intake.given_splits())


def _refuse_project(source: Path) -> None:
    """Opening and closing a database's file drops the locks that SQLite holds on it."""
    if any(part.endswith(SUFFIX) for part in source.parts):
        raise ConfigurationError(
            "A project is not data",
            f"{source} is a Graft project, or lies in one.",
            "Choose the folder or table that holds your own files.",
            subject="source",
        )


def item_kind(project: Project) -> str:
    """What the items of a project are: image, text or audio."""
    return project.task.partition("-")[0]


def chosen_format(source: Path, key: str) -> Format:
    """The format of that key, or the one that `auto` finds.

    Raises:
        ConfigurationError: an unknown format.
        DataError: nothing there, or of no format Graft knows.
    """
    if not source.exists():
        raise refusals.gone(source)
    known = all_formats()
    if key == "auto":
        key = detect(source)
    if key not in known:
        raise ConfigurationError(
            "Unknown format",
            f"There is no import format named {key!r}.",
            f"Choose one of: auto, {', '.join(known)}.",
            subject="format",
        )
    return known[key]


def refuse_other_kind(chosen: Format, request: Request) -> None:
    """Raises ConfigurationError for data that cannot be items of the project."""
    kinds = chosen.kinds(request.source)
    if not kinds or request.kind in kinds or request.columns != Columns():
        return
    words = {"image": "pictures", "text": "texts", "audio": "sounds"}
    there = " and ".join(words[kind] for kind in sorted(kinds))
    raise ConfigurationError(
        "The data is of another kind than the project",
        f"{request.source.name} holds {there}, and this project is for {words[request.kind]}.",
        f"Make a project for {there}, or choose data with {words[request.kind]}.",
        subject="source",
    )


def _survey(chosen: Format, request: Request) -> Survey:
    survey = chosen.survey(request)
    if survey.total == 0:
        raise DataError(
            "There are no items to import",
            f"{request.source.name} holds nothing that can be an item of this project.",
            "Choose a folder of class folders, a folder of pictures, or a CSV with rows.",
            subject=str(request.source),
        )
    return survey


def _batches(
    found: Iterator[Example | GraftError], report: ImportReport | None
) -> Iterator[list[Example]]:
    batch: list[Example] = []
    for one in found:
        if isinstance(one, GraftError):
            if report is not None:
                report.add_problem(one)
            continue
        batch.append(one)
        if len(batch) >= BATCH:
            yield batch
            batch = []
    if batch:
        yield batch
