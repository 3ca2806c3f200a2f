"""Bytes copied and hashed, piece by piece, so that a person can end it at any time."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import IO

from engine.progress import silent

Check = Callable[[], None]  # raises when the person asked for the end
Told = Callable[[int], None]  # bytes of the last piece

_PIECE = 1 << 20  # bytes


def digest(file: Path, check: Check, told: Told = silent) -> str:
    """SHA-256 of a file in hexadecimal."""
    with file.open("rb") as stream:
        return copy(stream, None, check, told)[1]


def copy_file(source: Path, goal: Path, check: Check, told: Told = silent) -> str:
    """SHA-256 of what was written to `goal`, a new file."""
    goal.parent.mkdir(parents=True, exist_ok=True)
    with source.open("rb") as stream, goal.open("xb") as sink:
        return copy(stream, sink, check, told)[1]


def copy(
    stream: IO[bytes], sink: IO[bytes] | None, check: Check, told: Told = silent
) -> tuple[int, str]:
    """Bytes and SHA-256 of a stream, copied to `sink` if there is one."""
    made, count = hashlib.sha256(), 0
    while piece := stream.read(_PIECE):
        check()
        made.update(piece)
        if sink is not None:
            sink.write(piece)
        count += len(piece)
        told(len(piece))
    return count, made.hexdigest()
