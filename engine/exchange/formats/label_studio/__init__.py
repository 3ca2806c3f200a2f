"""Label Studio JSON: all of a project, or JSON-MIN, in one file or several in a folder.

Of several annotations of an item the one marked as ground truth counts, else the newest;
the others are second readings. An item's texts are those in the file; a picture or a sound
is found by its name, also behind an upload's prefix.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from engine.errors import DataError, GraftError
from engine.exchange.documents import forget, read_json
from engine.exchange.format import Example, Request, Survey
from engine.exchange.formats.label_studio.regions import said_in, size_said
from engine.exchange.formats.label_studio.tasks import (
    TEXTS,
    Task,
    is_address,
    is_picture,
    is_sound,
    is_task,
    tasks_in,
)
from engine.exchange.pictures import Pictures, plain_path
from engine.exchange.sources import annotation_files, any_fits, base_of, in_order, nothing_in
from engine.exchange.split_names import split_named
from engine.media import audio
from engine.media.images import EXTENSIONS, inspect

_KINDS = {"image": "picture", "text": "text", "audio": "sound"}


class LabelStudio:
    key = "label-studio"
    title = "Label Studio JSON"
    order = 2

    def fits(self, source: Path) -> bool:
        return any_fits(source, ".json", lambda file: isinstance(_read(file), list))

    def base(self, source: Path) -> Path:
        return base_of(source)

    def kinds(self, source: Path) -> set[str]:
        found: set[str] = set()
        for file in annotation_files(source, ".json"):
            for task in _tasks(file):
                found |= {kind for kind in _KINDS if _content(task, kind) is not None}
        return found

    def survey(self, request: Request) -> Survey:
        total = 0
        classes: set[str] = set()
        for file in annotation_files(request.source, ".json"):
            found = _read(file)
            if isinstance(found, DataError) and file == request.source:
                raise found
            for task in tasks_in(found) if isinstance(found, list) else ():
                total += 1
                example = _example(file, task, request.kind, None)
                if isinstance(example, Example):
                    classes |= set(example.classes) | {mark.label for mark in example.marks}
                    for one in example.readings:
                        classes |= set(one.classes) | {mark.label for mark in one.marks}
        if not total:
            raise nothing_in(request.source, self.title, "No file of it lists tasks.")
        return Survey(total, in_order(classes))

    def examples(self, request: Request) -> Iterator[Example | GraftError]:
        suffixes = audio.EXTENSIONS if request.kind == "audio" else EXTENSIONS
        pictures = Pictures(base_of(request.source), request.pictures, suffixes)
        for file in annotation_files(request.source, ".json"):
            found = _read(file)
            if isinstance(found, GraftError):
                yield found
                continue
            for task in tasks_in(found or []):
                try:
                    yield _example(file, task, request.kind, pictures)
                except DataError as error:
                    yield error
        forget()


def _read(file: Path) -> list[Any] | DataError | None:
    """The tasks, raw; None where the file holds something else, why where it is unreadable."""
    try:
        found = read_json(file)
    except DataError as error:
        return error
    listed = found if isinstance(found, list) else [found]
    return listed if any(map(is_task, listed[:20])) else None


def _tasks(file: Path) -> Iterator[Task]:
    found = _read(file)
    return tasks_in(found) if isinstance(found, list) else iter(())


def _content(task: Task, kind: str) -> str | None:
    """The picture's path, or the text: what the annotations are of goes before other fields."""
    names = [name for name in task.targets if name in task.data] + list(task.data)
    values = [(name, task.data[name]) for name in names if isinstance(task.data[name], str)]
    if kind == "image":
        found = [value for _, value in values if is_picture(value)]
        named = [value for name, value in values if name in ("image", "img", "picture", "photo")]
        return next(iter(found + named), None)
    if kind == "audio":
        return next((value for _, value in values if is_sound(value)), None)
    found = [value for name, value in values if not is_address(value)]
    named = [value for name, value in values if name in task.targets or name in TEXTS]
    return next((value for value in named if value in found), None) or (
        max(found, key=len, default=None) if not task.targets else None
    )


def _example(file: Path, task: Task, kind: str, pictures: Pictures | None) -> Example | DataError:
    """`pictures` None: only the classes are asked for, and not where the picture lies."""
    origin = f"{file.name}, task {task.id}"
    content = _content(task, kind)
    if content is None:
        return _other(file, origin, kind)
    path, position = file.name, task.position
    size = None
    if kind == "text":
        path = pictures.path_of(file.absolute()) if pictures else path
    else:
        position = 0
        path = pictures.place(content, file.parent) if pictures else plain_path(content)
        size = _size(task, pictures.base / path) if pictures and kind == "image" else None
    text = content if kind == "text" else None
    said = said_in(task, text, size, shapeless=pictures is None)
    return Example(
        path, position, said.text, said.counts.label,
        split=split_named(str(task.data.get("split", ""))), origin=origin, marks=said.counts.marks,
        classes=said.counts.classes, size=said.size, reader=said.counts.reader or None,
        readings=said.others, findings=said.findings,
    )  # fmt: skip


def _size(task: Task, picture: Path) -> tuple[int, int] | None:
    """The picture's own size, where results that need one do not tell it."""
    if all(size_said(one) for annotation in task.annotations for one in annotation.results):
        return None
    try:
        facts = inspect(picture)
    except DataError:
        return None  # the item tells what is wrong with the file
    return facts.width, facts.height


def _other(file: Path, origin: str, kind: str) -> DataError:
    return DataError(
        f"{origin}: it holds no {_KINDS[kind]}",
        f"None of its data is a {_KINDS[kind]}, and this project is for {_KINDS[kind]}s.",
        "Import it into a project of its own kind.",
        subject=str(file),
    )


FORMAT = LabelStudio()
