"""Groups: items that must stay in one split, such as all pictures of a patient."""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Callable, Iterable
from pathlib import Path

from engine.errors import ConfigurationError
from engine.store.project import Project

_DIGITS = 16  # of the hash in hex: 64 bits, no two patients meet by chance


def compile_pattern(pattern: str) -> re.Pattern[str]:
    """A regular expression whose one capture group is the group's name in a relative path.

    Raises:
        ConfigurationError: no regular expression, or not exactly one capture group.
    """
    try:
        compiled = re.compile(pattern)
    except re.error as error:
        raise ConfigurationError(
            "The group pattern cannot be used",
            f"{pattern!r} is no regular expression: {error}.",
            r"For names like patient12_3.png, write (patient\d+)_",
            subject="group_pattern",
        ) from error
    if compiled.groups != 1:
        raise ConfigurationError(
            "The group pattern cannot be used",
            f"{pattern!r} has {compiled.groups} pairs of brackets that capture; it needs one, "
            "around the part of the name that says the group.",
            r"For names like patient12_3.png, write (patient\d+)_",
            subject="group_pattern",
        )
    return compiled


def group_in(path: str, pattern: re.Pattern[str]) -> str | None:
    """The group a relative path names, None where the pattern does not fit."""
    found = pattern.search(path)
    return (found.group(1) or None) if found else None


def preview_groups(paths: Iterable[str], pattern: str) -> list[tuple[str, str | None]]:
    """What `pattern` makes of each path. Raises ConfigurationError (field group_pattern)."""
    compiled = compile_pattern(pattern)
    return [(path, group_in(path, compiled)) for path in paths]


def patient_group(
    project: Project, read: Callable[[Path], tuple[str, str] | None], file: Path
) -> str | None:
    """The group of a DICOM file's patient: a keyed hash, from which nobody reads the patient.

    Args:
        read: gives the patient's ID or the study's (engine.media.dicom.kin, within limits).

    Raises:
        DataError: the file cannot be read.
    """
    whose = read(file)
    if whose is None:
        return None
    kind, value = whose
    key = str(project.setting("group_key")).encode()
    return f"{kind}-" + hmac.new(key, value.encode(), hashlib.sha256).hexdigest()[:_DIGITS]
