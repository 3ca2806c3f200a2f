"""What stands in cache/suggestions/, for every process to read. Deleting it loses nothing.

Each is one .npy file, a structured array, that is never changed once it has its name: what comes
later is another file with a higher number, and the older ones go when nobody holds them.
Readers map it into memory and may keep it as long as they like.

- `suggestions-NUMBER.npy`: SUGGESTION, a row for each item without a label that has features.
- `features-KEY-NUMBER.npy`: `feature(width, dtype)`, a row for each described item, ids
  ascending. `rows["features"]` is float32 (or float16) [n, width], fit for a matrix product as it
  lies. KEY: of the network and how it reads items.
- `map-KEY-NUMBER.npy`: PLACE, of the same items.
- `current.json`: 'key', 'model' (its name), 'width', 'kind' of the features that suggestions
  rest on now.
"""

from __future__ import annotations

import json
import os
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import psutil
from numpy.typing import DTypeLike, NDArray

from engine.errors import ResourceError
from engine.store.project import Project

Rows = NDArray[np.void]

SUGGESTION = np.dtype(
    [
        ("item", np.int64),
        ("class_id", np.int64),  # the likeliest, -1 while there are too few labels
        ("probability", np.float32),  # calibrated
        ("second", np.int64),  # the next likeliest, and how likely
        ("second_probability", np.float32),
        ("uncertainty", np.float32),  # 0 sure to 1
        ("hidden", np.bool_),  # of the tenth whose suggestions are not shown
        ("by_uncertainty", np.int32),  # rank in each order, 0 the first to label
        ("by_diversity", np.int32),
        ("by_mix", np.int32),
    ]
)
PLACE = np.dtype(
    [
        ("item", np.int64),
        ("x", np.float32),  # about -1 to 1
        ("y", np.float32),
        ("landmark", np.bool_),  # laid out itself, not placed among others
    ]
)
SUGGESTIONS = "suggestions"


def feature(width: int, dtype: DTypeLike = np.float32) -> np.dtype[np.void]:
    """A row of a features file; `content` tells whether an item has changed since."""
    return np.dtype([("item", np.int64), ("content", np.int64), ("features", dtype, (width,))])


def folder(project: Project) -> Path:
    return project.cache / "suggestions"


def write(place: Path, name: str, rows: Rows) -> Path:
    """Writes the next file of this name, whole or not at all; the older ones go.

    Raises:
        ResourceError: the disk does not take it.
    """
    last = _numbered(place, name)
    number = last[-1][0] + 1 if last else 1
    file = place / f"{name}-{number:08d}.npy"
    _whole(file, lambda stream: np.save(stream, rows, allow_pickle=False))
    for _, old in last:
        with suppress(OSError):  # somebody holds it; it goes with the next
            old.unlink()
    return file


def newest(place: Path, name: str) -> Rows | None:
    """The rows of the newest file of this name that can be read, mapped; None: there is none."""
    while found := _numbered(place, name):
        _, file = found[-1]
        try:
            rows: Rows = np.load(file, mmap_mode="r", allow_pickle=False)
            return rows
        except FileNotFoundError:  # a newer one has just come
            continue
        except (OSError, ValueError, EOFError):  # damaged: it can be made again
            try:
                file.unlink(missing_ok=True)
            except OSError:
                return None
    return None


def forget(place: Path, prefix: str, kept: str) -> None:
    """Takes the files away that begin with `prefix` and are not of the name `kept`."""
    for file in place.glob(f"{prefix}*.npy"):
        if file.name.rpartition("-")[0] != kept:
            with suppress(OSError):  # somebody holds it
                file.unlink()


def sweep(place: Path) -> None:
    """Takes away what processes left half written that ended in the middle."""
    for file in place.glob("*.part*"):
        pid = file.name.rpartition(".part")[2]
        if not pid.isdigit() or not psutil.pid_exists(int(pid)):
            with suppress(OSError):
                file.unlink()


def set_current(place: Path, **facts: Any) -> None:
    """Raises ResourceError: the disk does not take it."""
    text = json.dumps(facts).encode()
    _whole(place / "current.json", lambda stream: stream.write(text))


def current(place: Path) -> dict[str, Any] | None:
    """The facts of `current.json`, None where no model has described the items."""
    try:
        found: dict[str, Any] = json.loads((place / "current.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return found


def _numbered(place: Path, name: str) -> list[tuple[int, Path]]:
    found = []
    for file in place.glob(f"{name}-*.npy"):
        number = file.stem.rpartition("-")[2]
        if file.name == f"{name}-{number}.npy" and number.isdigit():
            found.append((int(number), file))
    return sorted(found)


def _whole(file: Path, write_into: Any) -> None:
    part = file.with_name(f"{file.name}.part{os.getpid()}")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with part.open("wb") as stream:
            write_into(stream)
        os.replace(part, file)
    except OSError as error:
        with suppress(OSError):
            part.unlink()
        raise ResourceError(
            "Suggestions cannot be kept",
            f"{file.name} could not be written: {error.strerror}.",
            "Free some space on the disk that holds the project. No label is lost.",
        ) from error
