"""The names of classes that YOLO data knows by number only."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml  # type: ignore[import-untyped]

from engine.errors import DataError
from engine.exchange.documents import read_json
from engine.exchange.pictures import plain_path
from engine.exchange.split_names import split_named
from engine.media import refusals
from engine.media.opening import open_file
from engine.media.text import encoding_of

LISTS = ("classes.txt", "obj.names", "names.txt", "labels.txt", "predefined_classes.txt")
_LARGEST = 1 << 19  # bytes of a file of names; YAML takes seconds for as many


@dataclass(frozen=True)
class Names:
    """What the numbers mean. `keypoints`: numbers a row may hold after its box."""

    by_number: dict[int, str]
    keypoints: int = 0
    folders: tuple[tuple[str, str], ...] = ()  # a folder's path and the split of what is in it
    problem: DataError | None = None  # a file of names that cannot be read

    def split_of(self, path: str) -> str | None:
        """The split of a picture by its path from the source's folder."""
        within = {split for folder, split in self.folders if f"/{folder}/" in f"/{path}"}
        return within.pop() if len(within) == 1 else None


def names_in(folder: Path, files: list[Path]) -> Names:
    """The names told by the files of a source, YAML before lists.

    Args:
        folder: of the source; a file right in it goes before one further down.
    """
    problem = None
    by_depth = sorted(files, key=lambda file: len(file.parts))
    for file in [*filter(is_yaml, by_depth), *filter(_is_list, by_depth)]:
        try:
            found = _from_yaml(file) if is_yaml(file) else Names(_from_list(file))
        except DataError as error:
            problem = problem or error
            continue
        if found.by_number:
            return found
    return Names({}, problem=problem)


def is_yaml(file: Path) -> bool:
    return file.suffix.lower() in (".yaml", ".yml")


def _is_list(file: Path) -> bool:
    name = file.name.lower()
    return name in LISTS or name == "notes.json" or file.suffix.lower() in (".names", ".data")


def _from_yaml(file: Path) -> Names:
    try:
        # Every name as it stands there: YAML takes a class 'no' for false, and '007' for 7.
        found = yaml.load(_text(file), yaml.BaseLoader)
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        raise _broken(file, str(error).partition("\n")[0]) from error
    if not isinstance(found, dict):
        return Names({})
    said = found.get("names")
    listed = said if isinstance(said, list) else ()
    pairs = said.items() if isinstance(said, dict) else enumerate(listed)
    shape: Any = found.get("kpt_shape")
    per_row = int(shape[0]) * int(shape[1]) if _is_shape(shape) else 0
    return Names(dict(_numbered(pairs)), per_row, tuple(_folders(found)))


def _folders(found: dict[Any, Any]) -> Iterator[tuple[str, str]]:
    for key, said in found.items():
        split = split_named(str(key))
        for path in (said if isinstance(said, list) else [said]) if split else ():
            parts = [part for part in plain_path(str(path)).split("/") if part.strip(".")]
            if split and parts and not parts[-1].endswith(".txt"):
                yield "/".join(parts), split


def _is_shape(shape: Any) -> bool:
    return (
        isinstance(shape, list) and len(shape) == 2
        and all(isinstance(one, str) and one.isdecimal() and len(one) < 6 for one in shape)
    )  # fmt: skip


def _numbered(pairs: Any) -> Iterator[tuple[int, str]]:
    for number, name in pairs:
        if str(number).isdecimal() and not isinstance(name, dict | list) and name is not None:
            yield int(number), str(name).strip() or str(number)


def _from_list(file: Path) -> dict[int, str]:
    if file.suffix.lower() == ".json":  # Label Studio's notes
        found = read_json(file)
        listed = found.get("categories") if isinstance(found, dict) else None
        rows = [one for one in listed or () if isinstance(one, dict)]
        return dict(_numbered((one.get("id"), one.get("name")) for one in rows))
    text = _text(file)
    if file.suffix.lower() == ".data":
        settings = [line.partition("=") for line in text.splitlines()]
        said = [value.strip() for name, _, value in settings if name.strip() == "names"]
        path = Path(plain_path(said[0]) if said else ".data")
        # Written for the folder that Darknet is started in, which may be the one above.
        places = [file.parent / path, file.parent.parent / path, file.parent / path.name]
        other = next((place for place in places if place.is_file()), None)
        return _from_list(other) if other and other.suffix != ".data" else {}
    lines = [line.strip() for line in text.splitlines()]
    while lines and not lines[-1]:
        lines.pop()
    return dict(_numbered(enumerate(lines)))


def _text(file: Path) -> str:
    """Raises DataError: unreadable or far too long for a list of names."""
    try:
        with open_file(file) as stream:
            content = stream.read(_LARGEST + 1)
    except (OSError, ValueError) as error:
        raise refusals.unopened(file, error) from error
    if len(content) > _LARGEST:
        raise _broken(file, "it is far too long")
    return content.decode(encoding_of(content, whole=True), "replace")


def _broken(file: Path, why: str) -> DataError:
    return DataError(
        "The names of the classes cannot be read",
        f"{file.name}: {why}.",
        "Correct it, or put a classes.txt with one name a line beside it.",
        subject=str(file),
    )
