"""Opening files that people point to, which may be anything."""

from __future__ import annotations

import stat
from io import BufferedReader
from pathlib import Path

from engine.media import refusals


def open_file(path: Path) -> BufferedReader:
    """Opens a regular file for reading; a pipe, on which a read waits for ever, is refused.

    Raises:
        DataError: missing, unreadable, a folder, a pipe or a device.
    """
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            raise refusals.no_file(path)
        return path.open("rb")
    except (OSError, ValueError) as error:
        raise refusals.unopened(path, error) from error
