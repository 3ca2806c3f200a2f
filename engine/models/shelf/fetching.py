"""One file from a server: gone on with where it was cut off, and verified as a whole.

Beside the goal stands `NAME.part` with what has arrived, and `NAME.part.json`
that says what it belongs to. The goal appears by one rename, when all is there.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import httpx2

from engine.models.shelf import answers, placing, small_json
from engine.models.shelf.copying import digest
from engine.models.shelf.line import Busy, Line

Told = Callable[[int], None]  # bytes of the file that are here

_PIECE = 1 << 20  # bytes
_LOOK = 16 << 20  # bytes between two looks at the disk, where nobody says how long a file is
_RANGE = re.compile(r"bytes (\d+)-\d+/(\d+|\*)$")


@dataclass(frozen=True)
class Source:
    """A file on a server."""

    url: str
    bytes: int | None = None  # exactly, None when nobody says
    sha256: str = ""  # hexadecimal, all or its first digits; '' when not published
    git: str = ""  # git's SHA-1 of it, where that is what a hub gives


def fetch(source: Source, goal: Path, name: str, line: Line, told: Told) -> None:
    """Brings a file whole to `goal`, which then is what was published.

    Args:
        name: of the model, for errors.
        told: called with the bytes that are here, after each piece.

    Raises:
        ModelError: not given out, wrong bytes, or the line failed too often (the part is kept).
        ConfigurationError: the address is none.
        ResourceError: the disk is full; the part is kept.
        Cancelled: the part is kept.
    """
    refuse_address(source.url)
    if goal.is_file() and matches(goal, source, line):
        told(goal.stat().st_size)
        return
    part, record = _part(goal), _record(goal)
    furthest = 0

    def moved() -> bool:
        nonlocal furthest
        before, furthest = furthest, max(furthest, _size(part))
        return furthest > before

    try:
        line.patiently(lambda: _go_on(source, part, record, name, line, told), moved)
    except (httpx2.HTTPError, Busy) as error:
        raise answers.lost(error, name) from error
    if source.bytes is not None and _size(part) != source.bytes:
        found = _size(part)
        forget(goal)
        raise answers.wrong_length(name, source.bytes, found)
    if not matches(part, source, line):
        forget(goal)
        raise answers.wrong_bytes(name, source.sha256 or source.git)
    os.replace(part, goal)
    record.unlink(missing_ok=True)


def refuse_address(url: str) -> None:
    """Raises ConfigurationError unless it is a whole address of the web."""
    try:
        said = httpx2.URL(url)
        said.host.encode("idna")
    except (httpx2.InvalidURL, UnicodeError) as error:
        raise answers.wrong_address(url) from error
    if said.scheme not in ("http", "https") or not said.host:
        raise answers.wrong_address(url)


def kept(source: Source, goal: Path) -> int:
    """Bytes of it that are here already, finished or not."""
    if goal.is_file():
        return goal.stat().st_size
    return _size(_part(goal)) if _belongs(_record(goal), source) else 0


def forget(goal: Path) -> None:
    """Deletes what has arrived of a file that did not."""
    _part(goal).unlink(missing_ok=True)
    _record(goal).unlink(missing_ok=True)


def matches(file: Path, source: Source, line: Line) -> bool:
    """Whether a file has the published checksum; True where none was published."""
    if source.bytes is not None and _size(file) != source.bytes:
        return False
    if source.sha256:
        return digest(file, line.check).startswith(source.sha256.lower())
    return not source.git or _git_digest(file, line) == source.git


def _git_digest(file: Path, line: Line) -> str:
    """As git names a file's content."""
    made = hashlib.sha1(f"blob {_size(file)}\0".encode(), usedforsecurity=False)
    with file.open("rb") as stream:
        while piece := stream.read(_PIECE):
            line.check()
            made.update(piece)
    return made.hexdigest()


