"""Names of files and folders: which are nobody's data, and how people sort them."""

from __future__ import annotations

import re

_SYSTEM = {
    "thumbs.db",
    "desktop.ini",
    "__macosx",
    "$recycle.bin",
    "@eadir",
    "__pycache__",
    "dicomdir",
}
_DIGITS = re.compile(r"(\d+)")


def is_hidden(name: str) -> bool:
    """Made by the system, or by Graft, for itself."""
    # Never a project: a file of it that is opened and closed beside SQLite takes SQLite's
    # locks with it, and another process may then throw away what this one wrote.
    project = name.lower().endswith(".graft")
    return name.startswith(".") or name.lower() in _SYSTEM or project


def natural(name: str) -> tuple[tuple[bool, int, str], ...]:
    """Sorts '2' before '10', and capitals among small letters."""
    parts = [(part.isdecimal(), part.lstrip("0").casefold()) for part in _DIGITS.split(name)]
    # A longer number is a larger one; no conversion, which fails on very long ones.
    keys = tuple((not digits, len(part) if digits else 0, part) for digits, part in parts)
    return (*keys, (True, 0, name))


def storable(path: str) -> bool:
    """Whether a path is text that any system and the database can hold."""
    try:
        path.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return "\0" not in path


def shown(path: str) -> str:
    """A path as text that can be stored and sent, whatever characters it holds."""
    return path.encode("utf-8", "replace").decode("utf-8")
