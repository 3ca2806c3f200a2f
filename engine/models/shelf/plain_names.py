"""Names of files that mean the same on every system, and nothing but a file inside a folder."""

from __future__ import annotations

import re
import unicodedata

_LONGEST = 255  # bytes of one part; what file systems take
_FORBIDDEN = re.compile(r'[\x00-\x1f\x7f<>:"|?*\\]')  # not in file names on Windows
_DEVICES = re.compile(r"(con|prn|aux|nul|conin\$|conout\$|com[0-9¹²³]|lpt[0-9¹²³])( *\..*)?$", re.I)


def objection(path: str) -> str:
    """Why a relative path with '/' between its parts may not be used, '' when it may.

    Refused are ways out of the folder, drives, device names and what Windows
    would read as another name.
    """
    if not path or path.startswith("/"):
        return "it is empty or begins at the root"
    if _FORBIDDEN.search(path):
        return "it holds a drive, a backslash or another character that Windows does not take"
    try:
        parts = [part.encode("utf-8") for part in path.split("/")]
    except UnicodeEncodeError:
        return "it is no text"
    for raw, part in zip(parts, path.split("/"), strict=True):
        if part in ("", ".", ".."):
            return "it leads out of its folder, or nowhere"
        if part != part.rstrip(". ") or part != part.lstrip(" "):
            return "a part begins or ends with a space, or ends with a dot"
        if _DEVICES.match(part):
            return "a part is the name of a device on Windows"
        if len(raw) > _LONGEST:
            return "a part is too long"
    return ""


def key(path: str) -> str:
    """Equal for names that some file system takes for one: by letter case or composition."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", path).casefold())