def _go_on(source: Source, part: Path, record: Path, name: str, line: Line, told: Told) -> None:
    """One try: asks for what lacks, and appends it."""
    here = _size(part) if _belongs(record, source) else 0
    said = small_json.read(record) or {}
    if here and here in (source.bytes, said.get("total")):
        return
    headers = {"Range": f"bytes={here}-"} if here else {}
    if here and said.get("validator"):
        headers["If-Range"] = said["validator"]
    response = line.open(source.url, headers)
    try:
        if response.url.scheme != "https" and source.url.lower().startswith("https:"):
            raise answers.wrong_address(str(response.url))
        if here and not _goes_on(response, here, said.get("validator", "")):
            part.unlink()  # the next try begins anew
            raise Busy(response.status_code)
        here, total = _begin(response, here, name)
        if source.bytes is not None and total not in (None, source.bytes):
            raise answers.wrong_length(name, source.bytes, total or 0)
        placing.refuse_full(part.parent, (total or here) - here)
        _write(response, here, total, source, part, record, line, told)
    finally:
        line.close(response)


def _goes_on(response: httpx2.Response, here: int, validator: str) -> bool:
    """False for an answer from which a part can neither go on nor begin anew."""
    if response.status_code == 206:
        found = _RANGE.match(response.headers.get("Content-Range", ""))
        same = not validator or _validator(response) in ("", validator)
        return found is not None and int(found[1]) == here and same
    return response.status_code != 416


def _begin(response: httpx2.Response, here: int, name: str) -> tuple[int, int | None]:
    """Where the answer's bytes begin in the file, and how long the file is, None if not said."""
    status = response.status_code
    found = _RANGE.match(response.headers.get("Content-Range", ""))
    if status == 206 and found and int(found[1]) == here:
        return here, None if found[2] == "*" else int(found[2])
    if status == 200:
        length = response.headers.get("Content-Length", "")
        return 0, int(length) if length.isdecimal() else None
    if status in (206, 408, 425, 429) or status >= 500:
        raise Busy(status)
    raise answers.refused(status, str(response.url), name)


def _write(
    response: httpx2.Response, here: int, total: int | None, source: Source, part: Path,
    record: Path, line: Line, told: Told,
) -> None:  # fmt: skip
    if not here:
        part.unlink(missing_ok=True)
        small_json.write(record, {
            "url": source.url, "bytes": source.bytes, "sha256": source.sha256, "git": source.git,
            "total": total, "validator": _validator(response),
        })  # fmt: skip
    # Unbuffered: what a full disk still took counts, and nothing is written when it closes.
    with part.open("ab", buffering=0) as stream:
        for piece in line.chunks(response):
            view = memoryview(piece)
            while view:
                view = view[stream.write(view) :]
            here += len(piece)
            if total is None and here // _LOOK > (here - len(piece)) // _LOOK:
                placing.refuse_full(part.parent, _LOOK)  # nobody says where it ends
            if source.bytes is not None and here > source.bytes:
                break  # whoever sends more than it listed is told so, not stored
            told(here)
        os.fsync(stream.fileno())


def _belongs(record: Path, source: Source) -> bool:
    """A part may be gone on with when a server or a checksum can tell that it still fits."""
    said = small_json.read(record)
    if said is None or not (said.get("validator") or source.sha256 or source.git):
        return False
    own = (source.url, source.bytes, source.sha256, source.git)
    return own == tuple(said.get(key) for key in ("url", "bytes", "sha256", "git"))


def _validator(response: httpx2.Response) -> str:
    """By which a server tells whether its file is still the same: If-Range takes no weak ETag."""
    tag: str = response.headers.get("ETag", "")
    return tag if tag and not tag.startswith("W/") else response.headers.get("Last-Modified", "")


def _part(goal: Path) -> Path:
    return goal.with_name(goal.name + ".part")


def _record(goal: Path) -> Path:
    return goal.with_name(goal.name + ".part.json")


def _size(file: Path) -> int:
    return file.stat().st_size if file.is_file() else 0
