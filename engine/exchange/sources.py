"""The annotation files of a source: the file itself, or those in a folder."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import islice
from pathlib import Path

from engine.errors import DataError
from engine.exchange.naming import natural
from engine.exchange.pictures import files_in
from engine.exchange.split_names import split_of_folder

_ENOUGH = 20  # files that are looked into before a folder is of another format


def annotation_files(source: Path, suffix: str) -> list[Path]:
    """In a stable order."""
    return list(files_in(source, frozenset({suffix}))) if source.is_dir() else [source]


def any_fits(source: Path, suffix: str, fits: Callable[[Path], bool]) -> bool:
    """Whether a file is one of a format, or a folder holds one among its first few."""
    if not source.is_dir():
        return source.suffix.lower() == suffix and fits(source)
    return any(fits(file) for file in islice(files_in(source, frozenset({suffix})), _ENOUGH))


def base_of(source: Path) -> Path:
    return source if source.is_dir() else source.parent


def split_of(file: Path, base: Path) -> str | None:
    """The split that the names of the folders below the base, or a file's own, tell."""
    try:
        parts = file.relative_to(base).parts
    except ValueError:
        parts = (file.name,)
    found = (split_of_folder(folder) for folder in reversed(parts[:-1]))
    return next((split for split in found if split is not None), None)


def in_order(names: Iterable[str]) -> tuple[str, ...]:
    """Class names, each once, as people sort them."""
    return tuple(sorted(set(names), key=natural))


def nothing_in(source: Path, title: str, why: str) -> DataError:
    return DataError(
        "There is nothing here that can be an item",
        f"{source.name} was read as: {title}. {why}",
        "Choose the file or folder that holds the annotations.",
        subject=str(source),
    )
