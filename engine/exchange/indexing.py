"""From what the data names to what the store holds: a look at each file."""

from __future__ import annotations

import io
import os
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from engine.errors import DataError
from engine.exchange.format import Example
from engine.exchange.groups import group_in
from engine.exchange.looks import Key, Looks
from engine.exchange.naming import shown, storable
from engine.media import refusals
from engine.media.hashing import hash_bytes, hash_file, hash_text
from engine.media.looking import Looking
from engine.media.opening import open_file
from engine.media.text import normalise, read_text
from engine.store.items import NewItem
from engine.store.places import Known

_AT_ONCE = 32 << 20  # bytes; larger files are read twice instead of being held in memory


@dataclass(frozen=True)
class Indexed:
    """An example that can be stored.

    `item` is None where the store knows the file and it has not changed since.
    """

    example: Example
    item: NewItem | None
    group: str | None


class Indexer:
    """Looks at examples; usable from several threads.

    Args:
        kind: what the project holds: image, text or audio.
        base: the folder that paths are relative to.
        looks: what was seen of files before, so that nothing is read twice.
        looking: reads the headers of pictures and sounds, within limits.
        pattern: finds a group in a path.
        patient_group: finds the group of a DICOM file; None: not asked for.
    """

    def __init__(
        self,
        kind: str,
        base: Path,
        looks: Looks,
        looking: Looking,
        pattern: re.Pattern[str] | None = None,
        patient_group: Callable[[Path], str | None] | None = None,
    ) -> None:
        self.base = base
        self._kind = kind
        self._looks = looks
        self._looking = looking
        self._pattern = pattern
        self._patient_group = patient_group

    def ahead(self, example: Example, known: Known | None) -> tuple[Key, NewItem] | None:
        """Reads the file if it has to be read, for `looks`; `look` says what is wrong with it."""
        if example.text is not None or not storable(example.path):
            return None
        path = self.base / example.path
        try:
            state = path.stat()
            key = (str(path), state.st_size, state.st_mtime)
            if _unchanged(known, state.st_size, state.st_mtime) or self._looks.get(key):
                return None
            return key, self._read(path, state)
        except (OSError, ValueError, DataError):
            return None

    def look(self, example: Example, known: Known | None) -> Indexed | DataError:
        """Reads the header and hashes the content; a damaged file is an item with a problem."""
        try:
            return self._text(example) if example.text is not None else self._file(example, known)
        except DataError as problem:
            return _placed(example, problem)

    def _text(self, example: Example) -> Indexed:
        text = normalise(example.text or "", example.origin)
        hash, size = hash_text(text), len(text.encode("utf-8", "replace"))
        text = text.encode("utf-8", "replace").decode("utf-8")
        item = NewItem(
            example.path, "text", hash, size, 0.0, example.position, text, group=example.group
        )
        return Indexed(example, item, example.group)

    def _file(self, example: Example, known: Known | None) -> Indexed:
        if not storable(example.path):
            raise DataError(
                "The file's name cannot be stored",
                f"{example.path!r} holds characters that are no text.",
                "Give the file another name.",
                subject=shown(example.path),
            )
        path = self.base / example.path
        group = example.group
        if group is None and self._pattern is not None:
            group = group_in(example.path, self._pattern)
        try:
            state = path.stat()
        except (OSError, ValueError) as error:
            raise refusals.unopened(path, error) from error
        if _unchanged(known, state.st_size, state.st_mtime):
            return Indexed(example, None, group)
        key = (str(path), state.st_size, state.st_mtime)
        item = self._looks.get(key) or self._read(path, state)
        return Indexed(example, replace(item, path=example.path, group=None), group or item.group)

    def _read(self, path: Path, state: os.stat_result) -> NewItem:
        """The item of a file, without its place; a DICOM file's patient is its group."""
        if self._kind == "text":
            return _text_file(path, state)
        if self._kind == "audio":
            return _audio_file(path, state, self._looking)
        item, dicom = _image_file(path, state, self._looking)
        if dicom and self._patient_group is not None:
            return replace(item, group=self._patient_group(path))
        return item


def _text_file(path: Path, state: os.stat_result) -> NewItem:
    text = read_text(path)
    return NewItem("", "text", hash_text(text), state.st_size, state.st_mtime, text=text)


def _audio_file(path: Path, state: os.stat_result, looking: Looking) -> NewItem:
    """Its frames are its samples, its mode says how many a second."""
    known = (state.st_size, state.st_mtime)
    try:
        hash = hash_file(path)
        facts = looking.hear(path)
    except OSError as error:
        raise refusals.unopened(path, error) from error
    except DataError as problem:
        return NewItem("", "audio", hash, *known, problem=problem)
    samples = round(facts.seconds * facts.rate)
    return NewItem("", "audio", hash, *known, mode=f"{facts.rate} Hz", frames=samples)


def _image_file(path: Path, state: os.stat_result, looking: Looking) -> tuple[NewItem, bool]:
    """The item, and whether it is a DICOM file that can be read."""
    hash = ""
    try:
        with open_file(path) as stream:
            if state.st_size <= _AT_ONCE:
                content = stream.read()
                hash = hash_bytes(content)
                facts = looking.inspect(path, io.BytesIO(content))
            else:
                hash = hash_file(path)
                facts = looking.inspect(path, stream)
    except OSError as error:
        raise refusals.unopened(path, error) from error
    except DataError as problem:
        item = NewItem("", "image", hash, state.st_size, state.st_mtime, problem=problem)
        return item, False
    item = NewItem(
        "", "image", hash, state.st_size, state.st_mtime, 0, None,
        facts.width, facts.height, facts.mode, facts.frames,
    )  # fmt: skip
    return item, facts.dicom


def _unchanged(known: Known | None, size: int, modified: float) -> bool:
    return (
        known is not None
        and known.state != "broken"
        and known.bytes == size
        and abs(known.modified - modified) < 1e-6
    )


def _placed(example: Example, problem: DataError) -> DataError:
    """Says in which row of a table the trouble is."""
    if not example.origin:
        return problem
    title = f"{example.origin}: {problem.title[0].lower()}{problem.title[1:]}"
    return DataError(title, problem.cause, problem.remedy, problem.details, problem.subject)
